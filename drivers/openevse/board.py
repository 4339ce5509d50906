"""One board shared by its ports: what they want of it, and the thread that owns its line.

Theory of operation: commands of the ports change what is wanted and wake the thread, which brings
the board there (``keeper``), looks at it, sends the heartbeat, and asks what others want to know.
Each look goes to the event loop and from there to the ports: the pilot first, so that an EV that
stops asking is told before the relay that opens because of it. The thread needs no loop: when the
loop hangs, the hold passes and the thread drops the relay.
"""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Final, TypeVar

from cp.vocabulary.vital import Vital
from drivers.device_faults import DeviceError, FaultLog
from drivers.hold import Hold
from drivers.openevse.config import OpenEvseConfig
from drivers.openevse.keeper import Keeper
from drivers.openevse.line import Answer, Line
from drivers.openevse.sight import Sight

T = TypeVar("T")
Listener = Callable[[Sight | None], None]
"""Gets each look in the event loop; None: the board does not answer. Any look may come twice."""

REST_S: Final = 1.0
"""A relay that was dropped while energy stays offered stays off for so long."""

_PULSES_PER_HEARTBEAT: Final = 3
_STOPPED_WITHIN_S: Final = 4.0
_DEAD_AFTER_S: Final = 60.0
"""Far more than the line waits for an answer, and all that is asked in one turn."""


