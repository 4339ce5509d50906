"""The record of one transaction."""

from dataclasses import replace

from cp.behavior.base import Behavior
from cp.domain.metering import resumed, risen, surplus, transaction_data
from cp.vocabulary.effects import WatchRegister
from cp.vocabulary.events import (
    BeginOrdered,
    EnergyDenied,
    GroupLearned,
    JournalReplayed,
    RemoteStopAccepted,
    RemoteStopRequested,
    StartConfirmed,
    StartDiscarded,
    StartRefused,
    StopOrdered,
    TransactionClosed,
    TransactionDeauthorized,
)
from cp.vocabulary.instants import Stamp
from cp.vocabulary.lean import dataclass
from cp.vocabulary.metering import Sample, TransactionRecord
from cp.vocabulary.records import (
    SampleDropped,
    SampleKept,
    TransactionEnded,
    TransactionKept,
)
from cp.vocabulary.requests import Lane, MeterValues, StartTransaction, StopTransaction
from cp.vocabulary.words import ReadingContext, Reason, RemoteStartStopStatus


@dataclass(frozen=True, slots=True)
class TransactionFields:
    """``record`` of the open transaction, also kept while recovering; ``samples`` for its
    transactionData with their numbers; ``count`` of transactions of this boot; ``register_wh`` the
    last reading used; ``exit_reason`` why the last process ended, if it said so."""

    record: TransactionRecord | None = None
    samples: tuple[tuple[int, Sample], ...] = ()
    next_index: int = 0
    count: int = 0
    register_wh: int = 0
    exit_reason: str = ""


