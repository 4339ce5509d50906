"""The power path: pilot and contactor."""

from cp.behavior.base import Behavior
from cp.vocabulary.effects import CloseContactor, OfferCurrent, OpenContactor, WithdrawCurrent
from cp.vocabulary.events import EnergyStarted, ErrorCleared, ErrorRaised
from cp.vocabulary.lean import dataclass
from cp.vocabulary.words import ChargePointErrorCode


@dataclass(frozen=True, slots=True)
class ContactorFields:
    """Nothing but its state."""


class Contactor(Behavior[ContactorFields]):
    """Commands; what they lead to is read from the feedback contact."""

    Fields = ContactorFields

    def open_contactor(self) -> None:
        """Command open."""
        self._emit(OpenContactor(self._connector_id))

    def close_contactor(self) -> None:
        """Command close."""
        self._emit(CloseContactor(self._connector_id))

    def offer_current(self) -> None:
        """Offer the station's current on the control pilot."""
        self._emit(OfferCurrent(self._connector_id))

    def withdraw_current(self) -> None:
        """Offer nothing on the control pilot."""
        self._emit(WithdrawCurrent(self._connector_id))

    def tell_energy_started(self) -> None:
        """Tell that energy may flow."""
        self._tell(EnergyStarted(self._connector_id))

    def raise_power_switch_failure(self) -> None:
        """Command and feedback disagree."""
        code = ChargePointErrorCode.POWER_SWITCH_FAILURE
        self._tell(ErrorRaised(self._connector_id, code))

    def clear_power_switch_failure(self) -> None:
        """Command and feedback agree again."""
        code = ChargePointErrorCode.POWER_SWITCH_FAILURE
        self._tell(ErrorCleared(self._connector_id, code))
