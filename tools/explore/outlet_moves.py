"""What may happen to the outlet: the alphabets of the first composition."""

from typing import Final

from cp.vocabulary.words import ChargePointErrorCode
from tools.explore.model import Move
from tools.explore.outlet_device import OutletDevice

CALL_ID: Final = "cs-1"
OWN, OTHER, GROUP = "CARD", "OTHER", "GROUP"


class OutletMoves(OutletDevice):
    """Builds the moves of one model."""

    def charging(self) -> tuple[Move, ...]:
        """All that happens to one outlet, without availability, resets and station errors."""
        return (
            *self._power(),
            *self._vehicle(),
            *self._contact(),
            *self._cards(),
            *self._answers(),
            *self._remote(),
            *self._link(),
            *self._errors(),
            *self.model.timer_moves(),
            *self._register(),
        )

    def service(self) -> tuple[Move, ...]:
        """The same with ChangeAvailability of both connectors, resets and a full storage."""
        code = ChargePointErrorCode.OTHER_ERROR
        return (
            *self.charging(),
            *self._availability(),
            *self._resets(),
            *self._error(0, "StorageLow", code),
        )

    def station(self) -> tuple[Move, ...]:
        """Errors of the station itself, with just enough of the outlet to charge."""
        code = ChargePointErrorCode
        return (
            *self._power(),
            *self._vehicle()[:2],
            *self._cards()[:1],
            *self._answers()[:1],
            *self._start_answers()[:1],
            *self._link(),
            *self._availability(),
            *self._resets(),
            *self._error(0, "InternalError", code.INTERNAL_ERROR),
            *self._error(0, "ReaderFailure", code.READER_FAILURE, is_repeated=True),
            *self._error(0, "StorageLow", code.OTHER_ERROR),
            *self._error(1, "GroundFailure", code.GROUND_FAILURE),
            *self._error(1, "HighTemperature", code.HIGH_TEMPERATURE),
            *self._nameless_start(),
            *self.model.timer_moves(),
        )
