"""Keeps the board where it is wanted: one look, one order at a time.

Theory of operation: orders follow from what the board says, not from what it was told before: a
board that restarted, was woken by its button, or lost an order is brought back by the next look.
The current is the exception, for ``$GS`` does not tell it: it is set with each offer, and compared
(``$GE``) with each pulse of the heartbeat, since a missed pulse, a cooled down board and a restart
each bring back the highest current that is in its EEPROM. No thread and no clock here.
"""

import logging
from typing import Final

from cp.vocabulary.lean import replace
from drivers.device_faults import DeviceError
from drivers.openevse.line import Line
from drivers.openevse.sight import OLD_FIRMWARE, Sight, next_order, sight_of

_LOG: Final = logging.getLogger("statecharge.drivers")

FALLBACK_A: Final = 6
"""The least that the board can offer (``MIN_CURRENT_CAPACITY_J1772``)."""

_ACKNOWLEDGE: Final = "SY 165"
_MAY_BE_REFUSED: Final = ("SB", "SC", "S4")
"""SC is refused with a current of the board's own, SB and S4 by a board that has no such lock."""


class Keeper:
    """Of one board, from one thread. Every method raises DeviceError."""

    def __init__(self, line: Line, heartbeat_s: int) -> None:
        self._line = line
        self._heartbeat_s = heartbeat_s
        self._sight: Sight | None = None
        self._seen_plugged: bool | None = None
        self._set_a: int | None = None
        self._has_heartbeat = True

    @property
    def sight(self) -> Sight:
        """The last look."""
        return self._sight or self.look()

    def greet(self) -> None:
        """Put the board to sleep before anything else, and have it watch for our heartbeat."""
        self._sight = None
        self.sleep()
        had_heartbeat = self._has_heartbeat
        watch = f"SY {self._heartbeat_s} {FALLBACK_A}"
        self._has_heartbeat = self._line.ask(watch).is_ok
        if had_heartbeat and not self._has_heartbeat:
            words = "the OpenEVSE board goes on charging when this program dies"
            _LOG.warning("%s: its firmware has no heartbeat supervision", words)

    def sleep(self) -> None:
        """Drop the relay, sleep, release the boot lock: as far as it needs that."""
        for _ in range(3):
            if not self.step(None):
                break

    def step(self, wanted_a: int | None) -> bool:
        """Give the next order if there is one, and look; whether there is more to do at once.

        ``wanted_a``: the current to offer, None: sleep.
        """
        if wanted_a is None:
            self._set_a = None
        order = next_order(self.sight, wanted_a, self._set_a)
        if order is not None:
            self._give(order, wanted_a)
        sight = self.look()
        due = next_order(sight, wanted_a, self._set_a)
        return due is not None and due != order

    def look(self) -> Sight:
        """What the board says now; a plug that it does not debounce counts when seen twice."""
        seen = sight_of(self._line.ask("GS").words)
        is_settled = seen.is_debounced or seen.is_plugged == self._seen_plugged
        self._seen_plugged = seen.is_plugged
        if self._sight is not None and (seen.is_plugged is None or not is_settled):
            seen = replace(seen, is_plugged=self._sight.is_plugged)
        self._sight = seen
        return seen

    def pulse(self, wanted_a: int | None) -> None:
        """Tell the board that we are alive, and see that it does not offer more than it may."""
        if self._has_heartbeat and not self._line.ask("SY").is_ok:
            # A pulse was missed: the answer to this brings back the highest current.
            self._line.ask(_ACKNOWLEDGE)
            self._set_a = None
        if wanted_a is None:
            return
        words = self._line.ask("GE").words
        if words and words[0].isdecimal() and int(words[0]) > wanted_a:
            self._set_a = None

    def _give(self, order: str, wanted_a: int | None) -> None:
        answer = self._line.ask(order)
        if not answer.is_ok and order[:2] not in _MAY_BE_REFUSED:
            raise DeviceError(f"the board refuses ${order}", OLD_FIRMWARE)
        if order.startswith("SC"):
            self._set_a = wanted_a
