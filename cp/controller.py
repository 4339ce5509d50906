"""The controller: an event and a ``Now`` go in, a list of effects comes out.

Theory of operation: synchronous and deterministic; it routes and orders, and decides nothing. Its
condition is a value that a turn replaces whole. A turn that raises is dropped: the outlet is
opened, the fault is recorded, the process ends with code 70, and the next start closes what was
open as after a power cut. That is the one path of recovery.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Final

from cp.behavior.delivery import DeliveryFields
from cp.chart import Machine, Timer
from cp.domain.configuration import restored_values
from cp.domain.outbox import WINDOW
from cp.done import Done as Done, done_of
from cp.house import House
from cp.journal import Clocks, call_key, calls_of, replay
from cp.own_faults import JOBS, traceback_digest as traceback_digest
from cp.turn import Condition, Turn
from cp.vocabulary.effects import (
    Effect,
    EndProcess,
    OpenContactor,
    Record,
    WithdrawCurrent,
)
from cp.vocabulary.errors import Finding, MachineFault, SettingsError
from cp.vocabulary.events import CallsLoaded, Event, JournalReplayed, name_of
from cp.vocabulary.facts import Facts
from cp.vocabulary.instants import Now
from cp.vocabulary.keys import KeyValues
from cp.vocabulary.lean import replace
from cp.vocabulary.records import (
    BootCounted,
    ClockLearned,
    ExitNoted,
    FaultNoted,
    Put,
    Restored,
    StationNamed,
)
from cp.vocabulary.words import ChargePointStatus, Reason, RegistrationStatus

EXIT_FAULT: Final = 70
"""Exit code of a fault of our own (DESIGN, exit codes)."""

CLOCK_FLOOR_S: Final = 1_767_225_600.0
"""2026-01-01: a wall clock that shows less has not been set since power came on."""

CLOCK_NOTED_EVERY_S: Final = 3600.0
"""The journal learns the time so often at most: a floor for the clock of the next start."""


class Controller:
    """All machines of one station."""

    def __init__(self, house: House, factory: KeyValues) -> None:
        self._house = house
        self._factory = factory
        self._order = {name: index for index, name in enumerate(house.routes.machines)}
        self._condition = Condition({}, Facts(), factory)
        self._clock_floor_s = CLOCK_FLOOR_S
        self._clock_noted_s = 0.0
        self._clocks: Clocks = ()
        self._boot = 1
        self._fault: MachineFault | None = None
        self.notes: list[str] = []

    # ---- events ----------------------------------------------------------------------------------

    def begin(
        self, rows: Sequence[Put], calls: Sequence[Put], now: Now, chance: float = 0.5
    ) -> Done:
        """Power came on: all machines enter their initial states and learn the durable facts.

        ``rows`` of the journal, and of kind ``call`` the first ``WINDOW + 1``; see ``notes`` for
        what could not be read. Raises SettingsError when they belong to another station.
        """
        self.notes.clear()
        restored = replay(rows, calls, WINDOW, self.notes)
        self._refuse_other_station(restored)
        self._boot = restored.boot
        self._clocks = restored.clocks
        self._clock_floor_s = max(CLOCK_FLOOR_S, restored.last_utc_s or 0.0)
        self._clock_noted_s = restored.last_utc_s or 0.0
        keys = restored_values(self._house.table, self._factory, restored.keys)
        self._condition = Condition({}, Facts(), keys)

        def run(turn: Turn) -> None:
            turn.effects.append(Record(BootCounted(restored.boot, now.utc_s)))
            if restored.station_id != self._house.product.station_id:
                turn.effects.append(Record(StationNamed(self._house.product.station_id)))
            for name in self._house.routes.machines:
                turn.begin(name)
            turn.take(JournalReplayed(restored))

        return self._perform("journal_replayed", now, chance, run)

    def _refuse_other_station(self, restored: Restored) -> None:
        """What one station owes must not be delivered in the name of another."""
        owes = restored.transaction is not None or restored.calls
        name, owner = self._house.product.station_id, restored.station_id
        if owes and owner not in ("", name):
            message = (
                f"[station] id is {name}, but the journal holds transactions of {owner} that are"
                f" not delivered yet: run it as {owner} until its queue is empty, or change"
                " [storage] dir"
            )
            raise SettingsError((Finding("the station file", 0, message),))

    def handle(self, event: Event, now: Now, chance: float = 0.5) -> Done:
        """One outside event; ``chance`` in [0, 1) is drawn by the caller."""
        return self._perform(name_of(event), now, chance, lambda turn: turn.take(event))

    def expire(self, now: Now, chance: float = 0.5) -> Done | None:
        """The turn of the timer that is due first at ``now``; None if none is."""
        due = self._first_timer()
        if due is None or due[1].deadline_s > now.monotonic_s:
            return None
        name, timer = due
        return self._perform(timer.event, now, chance, lambda turn: turn.expire(name, timer))

    def loaded(self, rows: Sequence[Put], limit: int) -> CallsLoaded:
        """The event of rows of kind ``call`` that storage read: at most ``limit + 1``."""
        return CallsLoaded(calls_of(rows[:limit], self.notes, self._clocks), len(rows) > limit)

    @property
    def next_deadline_s(self) -> float | None:
        """When ``expire`` is to be called, on the monotonic clock; None: no timer is armed."""
        due = self._first_timer()
        return None if due is None else due[1].deadline_s

    # ---- what can be seen from outside -----------------------------------------------------------

    @property
    def condition(self) -> Condition:
        """The present condition, a value."""
        return self._condition

    @property
    def boot(self) -> int:
        """The number of this start, over the life of the journal."""
        return self._boot

    @property
    def house(self) -> House:
        """Charts, routes, key table, product."""
        return self._house

    def utc_s(self, monotonic_s: float) -> float | None:
        """The OCPP clock, seconds since 1970, or None while it is not known."""
        offset_s = self._condition.offset_s
        return None if offset_s is None else monotonic_s + offset_s

    def statuses(self) -> Mapping[int, ChargePointStatus]:
        """The status of each connector that has one."""
        found = (
            (machine.connector_id, self._status(machine))
            for machine in self._condition.machines.values()
        )
        return {number: status for number, status in found if status is not None}

    def registration(self) -> RegistrationStatus | None:
        """What holds now, also while it is asked again (then Pending for both); None: no answer."""
        facts = self._condition.facts
        if facts.is_registered:
            return RegistrationStatus.ACCEPTED
        if not facts.is_denied:
            return None
        is_answering = self._condition.dialogue.is_answering
        return RegistrationStatus.PENDING if is_answering else RegistrationStatus.REJECTED

    def queue_length(self) -> int:
        """Transaction messages in memory that wait for their delivery."""
        fields = self._condition.machines["delivery.0"].fields
        return len(fields.outbox.queue) if isinstance(fields, DeliveryFields) else 0

    def counters(self) -> Mapping[str, int]:
        """What the dialogue has counted since the start."""
        return asdict(self._condition.dialogue.counters)

    def _status(self, machine: Machine) -> ChargePointStatus | None:
        return self._house.charts[machine.name.rpartition(".")[0]].status(machine)

    # ---- turns -----------------------------------------------------------------------------------

    def _perform(self, event: str, now: Now, chance: float, run: Callable[[Turn], None]) -> Done:
        now = replace(now, boot=self._boot)
        try:
            return self._turn(event, now, chance, run)
        except MachineFault as fault:
            job = JOBS.get(fault.machine)
            if job is None or not self._condition.machines:
                return self._give_up(fault, now)
            return self._end_job(fault, job, now, chance, run)

    def _turn(self, event: str, now: Now, chance: float, run: Callable[[Turn], None]) -> Done:
        """One turn, whole or not at all. Raises MachineFault."""
        turn = Turn(self._house, self._condition, now, chance)
        try:
            self._follow_wall_clock(turn)
            run(turn)
        except MachineFault:
            raise
        except Exception as cause:
            raise MachineFault("controller", event, cause) from cause
        self._note_clock(turn)
        self._condition = turn.condition
        return done_of(turn.effects, tuple(turn.trace))

    def _end_job(
        self, fault: MachineFault, job: Event, now: Now, chance: float, run: Callable[[Turn], None]
    ) -> Done:
        """A raise in a job ends that job; then the turn that was dropped is run again (DESIGN)."""
        self._fault = fault

        def end_and_run(turn: Turn) -> None:
            turn.take(job)
            run(turn)

        try:
            return self._turn(fault.event, now, chance, end_and_run)
        except MachineFault as second:
            return self._give_up(second, now)

    def fail(self, place: str, cause: Exception, now: Now) -> Done:
        """The shell itself raised at ``place``: the same end as when a step raises."""
        return self._give_up(MachineFault("daemon", place, cause), replace(now, boot=self._boot))

    def leave(self) -> Done:
        """The process is told to end: a transaction that is open will have been stopped by a local
        restart, not by a power loss (``operations.md`` 2)."""
        effects = [*self._let_go(), Record(ExitNoted(Reason.REBOOT)), EndProcess(0)]
        return done_of(effects, tuple(effects))

    def _give_up(self, fault: MachineFault, now: Now) -> Done:
        """A fault of our own: nothing of the turn remains, the outlet is opened."""
        digest = traceback_digest(fault.cause)
        clock = replace(now, utc_s=self.utc_s(now.monotonic_s))
        version = self._house.product.firmware_version
        noted = FaultNoted(fault.machine, fault.event, digest, clock.stamp, version)
        effects = [*self._let_go(), Record(noted), EndProcess(EXIT_FAULT)]
        self._fault = fault
        return done_of(effects, tuple(effects))

    def _let_go(self) -> list[Effect]:
        """Every outlet without energy."""
        numbers = sorted({number for _, number in map(_split, self._order) if number > 0})
        opened: list[Effect] = [OpenContactor(number) for number in numbers]
        return [*opened, *(WithdrawCurrent(number) for number in numbers)]

    @property
    def fault(self) -> MachineFault | None:
        """The fault of our own that ended the last turn, for the log."""
        return self._fault

    # ---- clock and timers ------------------------------------------------------------------------

    def _follow_wall_clock(self, turn: Turn) -> None:
        """Until a server tells the time, a plausible wall clock is the OCPP clock."""
        utc_s = turn.now.utc_s
        is_plausible = utc_s is not None and utc_s >= self._clock_floor_s
        if turn.condition.offset_s is None and utc_s is not None and is_plausible:
            turn.set_clock(utc_s)

    def _note_clock(self, turn: Turn) -> None:
        """The time goes into the journal now and then: a floor for the next start's clock. So does
        a clock that became known late: stamps of this boot are resolved with it after a reboot."""
        offset_s = turn.condition.offset_s
        is_late = bool(self._condition.machines) and self._condition.offset_s is None
        if is_late and offset_s is not None:
            turn.effects.append(Record(ClockLearned(self._boot, offset_s)))
        utc_s = None if offset_s is None else turn.now.monotonic_s + offset_s
        has_records = any(isinstance(effect, Record) for effect in turn.effects)
        is_old = utc_s is not None and utc_s - self._clock_noted_s >= CLOCK_NOTED_EVERY_S
        if utc_s is not None and has_records and is_old:
            self._clock_noted_s = utc_s
            turn.effects.append(Record(BootCounted(self._boot, utc_s)))

    def _first_timer(self) -> tuple[str, Timer] | None:
        armed = (
            (timer.deadline_s, self._order[name], index, name, timer)
            for name, machine in self._condition.machines.items()
            for index, timer in enumerate(machine.timers)
        )
        first = min(armed, default=None, key=lambda item: item[:3])
        return None if first is None else (first[3], first[4])


def key_of_call(seq: int) -> str:
    """The key of a transaction message in storage; empty: before all of them."""
    return call_key(seq) if seq else ""


def _split(name: str) -> tuple[str, int]:
    chart, _, number = name.rpartition(".")
    return chart, int(number)
