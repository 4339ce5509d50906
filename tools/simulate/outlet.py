"""The outlet: EV, control pilot, contactor and register. It outlives every process.

Theory of operation: energy is counted when somebody looks, up to the instant of the look; whoever
changes something looks first. The contact conducts from the moment it has moved until the moment
the coil is released: a look at the register in the turn that opens the contactor sees all there is.
The coil drops when its hold was not renewed, also when nobody looked meanwhile.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from drivers.bench.world import ContactorMode
from drivers.hold import HOLD_S
from tools.simulate.clock import VirtualTime

MOVING_S: Final = 0.03
"""Time a contact takes to close, and its feedback to follow."""

_WS_PER_WH: Final = 3600.0


@dataclass(slots=True)
class Outlet:
    """``is_pulled``: the coil; ``has_session``: a transaction is durable (written by the ledger).

    ``outside_ws``  energy that flowed while there was none and the contact was not welded.
    ``welded_ws``   energy that flowed through a welded contact while there was none.
    ``asked_s``     when the EV was seen asking last.
    ``changed_s``   when anything was changed last, also whether there is a session.
    ``unplugged_s`` when the EV went last; ``mended_s``: when the contactor broke or was mended.
    """

    time: VirtualTime
    is_plugged: bool = False
    is_ev_ready: bool = False
    watts: float = 3600.0
    offered_a: int = 0
    is_pulled: bool = False
    mode: ContactorMode = ContactorMode.NORMAL
    is_conducting: bool = False
    is_feedback_closed: bool = False
    has_session: bool = False
    energy_ws: float = 0.0
    outside_ws: float = 0.0
    welded_ws: float = 0.0
    asked_s: float = 0.0
    changed_s: float = 0.0
    unplugged_s: float = -math.inf
    mended_s: float = -math.inf
    holds_expired: int = 0
    on_change: Callable[[], None] | None = None
    """Called when pilot, contact or flow may have changed."""
    _seen_s: float = 0.0
    _renewed_s: float = 0.0

    # ---- looking ---------------------------------------------------------------------------------

    @property
    def register_wh(self) -> int:
        """The true register now."""
        self.look()
        return int(self.energy_ws / _WS_PER_WH)

    @property
    def pilot(self) -> str:
        """A no EV, B connected, C the EV asks (``AQ-6``)."""
        if not self.is_plugged:
            return "A"
        return "C" if self.is_ev_ready and self.offered_a else "B"

    @property
    def flowing_w(self) -> float:
        """What the EV takes now; the worst kind of EV, which does so without an offer too."""
        takes = self.is_conducting and self.is_plugged and self.is_ev_ready
        return self.watts if takes else 0.0

    def look(self) -> None:
        """Count the energy until now; the hold may have expired on the way."""
        now_s = self.time.now_s
        if self.is_pulled and now_s > self._renewed_s + HOLD_S:
            self._count(self._renewed_s + HOLD_S)
            self.holds_expired += 1
            self._release()
        self._count(now_s)
        if self.pilot == "C":
            self.asked_s = now_s

    def _count(self, until_s: float) -> None:
        flowed_ws = self.flowing_w * max(0.0, until_s - self._seen_s)
        self._seen_s = max(self._seen_s, until_s)
        if flowed_ws:
            self.energy_ws += flowed_ws
            if not self.has_session:
                if self.mode is ContactorMode.WELDED:
                    self.welded_ws += flowed_ws
                else:
                    self.outside_ws += flowed_ws

    # ---- changing --------------------------------------------------------------------------------

    def plug(self, is_plugged: bool) -> None:
        """The EV comes or goes; with it goes its wish."""
        self.look()
        if self.is_plugged and not is_plugged:
            self.unplugged_s = self.time.now_s
        self.is_plugged = is_plugged
        self.is_ev_ready = self.is_ev_ready and is_plugged
        self._tell()

    def want(self, is_ready: bool) -> None:
        """The EV closes or opens S2; one that is not there cannot."""
        self.look()
        self.is_ev_ready = is_ready and self.is_plugged
        self._tell()

    def take(self, watts: float) -> None:
        """What the EV draws when it can."""
        self.look()
        self.watts = watts
        self._tell()

    def break_contactor(self, mode: ContactorMode) -> None:
        """Break or mend the contactor."""
        self.look()
        self.mode, self.mended_s = mode, self.time.now_s
        if mode is not ContactorMode.WELDED and not self.is_pulled:
            self.is_conducting = False
        self._tell()

    def offer(self, current_a: int) -> None:
        """The pilot offers this current, 0 none."""
        self.look()
        self.offered_a = current_a
        self._tell()

    def pull(self) -> None:
        """The coil is fed, as long as the hold is renewed."""
        self.look()
        self.is_pulled = True
        self._renewed_s = self.time.now_s
        self._tell()

    def renew(self) -> None:
        """The hold is renewed; one that has expired stays so."""
        self.look()
        self._renewed_s = self.time.now_s

    def release(self) -> None:
        """The coil is not fed; also what happens without power."""
        self.look()
        if self.is_pulled:
            self._release()

    def _release(self) -> None:
        self.is_pulled = False
        if self.mode is not ContactorMode.WELDED:
            self.is_conducting = False
        self._tell()

    def settle(self) -> None:
        """The contact has moved, and its feedback follows."""
        self.look()
        wanted = self.is_pulled and self.mode is not ContactorMode.STUCK_OPEN
        self.is_conducting = wanted or self.mode is ContactorMode.WELDED
        if self.mode is not ContactorMode.FEEDBACK_STUCK:
            self.is_feedback_closed = self.is_conducting

    def mark_session(self, *, is_open: bool) -> None:
        """A transaction is durable from now on, or over."""
        self.look()
        if self.has_session != is_open:
            self.changed_s = self.time.now_s
        self.has_session = is_open

    def _tell(self) -> None:
        self.changed_s = self.time.now_s
        if self.on_change is not None:
            self.on_change()
