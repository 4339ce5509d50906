"""Events that machines tell each other: what answers mean, and what one chart asks of another."""

from cp.vocabulary.event import Event
from cp.vocabulary.instants import Stamp
from cp.vocabulary.lean import dataclass
from cp.vocabulary.words import (
    AvailabilityType,
    ChargePointErrorCode,
    ChargePointStatus,
    Reason,
    ResetType,
)

# ---- what the answers mean -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BootAccepted(Event):
    """``interval_s`` in seconds, as sent."""

    interval_s: int


@dataclass(frozen=True, slots=True)
class BootHeld(Event):
    """BootNotification.conf said Pending."""

    interval_s: int


@dataclass(frozen=True, slots=True)
class BootRejected(Event):
    """BootNotification.conf said Rejected."""

    interval_s: int


@dataclass(frozen=True, slots=True)
class BootUnanswered(Event):
    """BootNotification got a CALLERROR or no answer."""


@dataclass(frozen=True, slots=True)
class ClockTold(Event):
    """The server told its time, seconds since 1970 (``S 4.2``, ``S 4.6``); it answered within
    ``waited_s``, so that its time is up to so many seconds old."""

    utc_s: float
    waited_s: float = 0.0


@dataclass(frozen=True, slots=True)
class IdTagAccepted(Event):
    """Authorize.conf: Accepted."""

    parent_id_tag: str | None


@dataclass(frozen=True, slots=True)
class IdTagRefused(Event):
    """Authorize.conf: any other status, or a CALLERROR (D-11)."""


@dataclass(frozen=True, slots=True)
class AuthorizeUnanswered(Event):
    """No answer in time, or the link dropped: the offline rules apply (D-11)."""


@dataclass(frozen=True, slots=True)
class StartConfirmed(Event):
    """StartTransaction.conf: Accepted."""

    uid: str
    transaction_id: int
    parent_id_tag: str | None


@dataclass(frozen=True, slots=True)
class StartRefused(Event):
    """StartTransaction.conf: not Accepted; its id is the one to use all the same (``E 4.8``)."""

    uid: str
    transaction_id: int
    parent_id_tag: str | None


@dataclass(frozen=True, slots=True)
class StartDiscarded(Event):
    """StartTransaction failed for the last time: there is no transaction id."""

    uid: str


@dataclass(frozen=True, slots=True)
class StopSettled(Event):
    """StopTransaction was answered or discarded."""

    uid: str


@dataclass(frozen=True, slots=True)
class StatusDelivered(Event):
    """StatusNotification was answered."""

    connector_id: int
    status: ChargePointStatus
    error_code: ChargePointErrorCode
    vendor_error_code: str


# ---- between the charts --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StartAsked(Event):
    """A card wants to start."""

    id_tag: str


@dataclass(frozen=True, slots=True)
class RemoteStartAsked(Event):
    """The central system wants to start with this id."""

    id_tag: str


@dataclass(frozen=True, slots=True)
class StopAsked(Event):
    """A card of the group, perhaps, wants to stop."""

    id_tag: str
    parent_id_tag: str


@dataclass(frozen=True, slots=True)
class StartAuthorized(Event):
    """This id may start."""

    id_tag: str
    parent_id_tag: str | None


@dataclass(frozen=True, slots=True)
class StopAuthorized(Event):
    """This id may stop the running transaction."""

    id_tag: str


@dataclass(frozen=True, slots=True)
class OfferOrdered(Event):
    """Energy may flow as soon as the EV asks."""

    connector_id: int = 1


@dataclass(frozen=True, slots=True)
class WithdrawOrdered(Event):
    """Energy must not flow."""

    connector_id: int = 1


@dataclass(frozen=True, slots=True)
class EnergyStarted(Event):
    """Told by ``contactor``: command and feedback say closed."""

    connector_id: int = 1


@dataclass(frozen=True, slots=True)
class BeginOrdered(Event):
    """A transaction begins."""

    id_tag: str
    parent_id_tag: str | None


@dataclass(frozen=True, slots=True)
class StopOrdered(Event):
    """The open transaction ends; ``id_tag`` None: the one that started it (D-10)."""

    reason: Reason
    id_tag: str | None = None


@dataclass(frozen=True, slots=True)
class TransactionDeauthorized(Event):
    """The id of the open transaction is refused and StopTransactionOnInvalidId is true."""


@dataclass(frozen=True, slots=True)
class RemoteStopAccepted(Event):
    """Told by ``transaction``: RemoteStopTransaction named this transaction (``S 5.12``)."""


@dataclass(frozen=True, slots=True)
class GroupLearned(Event):
    """StartTransaction.conf told the group of the id that started (``S 3.10``)."""

    parent_id_tag: str


@dataclass(frozen=True, slots=True)
class EnergyDenied(Event):
    """The id is refused, or its allowance is used up: no energy, transaction stays open."""


@dataclass(frozen=True, slots=True)
class TransactionClosed(Event):
    """Told by ``transaction``: its record is closed and StopTransaction is queued."""


@dataclass(frozen=True, slots=True)
class FaultRaised(Event):
    """Told by ``health``: an error prevents charging, or one more of them."""

    connector_id: int


@dataclass(frozen=True, slots=True)
class FaultCleared(Event):
    """Told by ``health``: one that prevented charging is gone."""

    connector_id: int


@dataclass(frozen=True, slots=True)
class ErrorChanged(Event):
    """Told by ``health``: the error to report is another one and the status stays."""

    connector_id: int


@dataclass(frozen=True, slots=True)
class StatusChanged(Event):
    """Told by the controller: the status of a chart's deepest state is another one."""

    connector_id: int
    status: ChargePointStatus
    changed: Stamp
    info: str = ""


@dataclass(frozen=True, slots=True)
class StatusTriggered(Event):
    """TriggerMessage asked for a StatusNotification."""

    connector_id: int


@dataclass(frozen=True, slots=True)
class MeterTriggered(Event):
    """TriggerMessage asked for MeterValues."""


@dataclass(frozen=True, slots=True)
class AvailabilityOrdered(Event):
    """ChangeAvailability for connector 0 sets this one too (D-13)."""

    connector_id: int
    type: AvailabilityType


@dataclass(frozen=True, slots=True)
class TakenOutOfService(Event):
    """Told by ``availability``: inoperative from now on."""

    connector_id: int


@dataclass(frozen=True, slots=True)
class ReturnedToService(Event):
    """Told by ``availability``: operative again."""

    connector_id: int


@dataclass(frozen=True, slots=True)
class LeftService(Event):
    """Told by ``connector``: a scheduled change has been carried out."""

    connector_id: int


@dataclass(frozen=True, slots=True)
class ResetOrdered(Event):
    """A reset begins: end what runs, start nothing."""

    type: ResetType
