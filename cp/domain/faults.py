"""Errors of a connector: which ones prevent charging, and which one is reported."""

from typing import Final

from cp.vocabulary.facts import ErrorShown
from cp.vocabulary.words import ChargePointErrorCode as Code, ChargePointStatus as Status

WARNINGS: Final[frozenset[Code]] = frozenset(
    {
        Code.EV_COMMUNICATION_ERROR,
        Code.LOCAL_LIST_CONFLICT,
        Code.POWER_METER_FAILURE,
        Code.READER_FAILURE,
        Code.RESET_FAILURE,
        Code.WEAK_SIGNAL,
    }
)
"""Reported while charging goes on; every other code prevents it (``status.md`` 7)."""

EMERGENCY_STOP: Final = "EmergencyStop"
"""vendorErrorCode of the emergency stop button, with OtherError (D-16)."""

STORAGE_LOW: Final = "StorageLow"
"""vendorErrorCode of a journal without room, with OtherError: no new transaction starts."""

HARMLESS: Final[frozenset[str]] = frozenset({STORAGE_LOW})
"""vendorErrorCodes that make an OtherError a warning."""


def prevents_charging(error: ErrorShown) -> bool:
    """Whether the status is Faulted while this error is present (``S 7.6``)."""
    return error.error_code not in WARNINGS and error.vendor_error_code not in HARMLESS


def shown(errors: tuple[ErrorShown, ...]) -> ErrorShown:
    """The one to report: the last that prevents charging, else the last, else NoError.

    EVCommunicationError comes last, for it does not fit every status.
    """
    blocking = [error for error in errors if prevents_charging(error)]
    others = [error for error in errors if error.error_code is not Code.EV_COMMUNICATION_ERROR]
    return (blocking or others or list(errors) or [ErrorShown()])[-1]


_EV_STATUSES: Final = frozenset(
    {Status.PREPARING, Status.SUSPENDED_EV, Status.SUSPENDED_EVSE, Status.FINISHING}
)


def fits(status: Status, error: ErrorShown) -> bool:
    """Whether a StatusNotification may carry both: Faulted always has an error that prevents
    charging, EVCommunicationError goes with an EV that does not charge (``status.md`` 1, 7)."""
    if status is Status.FAULTED:
        return error.error_code is not Code.NO_ERROR and prevents_charging(error)
    return error.error_code is not Code.EV_COMMUNICATION_ERROR or status in _EV_STATUSES
