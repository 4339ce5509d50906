"""The ports of one life over the outlet: contactor, pilot, meter, card reader, lamp, restarter.

Theory of operation: the outlet says that something changed; a moment later, in the station's loop,
each device compares what it sees with what it told and posts the difference. A device that was not
started posts to nobody.
"""

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass, field

from cp.vocabulary.errors import HardwareError
from cp.vocabulary.events import (
    CardPresented,
    ErrorCleared,
    ErrorRaised,
    EvAsked,
    Event,
    EvPaused,
    FeedbackClosed,
    FeedbackOpened,
    Plugged,
    RegisterLimitReached,
    Unplugged,
)
from cp.vocabulary.ports import Post
from cp.vocabulary.words import ChargePointErrorCode, ChargePointStatus
from drivers.bench.meter import SILENCE_S, MeterMode
from tools.simulate.clock import VirtualLoop
from tools.simulate.ledger import Ledger
from tools.simulate.outlet import Outlet

OUTLET = 1
LIMIT_READ_EVERY_S = 1.0
READER_BROKEN = ErrorRaised(0, ChargePointErrorCode.READER_FAILURE)


@dataclass(slots=True)
class Board:
    """Hardware besides the outlet; it outlives the process.

    ``errors``       that are present, the reader's among them.
    ``late_s``       how long each device takes to be opened.
    ``is_restarter_broken``: an ordered restart fails.
    ``noticed``      when each error was seen by the station last.
    ``presented``    when each card was read last; ``refused_s``: when the lamp refused one.
    ``lamp``         the status that it shows; None: the process has only just started.
    """

    outlet: Outlet
    ledger: Ledger
    errors: list[ErrorRaised] = field(default_factory=list)
    meter: MeterMode = MeterMode.NORMAL
    late_s: float = 0.0
    is_restarter_broken: bool = False
    noticed: dict[ErrorRaised, float] = field(default_factory=dict)
    presented: dict[str, float] = field(default_factory=dict)
    refused_s: float = -math.inf
    lamp: ChargePointStatus | None = None

    @property
    def now_s(self) -> float:
        """Simulated time."""
        return self.outlet.time.now_s


class Device:
    """A device of one life."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._post: Post | None = None

    async def start(self, post: Post) -> None:
        """Tell the present levels, and every change from now on."""
        if self._board.late_s:
            await asyncio.sleep(self._board.late_s)
        self._post = post
        self.notice()

    async def stop(self) -> None:
        """Tell nobody any more."""
        self._post = None

    def notice(self) -> None:
        """Post what changed."""

    def tell(self, event: Event) -> None:
        """Post, if anybody listens."""
        if self._post is not None:
            self._post(event)


class SimulatedContactor(Device):
    """``ports.Contactor``; ``on_close`` is told of every command to close."""

    def __init__(self, board: Board, on_close: Callable[[], None]) -> None:
        super().__init__(board)
        self._on_close = on_close
        self._told_closed = False

    async def stop(self) -> None:
        """Drop."""
        await super().stop()
        self.open()

    def open(self) -> None:
        """Drop the contactor now."""
        self._board.outlet.release()

    def close(self) -> None:
        """Pull the contactor."""
        self._on_close()
        self._board.outlet.pull()

    def renew(self) -> None:
        """Renew the hold."""
        self._board.outlet.renew()

    def notice(self) -> None:
        """Post the auxiliary contact."""
        is_closed = self._board.outlet.is_feedback_closed
        if self._post is not None and is_closed != self._told_closed:
            self._told_closed = is_closed
            self.tell(FeedbackClosed(OUTLET) if is_closed else FeedbackOpened(OUTLET))


class SimulatedPilot(Device):
    """``ports.Pilot``; errors of the board are told here too."""

    def __init__(self, board: Board) -> None:
        super().__init__(board)
        self._told = "A"
        self._told_errors: list[ErrorRaised] = []

    async def stop(self) -> None:
        """Offer nothing."""
        await super().stop()
        self.withdraw()

    def offer(self, current_a: int) -> None:
        """PWM for this current in ampere."""
        self._board.outlet.offer(current_a)

    def withdraw(self) -> None:
        """No PWM."""
        self._board.outlet.offer(0)

    def notice(self) -> None:
        """Post each step of the pilot, also those that one look skips over, and errors."""
        if self._post is None:
            return
        self._notice_errors()
        before, self._told = self._told, self._board.outlet.pilot
        if before == self._told:
            return
        if self._told == "A":
            self.tell(Unplugged(OUTLET))
        elif before == "C":
            self.tell(EvPaused(OUTLET))
        elif before == "A":
            self.tell(Plugged(OUTLET))
        if self._told == "C":
            self.tell(EvAsked(OUTLET))

    def _notice_errors(self) -> None:
        present, told = self._board.errors, self._told_errors
        self._board.noticed |= dict.fromkeys(present, self._board.now_s)
        for error in told:
            if error not in present:
                self.tell(
                    ErrorCleared(error.connector_id, error.error_code, error.vendor_error_code)
                )
        for error in present:
            if error not in told:
                self.tell(error)
        self._told_errors = list(present)


class SimulatedReader(Device):
    """``ports.CardReader``; its failure is one of the board's errors."""

    def present(self, id_tag: str) -> None:
        """A card is held to the reader; a broken reader reads nothing."""
        if READER_BROKEN not in self._board.errors and self._post is not None:
            self._board.presented[id_tag] = self._board.now_s
            self.tell(CardPresented(id_tag))


