"""The outbox: CALLs that wait for their turn. Transaction messages are durable, the rest is not.

``queue`` holds a window of the transaction messages, oldest first; the rest of a long backlog stays
in storage until the window runs low. ``transaction_ids`` knows the server's id of each transaction
that still has messages to send: None means that there will never be one (``E 4.8``).
"""

from collections.abc import Sequence
from typing import Final

from cp.vocabulary.lean import dataclass, replace
from cp.vocabulary.records import Restored
from cp.vocabulary.requests import (
    Lane,
    MeterValues,
    QueuedCall,
    Request,
    StopTransaction,
)

WINDOW: Final = 64
"""Transaction messages held in memory."""

SEQ_PER_BOOT: Final = 10**8
"""Places of one boot: they rise over all boots without looking for the last one in storage, and are
unique over all connections (``J 4.1.4``, ``JE``)."""

WAITING_MAX: Final = 64
"""Bound on CALLs of the other lanes; the oldest of them is dropped first."""

NO_TRANSACTION_ID: Final = -1
"""What messages of a transaction carry whose StartTransaction was discarded (``E 4.8``)."""


@dataclass(frozen=True, slots=True)
class Outbox:
    """``stored_more``: messages wait in storage behind the window; ``is_loading``: they are being
    read; ``is_outgrown``: one more was stored meanwhile, which the reading may have missed."""

    waiting: tuple[QueuedCall, ...] = ()
    queue: tuple[QueuedCall, ...] = ()
    stored_more: bool = False
    is_loading: bool = False
    is_outgrown: bool = False
    next_seq: int = 1
    transaction_ids: tuple[tuple[str, int | None], ...] = ()
    under_way: QueuedCall | None = None


def restored_outbox(restored: Restored) -> Outbox:
    """The outbox as the journal knows it after power-on."""
    return Outbox(
        queue=restored.calls,
        stored_more=restored.more_calls,
        next_seq=restored.boot * SEQ_PER_BOOT + 1,
        transaction_ids=restored.transaction_ids,
    )


def added(outbox: Outbox, lane: Lane, request: Request) -> tuple[Outbox, QueuedCall]:
    """The outbox with one more CALL, and the CALL with its place, which is its unique id too."""
    call = QueuedCall(outbox.next_seq, str(outbox.next_seq), lane, request)
    outbox = replace(outbox, next_seq=outbox.next_seq + 1)
    if lane is not Lane.QUEUE:
        waiting = (*outbox.waiting, call)[-WAITING_MAX:]
        return replace(outbox, waiting=waiting), call
    if outbox.stored_more or len(outbox.queue) >= WINDOW:
        return replace(outbox, stored_more=True, is_outgrown=outbox.is_loading), call
    return replace(outbox, queue=(*outbox.queue, call)), call


def started(outbox: Outbox, call: QueuedCall) -> Outbox:
    """The outbox with ``call`` under way; a transaction message stays at the head until settled."""
    waiting = tuple(item for item in outbox.waiting if item.seq != call.seq)
    return replace(outbox, waiting=waiting, under_way=call)


def without_head(outbox: Outbox) -> Outbox:
    """The outbox after its first transaction message was answered or discarded."""
    head, *rest = outbox.queue
    ids = outbox.transaction_ids
    if isinstance(head.request, StopTransaction):
        ids = tuple(item for item in ids if item[0] != head.request.uid)
    return replace(outbox, queue=tuple(rest), transaction_ids=ids)


def learned(outbox: Outbox, uid: str, transaction_id: int | None) -> Outbox:
    """The outbox that knows the server's id of a transaction."""
    others = tuple(item for item in outbox.transaction_ids if item[0] != uid)
    return replace(outbox, transaction_ids=(*others, (uid, transaction_id)))


def transaction_id_of(outbox: Outbox, request: Request) -> int | None:
    """The id to send with a message of a transaction; None: leave the field out."""
    if not isinstance(request, MeterValues | StopTransaction) or request.uid is None:
        return None
    for uid, transaction_id in outbox.transaction_ids:
        if uid == request.uid:
            return NO_TRANSACTION_ID if transaction_id is None else transaction_id
    return NO_TRANSACTION_ID if isinstance(request, StopTransaction) else None


def last_held(outbox: Outbox) -> int:
    """The place of the last transaction message in memory; 0: none. Behind it they are stored."""
    return outbox.queue[-1].seq if outbox.queue else 0


def spare_places(calls: Sequence[QueuedCall]) -> tuple[int, ...]:
    """Places of the messages that may go when there is no room: every second MeterValues between
    the first and the last of each transaction, so that its curve keeps its ends (D-15).

    What was measured outside of transactions is one curve too.
    """
    curves: dict[str | None, list[int]] = {}
    for call in calls:
        if isinstance(call.request, MeterValues):
            curves.setdefault(call.request.uid, []).append(call.seq)
    return tuple(seq for places in curves.values() for seq in places[1:-1:2])


def first_in(outbox: Outbox, *lanes: Lane) -> QueuedCall | None:
    """The oldest CALL of these lanes that waits; transaction messages are not among them."""
    return next((call for call in outbox.waiting if call.lane in lanes), None)


def oldest(outbox: Outbox) -> QueuedCall | None:
    """The CALL that was created first, whatever its lane."""
    heads = [*outbox.waiting[:1], *outbox.queue[:1]]
    return min(heads, key=lambda call: call.seq, default=None)
