"""The figures of the project, each beside its floor from the same run: ``make bench``.

Theory of operation: a figure alone says as much about the machine as about the program. So every
one is measured together with a bare program that does the least that the station does, turn by
turn in the same minutes, and what counts is the ratio. ``--quick`` measures idleness for a shorter
time, ``--backlog=100000`` takes a longer backlog. Exit code 1 when a limit is missed.
"""

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from tools.net.bench_backlog import backlog_figures
from tools.net.bench_figure import Figure
from tools.net.bench_hour import hour_figure
from tools.net.bench_process import processor_s, resident_mib
from tools.net.bench_server import BenchServer
from tools.net.bench_steps import connector_step_s, engine_step_s
from tools.net.bench_stop import stop_figures
from tools.net.bench_transfer import station_figures
from tools.net.station_process import StationProcess

_PEERS: Final = (sys.executable, "-m", "tools.net.bench_peers")
_STARTS: Final = 11
_GETS: Final = 400
_TURNS_OF_GETS: Final = 4
_REMOTE_STARTS: Final = 40
_IDLE_S: Final = 60.0
_QUICK_IDLE_S: Final = 10.0
_BACKLOG: Final = 10_000


def main(words: list[str]) -> int:
    """Measure, print, judge."""
    options = argparse.ArgumentParser(prog="python -m tools.net.bench", description=__doc__)
    options.add_argument("--quick", action="store_true", help="measure idleness for 10 s only")
    options.add_argument("--backlog", type=int, default=_BACKLOG, metavar="MESSAGES")
    chosen = options.parse_args(words)
    idle_s = _QUICK_IDLE_S if chosen.quick else _IDLE_S
    with tempfile.TemporaryDirectory() as folder:
        # Both sides start from byte code, as installed programs do, wherever this is run from.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = f"{folder}/bytecode"
        figures = asyncio.run(_measure(Path(folder), idle_s, chosen.backlog))
    print(f"{'':<42}{'station':>12}{'floor':>12}{'ratio':>8}   limit")
    for figure in figures:
        ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
        verdict = "" if figure.is_met else "   MISSED"
        line = f"{figure.name:<42}{figure.value:>12}{figure.floor:>12}{ratio:>8}"
        print(f"{line}   {figure.limit}{verdict}")
    return 0 if all(figure.is_met for figure in figures) else 1


async def _measure(folder: Path, idle_s: float, backlog: int) -> list[Figure]:
    server = BenchServer()
    url = await server.start()
    keys = {"AuthorizeRemoteTxRequests": False}
    station = StationProcess(folder, url, keys=keys)
    try:
        figures = [await _start(server, station, url)]
        figures.append(_step())
        figures.append(await _get_configuration(server, station, url))
        figures.append(await _remote_start(server, station, url, folder))
        figures += await _rest(station, idle_s)
        figures.append(await hour_figure(server, url, folder / "hour"))
        figures += await station_figures(server, url, folder / "download")
        figures += await stop_figures(server, url, folder / "stop", backlog)
        return figures + await backlog_figures(server, url, folder / "backlog", backlog)
    finally:
        await station.kill()
        await server.stop()


# ---- start ---------------------------------------------------------------------------------------


async def _start(server: BenchServer, station: StationProcess, url: str) -> Figure:
    """From the start of the process to BootNotification on the wire; the first of each is
    dropped."""

    async def ours() -> None:
        await station.start()

    async def bare() -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(*_PEERS, "boot", f"{url}/FLOOR")

    station_s: list[float] = []
    floor_s: list[float] = []
    for _ in range(_STARTS):
        floor_s.append(await _until_boot(server, bare))
        station_s.append(await _until_boot(server, ours))
        await station.stop()
    value, floor = statistics.median(station_s[1:]), statistics.median(floor_s[1:])
    ratio = value / floor
    return Figure(
        "start to BootNotification, median",
        f"{value * 1e3:.0f} ms",
        f"{floor * 1e3:.0f} ms",
        ratio,
        "1.15 times",
        ratio <= 1.15,
    )


async def _until_boot(server: BenchServer, begin: Callable[[], Awaitable[object]]) -> float:
    booted = server.coming("BootNotification")
    began_s = time.perf_counter()
    child = await begin()
    elapsed_s = await asyncio.wait_for(booted, 20) - began_s
    if isinstance(child, asyncio.subprocess.Process):
        await child.wait()
    return elapsed_s


# ---- one step ------------------------------------------------------------------------------------


def _step() -> Figure:
    value, floor = connector_step_s(), engine_step_s()
    return Figure(
        "step of the connector chart, median",
        f"{value * 1e6:.0f} us",
        f"{floor * 1e6:.0f} us",
        value / floor,
        "250 us",
        value <= 250e-6,
    )


# ---- CALLs ---------------------------------------------------------------------------------------


