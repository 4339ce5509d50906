"""What must hold after every turn, and a controller that lets it be looked after.

Theory of operation: the effects of a turn are performed after it, so the state that it led to is
looked at when the next one begins, and at every command that closes the contactor. What hardware
needs a moment for is a finding only when the moment has passed.
"""

import traceback
from collections.abc import Sequence
from typing import Final, Protocol

from cp.controller import Controller, Done
from cp.house import House
from cp.vocabulary.events import Event
from cp.vocabulary.instants import Now
from cp.vocabulary.keys import KeyValues
from cp.vocabulary.records import Put
from cp.vocabulary.words import ChargePointStatus as Status
from tools.simulate.clock import VirtualTime
from tools.simulate.ledger import Ledger, Queued
from tools.simulate.outlet import Outlet
from tools.simulate.record import Record

GRACE_S: Final = 1.0
"""A contactor may take half a second, and resuming is reported Faulted until energy flows."""

_NO_ENERGY: Final = frozenset(
    {
        Status.AVAILABLE,
        Status.FINISHING,
        Status.FAULTED,
        Status.UNAVAILABLE,
        Status.SUSPENDED_EVSE,
    }
)


class Watcher(Protocol):
    """Looks at turns, besides ``Checks``."""

    def before_turn(self, controller: Controller) -> None:
        """The effects of all turns before have been performed."""

    def after_turn(self, controller: Controller, done: Done, fresh: Sequence[Queued]) -> None:
        """Effects are not performed yet; ``fresh`` are the transaction messages of the turn."""


class Checks:
    """Looks at one outlet; so do its ``watchers``."""

    def __init__(self, time: VirtualTime, outlet: Outlet, ledger: Ledger, record: Record) -> None:
        self._time = time
        self._outlet = outlet
        self._ledger = ledger
        self._record = record
        self._fine_s = 0.0
        self.watchers: list[Watcher] = []

    def find(self, what: str) -> None:
        """Something that must not be."""
        self._record.find(self._time.now_s, what)

    def before_turn(self, controller: Controller) -> None:
        """The effects of all turns before have been performed."""
        self._look(controller)
        for watcher in self.watchers:
            watcher.before_turn(controller)

    def _look(self, controller: Controller) -> None:
        now_s, outlet = self._time.now_s, self._outlet
        outlet.look()
        if not outlet.is_pulled:
            self._fine_s = now_s
            return
        status = controller.statuses().get(1)
        if not outlet.has_session:
            self.find("the contactor is pulled without a durable transaction")
        if status not in _NO_ENERGY and now_s - outlet.asked_s <= GRACE_S:
            self._fine_s = now_s
        elif now_s - self._fine_s > GRACE_S:
            self.find(f"the contactor is pulled while {status}, pilot {outlet.pilot}")

    def after_turn(self, controller: Controller, done: Done) -> None:
        """Effects are not performed yet."""
        fresh = self._ledger.ask(done.rows)
        for watcher in self.watchers:
            watcher.after_turn(controller, done, fresh)
        fault = controller.fault
        if fault is not None:
            last = "".join(traceback.format_exception(fault.cause)[-3:])
            self.find(f"fault of our own: {fault.machine} on {fault.event}: {last}")
        for note in controller.notes:
            self.find(f"the journal: {note}")

    def close_contactor(self) -> None:
        """The command to close reaches the contactor."""
        outlet = self._outlet
        if not outlet.has_session:
            self.find("the contactor is closed without a durable transaction")
        if outlet.pilot != "C" and self._time.now_s - outlet.asked_s > GRACE_S:
            self.find(f"the contactor is closed while the pilot is {outlet.pilot}")
        self._record.counts["contactor closed"] += 1

    def energy(self) -> None:
        """What flowed past all sessions, over the whole run."""
        outlet = self._outlet
        outlet.look()
        if outlet.outside_ws:
            self.find(f"{outlet.outside_ws / 3600:.3f} Wh flowed outside of any session")
        if outlet.holds_expired:
            self.find(f"the hold of the contactor expired {outlet.holds_expired} times")


class WatchedController(Controller):
    """The controller, looked at before and after each turn."""

    def __init__(self, house: House, factory: KeyValues, checks: Checks) -> None:
        super().__init__(house, factory)
        self._checks = checks

    def begin(
        self, rows: Sequence[Put], calls: Sequence[Put], now: Now, chance: float = 0.5
    ) -> Done:
        """See ``Controller``."""
        return self._seen(super().begin(rows, calls, now, chance))

    def handle(self, event: Event, now: Now, chance: float = 0.5) -> Done:
        """See ``Controller``."""
        self._checks.before_turn(self)
        return self._seen(super().handle(event, now, chance))

    def expire(self, now: Now, chance: float = 0.5) -> Done | None:
        """See ``Controller``."""
        self._checks.before_turn(self)
        done = super().expire(now, chance)
        return None if done is None else self._seen(done)

    def fail(self, place: str, cause: Exception, now: Now) -> Done:
        """See ``Controller``: the shell raised, or a check did."""
        return self._seen(super().fail(place, cause, now))

    def _seen(self, done: Done) -> Done:
        self._checks.after_turn(self, done)
        return done
