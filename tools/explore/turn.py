"""A turn as the exploration runs it: the order of ``cp.turn`` on cells, steps from a memo.

Theory of operation: told events first in, first out, then status changes, then once the outbox;
facts hold at once; a CALL that no machine answers gets the refusal of its route. A test runs random
events through this and through the real ``Turn`` and compares machines, facts and effects. What
differs: frames are not encoded, ``Now`` stands still, and a turn works on the cells of a ``View``.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

from cp.chart import Step
from cp.vocabulary.effects import (
    Effect,
    ExplainStatus,
    Know,
    Record,
    Reply,
    SetClock,
    SetKey,
    Tell,
)
from cp.vocabulary.errors import MachineFault
from cp.vocabulary.events import (
    CALL_EVENTS,
    DeadlinePassed,
    Event,
    KeyChanged,
    OutboxChanged,
    StatusChanged,
    name_of,
)
from cp.vocabulary.records import KeySet
from tools.explore.cells import View
from tools.explore.room import NOW, Room, has_timer, timeless

EVENTS_MAX: Final = 500


@dataclass(slots=True)
class LeanTurn:
    """A turn under way; ``trace`` is everything it did in order, told events included."""

    room: Room
    view: View
    trace: list[Step | Effect | Event] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    length: int = 0
    _told: deque[Event] = field(default_factory=deque)
    _statuses: deque[Event] = field(default_factory=deque)
    _is_outbox_changed: bool = False
    _replies: int = 0

    # ---- beginnings ------------------------------------------------------------------------------

    def begin(self, name: str) -> None:
        """A machine enters its initial state."""
        self._step(name, DeadlinePassed(), "begin")

    def take(self, event: Event) -> None:
        """An outside event, and all that it causes. Raises MachineFault."""
        self._told.append(event)
        self._run()

    def expire(self, name: str, timer: str) -> None:
        """A timer, named by its state and event, is due. Raises MachineFault."""
        self._step(name, DeadlinePassed(), timer)
        self._run()

    # ---- the loop --------------------------------------------------------------------------------

    def _run(self) -> None:
        event: Event | None = None
        for _ in range(EVENTS_MAX):
            event = self._next()
            if event is None:
                return
            self._route(event)
        raise MachineFault("turn", name_of(event or OutboxChanged()), RecursionError("told events"))

    def _next(self) -> Event | None:
        if self._told:
            return self._told.popleft()
        if self._statuses:
            return self._statuses.popleft()
        if self._is_outbox_changed:
            self._is_outbox_changed = False
            return OutboxChanged()
        return None

    def _route(self, event: Event) -> None:
        self.trace.append(event)
        self.length += 1
        before = self._replies
        for name in self.room.targets(event):
            self._step(name, event, "step")
        if name_of(event) in CALL_EVENTS:
            self._check_answers(event, self._replies - before)

    def _check_answers(self, event: Event, answers: int) -> None:
        """Exactly one answer; without one the refusal of the route."""
        if answers > 1:
            raise MachineFault("routes", name_of(event), ValueError(f"{answers} answers"))
        if answers == 0:
            route = self.room.house.routes.call_of(event)
            refusal = (route.refusal if route else None) or {}
            self._perform(Reply(str(getattr(event, "call_id")), refusal))  # noqa: B009

    def _step(self, name: str, event: Event, what: str) -> None:
        number, step = self.room.stepped(name, event, what, self.view)
        cell = self.room.machines[name]
        self.view.writes[cell.index] = number
        if step.taken or step.entered:
            self.trace.append(step)
        info = ""
        for effect in step.effects:
            if isinstance(effect, ExplainStatus):
                info = effect.info
            else:
                self._perform(effect)
        if step.status_after is not None and step.status_after != step.status_before:
            connector_id = int(name.rpartition(".")[2])
            changed = StatusChanged(connector_id, step.status_after, NOW.stamp, info)
            self._statuses.append(changed)

    # ---- effects ---------------------------------------------------------------------------------

    def _perform(self, effect: Effect) -> None:
        match effect:
            case Tell(OutboxChanged()):
                self._is_outbox_changed = True
            case Tell():
                self._told.append(effect.event)
            case Know():
                self.view.put(self.room.facts[effect.fact], effect.value)
            case SetClock():
                self._rearm(None)
            case SetKey():
                self._set_key(effect.name, effect.value)
            case _:
                if isinstance(effect, Reply):
                    self._replies += 1
                self.trace.append(effect)
                self.effects.append(effect)

    def _set_key(self, name: str, value: str) -> None:
        cell = self.room.keys[name]
        if self.view.get(cell) == value:
            return
        self.view.put(cell, value)
        record = Record(KeySet(name, value))
        self.trace.append(record)
        self.effects.append(record)
        self._rearm(name)
        self._told.append(KeyChanged(name))

    def _rearm(self, key: str | None) -> None:
        """Timers after a change of a key, or with None of the clock: some may be armed now."""
        for name, cell in self.room.machines.items():
            chart, machine = self.room.chart(name), self.view.get(cell)
            if machine is None or not has_timer(chart, key):
                continue
            context = self.room.context(DeadlinePassed(), self.view)
            self.view.put(cell, timeless(chart.rearm(machine, context, key)))
