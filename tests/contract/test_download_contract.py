"""Downloads by http from real servers: every one ends in the right event, once."""

import asyncio
import dataclasses
import json
import shutil
import threading
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from transfer_stand import (
    IMAGE,
    QUICK,
    Handler,
    ServedFile,
    TransferStand,
    play,
    serving,
    threads,
)

from cp.vocabulary.events import DownloadFailed, DownloadFinished
from cp.vocabulary.ports import Progress

KEPT = ["image.part", "image.part.json"]
CAPPED = dataclasses.replace(QUICK, max_image_bytes=512 * 1024)
IMPATIENT = dataclasses.replace(QUICK, read_timeout_s=0.1)


def chunks(handler: Handler, **headers: str) -> None:
    """The head of an answer whose length is not told."""
    handler.reply(200, Content_Length="", Transfer_Encoding="chunked", **headers)


def chunk(handler: Handler, data: bytes) -> None:
    handler.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))


def test_the_image_comes_whole(tmp_path: Path) -> None:
    with serving(ServedFile()) as server:

        async def scene(stand: TransferStand) -> None:
            assert await stand.download(f"{server.url}/fw/v2.bin?id=1") == DownloadFinished(1)
            assert stand.image == IMAGE
            assert stand.left() == ["image"]
            assert stand.driver.progress() is None

        play(tmp_path, scene)
        (asked,) = server.asked
    assert (asked.method, asked.path) == ("GET", "/fw/v2.bin?id=1")
    assert asked.headers["accept-encoding"] == "identity"
    assert "authorization" not in asked.headers


def test_a_reset_at_every_tenth_is_resumed(tmp_path: Path) -> None:
    cuts = [len(IMAGE) * tenth // 10 for tenth in range(1, 10)]
    file = ServedFile(cuts=list(cuts))
    with serving(file) as server:

        async def scene(stand: TransferStand) -> None:
            for _ in cuts:
                event = await stand.download(f"{server.url}/image")
                assert event == DownloadFailed(stand.number, "the server broke the connection off")
                assert stand.left() == KEPT
            assert await stand.download(f"{server.url}/image") == DownloadFinished(10)
            assert stand.image == IMAGE
            assert stand.left() == ["image"]

        play(tmp_path, scene)
    assert file.starts == [0, *cuts]  # not one byte came twice


@pytest.mark.parametrize(
    "file",
    [
        ServedFile(knows_ranges=False),
        ServedFile(etag=""),
        ServedFile(etag='W/"weak"'),
    ],
    ids=["no ranges", "no validator", "weak validator"],
)
def test_a_server_that_cannot_resume_starts_anew(tmp_path: Path, file: ServedFile) -> None:
    file = dataclasses.replace(file, cuts=[300_000], starts=[])
    with serving(file) as server:

        async def scene(stand: TransferStand) -> None:
            assert isinstance(await stand.download(server.url + "/i"), DownloadFailed)
            assert await stand.download(server.url + "/i") == DownloadFinished(2)
            assert stand.image == IMAGE

        play(tmp_path, scene)
    assert file.starts == [0, 0]


@pytest.mark.parametrize("believes", [True, False], ids=["by the book", "ignores If-Range"])
def test_a_changed_file_starts_anew(tmp_path: Path, believes: bool) -> None:
    old = ServedFile(data=bytes(len(IMAGE)), cuts=[300_000])
    new = ServedFile(etag='"two"', believes_if_range=believes)
    with serving(old) as server:

        async def scene(stand: TransferStand) -> None:
            assert isinstance(await stand.download(server.url + "/i"), DownloadFailed)
            server.answer = new
            assert await stand.download(server.url + "/i") == DownloadFinished(2)
            assert stand.image == IMAGE

        play(tmp_path, scene)
    assert new.starts == ([0] if believes else [300_000, 0])


def test_without_an_etag_the_time_of_the_last_change_counts(tmp_path: Path) -> None:
    changed = "Mon, 05 Jan 2026 12:00:00 GMT"

    def answer(handler: Handler) -> None:
        if handler.asked.headers.get("if-range") == changed:
            span = f"bytes 500-{len(IMAGE) - 1}/{len(IMAGE)}"
            handler.reply(206, IMAGE[500:], Content_Range=span)
        else:
            length = str(len(IMAGE))
            handler.reply(200, IMAGE[:500], Last_Modified=changed, Content_Length=length)
            handler.cut()

    with serving(answer) as server:

        async def scene(stand: TransferStand) -> None:
            assert isinstance(await stand.download(server.url + "/i"), DownloadFailed)
            assert await stand.download(server.url + "/i") == DownloadFinished(2)
            assert stand.image == IMAGE

        play(tmp_path, scene)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda handler: handler.reply(416),
        lambda handler: handler.reply(206, b"x" * 10, ETag='"one"'),
        lambda handler: handler.reply(
            206, IMAGE[300_000:], ETag='"one"', Content_Range=f"bytes 1-9/{len(IMAGE)}"
        ),
        lambda handler: handler.reply(206, b"x", ETag='"one"', Content_Range="bytes 300000-1/9"),
    ],
    ids=["416", "no Content-Range", "another offset", "another length"],
)
def test_a_wrong_answer_to_a_range_starts_anew(
    tmp_path: Path, wrong: Callable[[Handler], None]
) -> None:
    file = ServedFile(cuts=[300_000])

    def answer(handler: Handler) -> None:
        if "range" in handler.asked.headers:
            wrong(handler)
        else:
            file(handler)

    with serving(answer) as server:

        async def scene(stand: TransferStand) -> None:
            assert isinstance(await stand.download(server.url + "/i"), DownloadFailed)
            assert await stand.download(server.url + "/i") == DownloadFinished(2)
            assert stand.image == IMAGE

        play(tmp_path, scene)
        assert len(server.asked) == 3


