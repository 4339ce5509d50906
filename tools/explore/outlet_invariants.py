"""What must never happen at the outlet, in words and in code."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from cp.chart import Step
from cp.vocabulary.effects import Record, Reply
from cp.vocabulary.events import (
    CallCreated,
    RemoteStartRequested,
    RemoteStopRequested,
    StartRefused,
    name_of,
)
from cp.vocabulary.facts import ErrorShown
from cp.vocabulary.records import TransactionKept
from cp.vocabulary.requests import StopTransaction
from cp.vocabulary.words import ChargePointStatus, Reason
from tools.explore.finding import Finding
from tools.explore.invariants import (
    LENGTH_MAX,
    Invariant,
    each_call_is_answered_once,
    findings,
    turns_are_short,
)
from tools.explore.promises import ORDER, OWNER, REGISTER
from tools.explore.transaction_invariants import (
    ORDER_WORDS,
    OWNER_WORDS,
    REGISTER_WORDS,
    emitted,
    nothing_overtakes,
    owner_is_not_asked,
    records_are_in_order,
    registers_never_fall,
)

if TYPE_CHECKING:
    from tools.explore.outlet import OutletModel
    from tools.explore.turn import LeanTurn

MATRIX: Final = {
    "Available": "Preparing Unavailable Faulted",
    "Preparing": "Available Charging SuspendedEV SuspendedEVSE Finishing Faulted Unavailable",
    "Charging": "Available SuspendedEV SuspendedEVSE Finishing Unavailable Faulted",
    "SuspendedEV": "Available Charging SuspendedEVSE Finishing Unavailable Faulted",
    "SuspendedEVSE": "Available Charging SuspendedEV Finishing Unavailable Faulted",
    "Finishing": "Available Preparing Unavailable Faulted",
    "Unavailable": "Available Preparing Faulted",
    "Faulted": "Available Preparing Charging SuspendedEV SuspendedEVSE Finishing Unavailable",
}
"""Status of the outlet to the ones that may follow: ``S 4.9`` without what needs Reservation or a
station without authorization (A3 to A5, H3 to H5), and with B8 as D-19 says."""

STATION_STATUSES: Final = frozenset({"Available", "Unavailable", "Faulted"})


# ---- energy --------------------------------------------------------------------------------------


def closed_only_while_charging(model: "OutletModel", turn: "LeanTurn") -> str | None:
    """The last command to the contactor against everything that must be given for ``close``."""
    view, cells = turn.view, model.cells
    if not view.get(cells.is_closed):
        return None
    wrong = [
        words
        for words, is_wrong in (
            ("no transaction is open", view.get(cells.kept) is None),
            ("nothing is offered", not view.get(cells.is_offered)),
            ("the EV does not ask", view.get(cells.pilot) != "C"),
            ("a fault is present", any(error.startswith("1 ") for error in view.get(cells.errors))),
            ("the id was refused", view.get(cells.is_denied)),
        )
        if is_wrong
    ]
    return f"commanded closed, but {', '.join(wrong)}" if wrong else None


def offered_only_in_transaction(model: "OutletModel", turn: "LeanTurn") -> str | None:
    """The control pilot follows the transaction, too."""
    view, cells = turn.view, model.cells
    if not view.get(cells.is_offered):
        return None
    if view.get(cells.kept) is None or view.get(cells.is_denied):
        return "energy is offered without an authorized open transaction"
    return None


# ---- transactions --------------------------------------------------------------------------------


def only_the_authorized_start(model: "OutletModel", turn: "LeanTurn") -> str | None:
    """Each transaction uses up one grant of the environment: an answer or the offline rule."""
    for effect in emitted(turn):
        match effect:
            case Record(TransactionKept(record)) if turn.view.was(model.cells.kept) is None:
                if record.id_tag != turn.view.get(model.cells.granted):
                    return f"a transaction of {record.id_tag} begins without authorization"
                return None
    return None


def nothing_starts_denied(model: "OutletModel", turn: "LeanTurn") -> str | None:
    """``S 4.2``: while Pending or Rejected no transaction is opened."""
    for effect in emitted(turn):
        match effect:
            case Record(TransactionKept()) if turn.view.was(model.cells.kept) is None:
                is_denied = model.fact(turn.view, "is_denied")
                return "a transaction begins while registration is denied" if is_denied else None
    return None


def refused_id_stops(model: "OutletModel", turn: "LeanTurn") -> str | None:
    """With StopTransactionOnInvalidId a refusal ends the transaction in the same turn."""
    if not any(isinstance(event, StartRefused) for event in turn.trace):
        return None
    view, keys = turn.view, model.room.keys
    if not (view.get(model.cells.is_denied) and view.get(model.cells.is_read)):
        return None
    is_open = view.get(model.cells.kept) is not None
    if is_open and view.get(keys["StopTransactionOnInvalidId"]) == "true":
        return "the id was refused and the transaction goes on"
    return None


def emergency_ends_transaction(model: "OutletModel", turn: "LeanTurn") -> str | None:
    """No transaction is open while the button is pressed (D-16)."""
    view, cells = turn.view, model.cells
    if view.get(cells.kept) is None or "1 EmergencyStop" not in view.get(cells.errors):
        return None
    return "a transaction is open in an emergency" if view.get(cells.is_read) else None


def pending_refuses_remote(model: "OutletModel", turn: "LeanTurn") -> str | None:
    """Until Accepted, remote start and stop are answered Rejected (``S 4.2``)."""
    for event in turn.trace:
        if isinstance(event, RemoteStartRequested | RemoteStopRequested):
            answers = [item.payload for item in turn.trace if isinstance(item, Reply)]
            is_registered = model.fact(turn.view, "is_registered")
            if not is_registered and answers != [{"status": "Rejected"}]:
                return f"{name_of(event)} is accepted without registration"
    return None


# ---- status --------------------------------------------------------------------------------------


def outlet_status_follows_matrix(_: "OutletModel", turn: "LeanTurn") -> str | None:
    """Every change of the status of connector 1; power-on may report any."""
    for step in _status_changes(turn, "connector.1"):
        before, after = step.status_before, step.status_after
        if before is not None and str(after) not in MATRIX.get(before, "").split():
            return f"{before} -> {after}"
    return None


def station_status_is_one_of_three(_: "OutletModel", turn: "LeanTurn") -> str | None:
    """Every status of connector 0."""
    for step in _status_changes(turn, "station.0"):
        if str(step.status_after) not in STATION_STATUSES:
            return f"connector 0 is {step.status_after}"
    return None


def faulted_only_with_error(model: "OutletModel", turn: "LeanTurn") -> str | None:
    """Every change to Faulted: the error that its StatusNotification will carry."""
    for step in (*_status_changes(turn, "connector.1"), *_status_changes(turn, "station.0")):
        if step.status_after is ChargePointStatus.FAULTED:
            is_outlet = step.machine == "connector.1"
            fact = model.room.facts["outlet_error" if is_outlet else "station_error"]
            if turn.view.get(fact) == ErrorShown():
                return f"{step.machine} becomes Faulted with NoError"
    return None


def _status_changes(turn: "LeanTurn", machine: str) -> Iterator[Step]:
    for item in turn.trace:
        if not isinstance(item, Step) or item.machine != machine:
            continue
        if item.status_after not in (None, item.status_before):
            yield item


def emergency_is_the_reason(model: "OutletModel", turn: "LeanTurn") -> str | None:
    """A transaction that an emergency stop ends says so, and no other one does (D-16)."""
    for event in turn.trace:
        match event:
            case CallCreated(_, StopTransaction(reason=Reason.EMERGENCY_STOP)):
                if "1 EmergencyStop" not in turn.view.get(model.cells.errors):
                    return "EmergencyStop without the button"
    return None


OUTLET: "Final[tuple[Invariant[OutletModel], ...]]" = (
    Invariant(
        "contactor",
        "The contactor is commanded closed only inside an authorized open transaction, while "
        "energy is offered, the EV asks and no fault is present; so it is commanded open in the "
        "turn of a stop, an unplug, a fault, a denial or a pause.",
        closed_only_while_charging,
    ),
    Invariant(
        "offer",
        "Energy is offered only inside an open transaction whose id is not refused.",
        offered_only_in_transaction,
    ),
    Invariant(OWNER, OWNER_WORDS, lambda model, turn: owner_is_not_asked(model.cells.kept, turn)),
    Invariant(
        REGISTER,
        REGISTER_WORDS,
        lambda model, turn: registers_never_fall(model.cells.highest_wh, turn),
    ),
    Invariant(ORDER, ORDER_WORDS, lambda _, turn: nothing_overtakes(turn)),
    Invariant(
        "records",
        "Each transaction that is opened has one StartTransaction and one StopTransaction, each "
        "after its record and in the same turn, and MeterValues only between them.",
        lambda model, turn: records_are_in_order(model.cells.kept, turn),
    ),
    Invariant(
        "authorized start",
        "A transaction begins only for an id that was just authorized, once for each time.",
        only_the_authorized_start,
    ),
    Invariant(
        "denied",
        "No transaction is opened while registration is Pending or Rejected.",
        nothing_starts_denied,
    ),
    Invariant(
        "refused id", "A refused id ends the transaction if its key says so.", refused_id_stops
    ),
    Invariant(
        "emergency",
        "An emergency stop ends the open transaction at once.",
        emergency_ends_transaction,
    ),
    Invariant(
        "emergency reason",
        "Only the button makes a StopTransaction say EmergencyStop.",
        emergency_is_the_reason,
    ),
    Invariant(
        "pending",
        "Until registration is accepted, remote start and stop are rejected.",
        pending_refuses_remote,
    ),
    Invariant(
        "matrix",
        "The status of connector 1 follows the matrix of OCPP, with B8 (D-19).",
        outlet_status_follows_matrix,
    ),
    Invariant(
        "station status",
        "Connector 0 is Available, Unavailable or Faulted.",
        station_status_is_one_of_three,
    ),
    Invariant("faulted", "Faulted is reported only with an error.", faulted_only_with_error),
    Invariant("answers", "Each CALL gets exactly one answer.", each_call_is_answered_once),
    Invariant("short turns", f"A turn has at most {LENGTH_MAX} events.", turns_are_short),
)
"""The invariants of the outlet. Two more are no matter of one turn: no step raises, no machine is
stuck (``stuck``)."""


def outlet_findings(model: "OutletModel", turn: "LeanTurn") -> Iterator[Finding]:
    """The invariants of the outlet that do not hold after a turn."""
    return findings(OUTLET, model, turn)
