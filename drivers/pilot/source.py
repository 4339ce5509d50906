"""What reads the control pilot: one look at a time.

Theory of operation: ``adc`` and ``comparators`` implement this; both are slow to fail and quick to
read, and are used by one thread, which opens them again by looking again.
"""

from dataclasses import dataclass
from typing import Protocol

from drivers.pilot.levels import PilotState


@dataclass(frozen=True, slots=True)
class Look:
    """One look; ``has_diode`` None: the negative half is not seen."""

    state: PilotState
    has_diode: bool | None = None


class Source(Protocol):
    """The hardware, from one thread."""

    @property
    def is_diode_seen(self) -> bool:
        """Whether looks say something of the EV's diode."""

    @property
    def volts(self) -> str:
        """The last look in numbers, for a person; empty when there are none."""

    def look(self) -> Look:
        """Read it, and open it first if need be. Raises DeviceError."""

    def close(self) -> None:
        """Give it back; the next look opens it again."""