def test_another_location_starts_anew(tmp_path: Path) -> None:
    file = ServedFile(cuts=[300_000])
    with serving(file) as server:

        async def scene(stand: TransferStand) -> None:
            assert isinstance(await stand.download(server.url + "/a"), DownloadFailed)
            assert await stand.download(server.url + "/b") == DownloadFinished(2)
            assert stand.image == IMAGE

        play(tmp_path, scene)
    assert file.starts == [0, 0]


@pytest.mark.parametrize("note", ["", "{", '{"location": 1}', '{"size": "x"}', "[]"])
def test_a_damaged_note_starts_anew(tmp_path: Path, note: str) -> None:
    file = ServedFile(cuts=[300_000])
    with serving(file) as server:

        async def scene(stand: TransferStand) -> None:
            assert isinstance(await stand.download(server.url + "/a"), DownloadFailed)
            (stand.firmware / "image.part.json").write_text(note)
            assert await stand.download(server.url + "/a") == DownloadFinished(2)
            assert stand.image == IMAGE

        play(tmp_path, scene)
    assert file.starts == [0, 0]


def test_bytes_behind_the_last_sync_do_not_count(tmp_path: Path) -> None:
    """After a power cut a file system may show a length whose blocks were never written."""
    file = ServedFile(cuts=[300_000])
    with serving(file) as server:

        async def scene(stand: TransferStand) -> None:
            assert isinstance(await stand.download(server.url + "/a"), DownloadFailed)
            with (stand.firmware / "image.part").open("ab") as part:
                part.write(bytes(len(IMAGE)))
            assert await stand.download(server.url + "/a") == DownloadFinished(2)
            assert stand.image == IMAGE

        play(tmp_path, scene)
    assert file.starts == [0, 300_000]


def test_a_power_cut_before_the_last_step_costs_no_second_download(tmp_path: Path) -> None:
    with serving(ServedFile(cuts=[len(IMAGE) - 1])) as server:

        async def scene(stand: TransferStand) -> None:
            assert isinstance(await stand.download(server.url + "/a"), DownloadFailed)
            note = json.loads((stand.firmware / "image.part.json").read_text())
            note["size"] = len(IMAGE)
            (stand.firmware / "image.part.json").write_text(json.dumps(note))
            (stand.firmware / "image.part").write_bytes(IMAGE)
            assert await stand.download(server.url + "/a") == DownloadFinished(2)
            assert stand.image == IMAGE

        play(tmp_path, scene)
        assert len(server.asked) == 1