class Board:
    """Starts with the first port that joins, ends with the last that leaves."""

    def __init__(self, config: OpenEvseConfig) -> None:
        self._config = config
        self._line = Line(config)
        self._keeper = Keeper(self._line, config.heartbeat_s)
        self._hold = Hold(self._starve, config.hold_s)
        self._thread = threading.Thread(target=self._run, name="openevse", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._listeners: dict[int, Listener] = {}
        self._is_seen = asyncio.Event()
        self._sight: Sight | None = None
        self._questions: deque[tuple[str, asyncio.Future[Answer]]] = deque()
        self._log = FaultLog()
        self._is_stopping = self._is_starved = self._was_relay_on = False
        self._rest_until_s = self._pulse_at_s = float("-inf")
        self._turned_at_s = time.monotonic()
        self._offered_a: int | None = None
        self.is_close_ordered = False

    # ---- the ports, in the event loop ------------------------------------------------------------

    @property
    def is_offering(self) -> bool:
        """A current is offered."""
        return self._offered_a is not None

    async def join(self, rank: int, listener: Listener) -> None:
        """Take part; listeners of lower rank are told first. The first look has come."""
        self._listeners[rank] = listener
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            self._hold.start()
            self._thread.start()
        await self._is_seen.wait()
        listener(self._sight)

    async def leave(self, rank: int) -> None:
        """Take part no more; the last one that leaves leaves a board that sleeps."""
        self._listeners.pop(rank, None)
        if self._listeners or self._is_stopping or self._loop is None:
            return
        self._offered_a, self._is_stopping = None, True
        self._line.wake()
        await asyncio.to_thread(self._thread.join, _STOPPED_WITHIN_S)
        self._hold.stop()
        self._refuse_questions(_not_started())

    def offer(self, current_a: int) -> None:
        """Wake the board with this current."""
        self._offered_a, self._is_starved = current_a, False
        self._line.wake()

    def withdraw(self) -> None:
        """Put the board to sleep."""
        self._offered_a = None
        self._line.wake()

    def close_relay(self) -> None:
        """Consent to a closed relay, as long as it is renewed."""
        self._hold.pull()  # first: from here on an old hold cannot pass
        self.is_close_ordered = True
        self._is_starved, self._rest_until_s = False, float("-inf")
        self._line.wake()
        self.look_soon()

    def open_relay(self) -> None:
        """Drop the relay if it is on. While the offer stands, the board wakes after a rest."""
        self.is_close_ordered = False
        self._hold.release()
        if self._is_starved or (self._sight is not None and self._sight.is_relay_on):
            self._rest_until_s = time.monotonic() + REST_S
        self._is_starved = False
        self._line.wake()

    def renew(self) -> None:
        """The relay may stay closed."""
        self._hold.renew()

    def look_soon(self) -> None:
        """Tell the listeners the last look once more, for a command posts nothing."""
        if self._is_seen.is_set():
            self._call(lambda _now: self._notice(self._sight), None)

    def vital(self) -> Vital:
        """The thread: while it hangs nobody looks at the board; a new start may free it."""
        return Vital(
            "the thread of the OpenEVSE board",
            _DEAD_AFTER_S + self._config.retry_s,
            lambda: self._turned_at_s if self._thread.is_alive() else None,
        )

    async def ask(self, command: str) -> Answer:
        """The answer to a command that changes nothing. Raises DeviceError."""
        if self._loop is None or self._is_stopping:
            raise _not_started()
        answer: asyncio.Future[Answer] = self._loop.create_future()
        self._questions.append((command, answer))
        self._line.wake()
        return await answer

    # ---- the thread ------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while not self._is_stopping:
                self._turned_at_s = time.monotonic()
                try:
                    self._line.open()
                    self._keep()
                except DeviceError as error:
                    self._lose(error)
                    self._rest(self._config.retry_s)
            with suppress(DeviceError):
                self._keeper.sleep()
            self._line.dispose()
        except Exception as error:
            # A fault of our own: the daemon ends the process, and a new one the charging.
            self._call(self._fail, error)

    def _keep(self) -> None:
        """Keep the board where it is wanted until it restarts. Raises DeviceError."""
        self._line.has_restarted()
        self._keeper.greet()
        self._log.tell({})
        while not self._is_stopping and not self._line.has_restarted():
            self._turned_at_s = time.monotonic()
            is_busy = self._keeper.step(self._wanted_a())
            self._see(self._keeper.sight)
            if not self._beat():
                self._answer_one()
            if not is_busy and not self._questions:
                self._line.wait(self._config.poll_s)

    def _wanted_a(self) -> int | None:
        is_resting = self._is_starved or time.monotonic() < self._rest_until_s
        return None if is_resting else self._offered_a

    def _see(self, sight: Sight) -> None:
        """A relay that nobody has consented to is held from the moment it is seen."""
        if sight.is_relay_on != self._was_relay_on and not self.is_close_ordered:
            (self._hold.pull if sight.is_relay_on else self._hold.release)()
        self._was_relay_on = sight.is_relay_on
        self._call(self._notice, sight)

    def _beat(self) -> bool:
        """The heartbeat, if it is due; none while nobody renews what has to be renewed.

        Raises DeviceError.
        """
        now_s = time.monotonic()
        if now_s < self._pulse_at_s or self._is_starved:
            return False
        self._keeper.pulse(self._wanted_a())
        self._pulse_at_s = now_s + self._config.heartbeat_s / _PULSES_PER_HEARTBEAT
        return True

    def _answer_one(self) -> None:
        """Ask what somebody wants to know. Raises DeviceError."""
        if not self._questions:
            return
        command, answer = self._questions.popleft()
        try:
            self._call(_settle, (answer, self._line.ask(command)))
        except DeviceError as error:
            self._call(_settle, (answer, error))
            raise

    def _lose(self, error: DeviceError) -> None:
        self._log.tell({"OpenEVSE board": error.trouble})
        self._call(self._notice, None)
        self._refuse_questions(error)

    def _refuse_questions(self, error: DeviceError) -> None:
        while self._questions:
            _, answer = self._questions.popleft()
            self._call(_settle, (answer, error))

    def _rest(self, wait_s: float) -> None:
        """Wait, whatever the ports want meanwhile; not when stopping."""
        until_s = time.monotonic() + wait_s
        while not self._is_stopping and (rest_s := until_s - time.monotonic()) > 0:
            with suppress(DeviceError):
                self._line.wait(rest_s)

    def _call(self, act: Callable[[T], None], argument: T) -> None:
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop may have ended
                self._loop.call_soon_threadsafe(act, argument)

    def _starve(self) -> None:
        """Nobody renewed; called in the thread of the hold."""
        self._is_starved, self.is_close_ordered = True, False
        self._line.wake()

    # ---- the event loop --------------------------------------------------------------------------

    def _notice(self, sight: Sight | None) -> None:
        self._sight = sight
        for _, listener in sorted(self._listeners.items()):
            listener(sight)
        self._is_seen.set()

    def _fail(self, error: Exception) -> None:
        raise error


def _not_started() -> DeviceError:
    return DeviceError("the driver of the OpenEVSE board is not started", "start it")


def _settle(pair: tuple[asyncio.Future[Answer], Answer | DeviceError]) -> None:
    answer, outcome = pair
    if answer.done():
        return
    if isinstance(outcome, DeviceError):
        answer.set_exception(outcome)
    else:
        answer.set_result(outcome)
