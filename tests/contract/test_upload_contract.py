"""Uploads by http to real servers: every one ends in the right event, once."""

import asyncio
import dataclasses
import shutil
import threading
import time
from collections.abc import Callable
from email.parser import BytesParser
from pathlib import Path

import pytest
from transfer_stand import QUICK, Handler, TransferStand, WebServer, play, serving, threads

from cp.vocabulary.events import DownloadFinished, UploadFailed, UploadFinished
from cp.vocabulary.ports import Progress
from drivers.transfer.one_try import Try, TryFailed
from drivers.transfer.upload_file import UploadFile


def form_of(server: WebServer) -> tuple[str | None, str | None, bytes]:
    """Name, file name and content of the one field of the last request."""
    asked = server.asked[-1]
    head = f"Content-Type: {asked.headers['content-type']}\r\n\r\n".encode()
    message = BytesParser().parsebytes(head + asked.body)
    (part,) = message.get_payload()  # type: ignore[misc]
    name = part.get_param("name", header="content-disposition")
    return name, part.get_filename(), part.get_payload(decode=True)


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_the_file_is_put(tmp_path: Path, status: int) -> None:
    with serving(lambda handler: handler.reply(status)) as server:

        async def scene(stand: TransferStand) -> None:
            assert await stand.upload(server.url + "/in/box.tgz") == UploadFinished(1)
            assert stand.left() == []
            assert stand.driver.progress() is None
            (asked,) = server.asked
            assert (asked.method, asked.path) == ("PUT", "/in/box.tgz")
            assert asked.body == stand.archive.content
            assert asked.headers["content-length"] == str(len(asked.body))
            assert asked.headers["content-type"] == "application/gzip"
            assert "transfer-encoding" not in asked.headers

        play(tmp_path, scene)


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("", "/my%20diag.gz"),
        ("/", "/my%20diag.gz"),
        ("/in/", "/in/my%20diag.gz"),
        ("/in/?key=1&b=%2F", "/in/my%20diag.gz?key=1&b=%2F"),
        ("/in", "/in"),
        ("/ä ö/%41%zz?q=ü#part", "/%C3%A4%20%C3%B6/%41%25zz?q=%C3%BC"),
    ],
)
def test_where_it_is_put(tmp_path: Path, location: str, path: str) -> None:
    """D-18: at the location, with the file name where that is a folder."""
    with serving(lambda handler: handler.reply(201)) as server:

        async def scene(stand: TransferStand) -> None:
            assert await stand.upload(server.url + location, "my diag.gz") == UploadFinished(1)

        play(tmp_path, scene)
        assert [asked.path for asked in server.asked] == [path]


@pytest.mark.parametrize("status", [405, 415, 501])
def test_a_server_that_takes_no_put_gets_a_form(tmp_path: Path, status: int) -> None:
    def answer(handler: Handler) -> None:
        handler.reply(200 if handler.command == "POST" else status)

    with serving(answer) as server:

        async def scene(stand: TransferStand) -> None:
            assert await stand.upload(server.url + "/in/", "d.gz") == UploadFinished(1)
            assert form_of(server) == ("file", "d.gz", stand.archive.content)
            assert server.asked[1].path == "/in/"
            assert "content-length" in server.asked[1].headers

        play(tmp_path, scene)


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 405, 409, 413, 500, 507])
def test_other_statuses_fail(tmp_path: Path, status: int) -> None:
    with serving(lambda handler: handler.reply(status, Location="/elsewhere")) as server:

        async def scene(stand: TransferStand) -> None:
            event = await stand.upload(server.url + "/in")
            assert isinstance(event, UploadFailed)
            assert f"HTTP {status}" in event.why
            assert not event.is_final
            assert stand.left() == []
            assert stand.notes == [f"the upload of diagnostics failed: {event.why}"]

        play(tmp_path, scene)
        assert len(server.asked) == (2 if status == 405 else 1)


def test_a_refusal_before_the_end_of_the_body_is_understood(tmp_path: Path) -> None:
    def answer(handler: Handler) -> None:
        handler.reply(413, Connection="close")
        time.sleep(0.05)

    with serving(answer) as server:
        server.reads_bodies = False

        async def scene(stand: TransferStand) -> None:
            stand.archive.content = bytes(20_000_000)
            event = await stand.upload(server.url + "/in")
            assert isinstance(event, UploadFailed)

        play(tmp_path, scene)


@pytest.mark.parametrize("status", [307, 308])
def test_a_redirect_gets_the_whole_file_again(tmp_path: Path, status: int) -> None:
    def answer(handler: Handler) -> None:
        handler.reply(201 if handler.path == "/new" else status, Location="/new")

    with serving(answer) as server:

        async def scene(stand: TransferStand) -> None:
            assert await stand.upload(server.url + "/in") == UploadFinished(1)
            assert server.asked[1].body == stand.archive.content
            assert server.asked[1].method == "PUT"

        play(tmp_path, scene)


