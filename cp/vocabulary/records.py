"""Durable facts. Nothing of the engine is saved; these are (DESIGN, durability)."""

from typing import ClassVar

from cp.vocabulary.instants import Stamp
from cp.vocabulary.jobs import UpdateJob, UploadJob
from cp.vocabulary.lean import dataclass
from cp.vocabulary.metering import Sample, TransactionRecord
from cp.vocabulary.requests import QueuedCall, Request


@dataclass(frozen=True, slots=True)
class Entry:
    """Base of all durable facts.

    ``is_lazy``: what goes out need not wait for it; without it a message is sent once more.
    """

    is_lazy: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class BootCounted(Entry):
    """The controller started for the ``boot``-th time; ``utc_s`` as far as it is known."""

    boot: int
    utc_s: float | None


@dataclass(frozen=True, slots=True)
class ClockLearned(Entry):
    """The OCPP clock became known within this boot: UTC seconds minus monotonic seconds."""

    boot: int
    offset_s: float


@dataclass(frozen=True, slots=True)
class StationNamed(Entry):
    """The identity under which what is in the journal is to be delivered."""

    station_id: str


@dataclass(frozen=True, slots=True)
class StationAccepted(Entry):
    """BootNotification was accepted by the server of this URL (``S 4.2.1``)."""

    url: str


@dataclass(frozen=True, slots=True)
class TransactionKept(Entry):
    """The open transaction, as it is now; replaces what was known of it."""

    record: TransactionRecord


@dataclass(frozen=True, slots=True)
class SampleKept(Entry):
    """A sample for the transactionData of the open transaction (``S 3.16.5``)."""

    uid: str
    index: int
    sample: Sample


@dataclass(frozen=True, slots=True)
class SampleDropped(Entry):
    """Thinned out: more than StopTransactionMaxMeterValues were taken (``E 9.1``)."""

    uid: str
    index: int


@dataclass(frozen=True, slots=True)
class TransactionEnded(Entry):
    """The open transaction is closed at this register in Wh, below which the next one does not
    begin; its StopTransaction is queued in the same turn."""

    uid: str
    register_wh: int


@dataclass(frozen=True, slots=True)
class CallKept(Entry):
    """A transaction message waits for its delivery (``S 3.7``)."""

    call: QueuedCall


@dataclass(frozen=True, slots=True)
class CallSettled(Entry):
    """A transaction message was answered, or discarded after all attempts."""

    is_lazy: ClassVar[bool] = True

    seq: int


@dataclass(frozen=True, slots=True)
class TransactionIdLearned(Entry):
    """The server's id of a transaction; None: StartTransaction was discarded (``E 4.8``)."""

    uid: str
    transaction_id: int | None


@dataclass(frozen=True, slots=True)
class TransactionIdForgotten(Entry):
    """No message of this transaction is left to be sent."""

    is_lazy: ClassVar[bool] = True

    uid: str


@dataclass(frozen=True, slots=True)
class AvailabilitySet(Entry):
    """``state`` is the chart state to return to: operative, scheduled, inoperative (``T 034``)."""

    connector_id: int
    state: str


@dataclass(frozen=True, slots=True)
class KeySet(Entry):
    """A configuration key was written; ``value`` in its canonical OCPP text."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class VisitSet(Entry):
    """A transaction of this visit has ended and the EV is still plugged (D-09)."""

    is_over: bool


@dataclass(frozen=True, slots=True)
class FaultNoted(Entry):
    """A fault of our own ended the process (exit 70); ``digest`` of its traceback, ``version`` of
    the firmware that has it."""

    machine: str
    event: str
    digest: str
    stamp: Stamp
    version: str = ""


@dataclass(frozen=True, slots=True)
class ExitNoted(Entry):
    """Why the process is about to end on purpose: names a ``Reason`` for what was running."""

    reason: str


@dataclass(frozen=True, slots=True)
class UpdateKept(Entry):
    """The firmware update as it is now; None: none is under way."""

    job: UpdateJob | None


@dataclass(frozen=True, slots=True)
class UploadKept(Entry):
    """The upload of diagnostics as it is now; None: none is under way."""

    job: UploadJob | None


@dataclass(frozen=True, slots=True)
class NoticesKept(Entry):
    """Firmware and diagnostics statuses that the central system has not been told yet."""

    notices: tuple[Request, ...]


@dataclass(frozen=True, slots=True)
class Restored:
    """All durable facts, replayed at power-on; the defaults are those of a new device.

    ``faults``      own faults of the last starts, oldest first.
    ``exit_reason`` of the last ordered or unordered end of our own; empty after a power cut.
    ``register_wh`` where the last transaction ended.
    ``calls``       the oldest transaction messages, at most one window.
    ``more_calls``  messages wait in storage beyond that window.
    ``clocks``      offsets of boots whose clock became known late; all stamps have been resolved.
    """

    boot: int = 1
    last_utc_s: float | None = None
    station_id: str = ""
    accepted_urls: tuple[str, ...] = ()
    transaction: TransactionRecord | None = None
    samples: tuple[tuple[int, Sample], ...] = ()
    register_wh: int = 0
    calls: tuple[QueuedCall, ...] = ()
    more_calls: bool = False
    transaction_ids: tuple[tuple[str, int | None], ...] = ()
    availability: tuple[tuple[int, str], ...] = ()
    keys: tuple[tuple[str, str], ...] = ()
    is_visit_over: bool = False
    faults: tuple[FaultNoted, ...] = ()
    exit_reason: str = ""
    clocks: tuple[tuple[int, float], ...] = ()
    update: UpdateJob | None = None
    upload: UploadJob | None = None
    notices: tuple[Request, ...] = ()


@dataclass(frozen=True, slots=True)
class Put:
    """One row for the storage driver: insert or replace ``(kind, key)``; ``body`` is JSON text."""

    kind: str
    key: str
    body: str


@dataclass(frozen=True, slots=True)
class Delete:
    """One row for the storage driver to delete; a missing row is no error."""

    kind: str
    key: str


Row = Put | Delete
