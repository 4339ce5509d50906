"""What the answer to one of our CALLs, or its absence, means: events for the charts that asked."""

from cp.vocabulary.confirmations import (
    AuthorizeConfirmation,
    BootConfirmation,
    Confirmation,
    HeartbeatConfirmation,
    StartConfirmation,
)
from cp.vocabulary.events import (
    AuthorizeUnanswered,
    BootAccepted,
    BootHeld,
    BootRejected,
    BootUnanswered,
    ClockTold,
    Event,
    IdTagAccepted,
    IdTagRefused,
    StartConfirmed,
    StartDiscarded,
    StartRefused,
    StatusDelivered,
    StopSettled,
)
from cp.vocabulary.requests import (
    Authorize,
    BootNotification,
    Request,
    StartTransaction,
    StatusNotification,
    StopTransaction,
)
from cp.vocabulary.words import AuthorizationStatus, RegistrationStatus


def answered(request: Request, confirmation: Confirmation, waited_s: float) -> tuple[Event, ...]:
    """Events of a CALLRESULT that came ``waited_s`` seconds after its CALL."""
    match confirmation:
        case BootConfirmation():
            clock = _clock(confirmation.current_utc_s, waited_s)
            return (*clock, _registration(confirmation))
        case HeartbeatConfirmation():
            return _clock(confirmation.current_utc_s, waited_s)
        case AuthorizeConfirmation():
            if confirmation.status is AuthorizationStatus.ACCEPTED:
                return (IdTagAccepted(confirmation.parent_id_tag),)
            return (IdTagRefused(),)
        case StartConfirmation() if isinstance(request, StartTransaction):
            return (_start(request, confirmation),)
    return _delivered(request)


def _clock(utc_s: float | None, waited_s: float) -> tuple[Event, ...]:
    return () if utc_s is None else (ClockTold(utc_s, waited_s),)


def _delivered(request: Request) -> tuple[Event, ...]:
    match request:
        case StatusNotification():
            return (
                StatusDelivered(
                    request.connector_id,
                    request.status,
                    request.error_code,
                    request.vendor_error_code,
                ),
            )
        case StopTransaction():
            return (StopSettled(request.uid),)
    return ()


def _registration(confirmation: BootConfirmation) -> Event:
    match confirmation.status:
        case RegistrationStatus.ACCEPTED:
            return BootAccepted(confirmation.interval_s)
        case RegistrationStatus.PENDING:
            return BootHeld(confirmation.interval_s)
    return BootRejected(confirmation.interval_s)


def _start(request: StartTransaction, confirmation: StartConfirmation) -> Event:
    accepted = confirmation.status is AuthorizationStatus.ACCEPTED
    kind = StartConfirmed if accepted else StartRefused
    return kind(request.uid, confirmation.transaction_id, confirmation.parent_id_tag)


def refused(request: Request) -> tuple[Event, ...]:
    """Events of a CALLERROR: a refusal for Authorize (D-11), no answer for BootNotification."""
    if isinstance(request, Authorize):
        return (IdTagRefused(),)
    return unanswered(request)


def unanswered(request: Request) -> tuple[Event, ...]:
    """Events when no answer came in time, or the link dropped meanwhile (D-11)."""
    match request:
        case Authorize():
            return (AuthorizeUnanswered(),)
        case BootNotification():
            return (BootUnanswered(),)
    return ()


def discarded(request: Request) -> tuple[Event, ...]:
    """Events when a transaction message failed for the last time (``S 3.7.1``, ``E 4.8``)."""
    match request:
        case StartTransaction():
            return (StartDiscarded(request.uid),)
        case StopTransaction():
            return (StopSettled(request.uid),)
    return ()
