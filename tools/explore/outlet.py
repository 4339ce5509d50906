"""The first composition: one outlet, its transaction and its authorization.

What is inside: vehicle, feedback, health, contactor, availability, connector, station, transaction,
authorization. What stands outside, chosen freely: the EV, the contact of the contactor, cards, the
central system, link and registration as facts, and delivery as open questions: at most one
Authorize, and StartTransactions in the order they were created.

What is forgotten, and why nothing is lost: time (any armed timer may fire at any time), what the
meter shows exactly (``outlet_meter``; the allowance is left or not by its key, its end comes as an
event), all samples for transactionData but one (there is room for no more), the names of
transactions (compared for equality alone, so they are renamed in the order they appear), the order
of present errors (decides only which one a message names), the id of
a visit that is over and the question of an authorization that rests (written before they are read),
and StartTransactions beyond the second (an answer for a closed transaction changes nothing).
Cards are two: the one that a visit began with and another one; the answers of the central system
make the other one a stranger, or a member of the group. Without any id in memory all cards are
alike, so that one is enough.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final, cast

from cp.behavior.authorization import AuthorizationFields
from cp.behavior.connector import ConnectorFields
from cp.behavior.health import HealthFields
from cp.behavior.transaction import TransactionFields
from cp.domain import faults
from cp.house import House
from cp.vocabulary.effects import (
    CloseContactor,
    Effect,
    OfferCurrent,
    OpenContactor,
    Record,
    WatchRegister,
    WithdrawCurrent,
)
from cp.vocabulary.events import CallCreated, JournalReplayed
from cp.vocabulary.records import (
    AvailabilitySet,
    Entry,
    Restored,
    SampleDropped,
    SampleKept,
    TransactionEnded,
    TransactionKept,
    VisitSet,
)
from cp.vocabulary.requests import Authorize, StartTransaction
from tools.explore import outlet_meter
from tools.explore.cells import Cells, State, View
from tools.explore.finding import Finding
from tools.explore.model import Model, cells_of
from tools.explore.outlet_cells import OutletCells, outlet_cells
from tools.explore.outlet_invariants import outlet_findings
from tools.explore.transaction_invariants import emitted
from tools.explore.turn import LeanTurn

SERVER_ID: Final = 7
"""The transaction id of every transaction: only "this one" or "another one" matters."""

STARTS_MAX: Final = 2
ROOM_FOR_ONE: Final = "3"
"""StopTransactionMaxMeterValues: begin, end, and one sample between them."""


class OutletModel(Model):
    """Composition A; ``outlet_moves`` has its alphabet."""

    machines = (
        "vehicle.1",
        "feedback.1",
        "health.0",
        "health.1",
        "contactor.1",
        "availability.0",
        "availability.1",
        "connector.1",
        "station.0",
        "transaction.1",
        "authorization.1",
    )
    key_cells = (
        "AllowOfflineTxForUnknownId",
        "AuthorizeRemoteTxRequests",
        "StopTransactionOnInvalidId",
        "MaxEnergyOnInvalidId",
        "ClockAlignedDataInterval",
        "StopTxnSampledData",
        "StopTxnAlignedData",
    )

    head = tuple(
        f"* when {action} silent"
        for action in ("BootNotification", "Authorize", "StartTransaction")
    )

    def __init__(self, house: House, title: str, key_sets: Iterable[Mapping[str, str]]) -> None:
        super().__init__(house, title)
        self._key_sets = tuple(key_sets)
        room = self.room
        room.defaults = room.defaults.with_value("StopTransactionMaxMeterValues", ROOM_FOR_ONE)
        self.cells: OutletCells = outlet_cells(self.layout)
        room.register = self._register

    def _register(self, cells: Cells) -> int | None:
        """What the meter shows."""
        items = self.layout.values.items
        highest, meter = self.cells.highest_wh, self.cells.meter_wh
        return outlet_meter.shown(
            cast(int, items[cells[highest.index]]), cast("int | None", items[cells[meter.index]])
        )

    def starts(self) -> tuple[State, ...]:
        """A new device with each set of keys."""
        return tuple(self.first_state(keys, self.boot) for keys in self.key_sets)

    @property
    def key_sets(self) -> tuple[Mapping[str, str], ...]:
        """The sets of keys that were chosen."""
        return self._key_sets

    def boot(self, turn: LeanTurn) -> bool:
        """Power comes on with what is durable."""
        view, cells = turn.view, self.cells
        restored = Restored(
            transaction=view.get(cells.kept),
            is_visit_over=view.get(cells.visit),
            availability=view.get(cells.serving),
            samples=view.get(cells.samples),
            register_wh=view.get(cells.last_wh),
        )
        history = self.room.facts["has_history"]
        durable = cells_of(cells.kept, cells.visit, cells.serving, cells.samples)
        durable += cells_of(cells.starts, cells.highest_wh, cells.last_wh, history)
        self.power_on(turn, durable, JournalReplayed(restored))
        return True

    # ---- what the environment sees ---------------------------------------------------------------

    def observe(self, turn: LeanTurn) -> None:
        """Commands, records and CALLs of the turn."""
        for item in turn.trace:
            if isinstance(item, Effect):
                self._observe_effect(turn.view, item)
            elif isinstance(item, CallCreated):
                self._observe_call(turn.view, item)
        highest = self.cells.highest_wh
        turn.view.put(highest, outlet_meter.highest_of(turn.view, highest, emitted(turn)))

    def _observe_effect(self, view: View, effect: Effect) -> None:
        cells = self.cells
        match effect:
            case OpenContactor():
                view.put(cells.is_closed, False)
            case CloseContactor():
                view.put(cells.is_closed, True)
            case WithdrawCurrent():
                view.put(cells.is_offered, False)
            case OfferCurrent():
                view.put(cells.is_offered, True)
            case WatchRegister():
                view.put(cells.is_watched, effect.limit_wh is not None)
            case Record(entry):
                self._observe_record(view, entry)

    def _observe_record(self, view: View, entry: Entry) -> None:
        cells = self.cells
        match entry:
            case TransactionKept(record):
                view.put(cells.kept, record)
            case TransactionEnded(_, register_wh):
                view.put(cells.kept, None)
                view.put(cells.last_wh, register_wh)
                view.put(cells.is_denied, False)
            case SampleKept(_, index, sample):
                view.put(cells.samples, (*view.get(cells.samples), (index, sample)))
            case SampleDropped(_, index):
                left = (item for item in view.get(cells.samples) if item[0] != index)
                view.put(cells.samples, tuple(left))
            case VisitSet(is_over):
                view.put(cells.visit, is_over)
            case AvailabilitySet(connector_id, state):
                others = (item for item in view.get(cells.serving) if item[0] != connector_id)
                view.put(cells.serving, tuple(sorted((*others, (connector_id, state)))))

    def _observe_call(self, view: View, event: CallCreated) -> None:
        match event.request:
            case Authorize(id_tag):
                view.put(self.cells.question, id_tag)
            case StartTransaction():
                starts = (*view.get(self.cells.starts), event.request.uid)
                view.put(self.cells.starts, starts[-STARTS_MAX:])

    def findings(self, turn: LeanTurn) -> Iterable[Finding]:
        """See ``outlet_invariants``."""
        return outlet_findings(self, turn)

    # ---- what makes no difference ----------------------------------------------------------------

    def normalize(self, view: View) -> None:
        """See the docstring of the module."""
        self._forget_grant(view)
        self._forget_ids(view)
        self._forget_order_of_errors(view)
        self._rename_registers(view)
        self._rename_transactions(view)

    def _forget_grant(self, view: View) -> None:
        """A grant is used in its turn, or by the plug that it waits for."""
        if view.get(self.cells.granted) is None:
            return
        if self.leaf(view, "connector.1") != "waiting_for_plug":
            view.put(self.cells.granted, None)

    def _forget_ids(self, view: View) -> None:
        machines = self.room.machines
        if view.is_written(machines["connector.1"]):
            fields = self.fields(view, "connector.1", ConnectorFields)
            active = self.machine(view, "connector.1").active
            if "transaction" not in active and "waiting_for_plug" not in active:
                self.set_fields(
                    view,
                    "connector.1",
                    replace(fields, id_tag=None, parent_id_tag=None, is_energy_denied=False),
                )
        is_written = view.is_written(machines["authorization.1"])
        if is_written and self.leaf(view, "authorization.1") == "resting":
            self.set_fields(view, "authorization.1", AuthorizationFields())

    def _forget_order_of_errors(self, view: View) -> None:
        shown = {"health.0": "station_error", "health.1": "outlet_error"}
        for name, fact in shown.items():
            if view.is_written(self.room.machines[name]):
                errors = self.fields(view, name, HealthFields).errors
                errors = tuple(sorted(errors, key=lambda e: (e.error_code, e.vendor_error_code)))
                self.set_fields(view, name, HealthFields(errors))
                self.know(view, **{fact: faults.shown(errors)})

    def _rename_registers(self, view: View) -> None:
        """See ``outlet_meter``."""
        cells, transaction = self.cells, self.room.machines["transaction.1"]
        view.put(cells.meter_wh, 0)
        if not view.is_written(transaction, cells.kept, cells.samples):
            return
        highest_wh = view.get(cells.highest_wh)
        fields = self.fields(view, "transaction.1", TransactionFields)
        self.set_fields(view, "transaction.1", outlet_meter.renamed_fields(fields, highest_wh))
        view.put(cells.kept, outlet_meter.renamed_record(view.get(cells.kept), highest_wh))
        view.put(cells.samples, outlet_meter.renamed_samples(view.get(cells.samples), highest_wh))
        # While one is open the end of the last one does not matter.
        last_wh = 0 if view.get(cells.kept) else view.get(cells.last_wh)
        view.put(cells.last_wh, outlet_meter.renamed(last_wh, highest_wh))
        view.put(cells.highest_wh, outlet_meter.renamed(highest_wh, highest_wh))

    def _rename_transactions(self, view: View) -> None:
        """Old transactions are called 0.1, 0.2, ... so that a new one, 1.1, is always new."""
        transaction, cells = self.room.machines["transaction.1"], self.cells
        if not (view.is_written(transaction) or view.is_written(cells.starts)):
            return
        fields = self.fields(view, "transaction.1", TransactionFields)
        kept, starts = view.get(cells.kept), view.get(cells.starts)
        records = (record for record in (kept, fields.record) if record)
        uids = dict.fromkeys((*starts, *(record.uid for record in records)))
        names = {uid: f"0.{number}" for number, uid in enumerate(uids, 1)}
        view.put(cells.starts, tuple(names[uid] for uid in starts))
        if kept:
            view.put(cells.kept, replace(kept, uid=names[kept.uid]))
        if fields.record:
            record = replace(fields.record, uid=names[fields.record.uid])
            self.set_fields(view, "transaction.1", replace(fields, record=record))

    # ---- the goal --------------------------------------------------------------------------------

    def is_idle(self, state: State) -> bool:
        """Plugged out, online, in service, without errors and with nothing to deliver."""
        view, cells = View(state, self.layout.values), self.cells
        is_home = all(self.leaf(view, name) == leaf for name, leaf in _IDLE.items())
        nothing = (view.get(cells.starts), view.get(cells.errors), view.get(cells.is_closed))
        is_online = self.fact(view, "is_online") and self.fact(view, "is_registered")
        return is_home and is_online and not any(nothing)


_IDLE: Final = {
    "vehicle.1": "absent",
    "feedback.1": "opened",
    "health.0": "healthy",
    "health.1": "healthy",
    "contactor.1": "open",
    "availability.0": "operative",
    "availability.1": "operative",
    "connector.1": "available",
    "station.0": "available",
    "transaction.1": "closed",
    "authorization.1": "resting",
}
