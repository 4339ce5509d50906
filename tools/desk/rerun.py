"""A transcript played again by the whole controller of today.

Theory of operation: a boot that begins with ``power_on`` tells everything that the controller was
given: the durable facts, every event from outside, every frame, and which timer fired when. Each
turn is run by the real ``Turn`` on today's charts, and its steps and effects are laid beside those
that were written. The meter register is known only where the turn wrote it, chance is not known at
all, so energies and stamps are not compared; durations only when the station file tells the keys.
Before a register is written, the meter may have answered or not: what either leads to is the same.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

from cp.chart import Step, Timer
from cp.chart.transcript import effect_line, step_line
from cp.domain.configuration import restored_values
from cp.house import House
from cp.turn import Condition, Trace, Turn
from cp.vocabulary.constants import CONSTANTS
from cp.vocabulary.effects import Effect
from cp.vocabulary.errors import MachineFault
from cp.vocabulary.events import Event, FrameReceived, JournalReplayed
from cp.vocabulary.facts import Facts
from cp.vocabulary.instants import Now
from cp.vocabulary.keys import KeyValues
from tools.desk.canonical import TextError, read_event
from tools.desk.transcript_lines import Kind, SeenStep, SeenTurn

SLACK_S: Final = 2.0
"""A station may be so late, and its clock so rough, before a duration counts as another one."""
_LONGEST_CHANCE: Final = 0.999
"""Waits that are drawn by chance are as long as they can be: none is overdue by bad luck."""
_REGISTER: Final = re.compile(r"(\d+)Wh/")
_QUANTITY: Final = re.compile(r"\d+Wh/|(?<=_wh=)\d+")
_NO_JSON: Final = re.compile(r"\(\d+ characters that are no JSON\)")
NOTHING: Final = "nothing"


@dataclass(frozen=True, slots=True)
class Difference:
    """What was written at ``line``, and what today's charts would do instead."""

    line: int
    machine: str
    was: str
    now: str


class Rerun:
    """Today's controller at the place that the transcript has reached.

    ``has_durations``: the keys and the time scale are those of the station.
    """

    def __init__(self, house: House, factory: KeyValues, has_durations: bool) -> None:
        self._house = house
        self._factory = factory
        self._has_durations = has_durations
        self._condition = Condition({}, Facts(), factory)
        self._boot = 1
        self._register_wh: int | None = None
        self._is_last = False

    def play(self, turn: SeenTurn, *, is_last: bool = False) -> Difference | None:
        """Run one turn; how today parts from what was written. Raises TextError.

        ``is_last`` of its boot: power may have gone before all of it was on disk.
        """
        self._is_last = is_last
        if turn.kind is Kind.END or _NO_JSON.fullmatch(turn.head):
            return None
        late = self._overdue(turn)
        if late is not None:
            return late
        registers = _REGISTER.findall("\n".join(turn.effects))
        self._register_wh = int(registers[-1]) if registers else self._register_wh
        if turn.kind is Kind.TIMER:
            return self._expire(turn)
        event = FrameReceived(turn.head) if turn.kind is Kind.FRAME else read_event(turn.head)
        if turn.kind is Kind.POWER:
            return self._begin(turn, event)
        return self._run(turn, lambda today: today.take(event))

    def _begin(self, turn: SeenTurn, event: Event) -> Difference | None:
        if not isinstance(event, JournalReplayed):
            raise TextError("power_on is not followed by journal_replayed")
        self._boot = event.restored.boot
        keys = restored_values(self._house.table, self._factory, event.restored.keys)
        self._condition = Condition({}, Facts(), keys)

        def begin(today: Turn) -> None:
            for name in self._house.routes.machines:
                today.begin(name)
            today.take(event)

        return self._run(turn, begin)

    def _run(self, turn: SeenTurn, run: Callable[[Turn], None]) -> Difference | None:
        before = self._condition
        found = self._run_at(turn, run, self._register_wh or 0)
        if found is None or self._register_wh is not None:
            return found
        self._condition = before
        return None if self._run_at(turn, run, None) is None else found

    def _run_at(
        self, turn: SeenTurn, run: Callable[[Turn], None], register_wh: int | None
    ) -> Difference | None:
        now = Now(turn.time_s, None, self._boot, register_wh)
        today = Turn(self._house, self._condition, now, _LONGEST_CHANCE)
        try:
            if turn.is_clock_known and turn.utc_s is not None and today.condition.offset_s is None:
                today.set_clock(turn.utc_s)
            run(today)
        except MachineFault as fault:
            return Difference(
                turn.line, fault.machine, _first(turn), f"a fault of our own: {fault}"
            )
        self._condition = today.condition
        return compare(turn, tuple(today.trace), may_be_cut=self._is_last)

    # ---- timers ----------------------------------------------------------------------------------

    def _expire(self, turn: SeenTurn) -> Difference | None:
        step = turn.steps[0]
        timer = self._timer(step)
        if timer is None:
            return Difference(step.line, step.machine, step.text, "no such timer is armed")
        is_exact = timer.key in CONSTANTS or timer.key in dict(self._condition.keys.values)
        if self._has_durations and is_exact and timer.deadline_s > turn.time_s + SLACK_S:
            later_s = timer.deadline_s - turn.time_s
            now = f"{timer.event} fires {later_s:.1f} s later"
            return Difference(step.line, step.machine, step.text, now)
        return self._run(turn, lambda today: today.expire(step.machine, timer))

    def _timer(self, step: SeenStep) -> Timer | None:
        """The armed timer of a step; of several states the one that was left comes first."""
        machine = self._condition.machines.get(step.machine)
        armed = [item for item in machine.timers if item.event == step.event] if machine else []
        return min(armed, key=lambda item: item.state != step.was, default=None)

    def _overdue(self, turn: SeenTurn) -> Difference | None:
        """A timer that today would have fired before this turn."""
        if not self._has_durations or turn.kind is Kind.POWER:
            return None
        own = (turn.steps[0].machine, turn.head) if turn.kind is Kind.TIMER else None
        for name, machine in self._condition.machines.items():
            for timer in machine.timers:
                is_late = timer.deadline_s < turn.time_s - SLACK_S
                if is_late and (name, timer.event) != own:
                    early_s = turn.time_s - timer.deadline_s
                    now = f"{timer.event} of {timer.state} fires {early_s:.1f} s before this"
                    return Difference(turn.line, name, _first(turn), now)
        return None