def test_a_reset_fails(tmp_path: Path) -> None:
    def answer(handler: Handler) -> None:
        handler.cut()

    with serving(answer) as server:
        server.reads_bodies = False

        async def scene(stand: TransferStand) -> None:
            event = await stand.upload(server.url + "/in")
            assert isinstance(event, UploadFailed)
            assert "broke" in event.why

        play(tmp_path, scene)


def hold(handler: Handler) -> None:
    time.sleep(0.4)


def test_a_silent_server_fails(tmp_path: Path) -> None:
    config = dataclasses.replace(QUICK, read_timeout_s=0.1)
    with serving(hold) as server:

        async def scene(stand: TransferStand) -> None:
            why = "the server did not answer in time"
            assert await stand.upload(server.url + "/in") == UploadFailed(1, why)

        play(tmp_path, scene, config)


def test_a_stopped_upload_posts_nothing(tmp_path: Path) -> None:
    with serving(hold) as server:
        server.reads_bodies = False

        async def scene(stand: TransferStand) -> None:
            stand.archive.content = bytes(20_000_000)
            stand.start_upload(server.url + "/in")
            await stand.until(lambda: (stand.driver.progress() or Progress(False, 0, 0)).done > 0)
            found = stand.driver.progress()
            assert found is not None
            assert (found.is_download, found.total) == (False, 20_000_000)
            stand.driver.stop_upload()
            await stand.until(lambda: not threads(), within_s=0.3)
            await asyncio.sleep(0.02)
            assert (stand.events, stand.notes, stand.left()) == ([], [], [])

        play(tmp_path, scene)


def test_a_stopped_upload_reads_not_one_byte_more(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abcdef")
    one_try = Try(1, is_local_refused=False)
    with UploadFile(tmp_path / "file", one_try) as file:
        assert file.read(3) == b"abc"
        one_try.cut("it was stopped")
        with pytest.raises(TryFailed, match="it was stopped"):
            file.read(3)
    assert (one_try.done, one_try.total) == (3, 6)


def test_a_stop_while_the_file_is_made(tmp_path: Path) -> None:
    begun = threading.Event()

    class Slow:
        def begin(self, *_: float | None) -> Callable[[Path, Callable[[], None]], None]:
            def build(file: Path, check: Callable[[], None]) -> None:
                begun.set()
                file.write_bytes(b"half")
                while True:
                    check()
                    time.sleep(0.001)

            return build

    with serving(hold) as server:

        async def scene(stand: TransferStand) -> None:
            stand.driver._archive = Slow()
            stand.start_upload(server.url + "/in")
            await stand.until(begun.is_set)
            stand.driver.stop_upload()
            await stand.until(lambda: not threads(), within_s=0.3)
            await asyncio.sleep(0.02)
            assert (stand.events, stand.left()) == ([], [])

        play(tmp_path, scene)
        assert server.asked == []


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(28, "No space left on device"), "cannot be written (No space left on device)"),
        (ValueError("me:hunter2"), "the transfer failed (ValueError)"),
    ],
)
def test_an_archive_that_cannot_be_made_fails(tmp_path: Path, error: Exception, words: str) -> None:
    with serving(hold) as server:

        async def scene(stand: TransferStand) -> None:
            stand.archive.error = error
            event = await stand.upload(server.url + "/in")
            assert isinstance(event, UploadFailed)
            assert words in event.why
            assert stand.left() == []

        play(tmp_path, scene)
        assert server.asked == []


def test_no_room_for_the_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))

    async def scene(stand: TransferStand) -> None:
        event = await stand.upload("http://127.0.0.1:9/in")
        assert event == UploadFailed(
            1, "the disk of the station has no room for the diagnostics file"
        )

    play(tmp_path, scene)


def test_the_period_reaches_the_archive(tmp_path: Path) -> None:
    with serving(lambda handler: handler.reply(200)) as server:

        async def scene(stand: TransferStand) -> None:
            stand.driver.upload(7, server.url + "/in", "d", 10.5, None)
            assert await stand.outcome() == UploadFinished(7)
            assert stand.archive.asked == [(10.5, None)]

        play(tmp_path, scene)


def test_both_directions_at_once(tmp_path: Path) -> None:
    def answer(handler: Handler) -> None:
        time.sleep(0.05)
        handler.reply(200, b"image" if handler.command == "GET" else b"")

    with serving(answer) as server:

        async def scene(stand: TransferStand) -> None:
            stand.start_upload(server.url + "/in")
            stand.start_download(server.url + "/out")
            await stand.until(lambda: len(stand.events) == 2)
            assert set(stand.events) == {UploadFinished(1), DownloadFinished(2)}

        play(tmp_path, scene)
