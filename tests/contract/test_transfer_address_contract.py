"""Where transfers go: schemes, redirects, credentials, TLS, this machine's own addresses."""

import asyncio
import dataclasses
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from link_certificates import Certificates, make_certificates
from transfer_stand import (
    IMAGE,
    QUICK,
    FixedArchive,
    Handler,
    ServedFile,
    TransferStand,
    play,
    serving,
)

from cp.vocabulary.events import DownloadFailed, DownloadFinished, UploadFailed
from drivers.transfer import config as config_module
from drivers.transfer.config import TransferConfig, missing_library
from drivers.transfer.file_transfer import FileTransfer

ORS_16 = dataclasses.replace(QUICK, schemes=("HTTP",))
SECRET = "hunter2"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.mark.parametrize(
    "location",
    [
        "",
        "image.bin",
        "https://me:hunter2@h/image",
        "ftp://me:hunter2@h/image",
        "file:///etc/passwd",
        "me:hunter2@h/image",
        "http://me:hunter2@/image",
        "http:///image",
        "http://me:hunter2@h:port/image",
        "http://h:70000/image",
        "http://[::1/image",
        "http://me:hun/ter2@h/image",
        "http://a b/image",
        "http://h/im\r\nage",
        "http://h/im\tage",
        "http://" + "a" * 300 + "/image",
        "http://h/" + "a" * 5000,
        "http://\udc00/image",
        "http://h/dir/",
        "http://h",
        "http://h?image",
    ],
)
def test_a_location_that_cannot_be_is_final(tmp_path: Path, location: str) -> None:
    async def scene(stand: TransferStand) -> None:
        event = await stand.download(location)
        assert isinstance(event, DownloadFailed)
        assert event.is_final
        assert event.why
        assert SECRET not in f"{event}{stand.notes}"
        assert stand.left() == []

    play(tmp_path, scene, ORS_16)


def test_an_upload_to_another_scheme_is_final(tmp_path: Path) -> None:
    async def scene(stand: TransferStand) -> None:
        event = await stand.upload("ftp://me:hunter2@h/in")
        why = "this station transfers files by http: the location is no such URL"
        assert event == UploadFailed(1, why, is_final=True)

    play(tmp_path, scene, ORS_16)


def test_redirects_are_followed_on_the_same_scheme(tmp_path: Path) -> None:
    file = ServedFile(cuts=[300_000])

    def answer(handler: Handler) -> None:
        if handler.path == "/image":
            handler.reply(302, Location="/there is/it")
        else:
            file(handler)

    with serving(answer) as server:

        async def scene(stand: TransferStand) -> None:
            assert isinstance(await stand.download(server.url + "/image"), DownloadFailed)
            assert await stand.download(server.url + "/image") == DownloadFinished(2)
            assert stand.image == IMAGE

        play(tmp_path, scene)
        assert server.asked[1].path == "/there%20is/it"
    assert file.starts == [0, 300_000]


@pytest.mark.parametrize("target", ["https://h/i", "ftp://h/i", "file:///i", "http://[/"])
def test_other_redirects_are_refused(tmp_path: Path, target: str) -> None:
    with serving(lambda handler: handler.reply(301, Location=target)) as server:

        async def scene(stand: TransferStand) -> None:
            event = await stand.download(server.url + "/image")
            why = "the server redirects to another scheme or to no valid URL"
            assert event == DownloadFailed(1, why)

        play(tmp_path, scene)


def test_redirects_end(tmp_path: Path) -> None:
    with serving(lambda handler: handler.reply(307, Location=handler.path + "x")) as server:

        async def scene(stand: TransferStand) -> None:
            event = await stand.download(server.url + "/image")
            assert event == DownloadFailed(1, "the server redirects more than 5 times")

        play(tmp_path, scene)
        assert len(server.asked) == 6


