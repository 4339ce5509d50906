"""Each invariant can be broken: a hand-made turn for every one, and some that break none."""

from dataclasses import replace

import pytest
from explore_kit import SHIPPED, Item, after, broken

from cp.chart import Step
from cp.vocabulary.confirmations import BootConfirmation
from cp.vocabulary.effects import Effect, Record, Reply, Tell, Transmit
from cp.vocabulary.events import (
    CallAnswered,
    CallCreated,
    Plugged,
    RemoteStartRequested,
    StartRefused,
    StopAsked,
)
from cp.vocabulary.instants import Stamp
from cp.vocabulary.metering import Sample, TransactionRecord
from cp.vocabulary.records import (
    CallKept,
    CallSettled,
    SampleKept,
    TransactionEnded,
    TransactionKept,
)
from cp.vocabulary.requests import (
    Authorize,
    Heartbeat,
    Lane,
    MeterValues,
    QueuedCall,
    Request,
    StartTransaction,
    StatusNotification,
    StopTransaction,
)
from cp.vocabulary.words import (
    ChargePointErrorCode,
    ChargePointStatus,
    ReadingContext,
    Reason,
    RegistrationStatus,
)
from tools.explore.command import charging, statuses
from tools.explore.line import LineModel
from tools.explore.line_invariants import LINE
from tools.explore.outlet import OutletModel
from tools.explore.outlet_invariants import MATRIX, OUTLET
from tools.explore.promises import BOOT_FIRST, ORDER, OWNER, REGISTER
from tools.scenario_house import NOON_S

STAMP = Stamp(1, 0.0, 0.0)
RECORD = TransactionRecord(
    "1.1",
    1,
    "CARD",
    None,
    Sample(STAMP, 0, ReadingContext.OTHER),
    Sample(STAMP, 0, ReadingContext.OTHER),
)
LOW, HIGH = (Sample(STAMP, wh, ReadingContext.OTHER) for wh in (90, 110))
ASIDE = MeterValues(1, None, (LOW,))
REJECTED = RegistrationStatus.REJECTED
START = StartTransaction("1.1", 1, "CARD", 0, STAMP)
STOP = StopTransaction("1.1", "CARD", 0, STAMP, Reason.LOCAL)
ARRIVED = CallCreated(Lane.QUEUE, START), CallCreated(Lane.QUEUE, STOP)
STATUS = ChargePointStatus


def step(machine: str, *effects: Effect) -> Step:
    return Step(machine, "event", ("t",), (), (), effects, None, None)


def changed(machine: str, before: STATUS, after: STATUS) -> Step:
    return Step(machine, "event", ("t",), (), (), (), before, after)


def created(request: Request, lane: Lane = Lane.QUEUE) -> Tell:
    return Tell(CallCreated(lane, request))


def queued(seq: int, lane: Lane, request: Request) -> QueuedCall:
    return QueuedCall(seq, str(seq), lane, request)


CLOSED: dict[str, object] = {"is_closed": True, "is_offered": True, "pilot": "C", "kept": RECORD}
BEGIN = step("transaction.1", Record(TransactionKept(RECORD)), created(START))
END = step("transaction.1", Record(TransactionEnded("1.1", 0)), created(STOP))
REMOTE = RemoteStartRequested("cs-1", 1, "CARD")
ONLINE: dict[str, object] = {"is_online": True, "is_registered": True}

