"""Transfers by ftp and ftps from a real server."""

import asyncio
import dataclasses
import threading
from pathlib import Path

import pytest
from ftp_stand import FtpServer, serving_ftp
from link_certificates import Certificates, make_certificates
from transfer_stand import IMAGE, QUICK, TransferStand, play, threads

from cp.vocabulary.events import (
    DownloadFailed,
    DownloadFinished,
    UploadFailed,
    UploadFinished,
)
from cp.vocabulary.ports import Progress


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


def test_the_image_comes_whole(tmp_path: Path) -> None:
    with serving_ftp(FtpServer({"fw/v 2.bin": IMAGE})) as server:

        async def scene(stand: TransferStand) -> None:
            url = f"ftp://{server.address}/fw/v%202.bin"
            assert await stand.download(url) == DownloadFinished(1)
            assert stand.image == IMAGE
            assert stand.left() == ["image"]

        play(tmp_path, scene)
    assert server.commands[0] == "USER anonymous"


@pytest.mark.parametrize("refused", ["", "REST", "MDTM", "SIZE"])
def test_a_broken_download_is_resumed_where_the_server_can(tmp_path: Path, refused: str) -> None:
    server = FtpServer({"image": IMAGE}, cut_after=300_000, refused={refused})
    with serving_ftp(server):

        async def scene(stand: TransferStand) -> None:
            url = f"ftp://{server.address}/image"
            event = await stand.download(url)
            assert event == DownloadFailed(1, "the server answered FTP 426")
            assert await stand.download(url) == DownloadFinished(2)
            assert stand.image == IMAGE

        play(tmp_path, scene)
    # Asked whether it can, and told to, since other commands lie between.
    assert server.commands.count("REST 300000") == {"": 2, "REST": 1}.get(refused, 0)


def test_a_changed_file_starts_anew(tmp_path: Path) -> None:
    with serving_ftp(FtpServer({"image": b"old" * 200_000}, cut_after=300_000)) as server:

        async def scene(stand: TransferStand) -> None:
            url = f"ftp://{server.address}/image"
            assert isinstance(await stand.download(url), DownloadFailed)
            server.files["image"] = IMAGE
            assert await stand.download(url) == DownloadFinished(2)
            assert stand.image == IMAGE

        play(tmp_path, scene)


def test_a_file_that_is_not_there_fails(tmp_path: Path) -> None:
    with serving_ftp(FtpServer()) as server:

        async def scene(stand: TransferStand) -> None:
            event = await stand.download(f"ftp://{server.address}/image")
            why = "the server does not have this file or directory (FTP 550)"
            assert event == DownloadFailed(1, why)
            assert stand.left() == []

        play(tmp_path, scene)


def test_credentials_are_used_and_never_shown(tmp_path: Path) -> None:
    with serving_ftp(FtpServer({"image": IMAGE}, login=("me@here", "p:/w"))) as server:

        async def scene(stand: TransferStand) -> None:
            good = f"ftp://me%40here:p%3A%2Fw@{server.address}/image"
            assert await stand.download(good) == DownloadFinished(1)
            event = await stand.download(f"ftp://me:hunter2@{server.address}/image")
            why = "the server asks for other credentials (FTP 530)"
            assert event == DownloadFailed(2, why)
            assert "hunter2" not in "".join(stand.notes)

        play(tmp_path, scene)


def test_an_image_above_the_limit_is_refused(tmp_path: Path) -> None:
    config = dataclasses.replace(QUICK, max_image_bytes=1000)
    with serving_ftp(FtpServer({"image": IMAGE}, refused={"SIZE"})) as server:

        async def scene(stand: TransferStand) -> None:
            event = await stand.download(f"ftp://{server.address}/image")
            assert isinstance(event, DownloadFailed)
            assert event.is_final
            assert stand.left() == []

        play(tmp_path, scene, config)


@pytest.mark.parametrize(
    ("greeting", "words"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "does not speak FTP"),
        (b"220-\r\n" * 5000, "does not speak FTP"),
        (b"421 busy\r\n", "answered FTP 421"),
        (b"220 " + b"x" * 20_000 + b"\r\n", "does not speak FTP"),
    ],
    ids=["no ftp", "endless answer", "busy", "long line"],
)
def test_broken_servers_fail(tmp_path: Path, greeting: bytes, words: str) -> None:
    with serving_ftp(FtpServer(greeting=greeting)) as server:

        async def scene(stand: TransferStand) -> None:
            event = await stand.download(f"ftp://{server.address}/image")
            assert isinstance(event, DownloadFailed)
            assert words in event.why

        play(tmp_path, scene)


