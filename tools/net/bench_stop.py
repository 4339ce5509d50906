"""How soon the outlet opens: the emergency stop and pilot A, at rest and under every load.

Theory of operation: a real station charges the car of its bench; then somebody presses the
emergency stop or pulls the plug, in turns, and the bench is asked until it says that the command
of the contactor is ``open``. So a figure holds the turn of the controller and two round trips of
the bench, and its floor is the same two round trips with a command that opens nothing, in the
same minutes. While the disk stalls no record becomes durable and nothing else leaves: the figures
stay as they are, since the path to the contactor waits for no storage (``tests/end_to_end/
test_stop.py`` has the control). No image is downloaded during a transaction (AQ-4): there the
charge interrupts the download a moment before the stop. ``python -m tools.net.bench_stop``;
exit code 1 when a limit is missed.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, cast

from tools.net.bench_backlog import fill
from tools.net.bench_figure import Figure
from tools.net.bench_server import BenchServer, Payload
from tools.net.station_process import State, StationProcess, outlet_of

LIMIT_MS: Final = 20.0
WATCHED_S: Final = 20.0
_BACKLOG: Final = 10_000
_DRAINS: Final = 3
_SAMPLE_EVERY_S: Final = 1
_MOMENT_S: Final = 0.05
_IMAGE_BYTES: Final = 512 * 1024 * 1024
_CHUNK: Final = bytes(64 * 1024)
_KEYS: Final = {"AuthorizeRemoteTxRequests": False, "MeterValueSampleInterval": _SAMPLE_EVERY_S}


@dataclass(frozen=True, slots=True)
class Stops:
    """Seconds to the open contactor, of both causes, and of two bare round trips."""

    emergency_s: list[float] = field(default_factory=list)
    unplug_s: list[float] = field(default_factory=list)
    bare_s: list[float] = field(default_factory=list)

    def figures(self, condition: str) -> list[Figure]:
        """The lines of the table: what counts is the 99th percentile."""
        _, floor = _percentiles_ms(self.bare_s)
        found = []
        for cause, elapsed_s in (("emergency stop", self.emergency_s), ("pilot A", self.unplug_s)):
            p50, p99 = _percentiles_ms(elapsed_s)
            name, value = f"{cause}, {condition}, p50 p99", f"{p50:.1f} {p99:.1f} ms"
            limit, is_met = f"{LIMIT_MS:.0f} ms", p99 <= LIMIT_MS
            found.append(Figure(name, value, f"{floor:.1f} ms", p99 / floor, limit, is_met))
        return found


def main() -> int:
    """Measure, print, judge."""
    with tempfile.TemporaryDirectory() as folder:
        figures = asyncio.run(_alone(Path(folder)))
    for figure in figures:
        verdict = "" if figure.is_met else "   MISSED"
        print(f"{figure.name:<42}{figure.value:>12}{figure.floor:>12}   {figure.limit}{verdict}")
    return 0 if all(figure.is_met for figure in figures) else 1


async def _alone(folder: Path) -> list[Figure]:
    server = BenchServer()
    url = await server.start()
    try:
        return await stop_figures(server, url, folder / "stop", _BACKLOG)
    finally:
        await server.stop()


async def stop_figures(server: BenchServer, url: str, folder: Path, messages: int) -> list[Figure]:
    """The lines of the table; ``messages`` wait while the queue drains."""
    figures = []
    async with _files() as files, _outlet(server, folder / "idle", url) as outlet:
        figures += (await _watched(outlet)).figures("idle")
        enough = asyncio.Event()
        uploading = asyncio.create_task(_upload_until(enough, server, files))
        figures += (await _watched(outlet)).figures("upload")
        enough.set()
        await uploading
        request: Payload = {"location": f"{files}/image", "retrieveDate": "2026-01-01T00:00:00Z"}
        await server.call("UpdateFirmware", request)
        figures += (await _watched(outlet, before=outlet.until_downloading)).figures("download")
    async with _outlet(server, folder / "stalls", url) as outlet:
        stalled = await _watched(outlet, during=outlet.stall, after=outlet.flow)
        figures += stalled.figures("disk stalls")
    drained, last_wh = Stops(), f"'{1000 + messages - 1}'"
    for number in range(_DRAINS):
        place = folder / f"backlog{number}"
        place.mkdir(parents=True)
        fill(place / "storage", messages)
        last = server.coming("MeterValues", lambda payload: last_wh in str(payload))
        async with _outlet(server, place, url) as outlet:
            await _until_drained(outlet, last, drained)
    return figures + drained.figures("backlog")


# ---- the outlet ----------------------------------------------------------------------------------


class Outlet:
    """A station whose car charges, is stopped and leaves."""

    def __init__(self, server: BenchServer, station: StationProcess) -> None:
        self._server = server
        self._station = station

    async def charge(self) -> None:
        """A car comes, and energy flows."""
        await self._station.until_ready()
        await self._station.until(lambda state: _is_in(state, "contactor.1", "open"))
        await self._station.do("plug_in")
        await self._station.do("ev_ready", on=True)
        await self._station.until_status("Preparing")
        request: Payload = {"idTag": "TAG", "connectorId": 1}
        await self._server.call("RemoteStartTransaction", request)
        await self._station.until(lambda state: _is_in(state, "contactor.1", "closed"))

    async def stop(self, stops: Stops) -> None:
        """Both causes in turns, each measured; then the car is gone and nothing is wrong."""
        stops.bare_s.append(await self._opened_s("closed", "set_power", watts=3600))
        if len(stops.emergency_s) > len(stops.unplug_s):
            stops.unplug_s.append(await self._opened_s("open", "plug_out"))
            return
        stops.emergency_s.append(await self._opened_s("open", "emergency_stop", on=True))
        await self._station.do("plug_out")
        await self._station.do("emergency_stop", on=False)

    async def _opened_s(self, command: str, cmd: str, **fields: object) -> float:
        """Seconds from ``cmd`` until the contactor is seen to have this command."""
        began_s = time.perf_counter()
        await self._station.do(cmd, **fields)
        while command_of(await self._station.state()) != command:
            pass  # at once again: the figure is the time
        return time.perf_counter() - began_s

    async def until_downloading(self) -> None:
        """The transfer that the last charge interrupted is under way again."""
        await self._station.until(lambda state: _is_in(state, "firmware.0", "downloading"))
        await asyncio.sleep(_MOMENT_S)

    async def stall(self) -> None:
        """The disk stalls, and a sample of the transaction already waits for it."""
        await self._station.do("storage", mode="slow")
        await asyncio.sleep(_SAMPLE_EVERY_S)

    async def flow(self) -> None:
        """The stall is over."""
        await self._station.do("storage", mode="normal")


def command_of(state: State) -> str:
    """What the contactor was told: ``open`` or ``closed``."""
    return cast("dict[str, str]", outlet_of(state)["contactor"])["command"]


def _is_in(state: State, machine: str, leaf: str) -> bool:
    return cast("dict[str, list[str]]", state["machines"])[machine][-1] == leaf


async def _nothing() -> None:
    pass


async def _watched(
    outlet: Outlet,
    before: Callable[[], Awaitable[None]] = _nothing,
    during: Callable[[], Awaitable[None]] = _nothing,
    after: Callable[[], Awaitable[None]] = _nothing,
) -> Stops:
    """As many stops as there is time for; what is done before the charge, while energy flows,
    and after the stop."""
    stops, began_s = Stops(), time.perf_counter()
    while time.perf_counter() - began_s < WATCHED_S:
        await before()
        await outlet.charge()
        await during()
        await outlet.stop(stops)
        await after()
    return stops


async def _until_drained(outlet: Outlet, last: "asyncio.Future[float]", stops: Stops) -> None:
    await outlet.charge()
    while not last.done():
        await outlet.stop(stops)
        await outlet.charge()


@asynccontextmanager
async def _outlet(server: BenchServer, folder: Path, url: str) -> AsyncIterator[Outlet]:
    folder.mkdir(parents=True, exist_ok=True)
    station = StationProcess(folder, url, keys=_KEYS)
    await station.start()
    try:
        yield Outlet(server, station)
    finally:
        await station.kill()


def _percentiles_ms(found_s: list[float]) -> tuple[float, float]:
    cuts = statistics.quantiles(found_s, n=100, method="inclusive")
    return cuts[49] * 1e3, cuts[98] * 1e3


# ---- transfers -----------------------------------------------------------------------------------


async def _upload_until(enough: asyncio.Event, server: BenchServer, files: str) -> None:
    """Diagnostics, one archive after the other."""
    while not enough.is_set():
        over = server.coming("DiagnosticsStatusNotification", _is_uploaded)
        await server.call("GetDiagnostics", {"location": f"{files}/in/"})
        await over


def _is_uploaded(payload: Payload) -> bool:
    if payload["status"] == "UploadFailed":
        raise RuntimeError("the upload of the benchmark failed")
    return payload["status"] == "Uploaded"


@asynccontextmanager
async def _files() -> AsyncIterator[str]:
    """The least server that sends an image, and takes archives."""
    server = await asyncio.start_server(_talk, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


async def _talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    # A charge interrupts downloads; a task of a stream server must not end as cancelled.
    with suppress(ConnectionError, EOFError, asyncio.CancelledError):
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        if head.startswith(b"get"):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % _IMAGE_BYTES)
            for _ in range(_IMAGE_BYTES // len(_CHUNK)):
                writer.write(_CHUNK)
                await writer.drain()
        else:
            _, _, behind = head.partition(b"content-length:")
            await reader.readexactly(int(behind.split()[0]))
            writer.write(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
    writer.close()


if __name__ == "__main__":
    sys.exit(main())