OUTLET_BREAKS: list[tuple[str, dict[str, object], tuple[Item, ...]]] = [
    ("contactor", {**CLOSED, "pilot": "B"}, ()),
    ("contactor", {**CLOSED, "pilot": "A"}, ()),
    ("contactor", {**CLOSED, "kept": None}, ()),
    ("contactor", {**CLOSED, "is_offered": False}, ()),
    ("contactor", {**CLOSED, "errors": frozenset({"1 GroundFailure"})}, ()),
    ("contactor", {**CLOSED, "denied": True}, ()),
    ("offer", {"is_offered": True}, ()),
    ("offer", {"is_offered": True, "kept": RECORD, "denied": True}, ()),
    ("records", {}, (step("transaction.1", Record(TransactionKept(RECORD))),)),
    ("records", {}, (step("transaction.1", created(START), *BEGIN.effects[:1]),)),
    ("records", {"kept": RECORD}, (step("transaction.1", Record(TransactionEnded("1.1", 0))),)),
    ("records", {"kept": RECORD}, (step("transaction.1", created(STOP)),)),
    ("records", {"kept": RECORD}, (END, END)),
    ("records", {}, (step("transaction.1", created(MeterValues(1, "1.1", ()))),)),
    ("authorized start", {}, (BEGIN,)),
    ("authorized start", {"granted": "OTHER"}, (BEGIN,)),
    ("denied", {**ONLINE, "granted": "CARD", "is_denied": True}, (BEGIN,)),
    (OWNER, {"kept": RECORD}, (CallCreated(Lane.AUTHORIZE, Authorize("card")),)),
    (OWNER, {"kept": RECORD}, (StopAsked("CARD", "GROUP"),)),
    (REGISTER, {"highest": 100}, (step("transaction.1", created(START)),)),
    (REGISTER, {"highest": 100, "kept": RECORD}, (step("transaction.1", created(STOP)),)),
    (REGISTER, {"highest": 100}, (step("transaction.1", Record(TransactionKept(RECORD))),)),
    (REGISTER, {"highest": 100}, (step("transaction.1", Record(SampleKept("1.1", 0, LOW))),)),
    (REGISTER, {"highest": 100}, (step("transaction.1", created(MeterValues(1, "1.1", (LOW,)))),)),
    (REGISTER, {}, (step("transaction.1", created(MeterValues(1, "1.1", (HIGH, LOW)))),)),
    (REGISTER, {}, (step("transaction.1", created(replace(STOP, samples=(HIGH,)))),)),
    (ORDER, {}, (step("transaction.1", created(START), created(STOP)), ARRIVED[1], ARRIVED[0])),
    (ORDER, {}, (step("transaction.1", created(START)),)),
    (
        "refused id",
        {"kept": RECORD, "denied": True, "is_read": True},
        (StartRefused("1.1", 7, None),),
    ),
    (
        "emergency",
        {"kept": RECORD, "errors": frozenset({"1 EmergencyStop"}), "is_read": True},
        (),
    ),
    (
        "emergency reason",
        {},
        (CallCreated(Lane.QUEUE, StopTransaction("1.1", "CARD", 0, STAMP, Reason.EMERGENCY_STOP)),),
    ),
    ("pending", {"is_denied": True}, (REMOTE, Reply("cs-1", {"status": "Accepted"}))),
    ("matrix", {}, (changed("connector.1", STATUS.AVAILABLE, STATUS.CHARGING),)),
    ("matrix", {}, (changed("connector.1", STATUS.CHARGING, STATUS.PREPARING),)),
    ("station status", {}, (changed("station.0", STATUS.AVAILABLE, STATUS.PREPARING),)),
    ("faulted", {}, (changed("connector.1", STATUS.AVAILABLE, STATUS.FAULTED),)),
    ("faulted", {}, (changed("station.0", STATUS.AVAILABLE, STATUS.FAULTED),)),
    ("answers", {}, (REMOTE,)),
    ("answers", {}, (REMOTE, *[Reply("cs-1", {"status": "Rejected"})] * 2)),
    ("short turns", {}, (Plugged(),) * 41),
]

OPEN: dict[str, object] = {"socket": "open", "answered": "Accepted"}
BEAT = queued(1, Lane.OTHER, Heartbeat())
FIRST, SECOND = queued(1, Lane.QUEUE, START), queued(2, Lane.QUEUE, STOP)


def status_of(status: STATUS) -> CallCreated:
    error = ChargePointErrorCode.NO_ERROR
    return CallCreated(Lane.OTHER, StatusNotification(1, status, error, STAMP))


