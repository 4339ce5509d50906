"""GetDiagnostics with the real process and a real HTTP server: what arrives, and what does not."""

import asyncio
import hashlib
import json
import tarfile
from http import HTTPStatus
from pathlib import Path

import pytest
from e2e_stand import TAG, charge, settled
from update_stand import UpdateStand, update_stand

from tools.desk.replaying import replay
from tools.desk.transcript_files import read_source
from tools.net.csms_files import UPLOADS

STATUS = "DiagnosticsStatusNotification"
PASSWORD = "s3cret"


def members(archive: Path) -> dict[str, bytes]:
    with tarfile.open(archive) as bundle:
        found = {item.name: bundle.extractfile(item) for item in bundle}
        return {name: file.read() for name, file in found.items() if file is not None}


async def ask_with_credentials(stand: UpdateStand) -> str:
    """The name of the file that was promised; the address ends with a slash."""
    address = stand.server.url.replace("//", f"//user:{PASSWORD}@")
    answer = await stand.ask("GetDiagnostics", "", location=f"{address}{UPLOADS}/")
    return str(answer["fileName"])


def test_the_file_arrives_and_holds_no_secret(tmp_path: Path) -> None:
    async def play_one() -> None:
        async with update_stand(tmp_path) as stand:
            await charge(stand.station)
            await stand.station.do("plug_out")
            await stand.station.until_ready()
            await settled(stand.station)
            name = await ask_with_credentials(stand)
            assert await stand.told("Uploaded", STATUS) == ["Uploading", "Uploaded"]
            file = stand.images / UPLOADS / name
            found = members(file)
            check(found)
            again = replay(read_source(file))
            assert again.verdicts[0].played > 10
            assert again.differences == (), "the server's heartbeat interval is no other chart"
            (request,) = stand.server.requests
            assert (request.method, request.path) == ("PUT", f"/{UPLOADS}/{name}")

    asyncio.run(play_one())


def check(found: dict[str, bytes]) -> None:
    manifest = json.loads(found.pop("manifest.json"))
    assert set(found) == set(manifest["files"])
    for name, content in found.items():
        assert manifest["files"][name]["sha256"] == hashlib.sha256(content).hexdigest()
    assert {"snapshot.json", "configuration.json", "journal.json", "station.json"} < set(found)
    assert b" card_presented id_tag=#" in found["transcript.txt"]
    assert b"connector.1 card_presented" in found["transcript.txt"]
    assert secrets_in(found) == []
    leaking = found["transcript.txt"] + TAG.lower().encode()
    assert secrets_in({**found, "transcript.txt": leaking}) == [("transcript.txt", TAG)]


def secrets_in(found: dict[str, bytes]) -> list[tuple[str, str]]:
    """Files, and the id tag or password that is in them, whatever its letter case."""
    return [
        (name, secret)
        for name, content in found.items()
        for secret in (TAG, PASSWORD)
        if secret.lower().encode() in content.lower()
    ]


@pytest.mark.parametrize("status", [HTTPStatus.NOT_FOUND, HTTPStatus.INTERNAL_SERVER_ERROR])
def test_an_upload_that_is_refused_is_told(tmp_path: Path, status: HTTPStatus) -> None:
    """Two tries, as retries=1 asks; the last one makes it a failure."""

    async def play_one() -> None:
        async with update_stand(tmp_path) as stand:
            stand.server.refusal = status
            await stand.ask("GetDiagnostics", f"{UPLOADS}/", retries=1, retryInterval=1)
            assert await stand.told("UploadFailed", STATUS) == ["Uploading", "UploadFailed"]
            assert [item.status for item in stand.server.requests] == [status, status]
            assert not (stand.images / UPLOADS).exists()
            assert list((tmp_path / "storage" / "diagnostics").iterdir()) == []

    asyncio.run(play_one())


def test_an_upload_after_a_refused_one(tmp_path: Path) -> None:
    """The server is mended between two tries: one status, after both."""

    async def play_one() -> None:
        async with update_stand(tmp_path) as stand:
            stand.server.refusal = HTTPStatus.SERVICE_UNAVAILABLE
            stand.server.on_request.append(lambda _: setattr(stand.server, "refusal", None))
            name = (await stand.ask("GetDiagnostics", f"{UPLOADS}/", retries=1, retryInterval=1))[
                "fileName"
            ]
            assert await stand.told("Uploaded", STATUS) == ["Uploading", "Uploaded"]
            assert members(stand.images / UPLOADS / str(name))

    asyncio.run(play_one())
