"""The second composition: the line to the central system.

What is inside: link, charge_point, delivery, queue, and the two machines of reporting. What stands
outside, chosen freely: the network, the answers of the central system to the CALL under way, its
TriggerMessage and Reset, and what the outlet tells: changes of status and error of both connectors,
Authorize, and the messages of transactions.

Why two compositions and no product: the outlet meets the line only in events and facts (CALLs
created, answers, link and registration, status changes, reset), and the environment of each brings
forth freely what the other one could. A test compares these interfaces.

What is forgotten, and why nothing is lost: time; places in the outbox and names of transactions
(compared and ordered only, so they are numbered anew); the growing wait of the link (a duration);
what a status or a message says beyond the few that are used (delivery only looks at lanes). Bounds:
the outlet creates a CALL only while fewer than ``WAITING_MAX`` wait, and a transaction message
while fewer than ``QUEUE_MAX`` do: the lanes ask whether one waits and take the oldest, so that more
of them repeat what two show. A full disk thins messages behind the window in memory: so few never
get there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from cp.behavior.charge_point import FAULTS_MAX, ChargePointFields
from cp.behavior.delivery import DeliveryFields
from cp.behavior.link import LinkFields
from cp.behavior.reporting import ReportingFields
from cp.domain.outbox import Outbox
from cp.house import House
from cp.vocabulary.effects import (
    AbandonCall,
    CloseLink,
    Effect,
    OpenLink,
    Record,
    Restart,
    SwitchAnswering,
    Transmit,
)
from cp.vocabulary.events import JournalReplayed
from cp.vocabulary.records import (
    CallKept,
    CallSettled,
    FaultNoted,
    Restored,
    StationAccepted,
    TransactionIdForgotten,
    TransactionIdLearned,
)
from cp.vocabulary.requests import QueuedCall
from tools.explore.cells import Cell, State, View
from tools.explore.finding import Finding
from tools.explore.line_invariants import line_findings
from tools.explore.model import Model, cells_of
from tools.explore.names import Ids, Names, uid_of
from tools.explore.room import NOW
from tools.explore.turn import LeanTurn

WAITING_MAX: Final = 1
QUEUE_MAX: Final = 2

_LINE: Final = ("link.0", "charge_point.0", "delivery.0", "queue.0")


@dataclass(frozen=True, slots=True)
class LineCells:
    """What the environment remembers.

    ``socket``       closed, opening, open, or closing because the station wants it.
    ``pending``      the CALL under way; ``answered`` what BootNotification.conf last said.
    ``is_answering`` CALLs of the central system are decoded.
    ``is_ending``    a restart was ordered; it may happen or fail.
    ``statuses``     of connectors 0 and 1, as last told; empty before the inputs were read.
    ``open_uid``     the open transaction.
    ``queue``, ``ids``, ``is_accepted``  what is durable: transaction messages, ids of the server,
                     and that it has accepted the station.
    """

    socket: Cell[str]
    pending: Cell[QueuedCall | None]
    answered: Cell[str]
    is_answering: Cell[bool]
    is_ending: Cell[bool]
    statuses: Cell[tuple[str, str]]
    open_uid: Cell[str | None]
    queue: Cell[tuple[QueuedCall, ...]]
    ids: Cell[Ids]
    is_accepted: Cell[bool]


class LineModel(Model):
    """Composition B; ``line_moves`` has its alphabet."""

    key_cells = ("HeartbeatInterval",)
    head = ("server: silent",)

    def __init__(
        self,
        house: House,
        title: str,
        reporting: tuple[int, ...] = (0, 1),
        *,
        is_known: bool = False,
    ) -> None:
        self.machines = (*_LINE, *(f"reporting.{number}" for number in reporting))
        super().__init__(house, title)
        tries = {"TransactionMessageAttempts": "2", "ResetRetries": "0" if is_known else "1"}
        for key, text in tries.items():
            self.room.defaults = self.room.defaults.with_value(key, text)
        self._is_known = is_known
        add = self.layout.add
        nothing: QueuedCall | None = None
        nobody: str | None = None
        self.cells = LineCells(
            socket=add("socket", "closed"),
            pending=add("pending", nothing),
            answered=add("answered", ""),
            is_answering=add("is_answering", True),
            is_ending=add("is_ending", False),
            statuses=add("statuses", ("", "")),
            open_uid=add("open_uid", nobody),
            queue=add("queue", tuple[QueuedCall, ...]()),
            ids=add("ids", tuple[tuple[str, int | None], ...]()),
            is_accepted=add("is_accepted", False),
        )

    @property
    def key_sets(self) -> tuple[Mapping[str, str], ...]:
        """With the interval that the central system will order, or with another one."""
        return ({"HeartbeatInterval": "300"},) if self._is_known else ({}, {})

    def starts(self) -> tuple[State, ...]:
        """A device that the central system knows, or a new one and one that has failed often."""
        if self._is_known:
            return (self.first_state(self.key_sets[0], self._boot_again),)
        return (self.first_state({}, self.boot), self.first_state({}, self._boot_out_of_order))

    def _boot_again(self, turn: LeanTurn) -> bool:
        turn.view.put(self.cells.is_accepted, True)
        return self.boot(turn)

    def _boot_out_of_order(self, turn: LeanTurn) -> bool:
        fault = FaultNoted("connector.1", "plugged", "digest", NOW.stamp)
        return self._boot(turn, (fault,) * FAULTS_MAX)

    def boot(self, turn: LeanTurn) -> bool:
        """Power comes on with what is durable."""
        return self._boot(turn, ())

    def _boot(self, turn: LeanTurn, faults: tuple[FaultNoted, ...]) -> bool:
        view, cells = turn.view, self.cells
        restored = Restored(
            faults=faults,
            calls=view.get(cells.queue),
            transaction_ids=view.get(cells.ids),
            accepted_urls=(self.house.product.url,) if view.get(cells.is_accepted) else (),
        )
        durable = cells_of(cells.queue, cells.ids, cells.is_accepted, cells.open_uid)
        has_open = view.get(cells.open_uid) is not None
        self.power_on(turn, durable, JournalReplayed(restored))
        self.know(view, has_open_transaction=has_open)
        return True

    # ---- what the environment sees ---------------------------------------------------------------

    def observe(self, turn: LeanTurn) -> None:
        """Commands, records and CALLs of the turn."""
        for item in turn.trace:
            if isinstance(item, Record):
                self._observe_record(turn.view, item)
            elif isinstance(item, Effect):
                self._observe_effect(turn.view, item)

    def _observe_effect(self, view: View, effect: Effect) -> None:
        cells = self.cells
        match effect:
            case OpenLink():
                view.put(cells.socket, "opening")
            case CloseLink():
                view.put(cells.socket, "closing")
            case Transmit(call):
                view.put(cells.pending, call)
            case AbandonCall():
                view.put(cells.pending, None)
            case SwitchAnswering(is_on):
                view.put(cells.is_answering, is_on)
            case Restart():
                view.put(cells.is_ending, True)

    def _observe_record(self, view: View, record: Record) -> None:
        cells = self.cells
        match record.entry:
            case CallKept(call):
                view.put(cells.queue, (*view.get(cells.queue), call))
            case CallSettled(seq):
                queue = view.get(cells.queue)
                view.put(cells.queue, tuple(call for call in queue if call.seq != seq))
            case TransactionIdLearned(uid, transaction_id):
                view.put(cells.ids, (*self._other_ids(view, uid), (uid, transaction_id)))
            case TransactionIdForgotten(uid):
                view.put(cells.ids, self._other_ids(view, uid))
            case StationAccepted():
                view.put(cells.is_accepted, True)

    def _other_ids(self, view: View, uid: str) -> Ids:
        return tuple(item for item in view.get(self.cells.ids) if item[0] != uid)

    def findings(self, turn: LeanTurn) -> Iterable[Finding]:
        """See ``line_invariants``."""
        return line_findings(self, turn)

    # ---- what makes no difference ----------------------------------------------------------------

    def outbox(self, view: View) -> Outbox:
        """What delivery keeps."""
        return self.fields(view, "delivery.0", DeliveryFields).outbox

    def normalize(self, view: View) -> None:
        """See the docstring of the module."""
        machines = self.room.machines
        if view.is_written(machines["link.0"]):
            self.set_fields(view, "link.0", LinkFields())
        if view.is_written(machines["charge_point.0"]):
            self.set_fields(view, "charge_point.0", self._registration(view))
        if view.is_written(machines["delivery.0"]) or view.is_written(self.cells.open_uid):
            self._renumber(view)

    def _registration(self, view: View) -> ChargePointFields:
        """The interval is a duration; the kind of a reset is in the state, then in its record."""
        fields = self.fields(view, "charge_point.0", ChargePointFields)
        is_restarting = self.leaf(view, "charge_point.0") == "restarting"
        return ChargePointFields(failed_restarts=fields.failed_restarts if is_restarting else 0)

    def _renumber(self, view: View) -> None:
        """Places become 1, 2, ... and transactions 0.1, 0.2, ... in the order they appear."""
        cells = self.cells
        fields = self.fields(view, "delivery.0", DeliveryFields)
        outbox, queue = fields.outbox, view.get(cells.queue)
        pending = view.get(cells.pending)
        single = tuple(call for call in (outbox.under_way, pending) if call)
        calls = (*outbox.waiting, *outbox.queue, *single, *queue)
        waiting = {call.seq for call in (*outbox.waiting, *outbox.queue, *queue)}
        single_seqs = {call.seq for call in single} - waiting
        places = {seq: place for place, seq in enumerate((*single_seqs, *sorted(waiting)), 1)}
        open_uid = view.get(cells.open_uid)
        uids = [uid_of(call) for call in calls]
        uids += [uid for uid, _ in (*outbox.transaction_ids, *view.get(cells.ids))] + [open_uid]
        known = dict.fromkeys(uid for uid in uids if uid is not None)
        names = Names(places, {uid: f"0.{number}" for number, uid in enumerate(known, 1)})
        fields = replace(fields, outbox=names.outbox(outbox))
        self.set_fields(view, "delivery.0", fields)
        view.put(cells.pending, names.call(pending) if pending else None)
        view.put(cells.queue, names.calls(queue))
        view.put(cells.ids, names.ids(view.get(cells.ids)))
        view.put(cells.open_uid, None if open_uid is None else names.uids[open_uid])

    # ---- the goal --------------------------------------------------------------------------------

    def is_idle(self, state: State) -> bool:
        """Accepted, online, nothing to deliver, every status delivered."""
        view = View(state, self.layout.values)
        outbox = self.outbox(view)
        is_empty = not (outbox.waiting or outbox.queue or outbox.under_way)
        leaves = {name: self.leaf(view, name) for name in self.room.machines}
        return (
            is_empty
            and leaves.items() <= _IDLE.items()
            and view.get(self.cells.open_uid) is None
            and all(self._is_delivered(view, name) for name in leaves)
        )

    def _is_delivered(self, view: View, name: str) -> bool:
        """Whether the central system knows the status of this connector."""
        if not name.startswith("reporting"):
            return True
        connector_id = int(name[-1])
        status = view.get(self.cells.statuses)[connector_id]
        error = view.get(self.room.facts["outlet_error" if connector_id else "station_error"])
        return self.fields(view, name, ReportingFields).delivered == (status, error)


_IDLE: Final = {
    "link.0": "online",
    "charge_point.0": "accepted",
    "delivery.0": "flowing",
    "queue.0": "ready",
    "reporting.0": "current",
    "reporting.1": "current",
}
