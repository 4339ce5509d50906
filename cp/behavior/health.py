"""Errors of one connector: the station (0) or the outlet (1)."""

from cp.behavior.base import Behavior
from cp.domain import faults
from cp.vocabulary.events import (
    ErrorChanged,
    ErrorCleared,
    ErrorRaised,
    FaultCleared,
    FaultRaised,
)
from cp.vocabulary.facts import ErrorShown
from cp.vocabulary.lean import dataclass

_FACTS = {
    0: {"fault": "has_station_fault", "shown": "station_error"},
    1: {"fault": "has_fault", "shown": "outlet_error"},
}


@dataclass(frozen=True, slots=True)
class HealthFields:
    """``errors`` present, in the order they appeared."""

    errors: tuple[ErrorShown, ...] = ()


class Health(Behavior[HealthFields]):
    """Owns the facts about errors of its connector."""

    Fields = HealthFields

    def is_preventing_charge(self) -> bool:
        """The error of this event prevents charging."""
        return faults.prevents_charging(self._named_error())

    def is_present_already(self) -> bool:
        """The error of this event is among those that are present."""
        return self._named_error() in self._fields.errors

    def has_other_error(self) -> bool:
        """Another error than that of this event is present."""
        return bool(self._others())

    def has_other_fault(self) -> bool:
        """Another error than that of this event prevents charging."""
        return any(faults.prevents_charging(error) for error in self._others())

    def add_error(self) -> None:
        """Keep the error of this event."""
        self._keep((*self._fields.errors, self._named_error()))

    def remove_error(self) -> None:
        """Forget the error of this event."""
        self._keep(self._others())

    def note_fault(self) -> None:
        """Charging is prevented."""
        self._know(_FACTS[self._connector_id]["fault"], True)

    def note_no_fault(self) -> None:
        """Charging is not prevented any more."""
        self._know(_FACTS[self._connector_id]["fault"], False)

    def tell_fault_raised(self) -> None:
        """Tell that an error prevents charging."""
        self._tell(FaultRaised(self._connector_id))

    def tell_fault_cleared(self) -> None:
        """Tell that no error prevents charging any more."""
        self._tell(FaultCleared(self._connector_id))

    def tell_error_changed(self) -> None:
        """Tell that another error may have to be reported while the status stays."""
        self._tell(ErrorChanged(self._connector_id))

    def _named_error(self) -> ErrorShown:
        event = self._context.event
        if not isinstance(event, ErrorRaised | ErrorCleared):
            raise TypeError(f"an error event expected, got {event!r}")
        return ErrorShown(event.error_code, event.vendor_error_code)

    def _others(self) -> tuple[ErrorShown, ...]:
        named = self._named_error()
        return tuple(error for error in self._fields.errors if error != named)

    def _keep(self, errors: tuple[ErrorShown, ...]) -> None:
        self._set(errors=errors)
        self._know(_FACTS[self._connector_id]["shown"], faults.shown(errors))
        vendor_codes = {error.vendor_error_code for error in errors}
        if self._connector_id == 0:
            self._know("is_storage_low", faults.STORAGE_LOW in vendor_codes)
        else:
            self._know("is_emergency_stopped", faults.EMERGENCY_STOP in vendor_codes)
