"""What must never happen on the line to the central system: see ``invariants``."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cp.vocabulary.confirmations import BootConfirmation
from cp.vocabulary.effects import AbandonCall, Effect, Record, Reply, Transmit
from cp.vocabulary.events import CallAnswered, CallCreated, CallRefused, Event
from cp.vocabulary.records import CallKept, CallSettled, TransactionIdLearned
from cp.vocabulary.requests import (
    Lane,
    MeterValues,
    QueuedCall,
    StatusNotification,
    StopTransaction,
)
from cp.vocabulary.words import ChargePointErrorCode, ChargePointStatus, RegistrationStatus
from tools.explore.finding import Finding
from tools.explore.invariants import (
    LENGTH_MAX,
    Invariant,
    each_call_is_answered_once,
    findings,
    turns_are_short,
)
from tools.explore.promises import BOOT_FIRST, ORDER

if TYPE_CHECKING:
    from tools.explore.line import LineModel
    from tools.explore.turn import LeanTurn

NO_TRANSACTION: Final = -1


@dataclass(slots=True)
class _Replay:
    """CALL under way, durable queue and known ids, as they are before the item of the trace."""

    pending: QueuedCall | None
    queue: list[QueuedCall]
    ids: dict[str, int | None]

    def follow(self, item: object) -> None:
        """One item of the trace."""
        match item:
            case CallAnswered() | CallRefused() | AbandonCall():
                self.pending = None
            case Transmit(call):
                self.pending = call
            case Record(CallKept(call)):
                self.queue.append(call)
            case Record(CallSettled(seq)):
                self.queue = [call for call in self.queue if call.seq != seq]
            case Record(TransactionIdLearned(uid, transaction_id)):
                self.ids[uid] = transaction_id


def replayed(model: "LineModel", turn: "LeanTurn") -> Iterator[tuple[_Replay, Effect | Event]]:
    """Each effect and event of this turn, with what was true just before."""
    view, cells = turn.view, model.cells
    queue, ids = view.was(cells.queue), view.was(cells.ids)
    replay = _Replay(view.was(cells.pending), list(queue), dict(ids))
    for item in turn.trace:
        if isinstance(item, Effect | Event):
            yield replay, item
            replay.follow(item)


def sendings(model: "LineModel", turn: "LeanTurn") -> Iterator[tuple[_Replay, Transmit]]:
    """Each CALL that leaves in this turn, with what was true just before."""
    for replay, item in replayed(model, turn):
        if isinstance(item, Transmit):
            yield replay, item


def one_call_under_way(model: "LineModel", turn: "LeanTurn") -> str | None:
    """``J 4.1.1``."""
    for replay, sent in sendings(model, turn):
        if replay.pending is not None:
            under_way = replay.pending.request.action
            return f"{sent.call.request.action} leaves while {under_way} is under way"
    return None


def nothing_before_acceptance(model: "LineModel", turn: "LeanTurn") -> str | None:
    """``S 4.2``: what may leave by what BootNotification.conf last said."""
    for _, sent in sendings(model, turn):
        answered = turn.view.get(model.cells.answered)
        lane = sent.call.lane
        is_allowed = lane is Lane.REGISTRATION or answered == "Accepted"
        if not is_allowed and not (lane is Lane.TRIGGERED and answered == "Pending"):
            return f"{sent.call.request.action} leaves while registration is {answered or 'new'}"
    return None


def nothing_is_accepted_before(model: "LineModel", turn: "LeanTurn") -> str | None:
    """``S 4.2``: CALLs of the central system by what BootNotification.conf last said."""
    view, cells = turn.view, model.cells
    for item in turn.trace:
        match item:
            case Reply() if view.was(cells.answered) not in ("Pending", "Accepted"):
                if item.payload.get("status") == "Accepted":
                    return f"a CALL is accepted while registration is {view.was(cells.answered)}"
            case CallAnswered(_, BootConfirmation(status)):
                is_answering = view.get(cells.is_answering)
                is_restarting = model.leaf(view, "charge_point.0") in ("leaving", "restarting")
                is_rejected = status is RegistrationStatus.REJECTED
                if is_answering is is_rejected and not is_restarting:
                    return f"registration is {status}, is_answering={is_answering}"
    return None


def nothing_without_link(model: "LineModel", turn: "LeanTurn") -> str | None:
    """A CALL needs a socket that was not closed by the network."""
    for _, sent in sendings(model, turn):
        if turn.view.get(model.cells.socket) not in ("open", "closing"):
            return f"{sent.call.request.action} leaves without a link"
    return None


def queue_is_in_order(model: "LineModel", turn: "LeanTurn") -> str | None:
    """``S 3.7``: only the oldest durable message, and not before it is durable."""
    for replay, item in replayed(model, turn):
        match item:
            case Transmit(call) if call.lane is Lane.QUEUE and [call] != replay.queue[:1]:
                return f"{call.request.action} overtakes an older transaction message"
            case Record(CallSettled(seq)) if [seq] != [call.seq for call in replay.queue[:1]]:
                return "a transaction message is done with before an older one"
            case Record(CallKept(call)) if any(old.seq >= call.seq for old in replay.queue):
                return f"{call.request.action} is queued before an older transaction message"
    events = (item for item in turn.trace if isinstance(item, CallCreated))
    created = [event.request for event in events if event.lane is Lane.QUEUE]
    entries = (item.entry for item in turn.trace if isinstance(item, Record))
    queued = [entry.call.request for entry in entries if isinstance(entry, CallKept)]
    return None if queued == created else "what is queued is not what was created"


def messages_know_their_transaction(model: "LineModel", turn: "LeanTurn") -> str | None:
    """``E 4.8``: the id of StartTransaction.conf, or -1 after StartTransaction was discarded."""
    for replay, sent in sendings(model, turn):
        request = sent.call.request
        if not isinstance(request, MeterValues | StopTransaction) or sent.call.lane != Lane.QUEUE:
            continue
        if request.uid not in replay.ids:
            return f"{request.action} leaves before the id of its transaction is known"
        known = replay.ids[request.uid]
        if sent.transaction_id != (NO_TRANSACTION if known is None else known):
            return f"{request.action} says transaction {sent.transaction_id}, not {known}"
    return None


def memory_is_durable(model: "LineModel", turn: "LeanTurn") -> str | None:
    """What delivery remembers is what a power cut would leave."""
    view, cells = turn.view, model.cells
    outbox = model.outbox(view)
    if outbox.queue != view.get(cells.queue):
        return "the queue in memory is not the one on disk"
    ids = view.get(cells.ids)
    if set(outbox.transaction_ids) != set(ids):
        return "the transaction ids in memory are not those on disk"
    return None


def _status_notifications(turn: "LeanTurn") -> Iterator[StatusNotification]:
    for item in turn.trace:
        if isinstance(item, CallCreated) and isinstance(item.request, StatusNotification):
            yield item.request


def status_is_true(model: "LineModel", turn: "LeanTurn") -> str | None:
    """A StatusNotification says the status that was told last."""
    for request in _status_notifications(turn):
        told = turn.view.get(model.cells.statuses)[request.connector_id]
        if request.status != told:
            return f"connector {request.connector_id} is {told}, but {request.status} is reported"
    return None


def faulted_carries_error(_: "LineModel", turn: "LeanTurn") -> str | None:
    """``S 7.6``: Faulted always says why."""
    for request in _status_notifications(turn):
        is_faulted = request.status is ChargePointStatus.FAULTED
        if is_faulted and request.error_code is ChargePointErrorCode.NO_ERROR:
            return f"connector {request.connector_id} is reported Faulted with NoError"
    return None


LINE: "Final[tuple[Invariant[LineModel], ...]]" = (
    Invariant("one CALL", "At most one CALL is under way.", one_call_under_way),
    Invariant(
        BOOT_FIRST,
        "Before Accepted nothing leaves but BootNotification and, while Pending, what "
        "TriggerMessage asked for.",
        nothing_before_acceptance,
    ),
    Invariant(
        "registration",
        "Before Accepted or Pending no CALL of the central system is accepted; from Rejected until "
        "the next BootNotification none is answered, unless the station is being restarted.",
        nothing_is_accepted_before,
    ),
    Invariant("link", "A CALL leaves only while the link is up.", nothing_without_link),
    Invariant(
        ORDER,
        "Transaction messages are queued, leave and are done with in the order they were created, "
        "each after it is durable: over retries, lost links and power cuts.",
        queue_is_in_order,
    ),
    Invariant(
        "transaction id",
        "Each message of a transaction carries the id of the server, or -1 if there is none.",
        messages_know_their_transaction,
    ),
    Invariant("durable", "The queue in memory is the one on disk.", memory_is_durable),
    Invariant("true status", "The status that is reported is the present one.", status_is_true),
    Invariant("error", "Faulted is reported with an error.", faulted_carries_error),
    Invariant("answers", "Each CALL gets exactly one answer.", each_call_is_answered_once),
    Invariant("short turns", f"A turn has at most {LENGTH_MAX} events.", turns_are_short),
)
"""The invariants of the line. Two more are no matter of one turn: no step raises, and no machine is
stuck (``stuck``): from every state one can be reached in which all is delivered."""


def line_findings(model: "LineModel", turn: "LeanTurn") -> Iterator[Finding]:
    """The invariants of the line that do not hold after a turn."""
    return findings(LINE, model, turn)
