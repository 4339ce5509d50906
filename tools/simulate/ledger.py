"""The ledger: what really happened to transactions and energy, written by the world.

Theory of operation: when a turn asks for a StartTransaction or StopTransaction, the true register
of that instant is noted; when its row is durable, that edge of the session counts. Rows are seen
where the disk takes them. Nothing here asks the controller.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from cp.vocabulary.records import Put, Row
from cp.vocabulary.words import Action
from tools.simulate.outlet import Outlet

OPEN = ("transaction", "open")
_EDGES = (Action.START_TRANSACTION, Action.STOP_TRANSACTION)


@dataclass(frozen=True, slots=True)
class Queued:
    """A transaction message. Of an edge of a session: ``uid``, ``id_tag``, the true register of
    the turn, and whether the meter showed it then."""

    message_id: str
    action: str
    uid: str
    id_tag: str = ""
    true_wh: int = 0
    is_exact: bool = False


@dataclass(slots=True)
class Ledger:
    """``queued``: durable messages by id, in that order; ``gone``: ids whose row was deleted.

    ``is_exact``  the meter shows the true register now; written by the meter.
    """

    outlet: Outlet
    is_exact: bool = True
    queued: dict[str, Queued] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    _asked: dict[str, Queued] = field(default_factory=dict)
    _ids: dict[str, str] = field(default_factory=dict)

    def ask(self, rows: Iterable[Row]) -> None:
        """A turn asks for these rows, now."""
        for row in rows:
            if row.kind == "call" and isinstance(row, Put):
                queued = self._read(row)
                self._asked[queued.message_id] = queued

    def store(self, rows: Iterable[Row]) -> None:
        """One commit is durable. Rows that are only put back are not new."""
        for row in rows:
            if (row.kind, row.key) == OPEN:
                self._mark(is_open=isinstance(row, Put))
            elif row.kind == "call":
                self._move(row)

    def _move(self, row: Row) -> None:
        if isinstance(row, Put):
            self._keep(row)
        elif row.key in self._ids:
            self.gone.add(self._ids[row.key])

    def _keep(self, row: Put) -> None:
        message_id = str(json.loads(row.body)["message_id"])
        self._ids[row.key] = message_id
        self.gone.discard(message_id)
        if message_id not in self.queued:
            self.queued[message_id] = self._asked[message_id]

    def _mark(self, *, is_open: bool) -> None:
        self.outlet.look()
        self.outlet.has_session = is_open

    def _read(self, row: Put) -> Queued:
        body = json.loads(row.body)
        request = json.loads(body["request"])
        action, message_id = str(request["action"]), str(body["message_id"])
        uid = str(request.get("uid") or "")
        if action not in _EDGES:
            return Queued(message_id, action, uid)
        true_wh = self.outlet.register_wh
        return Queued(message_id, action, uid, str(request["id_tag"]), true_wh, self.is_exact)
