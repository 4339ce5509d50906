"""The meter of the bench, with the plausibility that every meter driver needs.

Theory of operation: a reading is taken when somebody asks and with each tick of the rig. A register
never falls, so a reading that does is not accepted and the last plausible one stays. A meter that
says nothing for 3 s is an error. What is told to the station is saved in the memory of the rig
first: after a power cut the register is never below what the station has seen.
"""

import time
from enum import StrEnum
from typing import Final

from cp.vocabulary.events import ErrorCleared, ErrorRaised, RegisterLimitReached
from cp.vocabulary.ports import Post
from cp.vocabulary.words import ChargePointErrorCode
from drivers.bench.devices import OUTLET
from drivers.bench.rig import Rig, nobody
from drivers.bench.world import Look

SILENCE_S: Final = 3.0
"""Seconds of the bench without a reading after which the meter has failed."""


class MeterMode(StrEnum):
    """What is wrong with the meter: nothing, no answer, the same answer, a falling register."""

    NORMAL = "normal"
    SILENT = "silent"
    STUCK = "stuck"
    BACKWARD = "backward"


class BenchMeter:
    """``ports.Meter``."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self._post: Post = nobody
        self._mode = MeterMode.NORMAL
        self._mode_set_at_wh = 0
        self._register_wh: int | None = None
        self._power_w: int | None = None
        self._read_at_s = time.monotonic()
        self._has_failed = False
        self._limit_wh: int | None = None

    async def start(self, post: Post) -> None:
        """Take the first reading."""
        self._post = post
        self._read_at_s = time.monotonic()
        self._rig.watch(self)
        self._read(self._rig.look())

    async def stop(self) -> None:
        """Tell nobody any more."""
        self._post = nobody

    def register_wh(self) -> int | None:
        """The last plausible reading in Wh, None while there is none."""
        if self._post is not nobody:
            self._read(self._rig.look())
        return self._register_wh

    def power_w(self) -> int | None:
        """The last reading of the active power in W, None while there is none."""
        return self._power_w

    def watch(self, limit_wh: int | None) -> None:
        """Post ``RegisterLimitReached`` once the register is at the limit; None: stop."""
        self._limit_wh = limit_wh
        self._rig.later(lambda: self.tick(self._rig.look()))

    # ---- the world -------------------------------------------------------------------------------

    def set_mode(self, mode: MeterMode) -> None:
        """Break or mend the meter."""
        look = self._rig.look()
        self._read(look)
        self._mode, self._mode_set_at_wh = mode, look.register_wh
        self.tick(look)

    def set_register(self, register_wh: int) -> None:
        """Turn the register; lower than before is believed only while no EV is plugged, as if
        the meter had been exchanged.
        """
        self._rig.set_register(register_wh)
        look = self._rig.look()
        self._mode_set_at_wh = register_wh
        if not look.inputs.is_plugged:
            self._register_wh = None
        self.tick(look)

    def notice(self, look: Look) -> None:
        """A change of the plug or the contact is no matter of the meter."""

    def tick(self, look: Look) -> None:
        """Read, and post a limit that is reached or a silence that lasts."""
        self._read(look)
        silent_s = (time.monotonic() - self._read_at_s) * self._rig.time_scale
        if self._has_failed != (silent_s >= SILENCE_S):
            self._has_failed = not self._has_failed
            kind = ErrorRaised if self._has_failed else ErrorCleared
            self._post(kind(OUTLET, ChargePointErrorCode.POWER_METER_FAILURE))
        register_wh, limit_wh = self._register_wh, self._limit_wh
        if register_wh is not None and limit_wh is not None and register_wh >= limit_wh:
            self._limit_wh = None
            self._post(RegisterLimitReached(OUTLET))

    def _read(self, look: Look) -> None:
        reading_wh = self._reading(look.register_wh)
        if reading_wh is None:
            return
        self._read_at_s = time.monotonic()
        self._power_w = look.power_w
        if self._register_wh is None or reading_wh > self._register_wh:
            self._rig.save()
            self._register_wh = reading_wh

    def _reading(self, register_wh: int) -> int | None:
        """What the meter answers."""
        match self._mode:
            case MeterMode.NORMAL:
                return register_wh
            case MeterMode.SILENT:
                return None
            case MeterMode.STUCK:
                return self._mode_set_at_wh
            case MeterMode.BACKWARD:
                return max(0, 2 * self._mode_set_at_wh - register_wh - 1)
