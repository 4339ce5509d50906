"""The lines of a transcript as boots, turns and steps.

Theory of operation: ``cp/chart/transcript`` says what a line may be. A turn begins with an event
from outside, a received frame, a timer's step or ``power_on``; all steps and effects behind it
belong to it. A boot begins with ``power_on``, or with an anchor that names another boot. A line
that is none of the kinds is damage: it is kept apart, and where it stood nothing can be known.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from cp.chart import POWER_ON
from cp.vocabulary.events import EVENTS
from drivers.transcript import read_anchor

_STEP: Final = re.compile(
    r"(\d+\.\d{3}) (\w+\.\d+) (\w+)(?: (ignored)|: (?:(\w+) )?(?:-> (\w+)|stays)(?: \[([^\]]*)\])?)"
)
_FRAME: Final = re.compile(r"(\d+\.\d{3}) (<-|->) (.+)")
_EFFECT: Final = re.compile(r"(\d+\.\d{3})   (\S.*)")
_EVENT: Final = re.compile(r"(\d+\.\d{3}) ([a-z_]+)(?: (.*))?")
_TIMED: Final = ("after_", "every_", "at_")


class Kind(StrEnum):
    """What a turn begins with."""

    POWER = "power"
    EVENT = "event"
    FRAME = "frame"
    TIMER = "timer"
    END = "end"
    """Nothing: effects alone, as when the process ends."""


@dataclass(frozen=True, slots=True)
class SeenStep:
    """One step as it was written; ``was`` and ``now`` are leaves, empty where nothing is left or
    entered."""

    line: int
    machine: str
    event: str
    was: str
    now: str
    taken: tuple[str, ...]
    text: str

    @property
    def chart(self) -> str:
        """Name of the machine's chart."""
        return self.machine.rpartition(".")[0]


@dataclass(slots=True)
class SeenTurn:
    """One turn; ``line`` of its first line, counted over all files from 1.

    ``head``     the event or frame, as written; of a timer the name of its event.
    ``lines``    all of its lines without the time.
    ``effects``  effects and sent frames in order, as written.
    ``utc_s``    seconds since 1970, None while no anchor tells; ``is_clock_known``: the station
                 knew it when it wrote this turn.
    """

    line: int
    time_s: float
    kind: Kind
    head: str
    utc_s: float | None = None
    is_clock_known: bool = False
    lines: list[str] = field(default_factory=list)
    steps: list[SeenStep] = field(default_factory=list)
    effects: list[str] = field(default_factory=list)


@dataclass(slots=True)
class SeenBoot:
    """What was written between power-on and the end of the process, or a part of it.

    ``number``   None while nobody says; ``is_whole``: it begins with ``power_on``.
    """

    number: int | None = None
    is_whole: bool = False
    turns: list[SeenTurn] = field(default_factory=list)
    damage: list[int] = field(default_factory=list)
    """Numbers of lines that are none."""


def read_lines(lines: Iterable[str]) -> list[SeenBoot]:
    """All boots, oldest first; those without a turn are left out."""
    reader = LineReader()
    for number, line in enumerate(lines, 1):
        reader.read(number, line)
    return [boot for boot in reader.boots if boot.turns or boot.damage]


class LineReader:
    """Takes one line after the other; ``boots`` grow."""

    def __init__(self) -> None:
        self.boots = [SeenBoot()]
        self._offset_s: float | None = None
        """UTC seconds at 0 of the monotonic clock."""

    def read(self, number: int, line: str) -> None:
        """One line, without its end."""
        if line.startswith("# boot "):
            self._anchor(number, line)
        elif not self._line(number, line) and line.strip():
            self.boots[-1].damage.append(number)

    def _anchor(self, number: int, line: str) -> None:
        anchor = read_anchor(line.encode())
        if anchor is None:
            self.boots[-1].damage.append(number)
            return
        boot = self.boots[-1]
        if boot.number not in (None, anchor.boot) or (boot.turns and boot.number is None):
            self._begin()
            boot = self.boots[-1]
        boot.number = anchor.boot
        if anchor.utc_s is not None:
            self._offset_s = anchor.utc_s - anchor.monotonic_s
            self._place_earlier(boot)

    def _place_earlier(self, boot: SeenBoot) -> None:
        """Lines that were written before the clock was known are placed by its first anchor."""
        for turn in boot.turns:
            if turn.utc_s is None and self._offset_s is not None:
                turn.utc_s = turn.time_s + self._offset_s

    def _begin(self) -> None:
        self.boots.append(SeenBoot())
        self._offset_s = None

    def _line(self, number: int, line: str) -> bool:
        """Whether it is a line of the canonical form."""
        if step := _STEP.fullmatch(line):
            self._step(number, line, step)
        elif frame := _FRAME.fullmatch(line):
            if frame[2] == "<-":
                self._turn(number, float(frame[1]), Kind.FRAME, frame[3]).lines.append(_rest(line))
            else:
                self._effect(number, line, frame[1], f"-> {frame[3]}")
        elif effect := _EFFECT.fullmatch(line):
            self._effect(number, line, effect[1], effect[2])
        elif (event := _EVENT.fullmatch(line)) and event[2] in EVENTS:
            self._event(number, line, event)
        else:
            return False
        return True

    def _turn(self, number: int, time_s: float, kind: Kind, head: str) -> SeenTurn:
        utc_s = None if self._offset_s is None else time_s + self._offset_s
        turn = SeenTurn(number, time_s, kind, head, utc_s, utc_s is not None)
        self.boots[-1].turns.append(turn)
        return turn

    def _present(self) -> SeenTurn | None:
        turns = self.boots[-1].turns
        return turns[-1] if turns else None

    def _step(self, number: int, line: str, found: re.Match[str]) -> None:
        time_s, event = float(found[1]), found[3]
        turn = self._present()
        if event == POWER_ON and not self._powers_on(turn, found[2]):
            if turn is not None:
                self._begin()
            self.boots[-1].is_whole = True
            turn = self._turn(number, time_s, Kind.POWER, event)
        elif turn is None or event.startswith(_TIMED):
            turn = self._turn(number, time_s, Kind.TIMER, event)
        taken = tuple((found[7] or "").split())
        was, now = found[5] or "", found[6] or ""
        turn.steps.append(SeenStep(number, found[2], event, was, now, taken, _rest(line)))
        turn.lines.append(_rest(line))

    def _powers_on(self, turn: SeenTurn | None, machine: str) -> bool:
        """Whether power has just come on for other machines of the same boot."""
        return (
            turn is not None
            and turn.kind is Kind.POWER
            and machine not in {step.machine for step in turn.steps}
        )

    def _event(self, number: int, line: str, found: re.Match[str]) -> None:
        turn, text = self._present(), _rest(line)
        is_power = turn is not None and turn.kind is Kind.POWER and not turn.effects
        if turn is not None and is_power and found[2] == "journal_replayed":
            turn.head = text  # the first event of the turn in which all machines begin
        else:
            turn = self._turn(number, float(found[1]), Kind.EVENT, text)
        turn.lines.append(text)

    def _effect(self, number: int, line: str, time_text: str, text: str) -> None:
        turn = self._present()
        if turn is None or turn.time_s != float(time_text):
            turn = self._turn(number, float(time_text), Kind.END, text)
        turn.lines.append(_rest(line))
        turn.effects.append(text)


def _rest(line: str) -> str:
    """A line without its time."""
    return line.partition(" ")[2]
