"""Counting pulses: those that were lost on the way count, noise does not.

Theory of operation: the kernel numbers the pulses of a line, so that a gap in the numbers is a
count of its own. Pulses that come faster than the outlet can draw energy are refused: a bucket
fills with the pulses that the rated power allows and each pulse takes one out. No clock here:
instants are monotonic seconds.
"""

from collections.abc import Sequence
from typing import Final

from cp.vocabulary.lean import dataclass

_MARGIN: Final = 1.25
"""Part of the rated power that may flow for a while."""

_SPARE_PULSES: Final = 20.0
_SPARE_S: Final = 10.0
"""So much of the rated power may come at once, after the process was kept from reading."""

NOISE_S: Final = 5.0
"""The line is noisy until so long after the last pulse that was refused."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """``number`` is the kernel's, from 1 on since the line was asked for."""

    number: int
    at_s: float


class PulseCount:
    """The count of one meter from ``pulses`` on."""

    def __init__(self, pulses: int, pulses_per_kwh: int, rated_power_w: float) -> None:
        self.pulses = pulses
        self.refused = 0
        self._wh_per_pulse = 1000 / pulses_per_kwh
        self._rate = rated_power_w * _MARGIN / 3600 / self._wh_per_pulse
        self._most = self._spare = _SPARE_PULSES + self._rate * _SPARE_S
        self._last_number = 0
        self._at_s: float | None = None
        self._interval_s = float("inf")
        self._refused_at_s = float("-inf")

    def restart(self) -> None:
        """The line was asked for anew: its numbers begin again."""
        self._last_number = 0

    def take(self, pulses: Sequence[Pulse]) -> None:
        """Count these pulses, and those whose numbers are missing before each of them."""
        for pulse in pulses:
            come = max(1, pulse.number - self._last_number)
            self._last_number = pulse.number
            self._count(come, pulse.at_s)

    def _count(self, come: int, at_s: float) -> None:
        if self._at_s is not None:
            self._interval_s = max(0.0, at_s - self._at_s) / come
            self._spare = min(self._most, self._spare + self._rate * (at_s - self._at_s))
        self._at_s = at_s
        believed = min(come, int(self._spare))
        self._spare -= believed
        self.pulses += believed
        if believed < come:
            self.refused += come - believed
            self._refused_at_s = at_s

    def register_wh(self) -> int:
        """The energy of all pulses, in Wh."""
        return int(self.pulses * self._wh_per_pulse)

    def power_w(self, now_s: float) -> int:
        """From the time between the last two pulses; less when the next lets itself wait."""
        if self._at_s is None:
            return 0
        interval_s = max(self._interval_s, now_s - self._at_s, 1e-3)
        return round(self._wh_per_pulse * 3600 / interval_s)

    def is_noisy(self, now_s: float) -> bool:
        """Whether pulses were refused a short time ago."""
        return now_s < self._refused_at_s + NOISE_S
