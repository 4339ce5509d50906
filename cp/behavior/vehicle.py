"""What the control pilot says about the EV."""

from cp.behavior.base import Behavior
from cp.vocabulary.lean import dataclass


@dataclass(frozen=True, slots=True)
class VehicleFields:
    """Nothing but its state."""


class Vehicle(Behavior[VehicleFields]):
    """Owns ``is_plugged`` and ``is_ev_asking``."""

    Fields = VehicleFields

    def note_plugged(self) -> None:
        """An EV is connected."""
        self._know("is_plugged", True)

    def note_unplugged(self) -> None:
        """The EV is gone."""
        self._know("is_plugged", False)

    def note_asking(self) -> None:
        """The EV asks for energy."""
        self._know("is_ev_asking", True)

    def note_not_asking(self) -> None:
        """The EV does not ask."""
        self._know("is_ev_asking", False)
