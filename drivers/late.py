"""Drivers that are imported and made when they are started: BootNotification goes first.

Theory of operation: before it is started, a driver keeps the last order that it was given, or drops
it when it would close the power path: nothing is closed by a driver that is not there yet. Making
one imports its modules, so it happens in a thread. A driver that was stopped meanwhile is not
started any more.
"""

import asyncio
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar, runtime_checkable

from cp.vocabulary.events import Event
from cp.vocabulary.ports import CardReader, Contactor, Driver, Lamp, Meter, Pilot, Post
from cp.vocabulary.vital import Vital
from cp.vocabulary.words import ChargePointStatus

D = TypeVar("D", bound=Driver)


def nobody(_event: Event) -> None:
    """Does not care what a driver posts."""


@runtime_checkable
class HasVital(Protocol):
    """A driver with a thread of its own."""

    def vital(self) -> Vital:
        """What of it must not stand still."""


class LateDriver(Generic[D]):
    """Life of a driver that is made when it is started."""

    def __init__(self, make: Callable[[], D], watch: Post = nobody) -> None:
        """``make`` is called in a thread; ``watch`` gets each event before the daemon does."""
        self._make = make
        self._watch = watch
        self._made: D | None = None
        self._is_stopped = False
        self._order: Callable[[D], None] | None = None

    async def start(self, post: Post) -> None:
        """Make the driver, repeat the last order, start it. Raises what making it raises."""
        made = await asyncio.to_thread(self._make)
        if self._is_stopped:
            return
        self._made = made
        if self._order is not None:
            self._order(made)

        def tell(event: Event) -> None:
            self._watch(event)
            post(event)

        await made.start(tell)

    async def stop(self) -> None:
        """Stop it, if it was ever made."""
        self._is_stopped = True
        if self._made is not None:
            await self._made.stop()

    def vitals(self) -> tuple[Vital, ...]:
        """What of the driver must not stand still."""
        return (self._made.vital(),) if isinstance(self._made, HasVital) else ()

    def _do(self, order: Callable[[D], None]) -> None:
        if self._made is None:
            self._order = order
        else:
            order(self._made)


class LateContactor(LateDriver[Contactor]):
    """``ports.Contactor``."""

    def open(self) -> None:
        """As ``ports.Contactor``; what was not made holds nothing."""
        if self._made is not None:
            self._made.open()

    def close(self) -> None:
        """As ``ports.Contactor``; dropped while there is none, which the feedback shows."""
        if self._made is not None:
            self._made.close()

    def renew(self) -> None:
        """As ``ports.Contactor``."""
        if self._made is not None:
            self._made.renew()


class LatePilot(LateDriver[Pilot]):
    """``ports.Pilot``."""

    def offer(self, current_a: int) -> None:
        """As ``ports.Pilot``."""
        self._do(lambda made: made.offer(current_a))

    def withdraw(self) -> None:
        """As ``ports.Pilot``."""
        self._do(lambda made: made.withdraw())


class LateMeter(LateDriver[Meter]):
    """``ports.Meter``."""

    def register_wh(self) -> int | None:
        """As ``ports.Meter``."""
        return None if self._made is None else self._made.register_wh()

    def power_w(self) -> int | None:
        """As ``ports.Meter``."""
        return None if self._made is None else self._made.power_w()

    def watch(self, limit_wh: int | None) -> None:
        """As ``ports.Meter``."""
        self._do(lambda made: made.watch(limit_wh))


class LateCardReader(LateDriver[CardReader]):
    """``ports.CardReader``."""


class LateLamp(LateDriver[Lamp]):
    """``ports.Lamp``."""

    def show_status(self, status: ChargePointStatus) -> None:
        """As ``ports.Lamp``."""
        self._do(lambda made: made.show_status(status))

    def show_refusal(self) -> None:
        """As ``ports.Lamp``; nobody has seen the card yet."""
        if self._made is not None:
            self._made.show_refusal()
