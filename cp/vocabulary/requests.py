"""CALLs of the station, as frozen records; ``cp.ocppj`` turns them into JSON."""

from enum import IntEnum
from typing import ClassVar

from cp.vocabulary.instants import Stamp
from cp.vocabulary.lean import dataclass
from cp.vocabulary.metering import Sample
from cp.vocabulary.words import (
    Action,
    ChargePointErrorCode,
    ChargePointStatus,
    DiagnosticsStatus,
    FirmwareStatus,
    Reason,
)


class Lane(IntEnum):
    """Where a CALL waits for its turn; the chart ``delivery`` says which lane goes first."""

    REGISTRATION = 0
    """BootNotification: the only CALL before the station is accepted (``S 4.2``)."""
    TRIGGERED = 1
    """Asked for by TriggerMessage: may also go while Pending (``S 4.2``)."""
    AUTHORIZE = 2
    SNAPSHOT = 3
    """StatusNotification of a reconnect: its own message, before later changes (``T 037_2``)."""
    OTHER = 4
    QUEUE = 5
    """Transaction messages: durable, strictly in order (``S 3.7``)."""


@dataclass(frozen=True, slots=True)
class Request:
    """Base of all CALLs."""

    action: ClassVar[Action]


@dataclass(frozen=True, slots=True)
class BootNotification(Request):
    """Who the station is; empty fields are left out (``S 6.7``)."""

    action: ClassVar[Action] = Action.BOOT_NOTIFICATION
    vendor: str
    model: str
    serial: str
    firmware_version: str
    meter_type: str
    meter_serial: str


@dataclass(frozen=True, slots=True)
class Heartbeat(Request):
    """``S 4.6``."""

    action: ClassVar[Action] = Action.HEARTBEAT


@dataclass(frozen=True, slots=True)
class Authorize(Request):
    """``S 4.1``."""

    action: ClassVar[Action] = Action.AUTHORIZE
    id_tag: str


@dataclass(frozen=True, slots=True)
class StatusNotification(Request):
    """``S 4.9``; ``changed`` is the time of the change, not of sending."""

    action: ClassVar[Action] = Action.STATUS_NOTIFICATION
    connector_id: int
    status: ChargePointStatus
    error_code: ChargePointErrorCode
    changed: Stamp
    info: str = ""
    vendor_error_code: str = ""


@dataclass(frozen=True, slots=True)
class StartTransaction(Request):
    """``S 4.8``; the server's id of ``uid`` is learned from its answer."""

    action: ClassVar[Action] = Action.START_TRANSACTION
    uid: str
    connector_id: int
    id_tag: str
    meter_start_wh: int
    started: Stamp


@dataclass(frozen=True, slots=True)
class MeterValues(Request):
    """``S 4.7``; ``uid`` is None outside a transaction."""

    action: ClassVar[Action] = Action.METER_VALUES
    connector_id: int
    uid: str | None
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True)
class StopTransaction(Request):
    """``S 4.10``; ``samples`` empty means: no transactionData (``S 3.16.5``)."""

    action: ClassVar[Action] = Action.STOP_TRANSACTION
    uid: str
    id_tag: str
    meter_stop_wh: int
    stopped: Stamp
    reason: Reason
    samples: tuple[Sample, ...] = ()


@dataclass(frozen=True, slots=True)
class FirmwareStatusNotification(Request):
    """``S 4.5``."""

    action: ClassVar[Action] = Action.FIRMWARE_STATUS_NOTIFICATION
    status: FirmwareStatus


@dataclass(frozen=True, slots=True)
class DiagnosticsStatusNotification(Request):
    """``S 4.4``."""

    action: ClassVar[Action] = Action.DIAGNOSTICS_STATUS_NOTIFICATION
    status: DiagnosticsStatus


@dataclass(frozen=True, slots=True)
class QueuedCall:
    """A CALL that waits for its turn, or for its answer.

    ``seq``        order of creation, unique and rising over all boots.
    ``message_id`` the unique id on the wire; kept over retries and reboots (``J 4.1.4``, ``JE``).
    """

    seq: int
    message_id: str
    lane: Lane
    request: Request