class SimulatedLamp(Device):
    """``ports.Lamp``."""

    def __init__(self, board: Board) -> None:
        super().__init__(board)
        board.lamp = None

    def show_status(self, status: ChargePointStatus) -> None:
        """One pattern for each status."""
        self._board.lamp = status

    def show_refusal(self) -> None:
        """A short signal: refused."""
        self._board.refused_s = self._board.now_s


class SimulatedMeter(Device):
    """``ports.Meter`` with the plausibility of every meter driver: a register never falls."""

    def __init__(self, board: Board, loop: VirtualLoop) -> None:
        super().__init__(board)
        self._loop = loop
        self._shown_wh: int | None = None
        self._stuck_wh: int | None = None
        self._limit_wh: int | None = None
        self._has_failed = False
        board.ledger.is_exact = False

    def register_wh(self) -> int | None:
        """The last plausible reading in Wh, None while there is none."""
        true_wh = self._board.outlet.register_wh
        reading_wh = None if self._post is None else self._reading(true_wh)
        if reading_wh is not None and (self._shown_wh is None or reading_wh > self._shown_wh):
            self._shown_wh = reading_wh
        self._board.ledger.is_exact = self._shown_wh == true_wh
        return self._shown_wh

    def _reading(self, true_wh: int) -> int | None:
        match self._board.meter:
            case MeterMode.NORMAL:
                self._stuck_wh = None
                return true_wh
            case MeterMode.SILENT:
                return None
            case mode:
                if self._stuck_wh is None:
                    self._stuck_wh = true_wh
                is_stuck = mode is MeterMode.STUCK
                return self._stuck_wh if is_stuck else max(0, 2 * self._stuck_wh - true_wh - 1)

    def power_w(self) -> int | None:
        """The last reading of the active power in W."""
        return round(self._board.outlet.flowing_w)

    def watch(self, limit_wh: int | None) -> None:
        """Post ``RegisterLimitReached`` once the register is at the limit; None: stop."""
        is_watching, self._limit_wh = self._limit_wh is not None, limit_wh
        if limit_wh is not None and not is_watching:
            self._loop.call_soon(self._read)

    def _read(self) -> None:
        if self._limit_wh is None:
            return
        shown_wh = self.register_wh()
        if shown_wh is not None and shown_wh >= self._limit_wh:
            self._limit_wh = None
            self.tell(RegisterLimitReached(OUTLET))
        else:
            self._loop.call_later(LIMIT_READ_EVERY_S, self._read)

    def notice(self) -> None:
        """A meter that falls silent is an error a moment later."""
        self.register_wh()
        is_silent = self._board.meter is MeterMode.SILENT
        if is_silent and not self._has_failed:
            self._loop.call_later(SILENCE_S, self._judge)
        elif not is_silent:
            self._judge()

    def _judge(self) -> None:
        has_failed = self._board.meter is MeterMode.SILENT
        if has_failed != self._has_failed:
            self._has_failed = has_failed
            kind = ErrorRaised if has_failed else ErrorCleared
            self.tell(kind(OUTLET, ChargePointErrorCode.POWER_METER_FAILURE))


class SimulatedRestarter:
    """``ports.Restarter``: the daemon ends the process by itself, unless it fails."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def restart(self, is_hard: bool) -> None:
        """Raises HardwareError while it is broken."""
        if self._board.is_restarter_broken:
            raise HardwareError("the restarter is broken")
