"""The hands: effects become calls of drivers, and the contactor's hold is renewed.

Theory of operation: no decisions; each effect is one driver call. While the last command is close,
the hold is renewed from the event loop, so that a loop that hangs lets the contactor drop.
"""

import asyncio
from typing import Final

from cp.job_hands import JobHands
from cp.vocabulary.effects import (
    CloseContactor,
    CloseLink,
    Effect,
    OfferCurrent,
    OpenContactor,
    OpenLink,
    SendFrame,
    SetPing,
    ShowRefusal,
    ShowStatus,
    WatchRegister,
    WithdrawCurrent,
)
from cp.vocabulary.ports import DriverSet

HOLD_RENEWED_EVERY_S: Final = 0.5


class Hands:
    """Acts on one set of drivers, from the running loop; ``offered_a`` is what the pilot offers."""

    def __init__(self, drivers: DriverSet, offered_a: int) -> None:
        self._drivers = drivers
        self._offered_a = offered_a
        self._jobs = JobHands(drivers)
        self._hold: asyncio.TimerHandle | None = None
        self.renewed_at_s: float | None = None
        """Monotonic seconds of the last renewal; None while nothing is held."""

    def make_safe(self, effect: Effect) -> None:
        """Perform a safe effect."""
        drivers = self._drivers
        match effect:
            case OpenContactor():
                self.let_go()
                drivers.contactor.open()
            case WithdrawCurrent():
                drivers.pilot.withdraw()
            case ShowStatus() if effect.connector_id == 1:
                drivers.lamp.show_status(effect.status)
            case ShowRefusal():
                drivers.lamp.show_refusal()
            case _:
                self._jobs.make_safe(effect)

    def go_out(self, effect: Effect) -> None:
        """Perform an outward effect that is a driver's business."""
        drivers = self._drivers
        match effect:
            case SendFrame():
                drivers.link.send(effect.text)
            case CloseContactor():
                drivers.contactor.close()
                self.let_go()
                self._renew_hold()
            case OfferCurrent():
                drivers.pilot.offer(self._offered_a)
            case WatchRegister():
                drivers.meter.watch(effect.limit_wh)
            case OpenLink():
                drivers.link.open()
            case CloseLink():
                drivers.link.close()
            case SetPing():
                drivers.link.set_ping(effect.interval_s)
            case _:
                self._jobs.go_out(effect)

    def let_go(self) -> None:
        """Renew the hold no more."""
        if self._hold is not None:
            self._hold.cancel()
            self._hold = self.renewed_at_s = None

    async def stop(self) -> None:
        """Open the outlet first; then stop every driver."""
        drivers = self._drivers
        self.let_go()
        drivers.contactor.open()
        drivers.pilot.withdraw()
        outlet = (drivers.contactor, drivers.pilot, drivers.meter, drivers.card_reader)
        for driver in (*outlet, drivers.lamp, drivers.transfer, drivers.installer, drivers.link):
            await driver.stop()

    def _renew_hold(self) -> None:
        self._drivers.contactor.renew()
        loop = asyncio.get_running_loop()
        self.renewed_at_s = loop.time()
        self._hold = loop.call_later(HOLD_RENEWED_EVERY_S, self._renew_hold)
