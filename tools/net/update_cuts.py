"""A real update whose power goes at any point: ``python -m tools.net.update_cuts``.

Theory of operation: one update without a cut says how many points it has and how long it takes.
Then it is played again for each of some of them, spread over the whole: real process, real HTTP,
real slots, and SIGKILL, either at a point inside (``cut_points``) or at a moment from outside. The
station is started again, as a service manager would, until the update is over, and once more after
that. What must come of it: the new firmware runs for good and Installed was told, or the old one
and InstallationFailed (the power went before the slots were exchanged); each status in order and
once. One may come twice when its answer was lost: when it was the last thing that the central
system heard before the power went. Exit code 1 when anything else came of it.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import Path
from shutil import copytree
from typing import Final

from cp.reading import CHARTS_DIR
from tools.figures import write_figure
from tools.firmware_pack import pack
from tools.net.csms_books import Kind, Message
from tools.net.csms_files import FileServer
from tools.net.csms_server import CentralSystem
from tools.net.cut_points import FORGETFUL, HASTY, NOTHING
from tools.net.station_process import StationError, StationProcess

STATUSES: Final = ["Downloading", "Downloaded", "Installing"]
VERSION: Final = "2.0.0"
_ACTION: Final = "FirmwareStatusNotification"
_OVER_WITHIN_S: Final = 30.0
_POINTS: Final = 40
_MOMENTS: Final = 10
_AT_ONCE: Final = 2
_SETTLED_AFTER_S: Final = 0.3
_LOOKED_EVERY_S: Final = 0.005


@dataclass(frozen=True, slots=True)
class Cut:
    """``point`` and ``flaw`` as ``cut_points`` takes them; ``after_s`` after UpdateFirmware, None:
    never."""

    point: str = NOTHING
    flaw: str = NOTHING
    after_s: float | None = None

    def __str__(self) -> str:
        if self.after_s is not None:
            return f"after {self.after_s:.3f} s"
        return "without a cut" if self.point == NOTHING else f"at point {self.point}"


FLAWED: Final = [Cut(flaw=FORGETFUL), Cut("after replace_link", HASTY)]
"""Stations that the judge has to catch, at the points where it shows."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """``findings``: what must not be; ``last`` status; ``points`` that were passed; ``seconds`` to
    the last status."""

    findings: tuple[str, ...]
    last: str
    points: tuple[str, ...]
    seconds: float


def main(words: list[str]) -> int:
    """Play all cuts, and a station that has to be caught; 0 when everything is as it must be."""
    options = argparse.ArgumentParser("update_cuts", description=(__doc__ or "").split("\n")[0])
    options.add_argument("--points", type=int, default=_POINTS, metavar="N")
    options.add_argument("--moments", type=int, default=_MOMENTS, metavar="N")
    chosen = options.parse_args(words)
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_prove(Path(folder), chosen.points, chosen.moments))


async def _prove(folder: Path, points: int, moments: int) -> int:
    make_image(folder)
    whole = await play(folder, Cut())
    cuts = [Cut(str(point)) for point in spread(len(whole.points), points)]
    cuts += [Cut(after_s=whole.seconds * (n + 0.5) / moments) for n in range(moments)]
    outcomes = await play_all(folder, cuts)
    caught = await play_all(folder, FLAWED)
    failures = [
        f"{cut}: {finding}"
        for cut, outcome in zip([Cut(), *cuts], [whole, *outcomes], strict=True)
        for finding in outcome.findings
    ]
    if whole.last != "Installed":
        failures.append("nothing was installed though the power stayed")
    for cut, outcome in zip(FLAWED, caught, strict=True):
        if not outcome.findings:
            failures.append(f"{cut}: a {cut.flaw} station was not noticed")
    for failure in failures:
        print(failure)
    kinds = f"{len(cuts) - moments} of {len(whole.points)} points, {moments} moments"
    installed = sum(outcome.last == "Installed" for outcome in outcomes)
    ends = f"{installed} installed, {len(cuts) - installed} on the old firmware"
    print(f"update: {len(cuts)} power cuts ({kinds}): {ends}; {len(failures)} failures")
    if not failures:
        write_figure("update_cuts", len(cuts), "kills", "python -m tools.net.update_cuts")
    return 1 if failures else 0


def spread(total: int, wanted: int) -> list[int]:
    """So many of the numbers from 1 to ``total``, evenly."""
    count = min(total, wanted)
    return sorted({1 + round(n * (total - 1) / max(count - 1, 1)) for n in range(count)})


def make_image(folder: Path) -> Path:
    """An image of the present charts, below ``folder``."""
    copytree(
        CHARTS_DIR,
        folder / "source" / "charts",
        ignore=lambda place, names: [name for name in names if not name.endswith(".toml")],
    )
    image = folder / "files" / "image"
    image.parent.mkdir()
    pack(folder / "source", image, VERSION, None)
    return image


async def play_all(folder: Path, cuts: list[Cut]) -> list[Outcome]:
    """Two at a time; in the order of ``cuts``."""
    free = asyncio.Semaphore(_AT_ONCE)

    async def play_one(cut: Cut) -> Outcome:
        async with free:
            return await play(folder, cut)

    return list(await asyncio.gather(*map(play_one, cuts)))


async def play(folder: Path, cut: Cut) -> Outcome:
    """One update with this cut; ``folder`` is where ``make_image`` made one."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        server, central = FileServer(folder / "files"), CentralSystem()
        server.start()
        await central.start()
        station = _station(Path(place), central, cut)
        try:
            return await _play(station, central, f"{server.url}image", cut)
        finally:
            await station.kill()
            await central.stop()
            server.stop()


