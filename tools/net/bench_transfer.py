"""A large transfer beside the station's work: memory, answers and commits meanwhile.

Theory of operation: a child process is what a station is before its first transfer (all of its
modules are loaded), with a loop that wants to run every 2 ms, as answers to CALLs do, and a journal
that commits a row every 20 ms. It is watched idle, while it downloads 100 MiB from this process,
and while it uploads as much. ``python -m tools.net.bench_transfer``; exit code 1 when a limit is
missed. ``station_figures``, for ``make bench``, looks at a whole station from outside: at the CALLs
that it answers while it downloads an image of this size.
"""

import asyncio
import json
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from cp.vocabulary.events import DownloadFinished, Event, UploadFinished
from cp.vocabulary.records import Put
from drivers.storage import SqliteStorage
from drivers.transfer.archive import Build
from drivers.transfer.config import TransferConfig
from drivers.transfer.file_transfer import FileTransfer
from tools.net.bench_figure import Figure
from tools.net.bench_process import resident_mib
from tools.net.bench_server import BenchServer, Payload
from tools.net.station_process import StationProcess

FILE_BYTES: Final = 100 * 1024 * 1024
_IDLE_S: Final = 3.0
_TICK_S: Final = 0.002
_COMMIT_EVERY_S: Final = 0.02
_MIB: Final = 1024 * 1024
_LOADED_LATE: Final = "import drivers.transfer.web, httpcore, httpx; httpx.Client(verify=False)"


@dataclass(frozen=True, slots=True)
class Phase:
    """What was seen while something went on: 99 of 100 ticks and commits were quicker."""

    seconds: float
    late_ms: float
    commit_ms: float
    grown_mib: float


def main(words: list[str]) -> int:
    """Measure, print, judge; with an address and a folder: be the child."""
    if words:
        phases = asyncio.run(_station(words[0], Path(words[1])))
        print(json.dumps([asdict(phase) for phase in phases]))
        return 0
    figures = asyncio.run(transfer_figures())
    for figure in figures:
        verdict = "" if figure.is_met else "   MISSED"
        print(f"{figure.name:<42}{figure.value:>12}{figure.floor:>12}   {figure.limit}{verdict}")
    return 0 if all(figure.is_met for figure in figures) else 1


async def transfer_figures() -> list[Figure]:
    """The lines of the table; the floor is the same process while nothing is transferred."""
    with tempfile.TemporaryDirectory() as folder, _serving(FILE_BYTES) as url:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "tools.net.bench_transfer", url, folder),
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await child.communicate()
    idle, *busy = (Phase(**found) for found in json.loads(out))
    figures = []
    for name, phase in zip(("download", "upload"), busy, strict=True):
        rate = FILE_BYTES / _MIB / phase.seconds
        label = f"{name} of {FILE_BYTES // _MIB} MiB"
        late, least = f"{phase.late_ms:.1f} ms", f"{idle.late_ms:.1f} ms"
        commit, quickest = f"{phase.commit_ms:.1f} ms", f"{idle.commit_ms:.1f} ms"
        grown = f"{phase.grown_mib:.1f} MiB"
        figures += [
            Figure(label, f"{rate:.0f} MiB/s", "", None, "none", True),
            Figure("  memory it takes", grown, "", None, "8 MiB", phase.grown_mib <= 8),
            Figure("  loop late, p99", late, least, None, "20 ms", phase.late_ms <= 20),
            Figure("  commit meanwhile, p99", commit, quickest, None, "none", True),
        ]
    return figures


async def station_figures(server: BenchServer, url: str, folder: Path) -> list[Figure]:
    """A whole station, before and during the download of an image."""
    folder.mkdir()
    # Installed programs have their byte code; compiling it takes memory of its own.
    compiling = await asyncio.create_subprocess_exec(sys.executable, "-c", _LOADED_LATE)
    await compiling.wait()
    station = StationProcess(folder, url)
    await station.start()
    await station.until_ready()
    await station.hang_up()
    await asyncio.sleep(_IDLE_S)
    try:
        with _serving(FILE_BYTES) as files:
            idle, rest_mib = await _calls(server, station.pid, asyncio.sleep(_IDLE_S))
            when = {"retrieveDate": "2026-01-01T00:00:00Z"}
            over = server.coming("FirmwareStatusNotification", _is_downloaded)
            await server.call("UpdateFirmware", {"location": f"{files}/image", **when})
            busy, most_mib = await _calls(server, station.pid, over)
    finally:
        await station.kill()
    busy_ms, idle_ms, grown_mib = _p99(busy) * 1e3, _p99(idle) * 1e3, most_mib - rest_mib
    mib = FILE_BYTES // _MIB
    return [
        Figure(
            f"CALL while {mib} MiB are downloaded, p99",
            f"{busy_ms:.1f} ms",
            f"{idle_ms:.1f} ms",
            busy_ms / idle_ms,
            "50 ms",
            busy_ms <= 50,
        ),
        Figure("  memory above idle", f"{grown_mib:.1f} MiB", "", None, "8 MiB", grown_mib <= 8),
    ]


