"""Machines as values, and the pure function that steps them.

Theory of operation: a ``Machine`` holds everything that differs between two machines of a chart:
active states, the fields of its behavior and its armed timers. ``Chart`` holds what they share:
document, engine and one behavior object, which is loaded before a run and unloaded after it. A
step is a function of machine and context alone: nothing remains here between two steps, and a
step that raises leaves no trace.
"""

from collections.abc import Callable, Iterable
from typing import Final

from cp.chart.compiled import Move
from cp.chart.document import ChartDocument, TimerKind
from cp.chart.engine import Engine, Loaded, Observer
from cp.chart.timers import Clockwork, Timer, timers_of
from cp.vocabulary.context import Context
from cp.vocabulary.effects import Effect
from cp.vocabulary.errors import MachineFault
from cp.vocabulary.events import name_of
from cp.vocabulary.lean import dataclass, replace
from cp.vocabulary.words import ChargePointStatus

POWER_ON: Final = "power_on"
"""Name of the event of a machine's first step, in which it enters its initial state."""


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine between two steps.

    ``name``    ``chart.connector_id``.
    ``active``  active states, outermost first.
    ``fields``  the behavior's own data, a frozen dataclass.
    ``timers``  armed timers, in document order.
    """

    name: str
    connector_id: int
    active: tuple[str, ...]
    fields: object
    timers: tuple[Timer, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """What one event did in one machine.

    ``taken``    ids of the transitions taken; empty: the event was ignored.
    ``exited``   states left, inner first; ``entered`` states entered, outer first.
    ``effects``  in the order in which the actions emitted them.
    """

    machine: str
    event: str
    taken: tuple[str, ...]
    exited: tuple[str, ...]
    entered: tuple[str, ...]
    effects: tuple[Effect, ...]
    status_before: ChargePointStatus | None
    status_after: ChargePointStatus | None


class Chart:
    """Runs all machines of one chart. ``document`` has passed the checker."""

    def __init__(self, document: ChartDocument, behavior: type) -> None:
        self.document = document
        self._behavior: Loaded = behavior()
        self._begin_fields: Callable[[], object] = behavior.Fields  # type: ignore[attr-defined]
        self._engine = Engine(document, self._behavior)
        self._clockwork = Clockwork(self._duration)
        self._timers_of = {state.id: timers_of(state) for state in document.states}
        self._status = {state.id: state.status for state in document.states}
        slots = [_slot(timer) for state in document.states for timer in self._timers_of[state.id]]
        self._order = {slot: index for index, slot in enumerate(slots)}

    def observe(self, observer: Observer | None) -> None:
        """Tell ``observer`` the outcome of every guard leaf that is evaluated (coverage)."""
        self._engine.observer = observer

    def begin(self, connector_id: int, context: Context) -> tuple[Machine, Step]:
        """A new machine that has entered its initial state. Raises MachineFault."""
        name = f"{self.document.name}.{connector_id}"
        machine = Machine(name, connector_id, (), self._begin_fields(), ())
        return self._run(machine, POWER_ON, context, self._engine.begin, None)

    def step(self, machine: Machine, context: Context) -> tuple[Machine, Step]:
        """Run the context's event to completion. Raises MachineFault."""
        event = name_of(context.event)
        return self._run(
            machine, event, context, lambda: self._engine.send(machine.active, event), None
        )

    def expire(self, machine: Machine, timer: Timer, context: Context) -> tuple[Machine, Step]:
        """Run the event of a timer that is due; ``every`` and ``at`` are armed again.

        The context's event is not looked at by timed transitions' actions. Raises MachineFault,
        and ValueError if the machine has no such timer.
        """
        if timer not in machine.timers:
            raise ValueError(f"{machine.name} has no armed {timer.event} of {timer.state}")
        return self._run(
            machine,
            timer.event,
            context,
            lambda: self._engine.fire(machine.active, timer.state, timer.event),
            timer,
        )

    def rearm(self, machine: Machine, context: Context, key: str | None) -> Machine:
        """Timers after a change of the configuration key ``key``, or with None of the OCPP clock.

        ``every`` with that key starts anew, ``at`` is computed anew, a running ``after`` stays.
        Raises MachineFault.
        """

        def is_concerned(timer: Timer) -> bool:
            if timer.kind is TimerKind.AT:
                return key is None or timer.key == key
            return timer.kind is TimerKind.EVERY and timer.key == key

        fresh = [
            timer
            for state in machine.active
            for timer in self._timers_of[state]
            if is_concerned(timer)
        ]
        slots = {_slot(timer) for timer in fresh}
        kept = [timer for timer in machine.timers if _slot(timer) not in slots]
        try:
            self._behavior._load(machine.connector_id, machine.fields, context)
            timers = self._arm(kept, fresh, context)
        except Exception as cause:
            raise MachineFault(machine.name, "rearm", cause) from cause
        return replace(machine, timers=timers)

    def status(self, machine: Machine) -> ChargePointStatus | None:
        """The OCPP status of the deepest active state that has one."""
        return self._status_of(machine.active)

    # ---- one run ---------------------------------------------------------------------------------

    def _run(
        self,
        machine: Machine,
        event: str,
        context: Context,
        run: Callable[[], Move],
        due: Timer | None,
    ) -> tuple[Machine, Step]:
        try:
            self._behavior._load(machine.connector_id, machine.fields, context)
            was_utc_s = self._clockwork.instant_utc_s(due) if due is not None else None
            move = run()
            timers = self._timers(machine, move, context, due, was_utc_s)
            fields, effects = self._behavior._unload()
        except Exception as cause:
            raise MachineFault(machine.name, event, cause) from cause
        step = Step(
            machine.name,
            event,
            move.taken,
            move.exited,
            move.entered,
            effects,
            self._status_of(machine.active),
            self._status_of(move.active),
        )
        return Machine(machine.name, machine.connector_id, move.active, fields, timers), step

    def _status_of(self, active: tuple[str, ...]) -> ChargePointStatus | None:
        for state in reversed(active):
            status = self._status[state]
            if status is not None:
                return status
        return None

    # ---- timers ----------------------------------------------------------------------------------

    def _timers(
        self,
        machine: Machine,
        move: Move,
        context: Context,
        due: Timer | None,
        was_utc_s: float | None,
    ) -> tuple[Timer, ...]:
        kept = [timer for timer in machine.timers if timer.state not in move.exited]
        if due is not None and due in kept:
            kept.remove(due)
            again = self._clockwork.rearmed(due, context, was_utc_s)
            kept += [again] if again is not None else []
        fresh = [timer for state in move.entered for timer in self._timers_of[state]]
        return self._arm(kept, fresh, context)

    def _arm(
        self, kept: list[Timer], fresh: Iterable[Timer], context: Context
    ) -> tuple[Timer, ...]:
        armed = (self._clockwork.armed(timer, context) for timer in fresh)
        timers = [*kept, *(timer for timer in armed if timer is not None)]
        return tuple(sorted(timers, key=lambda timer: self._order[_slot(timer)]))

    def _duration(self, name: str) -> Callable[[], float | None] | None:
        method: Callable[[], float | None] | None = getattr(self._behavior, name, None)
        return method


def _slot(timer: Timer) -> tuple[str, str]:
    """What tells the timers of one machine apart, armed or not."""
    return timer.state, timer.event
