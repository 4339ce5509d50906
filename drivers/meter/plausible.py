"""Whether a reading can be true: what no checksum finds.

Theory of operation: a reading is refused when a value is out of its range, or when the register
makes a step that physics forbids: it never falls, and it rises at most as fast as the rated power
lets it. The first reading has nothing to be compared with, so the second confirms it. Time without
an answer counts for the step, since energy may have flowed; time with refused steps does not, or a
register that jumped for good would be believed in the end. So a meter that was replaced or reset
stays refused until the station is started again with its register as the new beginning.
"""

from math import isfinite
from typing import Final

from cp.vocabulary.lean import dataclass
from drivers.trouble import Trouble

_MARGIN: Final = 1.25
"""Part of the rated power that may flow for a while: voltage above nominal, a slow fuse."""

STEP_WH: Final = 20
"""Meters count in steps of up to 10 Wh; a step may fall on either side of a reading."""

_GRACE_S: Final = 5.0
"""Refused steps for less than this are a glitch: the time that they took counts."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a meter shows at one instant."""

    voltage_v: float
    power_w: float
    energy_wh: float


@dataclass(frozen=True, slots=True)
class Limits:
    """What the installation can do: power in W, the range of the voltage in V."""

    rated_power_w: float
    voltage_low_v: float
    voltage_high_v: float


_MAP: Final = "check [map], its word_order and its addresses"
UNCONFIRMED: Final = Trouble("the first reading is not confirmed yet", "wait for the second")


class Judge:
    """Keeps the last reading that was believed; instants are monotonic seconds."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._register_wh: int | None = None
        self._at_s = 0.0
        self._is_confirmed = False
        self._refused_since_s: float | None = None

    def trouble(self, reading: Reading, at_s: float) -> Trouble | None:
        """Why this reading is not believed; None when it is."""
        values = self._wrong_value(reading)
        if values is not None:
            return values
        register_wh = round(reading.energy_wh)
        step = self._wrong_step(register_wh, at_s)
        if not self._is_confirmed:
            self._is_confirmed = self._register_wh is not None and step is None
            step = None if self._is_confirmed else UNCONFIRMED
            self._register_wh, self._at_s = register_wh, at_s
        elif step is None:
            self._register_wh, self._at_s, self._refused_since_s = register_wh, at_s, None
        elif self._refused_since_s is None:
            self._refused_since_s = at_s
        return step

    def _wrong_value(self, reading: Reading) -> Trouble | None:
        limits = self._limits
        most_w = limits.rated_power_w * _MARGIN
        if not all(map(isfinite, (reading.voltage_v, reading.power_w, reading.energy_wh))):
            return Trouble("what is read is no number", _MAP)
        if not limits.voltage_low_v <= reading.voltage_v <= limits.voltage_high_v:
            return Trouble(f"the voltage cannot be {reading.voltage_v:.4g} V", _MAP)
        if abs(reading.power_w) > most_w:
            return Trouble(
                f"the power cannot be {reading.power_w:.4g} W", "check rated_power_w and the map"
            )
        if reading.energy_wh < 0:
            return Trouble(f"the register cannot be {reading.energy_wh:.4g} Wh", _MAP)
        return None

    def _wrong_step(self, register_wh: int, at_s: float) -> Trouble | None:
        """A step from the last register that cannot be."""
        last_wh = self._register_wh
        if last_wh is None:
            return None
        until_s = at_s
        if self._refused_since_s is not None:
            until_s = min(at_s, self._refused_since_s + _GRACE_S)
        flowed_wh = self._limits.rated_power_w * _MARGIN * (until_s - self._at_s) / 3600
        if last_wh <= register_wh <= last_wh + flowed_wh + STEP_WH:
            return None
        word = "fell" if register_wh < last_wh else "jumped"
        return Trouble(
            f"the register {word} from {last_wh} to {register_wh} Wh",
            "if the meter was replaced or reset, restart the station; else check the wiring",
        )