def _is_downloaded(payload: Payload) -> bool:
    if payload["status"] == "DownloadFailed":
        raise RuntimeError("the download of the benchmark failed")
    return payload["status"] == "Downloaded"


async def _calls(
    server: BenchServer, pid: int, during: Awaitable[object]
) -> tuple[list[float], float]:
    """How long each answer took, one CALL at a time; the most memory of the station, MiB."""
    over = asyncio.ensure_future(during)
    elapsed_s, most_mib = [], 0.0
    while not over.done():
        sent_s, came_s = await server.call("GetConfiguration", {"key": ["HeartbeatInterval"]})
        elapsed_s.append(came_s - sent_s)
        most_mib = max(most_mib, resident_mib(pid))
        await asyncio.sleep(_TICK_S)
    return elapsed_s, most_mib


# ---- the child -----------------------------------------------------------------------------------


class _LargeFile:
    """An archive as large as the image."""

    def begin(self, _start_utc_s: float | None, _stop_utc_s: float | None) -> Build:
        """Sparse: what is measured is the way out."""

        def build(file: Path, _check: Callable[[], None]) -> None:
            with file.open("wb") as stream:
                stream.truncate(FILE_BYTES)

        return build


async def _station(url: str, folder: Path) -> list[Phase]:
    import cp.wiring  # noqa: F401 - as much is loaded as in a station

    storage, worker = SqliteStorage(folder / "journal"), ThreadPoolExecutor(1)
    events: asyncio.Queue[Event] = asyncio.Queue()
    driver = FileTransfer(folder, TransferConfig(), _LargeFile(), lambda line: print(line))
    await driver.start(events.put_nowait)
    worker.submit(storage.open).result()
    watch = _Watch(storage, worker)
    idle = await watch.during(asyncio.sleep(_IDLE_S))
    driver.download(1, f"{url}/image")
    download = await watch.during(_expect(events, DownloadFinished(1)))
    driver.upload(2, f"{url}/in/", "diagnostics.tar.gz", None, None)
    upload = await watch.during(_expect(events, UploadFinished(2)))
    worker.submit(storage.close).result()
    return [idle, download, upload]


async def _expect(events: "asyncio.Queue[Event]", wanted: Event) -> None:
    found = await events.get()
    if found != wanted:
        raise RuntimeError(f"{found} instead of {wanted}")


class _Watch:
    """Ticks, commits and looks at its memory while something else goes on."""

    def __init__(self, storage: SqliteStorage, worker: ThreadPoolExecutor) -> None:
        self._storage = storage
        self._worker = worker
        self._late_s: list[float] = []
        self._commit_s: list[float] = []
        self._most_mib = 0.0
        self._rest_mib: float | None = None

    async def during(self, work: Awaitable[None]) -> Phase:
        """The phase that lasts as long as ``work``."""
        self._late_s, self._commit_s, self._most_mib = [], [], 0.0
        tasks = [asyncio.create_task(self._tick()), asyncio.create_task(self._commit())]
        began_s = time.perf_counter()
        await work
        seconds = time.perf_counter() - began_s
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        self._rest_mib = self._most_mib if self._rest_mib is None else self._rest_mib
        return Phase(
            seconds,
            _p99(self._late_s) * 1e3,
            _p99(self._commit_s) * 1e3,
            self._most_mib - self._rest_mib,
        )

    async def _tick(self) -> None:
        while True:
            began_s = time.perf_counter()
            await asyncio.sleep(_TICK_S)
            self._late_s.append(time.perf_counter() - began_s - _TICK_S)

    async def _commit(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            began_s = time.perf_counter()
            row = Put("call", "1", "x" * 400)
            await loop.run_in_executor(self._worker, self._storage.commit, (row,))
            self._commit_s.append(time.perf_counter() - began_s)
            words = Path("/proc/self/statm").read_text(encoding="ascii").split()
            self._most_mib = max(self._most_mib, int(words[1]) * 4096 / _MIB)
            await asyncio.sleep(_COMMIT_EVERY_S)


def _p99(found: list[float]) -> float:
    return statistics.quantiles(found, n=100)[98]


# ---- the server ----------------------------------------------------------------------------------


@contextmanager
def _serving(size: int) -> Iterator[str]:
    """The least server that sends a file, and takes one."""
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        tempfile.TemporaryFile() as file,
    ):
        file.truncate(size)

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection:
                        _answer(connection, size, lambda to: to.sendfile(file))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def _answer(connection: socket.socket, size: int, send: Callable[[socket.socket], object]) -> None:
    head, _, body = connection.recv(65536).partition(b"\r\n\r\n")
    if head.startswith(b"GET"):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        send(connection)
        return
    got = len(body)
    while got < size and (data := connection.recv(65536)):
        got += len(data)
    connection.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
