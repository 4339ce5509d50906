"""The lanes of outgoing CALLs."""

from cp.behavior.base import Behavior
from cp.domain import outbox as rules, outcomes
from cp.domain.outbox import Outbox
from cp.vocabulary.confirmations import StartConfirmation
from cp.vocabulary.effects import AbandonCall, LoadCalls, ThinCalls, Transmit
from cp.vocabulary.events import (
    CallAnswered,
    CallCreated,
    CallsLoaded,
    Event,
    HeadFailed,
    HeadSettled,
    JournalReplayed,
    OutboxChanged,
    ProgressTold,
)
from cp.vocabulary.lean import dataclass, replace
from cp.vocabulary.records import (
    CallKept,
    CallSettled,
    TransactionIdForgotten,
    TransactionIdLearned,
)
from cp.vocabulary.requests import (
    DiagnosticsStatusNotification,
    FirmwareStatusNotification,
    Lane,
    QueuedCall,
    Request,
    StartTransaction,
    StopTransaction,
)

UNHELD = (Lane.REGISTRATION, Lane.TRIGGERED)
"""Lanes that may go before the station is accepted (``S 4.2``)."""

NOTICES = (FirmwareStatusNotification, DiagnosticsStatusNotification)
"""What ``progress`` tells, one at a time."""

LOW_WATER = 16
"""The window is filled from storage when it holds no more than this."""


@dataclass(frozen=True, slots=True)
class DeliveryFields:
    """``is_backlogged``: lane by lane; ``is_head_first``: the head goes before the snapshot;
    ``sent_s``: monotonic seconds of the CALL under way."""

    outbox: Outbox = Outbox()
    is_backlogged: bool = False
    is_head_first: bool = False
    sent_s: float = 0.0