def _first(turn: SeenTurn) -> str:
    return turn.lines[0] if turn.lines else turn.head


# ---- comparison ----------------------------------------------------------------------------------


def compare(turn: SeenTurn, trace: Trace, *, may_be_cut: bool = False) -> Difference | None:
    """The first step, else the first effect, in which the two are not the same.

    Ids of transitions may differ: they number the alternatives, and are not what happens. Of a turn
    that may be cut off, what is missing at its end is no difference.
    """
    steps = [item for item in trace if isinstance(item, Step)]
    for seen, step in zip_longest(turn.steps, steps):
        if seen is None and may_be_cut:
            break
        if seen is None or step is None or _move(seen) != _move_of(step):
            line = seen.line if seen is not None else turn.line
            machine = seen.machine if seen is not None else step.machine
            now = _text(step_line(0.0, step)) if step is not None else NOTHING
            return Difference(line, machine, seen.text if seen is not None else NOTHING, now)
    effects = [_text(effect_line(0.0, item, str)) for item in trace if isinstance(item, Effect)]
    for was, now in zip_longest(turn.effects, effects, fillvalue=NOTHING):
        if was == NOTHING and may_be_cut:
            break
        if essence(was) != essence(now):
            return Difference(_line_of(turn, was), "controller", was, now)
    return None


def _line_of(turn: SeenTurn, text: str) -> int:
    lines = (number for number, line in enumerate(turn.lines, turn.line) if line.strip() == text)
    return next(lines, turn.line)


def _move(seen: SeenStep) -> tuple[str, ...]:
    return (seen.machine, seen.event, seen.was, seen.now)


def _move_of(step: Step) -> tuple[str, ...]:
    was = step.exited[0] if step.exited else ""
    return (step.machine, step.event, was, step.entered[-1] if step.entered else "")


def _text(line: str) -> str:
    return line.partition(" ")[2].strip()


def essence(effect: str) -> str:
    """What of an effect is behavior: of a record its kind, of a frame its action and status."""
    if effect.startswith("-> "):
        return " ".join(_frame_words(effect.removeprefix("-> ")))
    if effect.startswith("record "):
        return " ".join(effect.split(" ", 2)[:2])
    return _QUANTITY.sub("", effect)


def _frame_words(text: str) -> Iterator[str]:
    try:
        frame = json.loads(text)
    except ValueError:
        return
    if not isinstance(frame, list) or len(frame) < 3:
        return
    yield str(frame[0])
    yield str(frame[2]) if frame[0] in (2, 4) else ""
    payload = frame[-1] if isinstance(frame[-1], dict) else {}
    for name in ("connectorId", "status", "errorCode", "reason"):
        yield str(payload.get(name, ""))