def test_a_body_that_is_too_short_fails_and_is_kept(tmp_path: Path) -> None:
    def answer(handler: Handler) -> None:
        handler.reply(200, IMAGE[:1000], ETag='"one"', Content_Length=str(len(IMAGE)))
        handler.close_connection = True

    with serving(answer) as server:

        async def scene(stand: TransferStand) -> None:
            why = "the server broke its answer off, or does not speak HTTP"
            assert await stand.download(server.url + "/a") == DownloadFailed(1, why)
            assert stand.left() == KEPT
            assert (stand.firmware / "image.part").read_bytes() == IMAGE[:1000]
            server.answer = ServedFile()
            assert await stand.download(server.url + "/a") == DownloadFinished(2)
            assert stand.image == IMAGE

        play(tmp_path, scene)


def test_an_endless_body_stops_at_the_limit(tmp_path: Path) -> None:
    sent = []

    def answer(handler: Handler) -> None:
        chunks(handler)
        while True:
            chunk(handler, bytes(65536))
            sent.append(65536)

    with serving(answer) as server:

        async def scene(stand: TransferStand) -> None:
            event = await stand.download(server.url + "/a")
            assert isinstance(event, DownloadFailed)
            assert event.is_final
            assert "larger than" in event.why
            assert stand.left() == []

        play(tmp_path, scene, CAPPED)
    assert sum(sent) < 16 * 2**20  # what sockets hold, no more


def test_an_announced_size_above_the_limit_is_refused_unread(tmp_path: Path) -> None:
    def answer(handler: Handler) -> None:
        handler.reply(200, b"begin", Content_Length=str(2**40))
        time.sleep(0.2)

    with serving(answer) as server:

        async def scene(stand: TransferStand) -> None:
            why = "the image is larger than the 512 MiB that this station takes"
            assert await stand.download(server.url + "/a") == DownloadFailed(1, why, is_final=True)
            assert stand.left() == []

        play(tmp_path, scene)


def test_no_room_on_the_disk_is_final(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)
    free = [len(IMAGE) - 1]
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=free[0]))
    with serving(ServedFile()) as server:

        async def scene(stand: TransferStand) -> None:
            event = await stand.download(server.url + "/a")
            assert event == DownloadFailed(
                1, "the disk of the station has no room for the image", is_final=True
            )
            assert stand.left() == []
            free[0] += 1
            assert await stand.download(server.url + "/a") == DownloadFinished(2)

        play(tmp_path, scene)


@pytest.mark.parametrize("status", [201, 204, 304, 400, 401, 403, 404, 410, 500, 503])
def test_other_statuses_fail_and_may_be_tried_again(tmp_path: Path, status: int) -> None:
    with serving(lambda handler: handler.reply(status)) as server:

        async def scene(stand: TransferStand) -> None:
            event = await stand.download(server.url + "/a")
            assert isinstance(event, DownloadFailed)
            assert f"HTTP {status}" in event.why
            assert not event.is_final
            assert stand.notes == [f"the download of the firmware failed: {event.why}"]
            assert stand.left() == []

        play(tmp_path, scene)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda handler: handler.cut(), "broke the connection off"),
        (lambda handler: setattr(handler, "close_connection", True), "broke its answer off"),
        (lambda handler: handler.wfile.write(b"SSH-2.0-here\r\n\r\n"), "does not speak HTTP"),
        (lambda handler: handler.reply(200, Content_Length="-5"), "does not speak HTTP"),
        (lambda handler: handler.reply(200, b"x", Content_Encoding="gzip"), "encoded"),
        (lambda handler: handler.reply(200, X="y" * 200_000), "does not speak HTTP"),
    ],
    ids=["reset", "nothing", "no http", "negative length", "encoded", "endless head"],
)
def test_broken_answers_fail(tmp_path: Path, answer: Callable[[Handler], None], words: str) -> None:
    with serving(answer) as server:

        async def scene(stand: TransferStand) -> None:
            event = await stand.download(server.url + "/a")
            assert isinstance(event, DownloadFailed)
            assert words in event.why
            assert not event.is_final

        play(tmp_path, scene)


