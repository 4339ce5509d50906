"""What may happen to the outlet: the alphabets of the first composition."""

from collections.abc import Callable
from typing import Final

from cp.vocabulary.events import Event, ReturnedToService, TakenOutOfService
from cp.vocabulary.words import ChargePointErrorCode
from tools.explore import outlet_meter
from tools.explore.model import Move
from tools.explore.outlet_device import OutletDevice
from tools.explore.turn import LeanTurn

CALL_ID: Final = "cs-1"
OWN, OTHER, GROUP = "CARD", "OTHER", "GROUP"


class OutletMoves(OutletDevice):
    """Builds the moves of one model."""

    def charging(self) -> tuple[Move, ...]:
        """All that happens to one outlet, without availability, resets and station errors."""
        return self._metered(
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
        """The same with ChangeAvailability of both connectors, resets, firmware that is installed,
        and a full storage."""
        code = ChargePointErrorCode.OTHER_ERROR
        return (
            *self.charging(),
            *self._metered(
                *self._availability(),
                *self._installation(),
                *self._resets(),
                *self._error(0, "StorageLow", code),
            ),
        )

    def _metered(self, *moves: Move) -> tuple[Move, ...]:
        """Each with all that the meter may show; a power cut reads no meter."""
        meter = self.cells.meter_wh
        return tuple(
            one
            for move in moves
            for one in ((move,) if move.is_cut else outlet_meter.metered(move, meter))
        )

    def _installation(self) -> tuple[Move, Move]:
        """``firmware`` takes the outlet out of service, never in a transaction."""

        def run(event: Event, is_installing: bool) -> Callable[[LeanTurn], bool]:
            def move(turn: LeanTurn) -> bool:
                view = turn.view
                is_so_already = self.model.fact(view, "is_installing") is is_installing
                if is_so_already or view.get(self.cells.kept) is not None:
                    return False
                self.model.know(view, is_installing=is_installing)
                turn.take(event)
                return True

            return move

        return (
            Move("firmware is being installed", run(TakenOutOfService(1), True)),
            Move("no firmware is being installed", run(ReturnedToService(1), False)),
        )

    def station(self) -> tuple[Move, ...]:
        """Errors of the station itself, with just enough of the outlet to charge."""
        code = ChargePointErrorCode
        return self._metered(
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