async def _get_configuration(server: BenchServer, station: StationProcess, url: str) -> Figure:
    """One key; station and floor in turns."""
    station_s: list[float] = []
    floor_s: list[float] = []
    for _ in range(_TURNS_OF_GETS):
        floor = await _peer(server, "configuration", url)
        floor_s += await _gets(server)
        floor.kill()
        await floor.wait()
        await station.start()
        await station.until_ready()
        station_s += await _gets(server)
        await station.stop()
    value, least = statistics.median(station_s), statistics.median(floor_s)
    ratio = value / least
    return Figure(
        "GetConfiguration of one key, p50",
        f"{value * 1e6:.0f} us",
        f"{least * 1e6:.0f} us",
        ratio,
        "2 times",
        ratio <= 2,
    )


async def _gets(server: BenchServer) -> list[float]:
    elapsed_s = []
    for _ in range(_GETS // _TURNS_OF_GETS):
        sent_s, came_s = await server.call("GetConfiguration", {"key": ["HeartbeatInterval"]})
        elapsed_s.append(came_s - sent_s)
        await asyncio.sleep(0.002)  # one at a time, as in life
    return elapsed_s


async def _remote_start(
    server: BenchServer, station: StationProcess, url: str, folder: Path
) -> Figure:
    """RemoteStartTransaction to StartTransaction, with the record on disk in between."""
    floor = await _peer(server, "start", url, str(folder))
    floor_s = [await _one_start(server) for _ in range(_REMOTE_STARTS)]
    floor.kill()
    await floor.wait()
    await station.start()
    await station.until_ready()
    station_s = [await _one_visit(server, station) for _ in range(_REMOTE_STARTS)]
    await station.stop()
    value, least = statistics.median(station_s), statistics.median(floor_s)
    return Figure(
        "RemoteStart to StartTransaction, p50",
        f"{value * 1e3:.2f} ms",
        f"{least * 1e3:.2f} ms",
        value / least,
        "3 ms",
        value <= 3e-3,
    )


async def _one_visit(server: BenchServer, station: StationProcess) -> float:
    """Plug, start, stop, unplug; how long the start took."""
    await station.do("plug_in")
    await station.until_status("Preparing")
    elapsed_s = await _one_start(server)
    await station.until(_has_confirmed)
    await server.call("RemoteStopTransaction", {"transactionId": server.last_transaction})
    await station.until_status("Finishing")
    await station.do("plug_out")
    await station.until_ready()
    return elapsed_s


async def _one_start(server: BenchServer) -> float:
    await asyncio.sleep(0.01)  # what happened before is on disk and told
    started = server.coming("StartTransaction")
    request: dict[str, object] = {"idTag": "TAG", "connectorId": 1}
    sent_s, _ = await server.call("RemoteStartTransaction", request)
    return await asyncio.wait_for(started, 10) - sent_s


def _has_confirmed(state: object) -> bool:
    assert isinstance(state, dict)
    return bool(state["machines"]["transaction.1"][-1] == "confirmed")


async def _peer(
    server: BenchServer, name: str, url: str, *arguments: str
) -> asyncio.subprocess.Process:
    booted = server.coming("BootNotification")
    child = await asyncio.create_subprocess_exec(*_PEERS, name, f"{url}/FLOOR", *arguments)
    await asyncio.wait_for(booted, 20)
    await asyncio.sleep(0.1)
    return child


# ---- at rest -------------------------------------------------------------------------------------


async def _rest(station: StationProcess, idle_s: float) -> list[Figure]:
    """Memory after the boot, and what the processor does while nothing happens."""
    await station.start()
    await station.until_ready()
    await station.hang_up()
    await asyncio.sleep(3.0)
    memory_mib = resident_mib(station.pid)
    before_s = processor_s(station.pid)
    await asyncio.sleep(idle_s)
    share = (processor_s(station.pid) - before_s) / idle_s
    await station.stop()
    bare_mib = await _bare_memory_mib()
    return [
        Figure(
            "resident memory after the boot",
            f"{memory_mib:.1f} MiB",
            f"{bare_mib:.1f} MiB",
            memory_mib / bare_mib,
            "36 MiB",
            memory_mib <= 36,
        ),
        Figure(
            f"processor at rest, over {idle_s:.0f} s",
            f"{share * 100:.3f} %",
            "0",
            None,
            "0.05 %",
            share < 0.0005,
        ),
    ]


async def _bare_memory_mib() -> float:
    """The interpreter with the two libraries that the floor needs."""
    code = "import time, ocpp.v16, websockets.asyncio.client; print(flush=True); time.sleep(9)"
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout is not None
    await child.stdout.readline()
    memory_mib = resident_mib(child.pid)
    child.kill()
    await child.wait()
    return memory_mib


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
