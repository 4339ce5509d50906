"""The demonstration with a person as the driver: ``statecharge demo --interactive``.

Theory of operation: central system, station process and bench are those of the demonstration. One
loop waits a moment for a key, does what it means on the bench, asks the bench for its state, and
draws. A power cut is a killed process; until it is started again keys change only ``Hands``, which
the bench is told when it is back. In the end the books of both sides are laid side by side.
"""

import asyncio
import contextlib
import os
import re
import sys
import time
from collections import deque
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path
from typing import Final

from rich.text import Text

from cp.vocabulary.errors import Finding, SettingsError
from drivers.panel import Screen
from tools.net.csms_books import Kind, Message
from tools.net.csms_server import CentralSystem
from tools.net.demo import (
    TIME_SCALE,
    TOLD_FIELDS,
    Say,
    make_folder,
    show_books,
    speaker,
    told_fields,
)
from tools.net.demo_books import Book, book_of_server, book_of_station
from tools.net.interactive_hands import CARDS, KEYS, Hands, told
from tools.net.interactive_keyboard import QUIT, Keyboard
from tools.net.station_process import State, StationError, StationProcess

_KEYS: Final = {"MeterValueSampleInterval": 60, "ConnectionTimeOut": 300}
_HEARTBEAT_S: Final = 600
_REFRESH_S: Final = 0.2
_DARK_S: Final = 2.0
_WRITTEN_AFTER_S: Final = 0.4
_SETTLED_WITHIN_S: Final = 3.0
_FOREVER_S: Final = 1e9
_KEPT_LINES: Final = 50
# As the demonstration, but no line is longer than the panel is wide.
_TOLD_FIELDS: Final = {
    **TOLD_FIELDS,
    "BootNotification": ("chargePointModel", "status", "interval"),
    "StopTransaction": ("meterStop", "reason", "status"),
}
_START: Final = re.compile(r"^(?=\S+   record call_kept .* request=start_transaction)", re.M)


def main(_words: list[str]) -> int:
    """A session in ``./run``; 0 when the books agree as far as messages have arrived.

    Raises SettingsError when there is no terminal or the folder cannot be used.
    """
    is_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    if not is_terminal or os.environ.get("TERM", "dumb") == "dumb":
        message = "needs a terminal for keys and screen; without --interactive none is needed"
        raise SettingsError((Finding("statecharge demo --interactive", 0, message),))
    folder, say = make_folder(Path("run")), speaker()
    try:
        return asyncio.run(_play(folder, say))
    except (StationError, TimeoutError) as error:
        say(f"the session was given up: {error}", "bold red")
    except asyncio.CancelledError:
        pass  # the terminal has gone: nobody reads
    return 1


async def _play(folder: Path, say: Say) -> int:
    central = CentralSystem()
    central.books.heartbeat_interval_s = _HEARTBEAT_S
    await central.start()
    station = StationProcess(folder, central.url, time_scale=TIME_SCALE, keys=_KEYS)
    try:
        with Keyboard(sys.stdin.fileno()) as keyboard, Screen() as screen:
            session = Session(central, station, keyboard, screen)
            await session.run()
            waiting = await session.end()
    finally:
        await station.kill()
        await central.stop()
    transcript = (station.storage / "transcript.txt").read_text(encoding="utf-8")
    are_equal = _show_all_books(transcript, central, say)
    say("", "")
    if waiting:
        say(f"Messages that still wait in the station for the network: {waiting}", "bold")
    say(f"The station's time ran {TIME_SCALE:g} times as fast as yours.", "")
    say(f"Every step of every chart: {station.storage / 'transcript.txt'}", "")
    return 0 if are_equal or waiting else 1