def test_credentials_stay_with_their_host_and_out_of_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with serving(ServedFile()) as other:

        def answer(handler: Handler) -> None:
            here = handler.path == "/image"
            handler.reply(302, Location="/again" if here else other.url + "/image")

        with serving(answer) as server:
            host = server.url.removeprefix("http://")

            async def scene(stand: TransferStand) -> None:
                url = f"http://m%C3%A9:{SECRET}%3A%40@{host}/image"
                assert await stand.download(url) == DownloadFinished(1)
                server.answer = lambda handler: handler.reply(401)
                assert isinstance(await stand.download(url), DownloadFailed)
                assert SECRET not in "".join(stand.notes)

            play(tmp_path, scene)
            sent = [asked.headers.get("authorization") for asked in server.asked]
        assert sent == ["Basic bcOpOmh1bnRlcjI6QA=="] * 3
        assert "authorization" not in other.asked[0].headers
    assert SECRET not in caplog.text
    assert "bcOpOmh1bnRlcjI6QA" not in caplog.text
    assert host not in caplog.text


def test_nothing_is_taken_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    (tmp_path / "netrc").write_text(f"machine 127.0.0.1 login me password {SECRET}\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with serving(ServedFile()) as server:

        async def scene(stand: TransferStand) -> None:
            assert await stand.download(server.url + "/image") == DownloadFinished(1)

        play(tmp_path, scene)
        assert "authorization" not in server.asked[0].headers


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"])
def test_this_machine_is_refused_where_that_is_wanted(tmp_path: Path, host: str) -> None:
    config = dataclasses.replace(QUICK, is_local_refused=True)
    with serving(ServedFile()) as server:

        async def scene(stand: TransferStand) -> None:
            event = await stand.download(f"http://{host}:{server.server_port}/image")
            why = "the location leads to this machine itself or its own links"
            assert event == DownloadFailed(1, why)

        play(tmp_path, scene, config)
        assert server.asked == []


def test_https_is_verified(tmp_path: Path, certificates: Certificates) -> None:
    config = dataclasses.replace(QUICK, ca_file=certificates.ca_file)
    for name, words in (("good", ""), ("alien", "not trusted"), ("self", "not trusted")):
        with serving(ServedFile(), certificates.server(name)) as server:

            async def scene(stand: TransferStand, words: str = words) -> None:
                event = await stand.download(server.url + "/image")
                if words:
                    assert isinstance(event, DownloadFailed)
                    assert words in event.why
                else:
                    assert event == DownloadFinished(1)

            play(tmp_path, scene, config)


def test_a_ca_file_that_is_none_is_named(tmp_path: Path) -> None:
    config = dataclasses.replace(QUICK, ca_file=str(tmp_path / "missing.pem"))

    async def scene(stand: TransferStand) -> None:
        event = await stand.download("https://127.0.0.1:9/image")
        assert isinstance(event, DownloadFailed)
        assert "missing.pem: cannot be read" in event.why

    play(tmp_path, scene, config)


def test_a_missing_library_is_a_finding_and_a_failed_transfer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert missing_library() is None
    monkeypatch.setattr(config_module, "find_spec", lambda _name: None)
    words = missing_library()
    assert words is not None
    assert "install statecharge[transfer]" in words

    async def scene(stand: TransferStand) -> None:
        event = await stand.download("http://127.0.0.1:9/image")
        assert event == DownloadFailed(1, words, is_final=True)
        assert words in stand.notes[0]

    play(tmp_path, scene)


def test_libraries_are_loaded_by_the_first_try() -> None:
    """The start of the station does not wait for them."""
    program = (
        "import sys, drivers.transfer.file_transfer, drivers.transfer.archive;"
        "late = {'httpx', 'ftplib', 'tarfile', 'gzip', 'sqlite3', 'ssl'} & set(sys.modules);"
        "print(late or 'none')"
    )
    root = str(Path(__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": root},
    )
    assert done.stdout.strip() in ("none", "{'ssl'}")  # asyncio loads ssl


def test_the_loop_may_end_before_its_tries(tmp_path: Path) -> None:
    """An outcome that nobody can take any more is no error."""
    found: list[object] = []

    async def run(url: str) -> None:
        driver = FileTransfer(tmp_path, QUICK, FixedArchive(), found.append)
        await driver.start(found.append)
        driver.download(1, url)

    with serving(ServedFile()) as server:
        asyncio.run(run(server.url + "/image"))
        stand = TransferStand(tmp_path, TransferConfig())

        async def wait() -> None:
            from transfer_stand import threads

            await stand.until(lambda: not threads())

        asyncio.run(wait())
    assert found == []
