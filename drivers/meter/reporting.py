"""What every meter tells the station: register, power, the watched limit, failure and return.

Theory of operation: a driver hands over what it believes (``_believe``) or what is wrong
(``_doubt``). One bad moment is no failure: only when nothing was believed for ``silence_s`` is
the error posted, once, and its words are logged; the next reading clears it. The last register
stays, whatever happens: energy that was counted stays counted.
"""

import asyncio
import logging
import time
from typing import Final

from cp.vocabulary.events import ErrorCleared, ErrorRaised, Event, RegisterLimitReached
from cp.vocabulary.ports import Post
from cp.vocabulary.words import ChargePointErrorCode
from drivers.trouble import Trouble

OUTLET: Final = 1
_LOG: Final = logging.getLogger("statecharge.meter")


def nobody(_event: Event) -> None:
    """Takes events of a meter that is not started."""


class ReportingMeter:
    """The common part of ``ports.Meter``; call ``_begin`` in ``start`` and ``_end`` in ``stop``."""

    def __init__(self, what: str, silence_s: float) -> None:
        self._what = what
        self._silence_s = silence_s
        self._post: Post = nobody
        self._register_wh: int | None = None
        self._power_w: int | None = None
        self._limit_wh: int | None = None
        self._believed_at_s = 0.0
        self._has_failed = False

    def describe(self) -> str:
        """What and where the meter is."""
        return self._what

    def register_wh(self) -> int | None:
        """The last plausible reading in Wh, None while there is none."""
        return self._register_wh

    def power_w(self) -> int | None:
        """The last reading of the active power in W, None while there is none."""
        return self._power_w

    def watch(self, limit_wh: int | None) -> None:
        """Post ``RegisterLimitReached`` once the register is at the limit; None: stop."""
        self._limit_wh = limit_wh
        if self._post is not nobody:
            asyncio.get_running_loop().call_soon(self._check_limit)

    def _begin(self, post: Post) -> None:
        self._post = post
        self._believed_at_s = time.monotonic()

    def _end(self) -> None:
        self._post = nobody

    def _believe(self, register_wh: int, power_w: int) -> None:
        """A reading that is true."""
        self._register_wh, self._power_w = register_wh, power_w
        self._believed_at_s = time.monotonic()
        if self._has_failed:
            self._has_failed = False
            _LOG.warning("%s is back", self._what)
            self._post(ErrorCleared(OUTLET, ChargePointErrorCode.POWER_METER_FAILURE))
        self._check_limit()

    def _doubt(self, trouble: Trouble) -> None:
        """No reading, or one that cannot be true."""
        silent_s = time.monotonic() - self._believed_at_s
        if self._has_failed or silent_s < self._silence_s:
            return
        self._has_failed = True
        self._power_w = None
        _LOG.warning("%s has failed: %s", self._what, trouble)
        self._post(ErrorRaised(OUTLET, ChargePointErrorCode.POWER_METER_FAILURE))

    def _check_limit(self) -> None:
        register_wh, limit_wh = self._register_wh, self._limit_wh
        if register_wh is not None and limit_wh is not None and register_wh >= limit_wh:
            self._limit_wh = None
            self._post(RegisterLimitReached(OUTLET))