class Delivery(Behavior[DeliveryFields]):
    """Keeps the outbox; the chart says who goes next."""

    Fields = DeliveryFields

    # ---- guards ----------------------------------------------------------------------------------

    def is_transaction_message(self) -> bool:
        """The new CALL belongs to the durable queue (``S 3.7``)."""
        return self._event(CallCreated).lane is Lane.QUEUE

    def is_backlogged(self) -> bool:
        """The backlog of a reconnect or of a failed head is not worked off yet."""
        return self._fields.is_backlogged

    def is_head_first(self) -> bool:
        """Once after a reconnect the head of the queue goes before the status snapshot."""
        return self._fields.is_head_first

    def is_head_under_way(self) -> bool:
        """The CALL under way is the head of the queue."""
        return self._under_way().lane is Lane.QUEUE

    def is_loading(self) -> bool:
        """More messages are being read from storage."""
        return self._fields.outbox.is_loading

    def has_unheld_call(self) -> bool:
        """BootNotification, or what TriggerMessage asked for, waits."""
        return rules.first_in(self._fields.outbox, *UNHELD) is not None

    def has_call(self) -> bool:
        """Any CALL waits."""
        return rules.oldest(self._fields.outbox) is not None

    def has_head(self) -> bool:
        """A transaction message waits."""
        return bool(self._fields.outbox.queue)

    def has_authorize(self) -> bool:
        """An Authorize waits."""
        return rules.first_in(self._fields.outbox, Lane.AUTHORIZE) is not None

    def has_snapshot(self) -> bool:
        """A status snapshot of the reconnect waits."""
        return rules.first_in(self._fields.outbox, Lane.SNAPSHOT) is not None

    def has_other(self) -> bool:
        """Status, heartbeat or another CALL waits."""
        return rules.first_in(self._fields.outbox, Lane.OTHER) is not None

    # ---- keeping ---------------------------------------------------------------------------------

    def restore_queue(self) -> None:
        """Transaction messages survive power cuts (``S 3.7``)."""
        self._keep(rules.restored_outbox(self._event(JournalReplayed).restored))

    def queue_call(self) -> None:
        """One more CALL waits; a transaction message is durable."""
        event = self._event(CallCreated)
        outbox, call = rules.added(self._fields.outbox, event.lane, event.request)
        self._keep(outbox)
        if event.lane is Lane.QUEUE:
            self._record(CallKept(call))

    def add_loaded_calls(self) -> None:
        """The next window of the backlog was read."""
        event = self._event(CallsLoaded)
        outbox = self._fields.outbox
        known = {call.seq for call in outbox.queue}
        new = tuple(call for call in event.calls if call.seq not in known)
        self._keep(
            replace(
                outbox,
                queue=(*outbox.queue, *new),
                stored_more=event.more_calls or outbox.is_outgrown,
                is_loading=False,
            )
        )

    def thin_stored_calls(self) -> None:
        """No room on the disk: MeterValues behind the window become fewer (D-15)."""
        self._emit(ThinCalls(rules.last_held(self._fields.outbox)))

    def begin_session(self) -> None:
        """A link is there; on a reconnect the head goes first (``T 037_1``)."""
        self._set(is_head_first=self._facts.is_registered)

    def note_backlog(self) -> None:
        """Lane by lane until the queue is empty."""
        self._set(is_backlogged=True)

    def note_no_backlog(self) -> None:
        """In the order created."""
        self._set(is_backlogged=False, is_head_first=False)

    def check_outbox(self) -> None:
        """Something may be sent now."""
        self._tell(OutboxChanged())

    # ---- sending ---------------------------------------------------------------------------------

    def send_unheld_call(self) -> None:
        """BootNotification, or what TriggerMessage asked for."""
        self._send(rules.first_in(self._fields.outbox, *UNHELD))

    def send_oldest_call(self) -> None:
        """In the order created."""
        self._send(rules.oldest(self._fields.outbox))

    def send_authorize(self) -> None:
        """A person waits for it."""
        self._send(rules.first_in(self._fields.outbox, Lane.AUTHORIZE))

    def send_snapshot(self) -> None:
        """The status at the reconnect."""
        self._send(rules.first_in(self._fields.outbox, Lane.SNAPSHOT))

    def send_other(self) -> None:
        """Status, heartbeat and the like."""
        self._send(rules.first_in(self._fields.outbox, Lane.OTHER))

    def send_head(self) -> None:
        """The first transaction message."""
        self._set(is_head_first=False)
        self._send(self._fields.outbox.queue[0])

    def _send(self, call: QueuedCall | None) -> None:
        if call is None:
            raise ValueError("nothing to send: the chart asked too early")
        transaction_id = rules.transaction_id_of(self._fields.outbox, call.request)
        self._keep(rules.started(self._fields.outbox, call))
        self._set(sent_s=self._now.monotonic_s)
        self._emit(Transmit(call, transaction_id))

    # ---- answers ---------------------------------------------------------------------------------

    def settle_call(self) -> None:
        """Answered: say what it means; a transaction message is done."""
        call = self._finish_call()
        confirmation = self._event(CallAnswered).confirmation
        if call.lane is Lane.QUEUE:
            if isinstance(confirmation, StartConfirmation):
                self._learn(call.request, confirmation.transaction_id)
            self._drop_head()
            self._tell(HeadSettled())
        waited_s = self._now.monotonic_s - self._fields.sent_s
        self._tell_all(outcomes.answered(call.request, confirmation, waited_s))

    def fail_call(self) -> None:
        """CALLERROR."""
        call = self._finish_call()
        self._tell_failure(call, outcomes.refused(call.request))

    def give_up_call(self) -> None:
        """No answer in time (D-11)."""
        call = self._finish_call()
        self._tell_failure(call, outcomes.unanswered(call.request))

    def take_head_back(self) -> None:
        """On a full disk it may not have left: it is made again, no attempt is counted (D-15)."""
        self._finish_call()

    def fail_call_under_way(self) -> None:
        """The link is lost: what is not durable is dropped, whoever waits is told at once."""
        outbox = self._fields.outbox
        under_way = outbox.under_way
        self._emit(AbandonCall())
        self._keep(replace(outbox, waiting=(), under_way=None))
        for call in ((under_way,) if under_way else ()) + outbox.waiting:
            self._tell_all(outcomes.unanswered(call.request))

    def discard_head(self) -> None:
        """All attempts of the first transaction message failed (``S 3.7.1``)."""
        request = self._fields.outbox.queue[0].request
        self._learn(request, None)
        self._drop_head()
        self._tell_all(outcomes.discarded(request))

    # ---- helpers ---------------------------------------------------------------------------------

    def _under_way(self) -> QueuedCall:
        call = self._fields.outbox.under_way
        if call is None:
            raise ValueError("no CALL is under way: the chart asked too early")
        return call

    def _finish_call(self) -> QueuedCall:
        """Its frame need not leave any more, if it still waits for the disk: a late answer to one
        try settles the next one, too (``J 4.1.1``)."""
        self._emit(AbandonCall())
        call = self._under_way()
        self._keep(replace(self._fields.outbox, under_way=None))
        if call.lane is Lane.OTHER and isinstance(call.request, NOTICES):
            self._tell(ProgressTold())
        return call

    def _tell_failure(self, call: QueuedCall, events: tuple[Event, ...]) -> None:
        if call.lane is Lane.QUEUE:
            self._tell(HeadFailed())
        self._tell_all(events)

    def _learn(self, request: Request, transaction_id: int | None) -> None:
        if isinstance(request, StartTransaction):
            self._keep(rules.learned(self._fields.outbox, request.uid, transaction_id))
            self._record(TransactionIdLearned(request.uid, transaction_id))

    def _drop_head(self) -> None:
        head = self._fields.outbox.queue[0]
        self._record(CallSettled(head.seq))
        if isinstance(head.request, StopTransaction):
            self._record(TransactionIdForgotten(head.request.uid))
        self._keep(rules.without_head(self._fields.outbox))

    def _tell_all(self, events: tuple[Event, ...]) -> None:
        for event in events:
            self._tell(event)

    def _keep(self, outbox: Outbox) -> None:
        """Keep the outbox; ask storage for more when the window runs low."""
        if outbox.stored_more and not outbox.is_loading and len(outbox.queue) <= LOW_WATER:
            outbox = replace(outbox, is_loading=True, is_outgrown=False)
            self._emit(LoadCalls(rules.last_held(outbox), rules.WINDOW - len(outbox.queue)))
        self._set(outbox=outbox)
