"""One charge from plug to unplug on this machine: ``statecharge demo``, and ``make run``.

Theory of operation: the central system runs here, the station as a real child process on its
simulated outlet; hands on the bench plug, swipe and unplug. What crosses the wire is told as it
happens. In the end the books of both sides are laid side by side: the server's from what it
received, the station's from the facts that it made durable.
"""

import asyncio
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from cp.vocabulary.errors import Finding, SettingsError
from tools.net.csms_books import Kind, Message
from tools.net.csms_server import CentralSystem
from tools.net.demo_books import ROWS, Book, book_of_server, book_of_station
from tools.net.station_process import StationError, StationProcess, outlet_of, status_of

ID_TAG: Final = "04A1B2C3D4"
TIME_SCALE: Final = 10.0
_MARK: Final = "written-by-statecharge-demo"
_KEYS: Final = {"MeterValueSampleInterval": 20}
_WATTS: Final = 7360
_CHARGE_S: Final = 13.0
_PAUSE_S: Final = 1.5

Say = Callable[[str, str], None]
"""A line, and the style that it has on a terminal."""


def run() -> int:
    """The demonstration in ``./run``; 0 when both books agree. Raises SettingsError."""
    folder, say = make_folder(Path("run")), speaker()
    try:
        return asyncio.run(play(folder, say, charge_s=_CHARGE_S, pause_s=_PAUSE_S))
    except (StationError, TimeoutError) as error:
        say(f"the demonstration was given up: {error}", "bold red")
        return 1


def make_folder(folder: Path) -> Path:
    """An empty folder; one that an earlier demonstration left is emptied, any other is not
    touched."""
    try:
        if (folder / _MARK).exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
        (folder / _MARK).touch()
    except OSError as error:
        message = f"cannot be made ({error.strerror}): move it away, or start elsewhere"
        raise SettingsError((Finding(str(folder), 0, message),)) from None
    return folder


async def play(folder: Path, say: Say, *, charge_s: float, pause_s: float) -> int:
    """One visit; 0 when both books agree, 1 when they do not."""
    central = CentralSystem()
    central.books.heartbeat_interval_s = 60
    began_s = time.monotonic()

    def tell(text: str, style: str) -> None:
        say(f"{time.monotonic() - began_s:5.1f} s  {text}", style)

    central.on_message.append(lambda message: _tell_message(message, tell))
    await central.start()
    station = StationProcess(folder, central.url, time_scale=TIME_SCALE, keys=_KEYS)
    try:
        tell(f"a central system listens on {central.url}; a station is switched on", "bold")
        await station.start()
        await _visit(station, tell, charge_s, pause_s)
        exit_code = await station.stop()
    finally:
        await station.kill()
        await central.stop()
    tell(f"the station is switched off, exit code {exit_code}", "bold")
    transcript = (station.storage / "transcript.txt").read_text(encoding="utf-8")
    books = book_of_station(transcript), book_of_server(central.books)
    show_books(*books, say)
    say("", "")
    say(
        f"The station's time ran {TIME_SCALE:g} times as fast as yours; the times above are yours.",
        "",
    )
    say(f"Every step of every chart:   {station.storage / 'transcript.txt'}", "")
    say(f"The station's durable facts: {station.storage / 'journal.db'}", "")
    return 0 if books[0] and books[0] == books[1] else 1


async def _visit(station: StationProcess, tell: Say, charge_s: float, pause_s: float) -> None:
    """Plug, card, charge, card, unplug."""
    await station.until_ready()
    await station.do("set_power", watts=_WATTS)
    await asyncio.sleep(pause_s)
    tell("a driver plugs in", "bold")
    await station.do("plug_in")
    await station.do("ev_ready", on=True)
    await station.until_status("Preparing")
    await asyncio.sleep(pause_s)
    tell("the driver presents a card", "bold")
    await station.do("swipe", token=ID_TAG)
    state = await station.until_status("Charging")
    offered_a = outlet_of(state)["offered_a"]
    tell(f"the contactor is closed, {offered_a} A are offered, {_WATTS} W flow", "bold")
    await asyncio.sleep(charge_s)
    tell("the driver presents the card again", "bold")
    await station.do("swipe", token=ID_TAG)
    await station.until_status("Finishing")
    await asyncio.sleep(pause_s)
    tell("the driver unplugs and leaves", "bold")
    await station.do("plug_out")
    await station.until(lambda state: state["queue"] == 0 and status_of(state) == "Available")
    await asyncio.sleep(min(pause_s, 0.5))  # the last StatusNotification


# ---- what is shown -------------------------------------------------------------------------------

TOLD_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "BootNotification": ("chargePointVendor", "chargePointModel", "status", "interval"),
    "StatusNotification": ("connectorId", "status"),
    "Authorize": ("idTag", "status"),
    "StartTransaction": ("idTag", "meterStart", "transactionId", "status"),
    "MeterValues": ("transactionId", "value"),
    "StopTransaction": ("transactionId", "meterStop", "reason", "status"),
}
"""Action to the fields that are told of a CALL and of its answer."""


def _tell_message(message: Message, tell: Say) -> None:
    if message.kind in (Kind.CONNECTED, Kind.DISCONNECTED):
        tell(f"the station has {message.kind.lower()}", "dim")
        return
    text = told_fields(message)
    if message.kind is Kind.CALL and message.is_from_station:
        tell(f"  station -> server   {message.action} {text}".rstrip(), "cyan")
    elif message.kind is not Kind.CALL and text:
        tell(f"  station <- server   {message.action} {text}", "green")


def told_fields(message: Message, told: Mapping[str, tuple[str, ...]] = TOLD_FIELDS) -> str:
    """The fields of the payload that ``told`` names for its action."""
    fields = _fields(message.payload, told.get(message.action, ()))
    return " ".join(f"{name}={value}" for name, value in fields.items())


def _fields(part: object, names: tuple[str, ...]) -> dict[str, object]:
    """The named fields, at any depth."""
    found: dict[str, object] = {}
    if isinstance(part, Mapping):
        for name, value in part.items():
            if name in names:
                found[name] = value
            found |= _fields(value, names)
    elif isinstance(part, list):
        for item in part:
            found |= _fields(item, names)
    return found


def show_books(station: Book, server: Book, say: Say) -> None:
    """One transaction as both sides have it, row by row."""
    say("", "")
    say(f"{'The transaction as':<20}{'the station':<28}the central system saw it", "bold")
    for row in ROWS:
        ours, theirs = station.get(row, "-"), server.get(row, "-")
        is_same = ours == theirs
        mark = "" if is_same else "  <- differs"
        say(f"  {row:<18}{ours:<28}{theirs:<28}{mark}".rstrip(), "" if is_same else "bold red")
    difference = "agree, Wh for Wh" if station == server else "DIFFER"
    say(f"The books {difference}.", "bold")


def speaker() -> Say:
    """Plain text; with colors only on a terminal."""
    if not sys.stdout.isatty():
        return lambda text, _style: print(text, flush=True)
    from rich.console import Console

    console = Console(highlight=False)
    return lambda text, style: console.print(text, style=style or None, markup=False)