def _station(place: Path, central: CentralSystem, cut: Cut) -> StationProcess:
    program = ("-m", "tools.net.cut_points", str(place / "points"), cut.point, cut.flaw)
    return StationProcess(place, central.url, time_scale=10.0, program=program)


async def _play(station: StationProcess, central: CentralSystem, url: str, cut: Cut) -> Outcome:
    await station.start("--respawn")
    await station.until_ready()
    over, began_s = asyncio.Event(), time.monotonic()
    manager = asyncio.create_task(_keep_running(station, over))
    killer = asyncio.create_task(_kill(station, cut.after_s))
    await _ask(station.id, central, url)
    with suppress(TimeoutError):
        await central.wait_for(_is_last, timeout_s=_OVER_WITHIN_S)
    seconds = time.monotonic() - began_s
    await killer
    await asyncio.sleep(_SETTLED_AFTER_S)
    over.set()
    await asyncio.wait_for(manager, _OVER_WITHIN_S)
    points = station.file.with_name("points").read_text().splitlines()
    # Nothing more may come of the update, and the same firmware has to run.
    await station.stop()
    await _keep_running(station, over)
    await station.stop()
    last = str(_told(central)[-1].payload["status"])
    return Outcome(tuple(_findings(station, central)), last, tuple(points), seconds)


async def _ask(station: str, central: CentralSystem, url: str) -> None:
    """UpdateFirmware, again when its answer was lost."""
    payload = {"location": url, "retrieveDate": central.time()}
    while True:
        with suppress(ConnectionError):
            await central.call(station, "UpdateFirmware", payload)
            return
        await asyncio.sleep(_LOOKED_EVERY_S)


async def _keep_running(station: StationProcess, over: asyncio.Event) -> None:
    """What a service manager does, until ``over`` and the station is ready."""
    is_ready = False
    while not is_ready:
        if not station.is_running:
            await station.start("--respawn")
        await asyncio.sleep(_LOOKED_EVERY_S)
        if over.is_set():
            await station.hang_up()
            with suppress(StationError):  # the cut has come just now
                is_ready = bool(await station.until_ready())


async def _kill(station: StationProcess, after_s: float | None) -> None:
    if after_s is not None:
        await asyncio.sleep(after_s)
        await station.kill()


def _is_last(message: Message) -> bool:
    return message.action == _ACTION and message.payload.get("status") in (
        "Installed",
        "InstallationFailed",
        "DownloadFailed",
    )


def _findings(station: StationProcess, central: CentralSystem) -> Iterator[str]:
    statuses = [str(item.payload["status"]) for item in _told(central)]
    boot = central.books.station(station.id).boot or {}
    is_new = boot.get("firmwareVersion") == VERSION
    last = "Installed" if is_new else "InstallationFailed"
    if [status for status, _ in groupby(statuses)] != [*STATUSES, last]:
        yield f"told {', '.join(statuses)}, and {boot.get('firmwareVersion')} runs"
    yield from _repeats(central)
    if (station.storage / "system" / "trial.json").exists():
        yield "a firmware is still on trial"
    if (station.storage / "firmware" / "image").exists():
        yield "the image was not removed"
    yield from (f"broke the protocol: {item.payload}" for item in central.books.violations)


def _told(central: CentralSystem) -> list[Message]:
    return [
        item
        for item in central.books.messages
        if item.action == _ACTION and item.kind is Kind.CALL and item.is_from_station
    ]


def _repeats(central: CentralSystem) -> Iterator[str]:
    """A status that came twice though the station went on after the first."""
    for first, second in pairwise(_told(central)):
        if first.payload != second.payload:
            continue
        between = [item for item in central.books.messages if first.seq < item.seq < second.seq]
        gone = [item.seq for item in between if item.kind is Kind.DISCONNECTED]
        went_on = [item.seq for item in between if item.kind is Kind.CALL and item.is_from_station]
        if not gone or (went_on and went_on[0] < gone[0]):
            yield f"told {first.payload['status']} twice, though it had the answer"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