class Session:
    """From the first power-on to the last power-off."""

    def __init__(
        self, central: CentralSystem, station: StationProcess, keyboard: Keyboard, screen: Screen
    ) -> None:
        """``central`` listens; ``keyboard`` and ``screen`` have the terminal."""
        self._central = central
        self._station = station
        self._keyboard = keyboard
        self._screen = screen
        self._hands = Hands()
        self._state: State = {}
        self._has_power = False
        self._power_at_s = self._began_s = time.monotonic()
        self._has_help = False
        self._lines: deque[Text] = deque(maxlen=_KEPT_LINES)
        central.on_message.append(self._hear)

    async def run(self) -> None:
        """Until the person quits. Raises StationError when the station ends by itself."""
        key = ""
        while key != QUIT:
            await self._press(key)
            if not self._has_power and time.monotonic() >= self._power_at_s:
                await self._power_on()
            if self._has_power:
                self._state = await self._station.state()
            self._draw()
            key = await self._keyboard.key(_REFRESH_S)

    async def end(self) -> int:
        """Let what is under way arrive, switch off; how many messages still wait."""
        self._say("switching off", "bold")
        self._draw()
        if not self._has_power:
            await self._power_on()
        if self._hands.is_network_up:
            with contextlib.suppress(TimeoutError):
                await self._station.until(_is_settled, _SETTLED_WITHIN_S)
        waiting = (await self._station.state())["queue"]
        assert isinstance(waiting, int)
        await self._station.stop()
        return waiting

    # ---- keys ------------------------------------------------------------------------------------

    async def _press(self, key: str) -> None:
        before, self._hands = self._hands, self._hands.turned(key)
        if key in ("h", "?"):
            self._has_help = not self._has_help
        elif key == "k" and self._has_power:
            await self._cut_power()
        elif key in CARDS and self._has_power:
            self._say(told(key, self._hands), "bold")
            await self._station.do("swipe", token=CARDS[key])
        elif self._hands != before:
            self._say(told(key, self._hands), "bold")
            if self._has_power:
                await self._send(before)

    async def _send(self, before: Hands | None) -> None:
        """Tell the bench what is no longer as ``before``; None: everything."""
        known = () if before is None else before.commands()
        for command in self._hands.commands():
            if command not in known:
                name, fields = command
                await self._station.do(name, **dict(fields))

    async def _cut_power(self) -> None:
        self._say("the power is cut", "bold")
        # The station's book is read from its transcript, which is written a moment late.
        await asyncio.sleep(_WRITTEN_AFTER_S)
        with contextlib.suppress(StationError):  # it cannot answer any more
            await self._station.do("power_cut")
        await self._station.ended()
        self._has_power, self._state = False, {}
        self._power_at_s = time.monotonic() + _DARK_S

    async def _power_on(self) -> None:
        """A network that is down stays down: no message gets through before the bench knows."""
        if not self._hands.is_network_up:
            await self._central.refuse(_FOREVER_S)
        self._say("the station is switched on", "bold")
        await self._station.start()
        await self._send(None)
        await self._central.refuse(0)
        self._has_power = True

    # ---- the screen ------------------------------------------------------------------------------

    def _hear(self, message: Message) -> None:
        if message.kind in (Kind.CONNECTED, Kind.DISCONNECTED):
            self._say(f"the station has {message.kind.lower()}", "dim")
            return
        fields = told_fields(message, _TOLD_FIELDS)
        if message.is_from_station and message.kind is Kind.CALL:
            self._say(f"-> {message.action} {fields}", "cyan")
        elif fields:
            self._say(f"<- {message.action} {fields}", "green")

    def _say(self, text: str, style: str) -> None:
        elapsed_s = time.monotonic() - self._began_s
        self._lines.append(Text.assemble((f"{elapsed_s:6.1f} s  ", "dim"), (text, style)))

    def _draw(self) -> None:
        rows = [("bench", Text(self._hands.words()))]
        if not self._has_power:
            rows.insert(0, ("power", Text("off", "bold red")))
        lines = _help_lines() if self._has_help else self._lines
        self._screen.show(self._state, lines, rows, _bar(self._hands))


def _help_lines() -> list[Text]:
    """Two columns."""
    half = (len(KEYS) + 1) // 2
    last = ("", "", f"(time runs {TIME_SCALE:g} times as fast)")
    lines = []
    for left, right in zip_longest(KEYS[:half], KEYS[half:], fillvalue=last):
        line = Text.assemble((left[0], "bold"), f"  {left[2]:<34}")
        lines.append(line.append(right[0], "bold").append(f"  {right[2]}"))
    return lines


def _bar(hands: Hands) -> Text:
    """The line of keys; what lasts and is not ordinary is marked."""
    bar = Text(no_wrap=True, overflow="crop")
    for key, word, _ in KEYS:
        bar.append(key, "reverse")
        bar.append(f" {word} ".replace("  ", " "), "bold red" if key in hands.engaged() else "")
    return bar


def _is_settled(state: State) -> bool:
    return state["registration"] == "Accepted" and state["queue"] == 0


# ---- the books -----------------------------------------------------------------------------------


def _show_all_books(transcript: str, central: CentralSystem, say: Say) -> bool:
    """Every transaction as both sides have it, in order; whether they are the same."""
    books = central.books
    ours = [book_of_station(part) for part in _START.split(transcript)[1:]]
    theirs = [
        book_of_server(replace(books, transactions={item.id: item}))
        for item in books.transactions.values()
    ]
    if not ours and not theirs:
        say("", "")
        say("No transaction was begun.", "bold")
    nothing: Book = {}
    for pair in zip_longest(ours, theirs, fillvalue=nothing):
        show_books(*pair, say)
    return ours == theirs
