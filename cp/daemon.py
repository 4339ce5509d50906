"""The daemon: feeds events, performs effects, sleeps until the next deadline.

Theory of operation: no decisions. Everything runs in the loop's thread but storage (``commits``).
An event is handled at once, whatever storage does: safe effects of its turn are performed first,
its records join the next commit, its outward effects wait in order until they are on disk. An
open cancels every close that waits.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from cp.commits import Commits
from cp.controller import Controller, Done, key_of_call
from cp.hands import Hands
from cp.job_hands import STARTS
from cp.own_faults import words_of
from cp.scribe import Scribe
from cp.snapshot import snapshot_of
from cp.vitals import Vitals, vitals_of
from cp.vocabulary.effects import (
    CloseContactor,
    Effect,
    EndProcess,
    LoadCalls,
    OfferCurrent,
    OpenContactor,
    Restart,
    ThinCalls,
    WithdrawCurrent,
)
from cp.vocabulary.errors import HardwareError, MachineFault, StatechargeError, StorageError
from cp.vocabulary.events import CloseSent, Event, InputsRead, RestartFailed
from cp.vocabulary.instants import Now
from cp.vocabulary.lean import dataclass
from cp.vocabulary.ports import DriverSet

EXIT_FAULT: Final = 70
EXIT_RESTART: Final = 75
INPUTS_AFTER_S: Final = 0.03
INPUTS_WITHIN_S: Final = 2.0
WINDOW: Final = 64


@dataclass(frozen=True, slots=True)
class Clocks:
    """Seconds of the monotonic and of the wall clock; a number in [0, 1)."""

    monotonic_s: Callable[[], float]
    wall_s: Callable[[], float]
    chance: Callable[[], float]


class Daemon:
    """Runs one controller on one set of drivers."""

    def __init__(
        self,
        controller: Controller,
        drivers: DriverSet,
        clocks: Clocks,
        mask: Callable[[str], str],
        note: Callable[[str], None],
    ) -> None:
        """``mask`` hides id tags in transcripts; ``note`` takes lines for the log."""
        self._controller = controller
        self._drivers = drivers
        self._clocks = clocks
        self._note = note
        self._inbox: deque[Event] = deque()
        self._is_working = False
        self._timer: asyncio.TimerHandle | None = None
        self._wakes_at_s: float | None = None
        self._hands = Hands(drivers, controller.house.product.offered_a)
        self._is_leaving = False
        self._told_fault: MachineFault | None = None
        self._scribe = Scribe(drivers.transcript, mask)

    # ---- life ------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Open the journal; call it before ``run``. Raises StorageError when it cannot be used."""
        self._loop = asyncio.get_running_loop()
        self._loop.set_exception_handler(self._take_stray_error)
        self._ended: asyncio.Future[int] = self._loop.create_future()
        await self._drivers.link.start(self.post)
        self._commits = Commits(self._drivers.storage, self)
        self._kept = await self._commits.open(WINDOW + 1)
        for line in self._drivers.storage.notes():
            self._note(line)

    async def run(self) -> int:
        """Run until stopped; the exit code. Raises HardwareError when a device cannot be opened."""
        begun = self._controller.begin(*self._kept, *self._instant())
        for line in self._controller.notes:
            self._note(line)
        self._perform(begun)
        self._sleep()
        inputs = asyncio.create_task(self._read_inputs())
        try:
            return await self._ended
        finally:
            inputs.cancel()

    def stop(self) -> None:
        """An ordered stop, from a signal; a second one does not wait for the journal."""
        if self._is_leaving or not self._controller.condition.machines:
            self._end(0)
        self._is_leaving = True
        self._perform(self._controller.leave())

    def post(self, event: Event) -> None:
        """Take an event; it is handled in the next round of the loop."""
        self._inbox.append(event)
        if not self._is_working:
            self._is_working = True
            self._loop.call_soon(self._work)

    async def _read_inputs(self) -> None:
        """Start the drivers of the outlet; their present levels come before ``inputs_read``.

        BootNotification goes first: the outlet is open anyway, and recovery waits for hardware.
        """
        await asyncio.sleep(INPUTS_AFTER_S)
        drivers = self._drivers
        outlet = (drivers.contactor, drivers.pilot, drivers.meter, drivers.card_reader)
        devices = (*outlet, drivers.lamp, drivers.transfer)
        starts = [asyncio.create_task(device.start(self.post)) for device in devices]
        try:
            done, _late = await asyncio.wait(starts, timeout=INPUTS_WITHIN_S)
            for task in done:
                task.result()
            self.post(InputsRead())
            await drivers.installer.start(self.post)  # which slot runs: the last of what is read
        except StatechargeError as error:
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        if not self._ended.done():
            self._ended.set_exception(error)

    async def close(self) -> None:
        """Open the outlet first; then write and close what is open."""
        if self._timer is not None:
            self._timer.cancel()
        await self._hands.stop()
        problem = await self._commits.close()
        if problem:
            self._note(problem)
        self._scribe.close()

    def _end(self, exit_code: int) -> None:
        if not self._ended.done():
            self._ended.set_result(exit_code)

    def _take_stray_error(self, _loop: object, context: dict[str, object]) -> None:
        """An error that nobody else takes, from a driver or from here: a fault of our own."""
        error, message = context.get("exception"), str(context.get("message"))
        if not isinstance(error, Exception):
            self._note(message)
        elif not self._ended.done():
            try:
                self._perform(self._controller.fail("stray_error", error, self._now()))
            except Exception as second:
                self._fail(second)

    # ---- events and timers -----------------------------------------------------------------------

    def _instant(self) -> tuple[Now, float]:
        """Time and chance of a turn."""
        return self._now(), self._clocks.chance()

    def _now(self) -> Now:
        """The boot number is the controller's."""
        clocks = self._clocks
        return Now(clocks.monotonic_s(), clocks.wall_s(), 0, self._drivers.meter.register_wh())

    def _work(self) -> None:
        while self._inbox and not self._commits.is_ending:
            event = self._inbox.popleft()
            self._perform(self._controller.handle(event, *self._instant()))
        self._is_working = False
        self._sleep()

    def _sleep(self) -> None:
        """Run what is due, and wake up for the next deadline."""
        deadline_s = self._controller.next_deadline_s
        while deadline_s is not None and deadline_s <= self._clocks.monotonic_s():
            done = None if self._commits.is_ending else self._controller.expire(*self._instant())
            if done is None:
                return
            self._perform(done)
            deadline_s = self._controller.next_deadline_s
        if deadline_s != self._wakes_at_s:
            self._wake_at(deadline_s)

    def _wake_at(self, deadline_s: float | None) -> None:
        """Replace the alarm; most events leave it as it is."""
        if self._timer is not None:
            self._timer.cancel()
        self._wakes_at_s, self._timer = deadline_s, None
        if deadline_s is not None and not self._ended.done():
            wait_s = deadline_s - self._clocks.monotonic_s()
            self._timer = self._loop.call_later(max(0.0, wait_s), self._wake)

    def _wake(self) -> None:
        self._wakes_at_s = self._timer = None
        self._sleep()

    # ---- effects ---------------------------------------------------------------------------------

    def _perform(self, done: Done) -> None:
        for effect in done.safe:
            self._make_safe(effect)
        self._commits.take(done.rows, done.outward, is_awaited=done.is_awaited)
        self._scribe.keep(self._clocks.monotonic_s(), done)
        if (fault := self._controller.fault) is not None and fault is not self._told_fault:
            self._told_fault = fault
            self._note(words_of(fault))

    def _make_safe(self, effect: Effect) -> None:
        """An open cancels every close that waits, a withdrawal every offer."""
        match effect:
            case OpenContactor():
                self._commits.cancel(CloseContactor(effect.connector_id))
            case WithdrawCurrent():
                self._commits.cancel(OfferCurrent(effect.connector_id))
            case ThinCalls():
                self._commits.thin(key_of_call(effect.after_seq))
            case _ if type(effect) in STARTS:
                self._commits.cancel_kind(STARTS[type(effect)])
        self._hands.make_safe(effect)

    def go_out(self, effect: Effect) -> None:
        """Perform an outward effect: its records are on disk."""
        match effect:
            case CloseContactor():
                self.post(CloseSent(effect.connector_id))  # before what it leads to
                self._hands.go_out(effect)
            case LoadCalls():
                self._load_calls(effect)
            case Restart():
                self._restart(effect)
            case EndProcess():
                self._end(effect.exit_code)
            case _:
                self._hands.go_out(effect)

    def _restart(self, effect: Restart) -> None:
        try:
            self._drivers.restarter.restart(effect.is_hard)
        except HardwareError as error:
            self._note(str(error))
            self.post(RestartFailed())
            return
        self._end(EXIT_RESTART)

    def _load_calls(self, effect: LoadCalls) -> None:
        key, limit, loaded = key_of_call(effect.after_seq), effect.limit, self._controller.loaded
        self._commits.load_calls(key, limit + 1, lambda rows: self.post(loaded(rows, limit)))

    # ---- what the commits need -------------------------------------------------------------------

    @property
    def has_ended(self) -> bool:
        """The process is about to end."""
        return self._ended.done()

    def end_broken(self, error: BaseException) -> None:
        """Storage is broken: the process ends with the outlet open."""
        if isinstance(error, StorageError):
            self._note(str(error))
            self._make_safe(OpenContactor(1))
            self._end(EXIT_FAULT)
        else:
            self._fail(error)

    # ---- what others may see ---------------------------------------------------------------------

    @property
    def messages(self) -> Sequence[str]:
        """The last messages that crossed the wire, oldest first, id tags masked; grows."""
        return self._scribe.messages

    def journal_counts(self) -> Mapping[str, int]:
        """Rows of the journal by kind; blocks, so for another thread than the loop's."""
        return self._commits.counts()

    def vitals(self) -> Vitals:
        """What has to go on while the station lives."""
        return vitals_of(self._controller, self._commits, self._hands)

    def snapshot(self) -> Mapping[str, object]:
        """What the bench interface and the panel show."""
        progress = self._drivers.transfer.progress()
        return snapshot_of(self._controller, self._clocks.monotonic_s(), progress)
