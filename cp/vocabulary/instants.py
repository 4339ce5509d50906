"""Time as an argument: what a step may know of the clocks and of the meter register."""

import dataclasses

from cp.vocabulary.lean import dataclass


@dataclass(frozen=True, slots=True)
class Now:
    """The instant at which an event is handled, with the one input that is read continuously.

    ``monotonic_s`` seconds since an arbitrary point of this boot; all deadlines are measured on it.
    ``utc_s``       the OCPP clock, seconds since 1970, or None while no clock is trusted.
    ``boot``        number of this start of the controller, durable, rising.
    ``register_wh`` last plausible reading of the energy register in Wh, None if there is none yet.
    """

    monotonic_s: float
    utc_s: float | None
    boot: int
    register_wh: int | None = None

    @property
    def stamp(self) -> "Stamp":
        """This instant as a time stamp that survives a clock that is not known yet."""
        return Stamp(self.boot, self.monotonic_s, self.utc_s)


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Stamp:
    """A time stamp: boot number, monotonic seconds, and UTC seconds or None.

    One that was taken before the clock was known is resolved when it is (DESIGN, durability).
    """

    boot: int
    monotonic_s: float
    utc_s: float | None

    def resolved_s(self, now: Now) -> float | None:
        """UTC seconds of this stamp, computed with ``now`` when it was taken in the same boot."""
        if self.utc_s is not None or now.utc_s is None or now.boot != self.boot:
            return self.utc_s
        return now.utc_s - (now.monotonic_s - self.monotonic_s)
