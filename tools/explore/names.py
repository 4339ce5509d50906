"""New places and names for what is in an outbox: only order and equality matter."""

from dataclasses import dataclass, replace

from cp.domain.outbox import Outbox
from cp.vocabulary.requests import MeterValues, QueuedCall, StartTransaction, StopTransaction

Ids = tuple[tuple[str, int | None], ...]
"""Transactions with the server's id; None: there will never be one."""


@dataclass(frozen=True, slots=True)
class Names:
    """New places and new names of transactions."""

    places: dict[int, int]
    uids: dict[str, str]

    def outbox(self, outbox: Outbox) -> Outbox:
        """The outbox under its new names."""
        under_way = outbox.under_way
        return replace(
            outbox,
            waiting=self.calls(outbox.waiting),
            queue=self.calls(outbox.queue),
            under_way=self.call(under_way) if under_way else None,
            transaction_ids=self.ids(outbox.transaction_ids),
            next_seq=len(self.places) + 1,
        )

    def ids(self, ids: Ids) -> Ids:
        """The server's ids, in the order of their transactions' names."""
        return tuple(sorted((self.uids[uid], number) for uid, number in ids))

    def calls(self, calls: tuple[QueuedCall, ...]) -> tuple[QueuedCall, ...]:
        """Some CALLs under their new names."""
        return tuple(self.call(call) for call in calls)

    def call(self, call: QueuedCall) -> QueuedCall:
        """One CALL under its new names."""
        place, uid, request = self.places[call.seq], uid_of(call), call.request
        if uid is not None:
            request = replace(request, uid=self.uids[uid])  # type: ignore[call-arg]
        return replace(call, seq=place, message_id=str(place), request=request)


def uid_of(call: QueuedCall) -> str | None:
    """The transaction that a CALL belongs to."""
    match call.request:
        case StartTransaction() | MeterValues() | StopTransaction():
            return call.request.uid
    return None
