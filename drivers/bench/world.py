"""The physics of the bench: EV, control pilot, contactor and register, with time as an argument.

Theory of operation: ``Inputs`` is what hands and commands have set. ``World`` follows them through
time: the contact moves a little after it was told to, and energy flows while the contact really
conducts and the EV takes it. Nothing here reads a clock. The lock is there because the hold of
the contactor expires in a thread of its own.
"""

import threading
from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from typing import Final

from cp.vocabulary.lean import dataclass

MOVING_S: Final = 0.02
"""Time a contact takes to move, seconds of the bench."""


class ContactorMode(StrEnum):
    """What is wrong with the contactor.

    ``WELDED``          the contact is closed, whatever the coil does.
    ``STUCK_OPEN``      the contact is open, whatever the coil does.
    ``FEEDBACK_STUCK``  the contact moves, its feedback does not.
    """

    NORMAL = "normal"
    WELDED = "welded"
    STUCK_OPEN = "stuck_open"
    FEEDBACK_STUCK = "feedback_stuck"


@dataclass(frozen=True, slots=True)
class Inputs:
    """What hands and commands have set; ``watts`` is what the EV takes when it can."""

    is_plugged: bool = False
    is_ev_ready: bool = False
    watts: float = 3600.0
    offered_a: int = 0
    is_pulled: bool = False
    contactor: ContactorMode = ContactorMode.NORMAL

    @property
    def pilot(self) -> str:
        """Level of the control pilot: A no EV, B connected, C the EV asks (``AQ-6``)."""
        if not self.is_plugged:
            return "A"
        return "C" if self.is_ev_ready and self.offered_a else "B"

    @property
    def is_contact_wanted(self) -> bool:
        """Where the contact goes."""
        if self.contactor is ContactorMode.WELDED:
            return True
        return self.is_pulled and self.contactor is not ContactorMode.STUCK_OPEN


@dataclass(frozen=True, slots=True)
class Look:
    """The world at one instant; ``settles_s`` real seconds until the contact moves, or None."""

    inputs: Inputs
    is_contact_closed: bool
    is_feedback_closed: bool
    register_wh: int
    power_w: int
    settles_s: float | None


class World:
    """One outlet. Instants are seconds of one monotonic clock; ``time_scale`` speeds time up."""

    def __init__(
        self, inputs: Inputs, *, register_wh: int, now_s: float, time_scale: float = 1.0
    ) -> None:
        self._lock = threading.Lock()
        self._inputs = inputs
        self._time_scale = time_scale
        self._now_s = now_s
        self._register_wh = register_wh
        self._rest_ws = 0.0
        self._is_contact_closed = inputs.is_contact_wanted
        self._is_feedback_closed = self._is_contact_closed
        self._moves_at_s: float | None = None

    def change(self, now_s: float, edit: Callable[[Inputs], Inputs]) -> None:
        """Hands or a command do something."""
        with self._lock:
            self._advance(now_s)
            self._inputs = edit(self._inputs)
            if self._inputs.is_contact_wanted == self._is_contact_closed:
                self._moves_at_s = None
            elif self._moves_at_s is None:
                self._moves_at_s = self._now_s + MOVING_S / self._time_scale
            self._follow()

    def set_register(self, now_s: float, register_wh: int) -> None:
        """The register shows this from now on."""
        with self._lock:
            self._advance(now_s)
            self._register_wh, self._rest_ws = register_wh, 0.0

    def look(self, now_s: float) -> Look:
        """Let time pass until ``now_s`` and look."""
        with self._lock:
            self._advance(now_s)
            return Look(
                inputs=self._inputs,
                is_contact_closed=self._is_contact_closed,
                is_feedback_closed=self._is_feedback_closed,
                register_wh=self._register_wh,
                power_w=round(self._watts()),
                settles_s=None if self._moves_at_s is None else self._moves_at_s - self._now_s,
            )

    def _advance(self, now_s: float) -> None:
        if self._moves_at_s is not None and now_s >= self._moves_at_s:
            self._flow(self._moves_at_s)
            self._is_contact_closed = self._inputs.is_contact_wanted
            self._moves_at_s = None
            self._follow()
        self._flow(now_s)

    def _follow(self) -> None:
        if self._inputs.contactor is not ContactorMode.FEEDBACK_STUCK:
            self._is_feedback_closed = self._is_contact_closed

    def _flow(self, until_s: float) -> None:
        """Count energy; the part of a Wh that is left is kept."""
        elapsed_s = max(0.0, until_s - self._now_s)
        self._now_s += elapsed_s
        self._rest_ws += self._watts() * elapsed_s * self._time_scale
        whole_wh, self._rest_ws = divmod(self._rest_ws, 3600.0)
        self._register_wh += int(whole_wh)

    def _watts(self) -> float:
        inputs = self._inputs
        takes = self._is_contact_closed and inputs.is_plugged and inputs.is_ev_ready
        return inputs.watts if takes else 0.0


def plugged_in(inputs: Inputs) -> Inputs:
    """The EV is connected."""
    return replace(inputs, is_plugged=True)


def plugged_out(inputs: Inputs) -> Inputs:
    """The EV is gone, and with it its wish for energy."""
    return replace(inputs, is_plugged=False, is_ev_ready=False)
