"""Pure rules of the control pilot: volts to states, what counts as stable, the duty of a current.

Theory of operation: a threshold moves away from the state that was seen last (hysteresis), so that
a voltage beside it does not flap; a state counts when each look for some time has seen it, so that
a bouncing contact and a look at the wrong moment are nothing. ``now_s`` is any monotonic clock.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from typing import Final, Generic, TypeVar

T = TypeVar("T")

NO_OFFER_PERCENT: Final = 100.0
"""Duty of a steady +12 V: the station is there, it offers nothing."""

STATE_F_PERCENT: Final = 0.0
"""Duty of a steady -12 V: the station is not available."""

LEAST_A: Final = 6
MOST_A: Final = 80
_LOW_RANGE_A: Final = 51


class PilotState(StrEnum):
    """States of IEC 61851-1, by the positive half of the pilot.

    ``A`` 12 V no EV, ``B`` 9 V connected, ``C`` 6 V it asks, ``D`` 3 V it asks for energy and
    ventilation, ``E`` 0 V shorted, ``F`` -12 V the station is not available.
    """

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"
    F = "F"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Volts between two states, half way between what the standard allows for each.

    ``hysteresis_v`` is added to a threshold on the way up and taken off on the way down.
    """

    a_b_v: float = 10.5
    b_c_v: float = 7.5
    c_d_v: float = 4.5
    d_e_v: float = 1.5
    e_f_v: float = -6.0
    hysteresis_v: float = 0.4

    def mistakes(self) -> tuple[str, ...]:
        """What an installer has to mend."""
        edges = self.edges_v
        gap_v = min(upper - lower for upper, lower in pairwise(edges))
        if gap_v <= 0:
            return ("thresholds fall from a_b_v to e_f_v",)
        if not 0 <= self.hysteresis_v < gap_v / 2:
            return (f"hysteresis_v is from 0 to less than {gap_v / 2}: half the smallest gap",)
        return ()

    @property
    def edges_v(self) -> tuple[float, ...]:
        """From A|B down to E|F."""
        return (self.a_b_v, self.b_c_v, self.c_d_v, self.d_e_v, self.e_f_v)


def classify(high_v: float, before: PilotState | None, thresholds: Thresholds) -> PilotState:
    """The state of this positive half in volts; ``before`` is the one that was seen last."""
    states = tuple(PilotState)
    was = None if before is None else states.index(before)
    index = 0
    for number, edge_v in enumerate(thresholds.edges_v):
        if was is not None:
            is_above = was <= number
            edge_v += -thresholds.hysteresis_v if is_above else thresholds.hysteresis_v
        index += high_v < edge_v
    return states[index]


@dataclass(frozen=True, slots=True)
class Settling(Generic[T]):
    """``value`` is what was last seen for long enough, None before; ``candidate`` since when."""

    value: T | None = None
    candidate: T | None = None
    since_s: float = float("-inf")

    @property
    def is_settled(self) -> bool:
        """Whether the last look saw ``value``."""
        return self.candidate == self.value

    def see(self, seen: T | None, now_s: float, stable_s: float) -> "Settling[T]":
        """One more look; None: nothing could be seen, which settles like anything else."""
        since_s = self.since_s if seen == self.candidate else now_s
        value = seen if now_s - since_s >= stable_s else self.value
        return replace(self, value=value, candidate=seen, since_s=since_s)


def duty_percent(current_a: int) -> float:
    """Duty of the square wave that offers this current (IEC 61851-1, table A.7).

    Raises ValueError outside 6 to 80 A, for which there is no duty.
    """
    if not LEAST_A <= current_a <= MOST_A:
        raise ValueError(f"a control pilot offers {LEAST_A} to {MOST_A} A, not {current_a}")
    return current_a / 0.6 if current_a <= _LOW_RANGE_A else current_a / 2.5 + 64
