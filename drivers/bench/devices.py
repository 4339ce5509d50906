"""The port objects of the bench: contactor, pilot, card reader, lamp, and the error buttons.

Theory of operation: a command changes the world through the rig; ``notice`` compares what is seen
with what was told and posts the difference. ``start`` tells the present levels that differ from
those of an outlet at rest.
"""

import time
from dataclasses import replace
from typing import Final

from cp.vocabulary.events import (
    CardPresented,
    ErrorCleared,
    ErrorRaised,
    EvAsked,
    EvPaused,
    FeedbackClosed,
    FeedbackOpened,
    Plugged,
    Unplugged,
)
from cp.vocabulary.ports import Post
from cp.vocabulary.words import ChargePointErrorCode, ChargePointStatus
from drivers.bench.rig import Rig, nobody
from drivers.bench.world import Look
from drivers.hold import HOLD_S, Hold

OUTLET: Final = 1
_REFUSAL_S: Final = 2.0


class _Device:
    """A device that is not started posts to nobody."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self._post: Post = nobody

    async def start(self, post: Post) -> None:
        """Tell ``post`` the present levels, and every change from now on."""
        self._post = post
        self._rig.watch(self)
        self.notice(self._rig.look())

    async def stop(self) -> None:
        """Tell nobody any more."""
        self._post = nobody

    def notice(self, look: Look) -> None:
        """Post what changed since the last look."""

    def tick(self, look: Look) -> None:
        """Nothing is read again and again."""


class BenchContactor(_Device):
    """``ports.Contactor``. The hold of the coil expires in a thread: see ``drivers.hold``."""

    def __init__(self, rig: Rig, hold_s: float = HOLD_S) -> None:
        super().__init__(rig)
        self._hold = Hold(self._release, hold_s)
        self._told_closed = False

    async def start(self, post: Post) -> None:
        """Begin to watch the hold; a contact that is closed is told."""
        self._hold.start()
        await super().start(post)

    async def stop(self) -> None:
        """Drop."""
        await super().stop()
        self._hold.stop()
        self._release()

    def open(self) -> None:
        """Drop the contactor now."""
        self._hold.release()
        self._release()

    def close(self) -> None:
        """Pull the contactor until the hold is not renewed in time."""
        self._hold.pull()
        self._rig.change(lambda inputs: replace(inputs, is_pulled=True))

    def renew(self) -> None:
        """Renew the hold."""
        self._hold.renew()

    def notice(self, look: Look) -> None:
        """Post the auxiliary contact."""
        if look.is_feedback_closed != self._told_closed:
            self._told_closed = look.is_feedback_closed
            self._post(FeedbackClosed(OUTLET) if self._told_closed else FeedbackOpened(OUTLET))

    def _release(self) -> None:
        self._rig.change(lambda inputs: replace(inputs, is_pulled=False))


class ErrorButtons(_Device):
    """Errors that somebody switches on and off: ``fault``, ``clear_fault``, the emergency stop.

    Not a port of its own: the pilot starts and stops it.
    """

    def __init__(self, rig: Rig) -> None:
        super().__init__(rig)
        self._present: set[ErrorRaised] = set()

    async def start(self, post: Post) -> None:
        """Errors that were raised before are told now."""
        await super().start(post)
        for error in sorted(self._present, key=repr):
            post(error)

    def set(self, error: ErrorRaised, is_on: bool) -> None:
        """Raise or clear this error; posts only a change."""
        if is_on and error not in self._present:
            self._present.add(error)
            self._post(error)
        elif not is_on and error in self._present:
            self._present.remove(error)
            self._post(ErrorCleared(error.connector_id, error.error_code, error.vendor_error_code))


class BenchPilot(_Device):
    """``ports.Pilot``; starts and stops the error buttons with it."""

    def __init__(self, rig: Rig, errors: ErrorButtons) -> None:
        super().__init__(rig)
        self._errors = errors
        self._told = "A"

    async def start(self, post: Post) -> None:
        """An EV that is there is told, and errors that are present."""
        await super().start(post)
        await self._errors.start(post)

    async def stop(self) -> None:
        """Offer nothing."""
        await super().stop()
        await self._errors.stop()
        self.withdraw()

    def offer(self, current_a: int) -> None:
        """PWM for this current in ampere."""
        self._rig.change(lambda inputs: replace(inputs, offered_a=current_a))

    def withdraw(self) -> None:
        """No PWM."""
        self._rig.change(lambda inputs: replace(inputs, offered_a=0))

    def notice(self, look: Look) -> None:
        """Post each step of the pilot, also those that one look skips over."""
        before, self._told = self._told, look.inputs.pilot
        if before == self._told:
            return
        if self._told == "A":
            self._post(Unplugged(OUTLET))
        elif before == "C":
            self._post(EvPaused(OUTLET))
        elif before == "A":
            self._post(Plugged(OUTLET))
        if self._told == "C":
            self._post(EvAsked(OUTLET))


class BenchReader(_Device):
    """``ports.CardReader``."""

    def __init__(self, rig: Rig) -> None:
        super().__init__(rig)
        self._has_failed = False

    async def start(self, post: Post) -> None:
        """A reader that has failed is told."""
        await super().start(post)
        if self._has_failed:
            post(ErrorRaised(0, ChargePointErrorCode.READER_FAILURE))

    def set_failed(self, has_failed: bool) -> None:
        """The reader breaks, or works again."""
        if has_failed == self._has_failed:
            return
        self._has_failed = has_failed
        kind = ErrorRaised if has_failed else ErrorCleared
        self._post(kind(0, ChargePointErrorCode.READER_FAILURE))

    def present(self, id_tag: str) -> None:
        """A card is held to the reader; a broken reader reads nothing."""
        if not self._has_failed:
            self._post(CardPresented(id_tag))


class BenchLamp(_Device):
    """``ports.Lamp``; ``shown`` is what a person sees."""

    def __init__(self, rig: Rig) -> None:
        super().__init__(rig)
        self._status = ChargePointStatus.UNAVAILABLE
        self._refused_until_s = 0.0

    def show_status(self, status: ChargePointStatus) -> None:
        """One word for each status."""
        self._status = status

    def show_refusal(self) -> None:
        """``refused`` for a short time."""
        self._refused_until_s = time.monotonic() + _REFUSAL_S

    @property
    def shown(self) -> str:
        """The name of the status in snake case, or ``refused``."""
        if time.monotonic() < self._refused_until_s:
            return "refused"
        return self._status.name.lower()
