"""What the compositions of jobs share: a job beside connector, transaction and charge_point.

What is inside: the job's own machine, progress, connector, transaction, charge_point, and
availability of the outlet. What stands outside, chosen freely: plug, cards and the answers to them,
faults of the outlet, the link, the answers to BootNotification and to the job's notices, CALLs of
the central system, storage, and the transfer. The line (``line``) and the outlet (``outlet``) are
explored by themselves; a test compares what they tell.

Effects that go out wait in a row, as long as storage or a driver likes: one move carries out the
first of them, a safe effect cancels what it names, and power may be cut at any moment between.
Records are durable at the end of their turn: a cut before that leaves what the turn began with.

What is forgotten, and why nothing is lost: time (a timer that is armed may fire at any time:
retrieveDate may be long past or far away); the number of a try (compared for equality alone: the
present one is 1, an older one 0); what the notices say and how many wait beyond two (progress asks
whether there is one and whether there are more; when one of three is done, two are left, which is
the state that it was; what becomes of them is checked in each turn, before they are forgotten);
samples, times and the name of the transaction; whose card it is; the kind of a reset (its Hard form
is explored on the line).
"""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from cp.behavior.charge_point import ChargePointFields
from cp.behavior.connector import ConnectorFields
from cp.behavior.progress import ProgressFields
from cp.behavior.transaction import TransactionFields
from cp.house import House
from cp.vocabulary.effects import Effect, Record, Restart
from cp.vocabulary.events import CallCreated, JournalReplayed, StartAsked
from cp.vocabulary.metering import TransactionRecord
from cp.vocabulary.records import (
    AvailabilitySet,
    Entry,
    NoticesKept,
    Restored,
    StationAccepted,
    TransactionEnded,
    TransactionKept,
    VisitSet,
)
from cp.vocabulary.requests import (
    DiagnosticsStatusNotification,
    FirmwareStatusNotification,
    Lane,
    Request,
)
from cp.vocabulary.words import FirmwareStatus
from tools.explore.cells import Cell, State, View
from tools.explore.model import Model, cells_of
from tools.explore.turn import LeanTurn

NOTICE: Final = FirmwareStatusNotification(FirmwareStatus.IDLE)
"""Stands for every notice."""

NOTICES_MAX: Final = 2
RESTART: Final = "restart"
NOTICES: Final = (FirmwareStatusNotification, DiagnosticsStatusNotification)


@dataclass(frozen=True, slots=True)
class JobCells:
    """What the environment remembers.

    ``is_read``   the inputs were read since power came on.
    ``question``  what an id is being authorized for: start, stop, or nothing.
    ``is_told``   the CALL of a notice waits for its answer.
    ``outward``   effects that wait, oldest first.
    ``story``     what the central system knows of the request that is not over; empty: no request.
    ``kept``, ``visit``, ``serving``, ``is_accepted``, ``notices``  what is durable.
    """

    is_read: Cell[bool]
    question: Cell[str]
    is_told: Cell[bool]
    outward: Cell[tuple[str, ...]]
    story: Cell[str]
    kept: Cell[TransactionRecord | None]
    visit: Cell[bool]
    serving: Cell[tuple[tuple[int, str], ...]]
    is_accepted: Cell[bool]
    notices: Cell[tuple[Request, ...]]


