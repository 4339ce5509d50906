"""What the controller refuses at power-on, and what it does when a step raises."""

from dataclasses import replace

import pytest

from cp.controller import EXIT_FAULT, Controller
from cp.journal import rows_of
from cp.vocabulary.effects import EndProcess, OpenContactor, WithdrawCurrent
from cp.vocabulary.errors import SettingsError
from cp.vocabulary.events import InputsRead, LinkOpened
from cp.vocabulary.instants import Now
from cp.vocabulary.keys import GENERIC
from cp.vocabulary.records import CallKept, Put, StationNamed
from cp.vocabulary.requests import Lane, MeterValues, QueuedCall
from tools.scenario_house import house

NOON = Now(0.0, 1_767_268_800.0, 0, 1000)


def controller_of(station_id: str) -> Controller:
    named = replace(house(), product=replace(house().product, station_id=station_id))
    return Controller(named, GENERIC.defaults())


def stored(station_id: str, *, owes: bool) -> tuple[list[Put], list[Put]]:
    call = QueuedCall(7, "7", Lane.QUEUE, MeterValues(1, None, ()))
    rows = [row for row in rows_of(StationNamed(station_id)) if isinstance(row, Put)]
    calls = [row for row in rows_of(CallKept(call)) if isinstance(row, Put)]
    return rows, calls if owes else []


def test_what_one_station_owes_is_not_delivered_as_another() -> None:
    rows, calls = stored("CP001", owes=True)
    with pytest.raises(SettingsError, match="holds transactions of CP001"):
        controller_of("CP002").begin(rows, calls, NOON)
    controller_of("CP001").begin(rows, calls, NOON)


def test_a_station_that_owes_nothing_may_be_renamed() -> None:
    rows, _ = stored("CP001", owes=False)
    done = controller_of("CP002").begin(rows, [], NOON)
    assert Put("station", "id", '{"station_id":"CP002"}') in done.rows
    again = controller_of("CP001").begin(rows, [], NOON)
    assert not [row for row in again.rows if row.kind == "station"]


def test_a_step_that_raises_drops_its_turn_and_opens_the_outlet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    controller = controller_of("CP001")
    controller.begin([], [], NOON)
    controller.handle(InputsRead(), NOON)
    before = controller.condition
    chart = controller.house.charts["link"]
    monkeypatch.setattr(type(chart), "step", _broken)
    done = controller.handle(LinkOpened(), NOON)
    assert controller.condition is before
    assert done.safe == (OpenContactor(1), WithdrawCurrent(1))
    assert done.outward == (EndProcess(EXIT_FAULT),)
    assert [row.kind for row in done.rows] == ["fault", "exit"]
    assert done.is_awaited
    assert controller.fault is not None
    assert controller.fault.event == "link_opened"


def _broken(*_: object) -> None:
    raise RuntimeError("seeded")


def test_an_ordered_end_is_noted_as_a_restart() -> None:
    """operations.md 2: a transaction that is open then was stopped by Reboot, not PowerLoss."""
    controller = controller_of("CP001")
    controller.begin([], [], NOON)
    done = controller.leave()
    assert done.safe == (OpenContactor(1), WithdrawCurrent(1))
    assert done.rows == (Put("exit", "why", '{"reason":"Reboot"}'),)
    assert done.outward == (EndProcess(0),)