def test_a_server_that_is_not_there_fails(tmp_path: Path) -> None:
    with serving(ServedFile()) as server:
        url = server.url

    async def scene(stand: TransferStand) -> None:
        why = "the server refused the connection"
        assert await stand.download(url + "/a") == DownloadFailed(1, why)

    play(tmp_path, scene)


def test_a_silent_server_fails_after_the_read_timeout(tmp_path: Path) -> None:
    def answer(handler: Handler) -> None:
        if handler.asked.path == "/body":
            handler.reply(200, IMAGE[:1000], ETag='"one"', Content_Length=str(len(IMAGE)))
        time.sleep(0.5)

    with serving(answer) as server:

        async def scene(stand: TransferStand) -> None:
            why = "the server did not answer in time"
            assert await stand.download(server.url + "/head") == DownloadFailed(1, why)
            assert await stand.download(server.url + "/body") == DownloadFailed(2, why)
            assert stand.left() == KEPT

        play(tmp_path, scene, IMPATIENT)


def test_a_server_that_drips_is_cut_after_the_total_timeout(tmp_path: Path) -> None:
    def answer(handler: Handler) -> None:
        chunks(handler, ETag='"one"')
        while True:
            chunk(handler, b"x")
            time.sleep(0.02)

    config = dataclasses.replace(QUICK, total_timeout_s=0.3)
    with serving(answer) as server:

        async def scene(stand: TransferStand) -> None:
            assert await stand.download(server.url + "/a") == DownloadFailed(
                1, "it took longer than 0.3 s"
            )
            assert stand.left() == KEPT

        play(tmp_path, scene, config)