class JobModel(Model):
    """A job and the rest of the station; subclasses add the job's own world."""

    key_cells = ()
    head = tuple(
        f"* when {action} silent"
        for action in ("BootNotification", "Authorize", "FirmwareStatusNotification")
    )
    job: str
    """The machine of the job."""

    def __init__(self, house: House, title: str) -> None:
        rest = ("progress.0", "connector.1", "transaction.1", "charge_point.0", "availability.1")
        self.machines = (self.job, *rest)
        super().__init__(house, title)
        add = self.layout.add
        nothing: TransactionRecord | None = None
        self.cells = JobCells(
            is_read=add("is_read", False),
            question=add("question", ""),
            is_told=add("is_told", False),
            outward=add("outward", tuple[str, ...]()),
            story=add("story", ""),
            kept=add("kept", nothing),
            visit=add("visit", False),
            serving=add("serving", tuple[tuple[int, str], ...]()),
            is_accepted=add("is_accepted", False),
            notices=add("notices", tuple[Request, ...]()),
        )

    # ---- to be filled ----------------------------------------------------------------------------

    @abstractmethod
    def durable(self) -> tuple[Cell[object], ...]:
        """Cells of the job's own world that a power cut leaves alone."""

    @abstractmethod
    def restored(self, view: View, common: Restored) -> Restored:
        """What the journal knows, with what it knows of the job."""

    @abstractmethod
    def observe_record(self, view: View, entry: Entry) -> None:
        """A record of the job."""

    @abstractmethod
    def observe_effect(self, view: View, effect: Effect) -> None:
        """A command of the job."""

    @abstractmethod
    def is_about_job(self, turn: LeanTurn) -> bool:
        """Whether the turn had a request or a status of the job."""

    @abstractmethod
    def retold(self, turn: LeanTurn) -> tuple[str, str | None]:
        """What the central system knows after the turn, and what was told wrongly, if anything."""

    @abstractmethod
    def forget(self, view: View) -> None:
        """What makes no difference to the job."""

    # ---- power -----------------------------------------------------------------------------------

    @property
    def key_sets(self) -> tuple[Mapping[str, str], ...]:
        """No key matters."""
        return ({},)

    def starts(self) -> tuple[State, ...]:
        """A new device."""
        return (self.first_state({}, self.boot),)

    def boot(self, turn: LeanTurn) -> bool:
        """Power comes on with what is durable."""
        view, cells = turn.view, self.cells
        common = Restored(
            transaction=view.get(cells.kept),
            is_visit_over=view.get(cells.visit),
            availability=view.get(cells.serving),
            accepted_urls=(self.house.product.url,) if view.get(cells.is_accepted) else (),
            notices=view.get(cells.notices),
        )
        durable = cells_of(cells.kept, cells.visit, cells.serving, cells.is_accepted)
        durable += cells_of(cells.notices, cells.story, *self.durable())
        self.power_on(turn, durable, JournalReplayed(self.restored(view, common)))
        return True

    # ---- what the environment sees ---------------------------------------------------------------

    def observe(self, turn: LeanTurn) -> None:
        """Records, commands and questions of the turn."""
        view, cells = turn.view, self.cells
        for item in turn.trace:
            match item:
                case Record(entry):
                    self._observe_entry(view, entry)
                case Restart():
                    self.send(view, RESTART)
                case Effect():
                    self.observe_effect(view, item)
                case CallCreated(Lane.OTHER, request) if isinstance(request, NOTICES):
                    view.put(cells.is_told, True)
                case StartAsked():
                    self.ask(view, "start")
        if self.is_about_job(turn):
            view.put(cells.story, self.retold(turn)[0])

    def _observe_entry(self, view: View, entry: Entry) -> None:
        cells = self.cells
        match entry:
            case TransactionKept(record):
                view.put(cells.kept, record)
            case TransactionEnded():
                view.put(cells.kept, None)
            case VisitSet(is_over):
                view.put(cells.visit, is_over)
            case AvailabilitySet(connector_id, state):
                view.put(cells.serving, ((connector_id, state),))
            case StationAccepted():
                view.put(cells.is_accepted, True)
            case NoticesKept(notices):
                view.put(cells.notices, notices)
            case _:
                self.observe_record(view, entry)

    def send(self, view: View, word: str) -> None:
        """An effect waits until it can be carried out."""
        view.put(self.cells.outward, (*view.get(self.cells.outward), word))

    def cancel(self, view: View, word: str) -> None:
        """A safe effect: what still waits is not carried out."""
        waiting = view.get(self.cells.outward)
        view.put(self.cells.outward, tuple(item for item in waiting if item != word))

    def ask(self, view: View, question: str) -> None:
        """What ``authorization`` is asking the central system; empty: nothing."""
        view.put(self.cells.question, question)
        self.know(view, is_authorizing=bool(question))

    # ---- what makes no difference ----------------------------------------------------------------

    def normalize(self, view: View) -> None:
        """See the docstring of the module."""
        machines, cells = self.room.machines, self.cells
        if view.is_written(machines["progress.0"]):
            notices = self.fields(view, "progress.0", ProgressFields).notices
            self.set_fields(view, "progress.0", ProgressFields(_alike(notices)))
        if view.is_written(cells.notices):
            durable = view.get(cells.notices)
            view.put(cells.notices, _alike(durable))
        if view.is_written(machines["connector.1"]):
            self._forget_ids(view)
        if view.is_written(machines["transaction.1"]):
            record = self.fields(view, "transaction.1", TransactionFields).record
            self.set_fields(view, "transaction.1", TransactionFields(record=_nameless(record)))
        if view.is_written(cells.kept):
            view.put(cells.kept, _nameless(view.get(cells.kept)))
        if view.is_written(machines["charge_point.0"]):
            fields = self.fields(view, "charge_point.0", ChargePointFields)
            is_restarting = self.leaf(view, "charge_point.0") == "restarting"
            failed = fields.failed_restarts if is_restarting else 0
            self.set_fields(view, "charge_point.0", ChargePointFields(failed_restarts=failed))
        self.forget(view)

    def _forget_ids(self, view: View) -> None:
        fields = self.fields(view, "connector.1", ConnectorFields)
        active = self.machine(view, "connector.1").active
        if "transaction" not in active and "waiting_for_plug" not in active:
            over = ConnectorFields(is_visit_over=fields.is_visit_over)
            self.set_fields(view, "connector.1", over)

    # ---- the goal --------------------------------------------------------------------------------

    def is_idle(self, state: State) -> bool:
        """Everything was told, nothing runs, nothing waits, a car may come and charge."""
        view = View(state, self.layout.values)
        cells = self.cells
        if view.get(cells.story) or view.get(cells.outward) or view.get(cells.notices):
            return False
        leaves = {name: self.leaf(view, name) for name in self.room.machines}
        is_online = self.fact(view, "is_online") and not self.fact(view, "is_authorizing")
        return leaves.items() >= _IDLE.items() and leaves[self.job] == "idle" and is_online


_IDLE: Final = {
    "progress.0": "current",
    "connector.1": "available",
    "transaction.1": "closed",
    "charge_point.0": "accepted",
    "availability.1": "operative",
}


def _alike(notices: tuple[Request, ...]) -> tuple[Request, ...]:
    return tuple(NOTICE for _ in notices)[:NOTICES_MAX]


def _nameless(record: TransactionRecord | None) -> TransactionRecord | None:
    return None if record is None else replace(record, uid="0.1", checkpoint=record.started)
