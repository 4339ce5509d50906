"""Pure rules that need no chart: errors, metering, waiting times, late clocks."""

import pytest
from hypothesis import given, strategies as st

from cp.domain.back_off import back_off_s
from cp.domain.faults import EMERGENCY_STOP, STORAGE_LOW, fits, prevents_charging, shown
from cp.domain.metering import OTHER_METER_WH, resumed, risen, surplus, transaction_data
from cp.journal import calls_of, replay, rows_of
from cp.vocabulary.facts import ErrorShown
from cp.vocabulary.instants import Stamp
from cp.vocabulary.metering import Sample, TransactionRecord
from cp.vocabulary.records import BootCounted, CallKept, ClockLearned, Delete, Put, TransactionKept
from cp.vocabulary.requests import Lane, QueuedCall, StartTransaction
from cp.vocabulary.words import (
    ChargePointErrorCode as Code,
    ChargePointStatus as Status,
    ReadingContext,
)

GROUND = ErrorShown(Code.GROUND_FAILURE)
METER = ErrorShown(Code.POWER_METER_FAILURE)
EV = ErrorShown(Code.EV_COMMUNICATION_ERROR)


def test_which_errors_prevent_charging() -> None:
    assert prevents_charging(GROUND)
    assert prevents_charging(ErrorShown(Code.OTHER_ERROR, EMERGENCY_STOP))
    assert not prevents_charging(ErrorShown(Code.OTHER_ERROR, STORAGE_LOW))
    assert not prevents_charging(METER)


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        ((), ErrorShown()),
        ((METER,), METER),
        ((GROUND, METER), GROUND),
        ((METER, EV), METER),
        ((EV,), EV),
    ],
)
def test_error_that_is_reported(errors: tuple[ErrorShown, ...], expected: ErrorShown) -> None:
    assert shown(errors) == expected


@pytest.mark.parametrize(
    ("status", "error", "expected"),
    [
        (Status.FAULTED, GROUND, True),
        (Status.FAULTED, ErrorShown(), False),
        (Status.FAULTED, METER, False),
        (Status.CHARGING, METER, True),
        (Status.CHARGING, EV, False),
        (Status.AVAILABLE, EV, False),
        (Status.PREPARING, EV, True),
        (Status.SUSPENDED_EV, EV, True),
        (Status.AVAILABLE, ErrorShown(), True),
    ],
)
def test_status_and_error_fit(status: Status, error: ErrorShown, expected: bool) -> None:
    assert fits(status, error) is expected


def test_registers_never_fall() -> None:
    assert risen(1500, 1000) == 1500
    assert risen(900, 1000) == 1000
    assert risen(None, 1000) == 1000


@given(st.none() | st.integers(0, 10_000), st.integers(0, 10_000))
def test_another_meter_is_believed_and_a_count_that_lags_is_not(
    register_wh: int | None, last_wh: int
) -> None:
    found = resumed(register_wh, last_wh)
    is_other = register_wh is not None and register_wh < last_wh - OTHER_METER_WH
    assert found == (register_wh if is_other else risen(register_wh, last_wh))


def test_the_edge_of_another_meter() -> None:
    assert resumed(1000, 2000) == 2000
    assert resumed(999, 2000) == 999


def sample(number: int) -> Sample:
    return Sample(Stamp(1, float(number), None), number, ReadingContext.SAMPLE_PERIODIC)


def test_samples_are_thinned_evenly() -> None:
    assert surplus((0, 1, 2), 3) == ()
    assert surplus((0, 1, 2, 3, 4, 5), 5) == (1, 3, 5)
    assert surplus((0, 2, 4, 6, 7), 4) == (7,)


@pytest.mark.parametrize("count", [0, 1, 48, 49, 200])
def test_transaction_data_keeps_begin_end_and_limit(count: int) -> None:
    between = tuple(sample(number) for number in range(1, count + 1))
    data = transaction_data(sample(0), between, sample(999), 50)

    assert (data[0], data[-1]) == (sample(0), sample(999))
    assert len(data) <= 50
    assert len(data) == min(count, 48) + 2 or len(data) > 20
    assert [item.register_wh for item in data] == sorted(item.register_wh for item in data)


def test_waiting_grows_up_to_its_limit() -> None:
    assert [back_off_s(attempt, 300.0, 0.5) for attempt in (1, 2, 3)] == [2.0, 4.0, 8.0]
    assert back_off_s(1000, 300.0, 0.5) == 300.0
    assert back_off_s(1, 300.0, 0.0) == 1.0
    assert back_off_s(1, 300.0, 0.999) == pytest.approx(2.998)


def test_stamps_of_a_boot_whose_clock_became_known_late_are_resolved() -> None:
    late, never = Stamp(2, 10.0, None), Stamp(1, 10.0, None)
    begin = Sample(late, 1000, ReadingContext.TRANSACTION_BEGIN)
    record = TransactionRecord("2.1", 1, "CARD", None, begin, begin)
    calls = tuple(
        QueuedCall(seq, str(seq), Lane.QUEUE, StartTransaction("2.1", 1, "CARD", 1000, stamp))
        for seq, stamp in ((1, late), (2, never))
    )
    entries = (ClockLearned(2, 5000.0), TransactionKept(record))
    rows = [row for entry in entries for row in rows_of(entry) if isinstance(row, Put)]
    waiting = [row for call in calls for row in rows_of(CallKept(call)) if isinstance(row, Put)]

    restored = replay(rows, waiting, 64, [])

    assert restored.transaction is not None
    assert restored.transaction.started.stamp == Stamp(2, 10.0, 5010.0)
    stamps = [call.request.started for call in restored.calls]  # type: ignore[attr-defined]
    assert stamps == [Stamp(2, 10.0, 5010.0), never]
    loaded = calls_of(waiting, [], restored.clocks)
    assert loaded == restored.calls


def test_clock_of_long_ago_is_forgotten() -> None:
    assert Delete("clock", f"{500:018d}") in rows_of(BootCounted(1500, None))
