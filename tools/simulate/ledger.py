"""The ledger: what really happened to transactions and energy, written by the world.

Theory of operation: when a turn asks for a StartTransaction or StopTransaction, the true register
of that instant is noted; when its row is durable, that edge of the session counts. Rows are seen
where the disk takes them. Nothing here asks the controller.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from cp.vocabulary.records import Put, Row
from cp.vocabulary.words import Action
from tools.simulate.outlet import Outlet

OPEN = ("transaction", "open")
_EDGES = (Action.START_TRANSACTION, Action.STOP_TRANSACTION)


@dataclass(frozen=True, slots=True)
class Queued:
    """A transaction message. Of an edge of a session: ``uid``, ``id_tag``, the true register of
    the turn, and whether the meter showed it then; of its end the ``reason``."""

    message_id: str
    action: str
    uid: str
    id_tag: str = ""
    true_wh: int = 0
    is_exact: bool = False
    reason: str = ""


@dataclass(slots=True)
class Ledger:
    """``queued``: durable messages by id, in that order; ``gone``: ids whose row was deleted, and
    when; ``uid`` of the session that is open, else empty.

    ``is_exact``  the meter shows the true register now; written by the meter.
    """

    outlet: Outlet
    is_exact: bool = True
    queued: dict[str, Queued] = field(default_factory=dict)
    gone: dict[str, float] = field(default_factory=dict)
    uid: str = ""
    starts: dict[str, Queued] = field(default_factory=dict)
    """What each session began with, by uid."""
    sent: Counter[str] = field(default_factory=Counter)
    """How often each CALL has left the station; written by the link."""
    given_up: set[str] = field(default_factory=set)
    """Ids of messages that failed too often (``S 3.7.1``); written by ``tries``."""
    on_gone: Callable[[str], None] = lambda _message_id: None
    _asked: dict[str, Queued] = field(default_factory=dict)
    _ids: dict[str, str] = field(default_factory=dict)

    def ask(self, rows: Iterable[Row]) -> list[Queued]:
        """A turn asks for these rows, now; the messages among them."""
        found = [self._read(row) for row in rows if row.kind == "call" and isinstance(row, Put)]
        for queued in found:
            self._asked[queued.message_id] = queued
            if queued.action == Action.START_TRANSACTION:
                self.starts[queued.uid] = queued
        return found

    def store(self, rows: Iterable[Row]) -> None:
        """One commit is durable. Rows that are only put back are neither new nor gone."""
        deleted: dict[str, None] = {}
        for row in rows:
            if (row.kind, row.key) == OPEN:
                self._mark(row)
            elif row.kind == "call" and isinstance(row, Put):
                deleted.pop(self._keep(row), None)
            elif row.kind == "call" and row.key in self._ids:
                deleted[self._ids[row.key]] = None
        for message_id in deleted:
            self.gone[message_id] = self.outlet.time.now_s
            self.on_gone(message_id)

    def _keep(self, row: Put) -> str:
        message_id = str(json.loads(row.body)["message_id"])
        self._ids[row.key] = message_id
        self.gone.pop(message_id, None)
        if message_id not in self.queued:
            self.queued[message_id] = self._asked[message_id]
        return message_id

    def _mark(self, row: Row) -> None:
        self.uid = str(json.loads(row.body)["uid"]) if isinstance(row, Put) else ""
        self.outlet.mark_session(is_open=isinstance(row, Put))

    def _read(self, row: Put) -> Queued:
        body = json.loads(row.body)
        request = json.loads(body["request"])
        action, message_id = str(request["action"]), str(body["message_id"])
        uid = str(request.get("uid") or "")
        if action not in _EDGES:
            return Queued(message_id, action, uid)
        true_wh = self.outlet.register_wh
        id_tag, reason = str(request["id_tag"]), str(request.get("reason", ""))
        return Queued(message_id, action, uid, id_tag, true_wh, self.is_exact, reason)