def test_a_body_that_is_too_short_fails_and_is_kept(tmp_path: Path) -> None:
    server = FtpServer({"image": IMAGE}, cut_after=300_000, cut_reply="226 all")
    with serving_ftp(server):

        async def scene(stand: TransferStand) -> None:
            url = f"ftp://{server.address}/image"
            why = f"the server sent 300000 of {len(IMAGE)} bytes"
            assert await stand.download(url) == DownloadFailed(1, why)
            assert await stand.download(url) == DownloadFinished(2)
            assert stand.image == IMAGE

        play(tmp_path, scene)
    assert "REST 300000" in server.commands


def test_a_stop_interrupts_a_silent_server(tmp_path: Path) -> None:
    pause = threading.Event()
    server = FtpServer({"image": IMAGE}, cut_after=300_000, pause=pause)
    with serving_ftp(server):

        async def scene(stand: TransferStand) -> None:
            stand.start_download(f"ftp://{server.address}/image")
            half = Progress(True, 300_000, len(IMAGE))
            await stand.until(lambda: stand.driver.progress() == half)
            stand.driver.stop_download()
            await stand.until(lambda: not threads(), within_s=1.0)
            await asyncio.sleep(0.02)
            assert stand.events == []

        play(tmp_path, scene)
        pause.set()


@pytest.mark.parametrize("path", ["/in/", "/in", "/in/given.tgz"])
def test_diagnostics_are_stored(tmp_path: Path, path: str) -> None:
    with serving_ftp(FtpServer(directories={"in"})) as server:

        async def scene(stand: TransferStand) -> None:
            event = await stand.upload(f"ftp://{server.address}{path}", "d.tar.gz")
            assert event == UploadFinished(1)
            assert stand.left() == []
            name = "in/given.tgz" if "given" in path else "in/d.tar.gz"
            assert server.files == {name: stand.archive.content}

        play(tmp_path, scene)


def test_into_the_directory_of_the_user(tmp_path: Path) -> None:
    with serving_ftp(FtpServer()) as server:

        async def scene(stand: TransferStand) -> None:
            assert await stand.upload(f"ftp://{server.address}", "d.gz") == UploadFinished(1)
            assert list(server.files) == ["d.gz"]

        play(tmp_path, scene)


def test_a_server_without_room_fails(tmp_path: Path) -> None:
    with serving_ftp(FtpServer(cut_after=1000)) as server:

        async def scene(stand: TransferStand) -> None:
            event = await stand.upload(f"ftp://{server.address}/d")
            assert isinstance(event, UploadFailed)
            assert not event.is_final
            assert stand.left() == []

        play(tmp_path, scene)
    assert server.files == {}


def test_ftps_is_verified_both_ways_secured(tmp_path: Path, certificates: Certificates) -> None:
    config = dataclasses.replace(QUICK, ca_file=certificates.ca_file)
    server = FtpServer({"image": IMAGE}, tls=certificates.server())
    with serving_ftp(server):

        async def scene(stand: TransferStand) -> None:
            url = f"ftps://{server.address}/image"
            assert await stand.download(url) == DownloadFinished(1)
            assert stand.image == IMAGE
            assert await stand.upload(f"ftps://{server.address}/d") == UploadFinished(2)
            assert server.files["d"] == stand.archive.content
            server.tls = certificates.server("alien")
            event = await stand.download(url)
            assert isinstance(event, DownloadFailed)
            assert "certificate of the server is not trusted" in event.why

        play(tmp_path, scene, config)
    secured = server.commands[: server.commands.index("PASS")]
    assert secured[0] == "AUTH TLS"
    assert "PROT P" in server.commands


def test_ftps_never_falls_back_to_plain(tmp_path: Path, certificates: Certificates) -> None:
    config = dataclasses.replace(QUICK, ca_file=certificates.ca_file)
    with serving_ftp(FtpServer({"image": IMAGE})) as server:

        async def scene(stand: TransferStand) -> None:
            event = await stand.download(f"ftps://me:hunter2@{server.address}/image")
            assert event == DownloadFailed(1, "the server answered FTP 502")

        play(tmp_path, scene, config)
    assert "PASS" not in server.commands
