"""Events from outside: power, inputs, hardware, link, CALLs, and the delivery of our own CALLs."""

from cp.vocabulary.confirmations import Confirmation
from cp.vocabulary.event import Event
from cp.vocabulary.lean import dataclass
from cp.vocabulary.records import Restored
from cp.vocabulary.requests import Lane, QueuedCall, Request
from cp.vocabulary.words import (
    AvailabilityType,
    CallErrorCode,
    ChargePointErrorCode,
    ResetType,
)

# ---- power, inputs, hardware ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class JournalReplayed(Event):
    """Power came on and the durable facts are here."""

    restored: Restored


@dataclass(frozen=True, slots=True)
class InputsRead(Event):
    """Every driver has delivered its present levels, or had 2 s to do so."""


@dataclass(frozen=True, slots=True)
class Plugged(Event):
    """Control pilot A to B: an EV is connected."""

    connector_id: int = 1


@dataclass(frozen=True, slots=True)
class Unplugged(Event):
    """Control pilot to A: the EV is gone."""

    connector_id: int = 1


@dataclass(frozen=True, slots=True)
class EvAsked(Event):
    """Control pilot B to C: the EV asks for energy."""

    connector_id: int = 1


@dataclass(frozen=True, slots=True)
class EvPaused(Event):
    """Control pilot C to B: the EV does not ask any more."""

    connector_id: int = 1


@dataclass(frozen=True, slots=True)
class CloseSent(Event):
    """The command to close has reached the contactor: what it waited for is on disk."""

    connector_id: int = 1


@dataclass(frozen=True, slots=True)
class FeedbackClosed(Event):
    """The auxiliary contact says: the contactor is closed."""

    connector_id: int = 1


@dataclass(frozen=True, slots=True)
class FeedbackOpened(Event):
    """The auxiliary contact says: the contactor is open."""

    connector_id: int = 1


@dataclass(frozen=True, slots=True)
class CardPresented(Event):
    """A card was held to the reader; ``id_tag`` at most 20 characters."""

    id_tag: str


@dataclass(frozen=True, slots=True)
class RegisterLimitReached(Event):
    """The meter register has reached the watched limit."""

    connector_id: int = 1


@dataclass(frozen=True, slots=True)
class ErrorRaised(Event):
    """An error appeared (``S 7.6``); ``vendor_error_code`` tells errors of one code apart."""

    connector_id: int
    error_code: ChargePointErrorCode
    vendor_error_code: str = ""


@dataclass(frozen=True, slots=True)
class ErrorCleared(Event):
    """An error is gone."""

    connector_id: int
    error_code: ChargePointErrorCode
    vendor_error_code: str = ""


@dataclass(frozen=True, slots=True)
class RestartFailed(Event):
    """The restart that was ordered did not happen (``S 5.14``)."""


@dataclass(frozen=True, slots=True)
class DeadlinePassed(Event):
    """What a timed transition's step sees: timers fire by their own names, not by this one."""


# ---- link ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LinkOpened(Event):
    """The WebSocket is open with subprotocol ``ocpp1.6``."""


@dataclass(frozen=True, slots=True)
class LinkFailed(Event):
    """An attempt to open the WebSocket failed; ``why`` without credentials."""

    why: str = ""


@dataclass(frozen=True, slots=True)
class LinkClosed(Event):
    """The WebSocket is gone."""

    why: str = ""


@dataclass(frozen=True, slots=True)
class FrameReceived(Event):
    """A text frame arrived. The dialogue takes it; no chart sees it."""

    text: str


@dataclass(frozen=True, slots=True)
class LinkRestored(Event):
    """Told by ``link``: CALLs can be sent."""


@dataclass(frozen=True, slots=True)
class LinkLost(Event):
    """Told by ``link``: no CALL can be sent, the one under way has failed."""


# ---- CALLs of the central system -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RemoteStartRequested(Event):
    """``S 5.11``; an absent connectorId was read as 1 (``operations.md`` 2)."""

    call_id: str
    connector_id: int
    id_tag: str


@dataclass(frozen=True, slots=True)
class RemoteStopRequested(Event):
    """``S 5.12``."""

    call_id: str
    transaction_id: int


@dataclass(frozen=True, slots=True)
class AvailabilityRequested(Event):
    """ChangeAvailability, ``S 5.2``."""

    call_id: str
    connector_id: int
    type: AvailabilityType


@dataclass(frozen=True, slots=True)
class ResetRequested(Event):
    """``S 5.14``."""

    call_id: str
    type: ResetType


@dataclass(frozen=True, slots=True)
class MessageRequested(Event):
    """TriggerMessage, ``S 5.17``; ``requested`` may be an unknown word: NotImplemented."""

    call_id: str
    requested: str
    connector_id_asked: int | None


@dataclass(frozen=True, slots=True)
class UpdateRequested(Event):
    """UpdateFirmware, ``S 5.19``; ``retrieve_utc_s`` seconds since 1970."""

    call_id: str
    location: str
    retrieve_utc_s: float
    retries: int | None
    retry_interval_s: int | None


@dataclass(frozen=True, slots=True)
class DiagnosticsRequested(Event):
    """GetDiagnostics, ``S 5.9``; times in seconds since 1970."""

    call_id: str
    location: str
    start_utc_s: float | None
    stop_utc_s: float | None
    retries: int | None
    retry_interval_s: int | None


@dataclass(frozen=True, slots=True)
class KeyChanged(Event):
    """ChangeConfiguration was accepted, or the server ordered an interval."""

    name: str


# ---- delivery of our CALLs -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CallCreated(Event):
    """A machine made a CALL; ``delivery`` decides when it is sent."""

    lane: Lane
    request: Request


@dataclass(frozen=True, slots=True)
class CallAnswered(Event):
    """The CALLRESULT of the CALL under way arrived."""

    message_id: str
    confirmation: Confirmation


@dataclass(frozen=True, slots=True)
class CallRefused(Event):
    """The CALLERROR of the CALL under way arrived, or a CALLRESULT that cannot be used."""

    message_id: str
    error_code: CallErrorCode
    description: str


@dataclass(frozen=True, slots=True)
class OutboxChanged(Event):
    """Something may be sent now that could not be sent before."""


@dataclass(frozen=True, slots=True)
class CallsLoaded(Event):
    """Storage delivered the next window of transaction messages."""

    calls: tuple[QueuedCall, ...]
    more_calls: bool


@dataclass(frozen=True, slots=True)
class StorageFilled(Event):
    """Records of earlier turns found no room on the disk; they will be tried again."""


@dataclass(frozen=True, slots=True)
class HeadFailed(Event):
    """The first transaction message got a CALLERROR or no answer (``JE 4.2.3``, ``S 4.8``)."""


@dataclass(frozen=True, slots=True)
class HeadSettled(Event):
    """The first transaction message was answered."""


@dataclass(frozen=True, slots=True)
class HeadDiscarded(Event):
    """The first transaction message failed for the last time (``S 3.7.1``)."""