class Tap:
    """An answer of known length that flows until half of it, and then waits."""

    def __init__(self) -> None:
        self.opened = threading.Event()
        self.file = ServedFile()

    def __call__(self, handler: Handler) -> None:
        if "range" in handler.asked.headers:
            self.file(handler)
            return
        handler.reply(200, IMAGE[: len(IMAGE) // 2], ETag='"one"', Content_Length=str(len(IMAGE)))
        handler.wfile.flush()
        self.opened.wait(5)
        handler.wfile.write(IMAGE[len(IMAGE) // 2 :])


def test_a_stopped_download_posts_nothing_and_is_resumed(tmp_path: Path) -> None:
    tap, half = Tap(), len(IMAGE) // 2
    with serving(tap) as server:

        async def scene(stand: TransferStand) -> None:
            stand.start_download(server.url + "/a")
            whole = Progress(True, half, len(IMAGE))
            await stand.until(lambda: stand.driver.progress() == whole)
            stand.driver.stop_download()
            assert stand.driver.progress() is None
            await stand.until(lambda: not threads(), within_s=1.0)  # no timeout was waited for
            tap.opened.set()
            await asyncio.sleep(0.05)
            assert (stand.events, stand.notes) == ([], [])
            assert (stand.firmware / "image.part").read_bytes() == IMAGE[:half]
            assert await stand.download(server.url + "/a") == DownloadFinished(2)
            assert stand.image == IMAGE

        play(tmp_path, scene)
        assert server.asked[1].headers["range"] == f"bytes={half}-"


def test_a_stop_interrupts_waiting_for_the_answer(tmp_path: Path) -> None:
    asked = threading.Event()

    def answer(handler: Handler) -> None:
        asked.set()
        time.sleep(0.5)

    with serving(answer) as server:

        async def scene(stand: TransferStand) -> None:
            stand.start_download(server.url + "/a")
            await stand.until(asked.is_set)
            stand.driver.stop_download()
            await stand.until(lambda: not threads(), within_s=0.3)
            assert stand.events == []

        play(tmp_path, scene)


def test_an_outcome_that_waits_in_the_loop_is_dropped_by_a_stop(tmp_path: Path) -> None:
    with serving(ServedFile()) as server:

        async def scene(stand: TransferStand) -> None:
            stand.start_download(server.url + "/a")
            while threads():  # the loop does not run meanwhile
                time.sleep(0.002)
            stand.driver.stop_download()
            await asyncio.sleep(0.02)
            assert stand.events == []

        play(tmp_path, scene)


def test_a_second_download_replaces_the_first(tmp_path: Path) -> None:
    tap = Tap()
    with serving(tap) as slow, serving(ServedFile()) as server:

        async def scene(stand: TransferStand) -> None:
            stand.start_download(slow.url + "/a")
            await stand.until(lambda: stand.left() != [])
            assert await stand.download(server.url + "/b") == DownloadFinished(2)
            assert stand.image == IMAGE

        play(tmp_path, scene)
        tap.opened.set()


def test_drop_image_leaves_no_files(tmp_path: Path) -> None:
    tap = Tap()
    with serving(tap) as server:

        async def scene(stand: TransferStand) -> None:
            stand.start_download(server.url + "/a")
            await stand.until(lambda: stand.left() != [])
            stand.driver.drop_image()
            await stand.until(lambda: not threads())
            assert (stand.left(), stand.events) == ([], [])
            tap.opened.set()
            assert await stand.download(server.url + "/a") == DownloadFinished(2)
            stand.driver.drop_image()
            await stand.until(lambda: stand.left() == [])

        play(tmp_path, scene)


def test_the_end_of_the_driver_ends_its_tries(tmp_path: Path) -> None:
    tap = Tap()
    with serving(tap) as server:

        async def scene(stand: TransferStand) -> None:
            stand.start_download(server.url + "/a")
            await stand.until(lambda: stand.left() != [])
            await stand.driver.stop()
            assert not threads()
            assert (stand.left(), stand.events) == (KEPT, [])

        play(tmp_path, scene)
        tap.opened.set()


def test_a_folder_that_cannot_be_written_fails(tmp_path: Path) -> None:
    (tmp_path / "firmware").write_text("a file is in the way")

    async def scene(stand: TransferStand) -> None:
        event = await stand.download("http://127.0.0.1:9/a")
        assert isinstance(event, DownloadFailed)
        assert event.why.startswith("the image cannot be written (")

    play(tmp_path, scene)


@pytest.mark.parametrize("is_chunked", [True, False])
def test_a_body_of_unknown_length_is_taken(tmp_path: Path, is_chunked: bool) -> None:
    def answer(handler: Handler) -> None:
        if is_chunked:
            chunks(handler)
            chunk(handler, IMAGE)
            chunk(handler, b"")
        else:
            handler.reply(200, IMAGE, Content_Length="", Connection="close")
            handler.close_connection = True

    with serving(answer) as server:

        async def scene(stand: TransferStand) -> None:
            assert await stand.download(server.url + "/a") == DownloadFinished(1)
            assert stand.image == IMAGE

        play(tmp_path, scene)


def test_a_large_image_takes_little_memory_and_leaves_the_loop_alone(tmp_path: Path) -> None:
    """A slice of ``tools.net.bench_transfer``."""
    size, ticks = 16 * 2**20, 0

    def answer(handler: Handler) -> None:
        handler.reply(200, Content_Length=str(size))
        for _ in range(256):
            handler.wfile.write(IMAGE[: size // 256])

    with serving(answer) as server:

        async def scene(stand: TransferStand) -> None:
            nonlocal ticks
            assert isinstance(await stand.download("http://127.0.0.1:9/warm"), DownloadFailed)
            tracemalloc.start()
            stand.start_download(server.url + "/a")
            while not stand.events:
                ticks += 1
                await asyncio.sleep(0.002)
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            assert stand.events == [DownloadFinished(2)]
            assert peak < 2 * 2**20
            assert (stand.firmware / "image").stat().st_size == size

        play(tmp_path, scene)
    assert ticks > 5