LINE_BREAKS: list[tuple[str, dict[str, object], tuple[Item, ...]]] = [
    ("one CALL", {**OPEN, "pending": BEAT}, (Transmit(BEAT, None),)),
    ("one CALL", OPEN, (Transmit(BEAT, None), Transmit(BEAT, None))),
    (BOOT_FIRST, {**OPEN, "answered": "Pending"}, (Transmit(BEAT, None),)),
    (BOOT_FIRST, {**OPEN, "answered": ""}, (Transmit(BEAT, None),)),
    (
        BOOT_FIRST,
        {**OPEN, "answered": "Rejected"},
        (Transmit(queued(1, Lane.TRIGGERED, Heartbeat()), None),),
    ),
    ("registration", {"answered": ""}, (Reply("cs-1", {"status": "Accepted"}),)),
    ("registration", {"answered": "Rejected"}, (Reply("cs-1", {"status": "Accepted"}),)),
    ("registration", OPEN, (CallAnswered("1", BootConfirmation(REJECTED, NOON_S, 300)),)),
    ("link", {**OPEN, "socket": "closed"}, (Transmit(BEAT, None),)),
    (ORDER, {**OPEN, "queue": (FIRST, SECOND)}, (Transmit(SECOND, 7),)),
    (ORDER, OPEN, (Transmit(FIRST, None), Record(CallKept(FIRST)))),
    (ORDER, {**OPEN, "queue": (FIRST, SECOND)}, (Record(CallSettled(2)),)),
    (ORDER, {**OPEN, "queue": (SECOND,)}, (ARRIVED[0], Record(CallKept(FIRST)))),
    (ORDER, OPEN, (ARRIVED[0],)),
    ("transaction id", {**OPEN, "queue": (SECOND,)}, (Transmit(SECOND, 7),)),
    (
        "transaction id",
        {**OPEN, "queue": (SECOND,), "ids": (("1.1", 7),)},
        (Transmit(SECOND, -1),),
    ),
    ("durable", {"queue": (FIRST,)}, ()),
    ("durable", {"ids": (("1.1", 7),)}, ()),
    ("true status", {"statuses": ("", "Charging")}, (status_of(STATUS.AVAILABLE),)),
    ("error", {"statuses": ("", "Faulted")}, (status_of(STATUS.FAULTED),)),
    ("answers", {}, (REMOTE,)),
    ("short turns", {}, (Plugged(),) * 41),
]


def outlet() -> OutletModel:
    model = charging(SHIPPED(), ("stop",))
    assert isinstance(model, OutletModel)
    return model


def line() -> LineModel:
    model = statuses(SHIPPED())
    assert isinstance(model, LineModel)
    return model


@pytest.mark.parametrize(("name", "cells", "trace"), OUTLET_BREAKS)
def test_each_invariant_of_the_outlet_can_be_broken(
    name: str, cells: dict[str, object], trace: tuple[Item, ...]
) -> None:
    model = outlet()
    assert name in broken(model, after(model, cells, trace))


@pytest.mark.parametrize(("name", "cells", "trace"), LINE_BREAKS)
def test_each_invariant_of_the_line_can_be_broken(
    name: str, cells: dict[str, object], trace: tuple[Item, ...]
) -> None:
    model = line()
    assert name in broken(model, after(model, cells, trace))


def test_no_invariant_is_left_out() -> None:
    assert {name for name, _, _ in OUTLET_BREAKS} == {item.name for item in OUTLET}
    assert {name for name, _, _ in LINE_BREAKS} == {item.name for item in LINE}


def test_a_right_turn_breaks_none() -> None:
    model = outlet()
    granted = {**ONLINE, "granted": "CARD", "is_read": True}
    right: list[tuple[dict[str, object], tuple[Item, ...]]] = [
        (dict(CLOSED), ()),
        ({**granted}, (BEGIN, ARRIVED[0])),
        ({"kept": RECORD, "is_read": True}, (END, ARRIVED[1])),
        ({"highest": 100}, (step("transaction.1", created(ASIDE, Lane.TRIGGERED)),)),
        ({**ONLINE}, (REMOTE, Reply("cs-1", {"status": "Accepted"}))),
        ({}, (changed("connector.1", STATUS.PREPARING, STATUS.UNAVAILABLE),)),
    ]
    for cells, trace in right:
        assert broken(model, after(model, cells, trace)) == set()
    wire = line()
    sent: list[tuple[dict[str, object], tuple[Item, ...]]] = [
        ({**OPEN}, (Transmit(BEAT, None),)),
        (
            {**OPEN, "answered": "Pending"},
            (Transmit(queued(1, Lane.TRIGGERED, Heartbeat()), None),),
        ),
        ({"statuses": ("", "Available")}, (status_of(STATUS.AVAILABLE),)),
    ]
    for cells, trace in sent:
        assert broken(wire, after(wire, cells, trace)) == set()


def test_the_matrix_is_the_one_of_the_specification() -> None:
    """What ``S 4.9`` forbids, besides what only other kinds of stations do."""
    assert set(MATRIX) == {str(status) for status in STATUS} - {"Reserved"}
    forbidden = {
        ("Available", "Finishing"),
        ("Charging", "Preparing"),
        ("SuspendedEV", "Preparing"),
        ("SuspendedEVSE", "Preparing"),
        ("Finishing", "Charging"),
        ("Finishing", "SuspendedEV"),
        ("Finishing", "SuspendedEVSE"),
        ("Unavailable", "Finishing"),
    }
    for before, allowed in MATRIX.items():
        assert before not in allowed.split()
        assert not {(before, status) for status in allowed.split()} & forbidden