class Transaction(Behavior[TransactionFields]):
    """Owns ``has_open_transaction``."""

    Fields = TransactionFields

    # ---- guards ----------------------------------------------------------------------------------

    def has_kept_record(self) -> bool:
        """A transaction was open when the power went (``AQ-7.2``)."""
        return self._fields.record is not None

    def is_own_start(self) -> bool:
        """The answer is for the StartTransaction of the open record."""
        event = self._context.event
        if not isinstance(event, StartConfirmed | StartRefused | StartDiscarded):
            raise TypeError(f"an answer to StartTransaction expected, got {event!r}")
        return event.uid == self._record_now().uid

    def is_this_transaction(self) -> bool:
        """RemoteStopTransaction names the open transaction (``S 5.12``)."""
        asked = self._event(RemoteStopRequested).transaction_id
        return asked == self._record_now().transaction_id

    def is_stop_on_invalid_id(self) -> bool:
        """The key StopTransactionOnInvalidId (``S 4.8``)."""
        return self._keys.flag("StopTransactionOnInvalidId")

    def is_allowance_left(self) -> bool:
        """Less than MaxEnergyOnInvalidId has flowed since the start (``C-03``, D-12)."""
        used_wh = self._register() - self._record_now().started.register_wh
        return used_wh < self._keys.number("MaxEnergyOnInvalidId")

    # ---- opening and closing ---------------------------------------------------------------------

    def restore_record(self) -> None:
        """What the journal knows of a transaction that was open."""
        restored = self._event(JournalReplayed).restored
        record = restored.transaction
        self._set(
            record=record,
            samples=restored.samples,
            next_index=1 + max((index for index, _ in restored.samples), default=-1),
            register_wh=record.checkpoint.register_wh if record else restored.register_wh,
            exit_reason=restored.exit_reason,
        )

    def open_record(self) -> None:
        """The transaction starts here and now, whatever the link does (``S 4.8``)."""
        event = self._event(BeginOrdered)
        begin = self._sample(ReadingContext.TRANSACTION_BEGIN)
        uid = f"{self._now.boot}.{self._fields.count + 1}"
        record = TransactionRecord(
            uid, self._connector_id, event.id_tag, event.parent_id_tag, begin, begin
        )
        self._set(
            record=record,
            samples=(),
            next_index=0,
            count=self._fields.count + 1,
            register_wh=begin.register_wh,
        )
        self._record(TransactionKept(record))
        self._call(
            Lane.QUEUE,
            StartTransaction(uid, self._connector_id, event.id_tag, begin.register_wh, begin.stamp),
        )

    def note_open(self) -> None:
        """A transaction is open."""
        self._know("has_open_transaction", True)

    def note_closed(self) -> None:
        """No transaction is open."""
        self._know("has_open_transaction", False)

    def tell_closed(self) -> None:
        """Whoever waited for the end of the transaction may go on, also after a power cut."""
        self._tell(TransactionClosed())

    def close_record(self) -> None:
        """Stopped now, at this register."""
        event = self._event(StopOrdered)
        end = self._sample(ReadingContext.TRANSACTION_END)
        self._close(end, event.reason, event.id_tag)

    def close_interrupted_record(self) -> None:
        """Stopped by the end of the last process: at its last known time. The register kept its
        value, since no energy could flow meanwhile (``AQ-7.2``, D-22)."""
        record = self._record_now()
        reason = Reason(self._fields.exit_reason or Reason.POWER_LOSS)
        end = replace(
            record.checkpoint,
            register_wh=self._register(),
            context=ReadingContext.TRANSACTION_END,
        )
        self._close(end, reason, None)

    def _close(self, end: Sample, reason: Reason, id_tag: str | None) -> None:
        record = self._record_now()
        self._record(TransactionEnded(record.uid, end.register_wh))
        for index, _ in self._fields.samples:
            self._record(SampleDropped(record.uid, index))
        stop = StopTransaction(
            record.uid,
            id_tag or record.id_tag,
            end.register_wh,
            end.stamp,
            reason,
            self._transaction_data(record, end),
        )
        self._call(Lane.QUEUE, stop)
        self._set(record=None, samples=(), register_wh=end.register_wh)

    def _transaction_data(self, record: TransactionRecord, end: Sample) -> tuple[Sample, ...]:
        """Empty unless one of the StopTxn keys names a measurand (``S 3.16.5``)."""
        if not (self._keys.items("StopTxnSampledData") or self._keys.items("StopTxnAlignedData")):
            return ()
        samples = tuple(sample for _, sample in self._fields.samples)
        limit = self._keys.number("StopTransactionMaxMeterValues")
        return transaction_data(record.started, samples, end, limit)

    # ---- answers ---------------------------------------------------------------------------------

    def keep_server_id(self) -> None:
        """The server's id; a group told here replaces the one of Authorize.conf (``E 6.46``)."""
        event = self._context.event
        if not isinstance(event, StartConfirmed | StartRefused):
            raise TypeError(f"an answer to StartTransaction expected, got {event!r}")
        parent = event.parent_id_tag
        record = replace(self._record_now(), transaction_id=event.transaction_id)
        if parent is not None:
            record = replace(record, parent_id_tag=parent)
            self._tell(GroupLearned(parent))
        self._set(record=record)
        self._record(TransactionKept(record))

    def accept_remote_stop(self) -> None:
        """Answer Accepted."""
        self._reply(status=RemoteStartStopStatus.ACCEPTED)

    def reject_remote_stop(self) -> None:
        """Answer Rejected."""
        self._reply(status=RemoteStartStopStatus.REJECTED)

    def tell_remote_stop_accepted(self) -> None:
        """The outlet ends the visit."""
        self._tell(RemoteStopAccepted())

    def order_stop(self) -> None:
        """The id was refused: stop (``S 4.8``)."""
        self._tell(TransactionDeauthorized())

    def tell_energy_denied(self) -> None:
        """The id was refused: no energy, but the transaction stays open (``C-03``)."""
        self._tell(EnergyDenied())

    def watch_register(self) -> None:
        """Be told when the allowance is used up (``C-03``, D-12)."""
        allowance_wh = self._keys.number("MaxEnergyOnInvalidId")
        limit_wh = self._record_now().started.register_wh + allowance_wh
        self._emit(WatchRegister(self._connector_id, limit_wh))

    def unwatch_register(self) -> None:
        """The allowance does not matter any more."""
        self._emit(WatchRegister(self._connector_id, None))

    # ---- samples ---------------------------------------------------------------------------------

    def take_sample(self) -> None:
        """One periodic sample: sent, and kept for transactionData if asked for (``S 4.7``)."""
        sample = self._sample(ReadingContext.SAMPLE_PERIODIC)
        self._send_in_transaction(sample)
        if self._keys.items("StopTxnSampledData"):
            self._keep_sample(sample)

    def take_aligned_sample(self) -> None:
        """One clock-aligned sample, stamped with the exact instant (``T 071``)."""
        sample = self._aligned_sample()
        self._send_in_transaction(sample)
        if self._keys.items("StopTxnAlignedData"):
            self._keep_sample(sample)

    def send_aligned_values(self) -> None:
        """A clock-aligned value outside a transaction (``S 3.16.2``)."""
        request = MeterValues(self._connector_id, None, (self._aligned_sample(),))
        self._call(Lane.QUEUE, request)

    def send_triggered_values(self) -> None:
        """What TriggerMessage asked for (``T 054``); of a transaction it is a checkpoint too."""
        record = self._fields.record
        sample = self._sample(ReadingContext.TRIGGER)
        uid = record.uid if record else None
        if record is not None:
            self._keep_checkpoint(sample)
        self._call(Lane.TRIGGERED, MeterValues(self._connector_id, uid, (sample,)))

    def take_checkpoint(self) -> None:
        """Last known register and time, for the next power cut (``AQ-7.2``)."""
        self._keep_checkpoint(self._sample(ReadingContext.OTHER))

    def _send_in_transaction(self, sample: Sample) -> None:
        """A sample is a checkpoint too: no StopTransaction may be older than it (``AQ-7.2``)."""
        self._keep_checkpoint(sample)
        request = MeterValues(self._connector_id, self._record_now().uid, (sample,))
        self._call(Lane.QUEUE, request)

    def _keep_checkpoint(self, checkpoint: Sample) -> None:
        record = replace(self._record_now(), checkpoint=checkpoint)
        self._set(record=record, register_wh=checkpoint.register_wh)
        self._record(TransactionKept(record))

    def _keep_sample(self, sample: Sample) -> None:
        record, index = self._record_now(), self._fields.next_index
        samples = (*self._fields.samples, (index, sample))
        self._record(SampleKept(record.uid, index, sample))
        room = self._keys.number("StopTransactionMaxMeterValues") - 2
        dropped = surplus(tuple(number for number, _ in samples), room)
        for number in dropped:
            self._record(SampleDropped(record.uid, number))
        kept = tuple(item for item in samples if item[0] not in dropped)
        self._set(samples=kept, next_index=index + 1)

    # ---- readings --------------------------------------------------------------------------------

    def _register(self) -> int:
        follow = resumed if self._fields.record is None else risen
        return follow(self._now.register_wh, self._fields.register_wh)

    def _sample(self, context: ReadingContext) -> Sample:
        return Sample(self._now.stamp, self._register(), context)

    def _aligned_sample(self) -> Sample:
        """The reading of now with the aligned instant as its time (``T 071``)."""
        now = self._now
        interval_s = self._keys.number("ClockAlignedDataInterval")
        if now.utc_s is None or interval_s == 0:
            raise ValueError("an aligned sample needs a clock and an interval")
        day_s = now.utc_s // 86400 * 86400
        aligned_s = day_s + (now.utc_s - day_s) // interval_s * interval_s
        stamp = Stamp(now.boot, now.monotonic_s - (now.utc_s - aligned_s), aligned_s)
        return Sample(stamp, self._register(), ReadingContext.SAMPLE_CLOCK)

    def _record_now(self) -> TransactionRecord:
        record = self._fields.record
        if record is None:
            raise ValueError("no transaction is open: the chart asked too early")
        return record
