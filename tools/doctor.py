"""``statecharge doctor STATION.toml``: looks at everything that a station needs, once.

Theory of operation: each look runs in a thread of its own, all at the same time, within a limit;
one that fails or hangs never hides the others. While the station runs, what it has open is left
alone: no device is touched, and no second connection takes its place at the central system. The
coil line is taken and stays inactive. Words are ours: credentials are never shown.
"""

import argparse
import asyncio
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import Final

from cp.checking import check_port, check_tables, is_in_use
from cp.driver_choice import BENCH, OPENEVSE
from cp.equipment import Device, Equipment
from cp.reading import build_house, load_settings, read_charts
from cp.settings import Settings, product_of
from cp.vocabulary.errors import SettingsError, StatechargeError
from drivers.probe import Probe
from tools.doctor_link import look_at_link
from tools.doctor_place import look_at_clock, look_at_folder, look_at_service

WITHIN_S: Final = 20.0
"""A look that takes longer hangs: an attempt to connect has 15 s."""

Look = Callable[[], Iterable[Probe]]


def main(words: Sequence[str]) -> int:
    """Look, and show what was seen; exit code 1 when something does not work."""
    parser = argparse.ArgumentParser(
        prog="statecharge doctor",
        description="Look at every device, the link, the clock and the service of a station.",
    )
    parser.add_argument("station_file", metavar="STATION.toml", help="the station file")
    probes, has_hung = look_at_all(parser.parse_args(words).station_file)
    _show(probes)
    code = 0 if all(probe.is_ok for probe in probes) else 1
    if has_hung:
        sys.stdout.flush()
        os._exit(code)  # a thread that hangs in the kernel cannot be joined
    return code


def look_at_all(station_file: str, within_s: float = WITHIN_S) -> tuple[list[Probe], bool]:
    """What was seen, in order, and whether a look still hangs."""
    try:
        settings = load_settings(station_file)
    except StatechargeError as error:
        mend = "write it as the examples show"
        return [Probe("station file", False, line, mend) for line in str(error).splitlines()], False
    return look_within(_looks(settings), within_s)


def look_within(looks: Sequence[tuple[str, Look]], within_s: float) -> tuple[list[Probe], bool]:
    """All at the same time, each within the limit."""
    seen: dict[int, list[Probe]] = {}

    def run(number: int, what: str, look: Look) -> None:
        try:
            seen[number] = list(look())
        except Exception as error:
            seen[number] = [_broken(what, error)]

    threads = [
        threading.Thread(target=run, args=(number, what, look), daemon=True)
        for number, (what, look) in enumerate(looks)
    ]
    until_s = time.monotonic() + within_s
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, until_s - time.monotonic()))
    found: list[Probe] = []
    for number, (what, _look) in enumerate(looks):
        hangs = Probe(what, False, f"no answer within {within_s:g} s", "check its bus or network")
        found += seen.get(number, [hangs])
    return found, any(thread.is_alive() for thread in threads)


def _looks(settings: Settings) -> list[tuple[str, Look]]:
    folder = Path(settings.storage_dir)
    is_running = _is_running(folder / "journal.db")
    return [
        # The tables are read before the threads begin: reading keeps its findings in one place.
        ("station file", partial(tuple, _look_at_file(settings))),
        ("charts", lambda: _look_at_charts(settings)),
        ("storage folder", lambda: look_at_folder(folder, is_running=is_running)),
        *_device_looks(settings, is_running=is_running),
        ("link", lambda: look_at_link(settings, is_running=is_running)),
        ("clock", lambda: look_at_clock(folder)),
        ("service", lambda: look_at_service(settings)),
    ]


def _is_running(journal: Path) -> bool:
    try:
        return is_in_use(journal)
    except OSError:  # there is none, or it is another's: the folder's line says so
        return False


def _look_at_file(settings: Settings) -> list[Probe]:
    """The file and what it names: tables of drivers, transfer, installer, libraries."""
    what, findings = "station file", check_tables(settings)
    if findings:
        return [Probe(what, False, str(finding), "mend this line") for finding in findings]
    ports = ", ".join(f"{port} {kind}" for port, kind in settings.drivers.items())
    return [Probe(what, True, f"{ports}; transfer and installer are in order")]


def _look_at_charts(settings: Settings) -> Iterable[Probe]:
    house = build_house(read_charts(None), settings.keys, product_of(settings))
    yield Probe("charts", True, f"{len(house.charts)} charts are in order")


def _device_looks(settings: Settings, *, is_running: bool) -> Iterator[tuple[str, Look]]:
    board = threading.Lock()  # one line for several ports: one look after the other
    for port, make in Equipment(settings).makers().items():
        if is_running:
            seen = Probe(port, True, "not touched: the station is running")
            yield port, partial(tuple, [seen])
            continue
        try:
            turn = board if settings.drivers[port] == OPENEVSE else nullcontext()
            yield port, partial(_look_at_device, make(), turn)
        except SettingsError:
            seen = Probe(port, False, "its table has mistakes", "mend the station file")
            yield port, partial(tuple, [seen])
    if BENCH in settings.drivers.values() and not is_running:
        yield "bench", partial(_look_at_bench, settings)


def _look_at_device(device: Device, turn: AbstractContextManager[object]) -> Iterable[Probe]:
    with turn:
        yield asyncio.run(_probe(device))


async def _probe(device: Device) -> Probe:
    return await device.probe()


def _look_at_bench(settings: Settings) -> Iterable[Probe]:
    host, port = settings.bench.host, settings.bench.port
    for problem in check_port(host, port):
        saw, _, mend = problem.partition(": ")
        yield Probe("bench", False, saw, mend)
        return
    yield Probe("bench", True, f"{host}:{port} is free")


def _broken(what: str, error: Exception) -> Probe:
    """A mistake of a person has words; a fault of ours is named by its kind alone, since its text
    may hold what must not be shown."""
    if not isinstance(error, StatechargeError):
        return Probe(what, False, f"fault of our own: {type(error).__name__}", "report it")
    saw, _, mend = str(error).splitlines()[0].rpartition(": ")
    return Probe(what, False, saw or mend, mend if saw else "mend the station file")


# ---- what is shown -------------------------------------------------------------------------------


def _show(probes: Sequence[Probe]) -> None:
    if not sys.stdout.isatty():
        for probe in probes:
            mend = f"; to do: {probe.mend}" if probe.mend else ""
            print(f"{'ok  ' if probe.is_ok else 'FAIL'}  {probe.what}: {probe.saw}{mend}")
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("what", "", "seen", "what to do")
    for probe in probes:
        sign = Text("ok", "green") if probe.is_ok else Text("FAIL", "bold red")
        table.add_row(Text(probe.what), sign, Text(probe.saw), Text(probe.mend))
    Console().print(table)
