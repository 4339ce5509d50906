"""Seeded bugs are found by the shortest way, and told as a scenario."""

from pathlib import Path

import pytest
from explore_kit import SHIPPED, changed_line, seeded

from cp.house import House
from tools.explore.command import RUNS, Build, charging
from tools.explore.model import Model
from tools.explore.promises import NOT_STUCK
from tools.explore.report import Violation, report_of
from tools.explore.search import explore
from tools.scenario import played, read

ONE = ("deny-offline",)


def unmetered(house: House, keys: tuple[str, ...]) -> Model:
    """Charging with a register that stands: a quarter of the moves."""
    model = charging(house, keys)
    model.moves = tuple(move for move in model.moves if move.meter_wh == 0)
    return model


def violations(chart: str, old: str, new: str) -> dict[str, Violation]:
    report = report_of(explore(unmetered(seeded(chart, old, new), ONE)))
    return {item.invariant: item for item in report.violations}


def test_a_lost_exit_action_is_found() -> None:
    found = violations("connector", 'exit = "order_withdrawal"\n', "")
    assert found["offer"].moves == (
        "inputs_read",
        "plugged",
        "link up",
        "BootNotification accepted",
        "card CARD",
        "Authorize accepted",
        "unplugged",
    )
    assert "the EV does not ask" in found["contactor"].seen
    assert len(found["contactor"].moves) == 8


def test_a_pause_that_is_ignored_while_closing_is_found() -> None:
    closing = '  { after = "contactor_closing_s", target = "resting", doc = "Stuck open." },\n'
    pause = '  { event = "ev_paused", target = "pausing" },\n'
    found = violations("contactor", closing + pause, closing)
    assert list(found) == ["contactor"]
    assert found["contactor"].seen == "commanded closed, but the EV does not ask"
    assert found["contactor"].moves[-1] == "ev_paused"
    asked = {"card CARD", "Authorize accepted", "ev_asked", "close_sent"}
    assert asked < set(found["contactor"].moves)
    assert len(found["contactor"].moves) == 9


def test_a_start_while_registration_is_denied_is_found() -> None:
    line = changed_line("connector", ("is_denied",), " or is_denied", "")
    report = report_of(explore(unmetered(seeded("connector", *line), ("stop-offline",)), 4000))
    assert [item.invariant for item in report.violations] == ["denied"]


def test_a_state_without_a_way_back_is_found() -> None:
    found = violations("contactor", '  { after = "contactor_rest_s", target = "open" },\n', "")
    assert list(found) == [NOT_STUCK]
    assert found[NOT_STUCK].seen.startswith("never home again: ")


def test_a_step_that_raises_is_found() -> None:
    found = violations("connector", 'on = "stop_by_owner"', 'on = "stop_for_reset"')
    assert (
        "ResetOrdered" in found["no step raises"].seen
        or "reset_ordered" in found["no step raises"].seen
    )


def test_the_scenario_of_a_violation_can_be_played() -> None:
    found = violations("connector", 'exit = "order_withdrawal"\n', "")["contactor"]
    scenario = read(found.scenario, Path("found.txt"))
    done = played(scenario)
    assert [step.text for step in done.steps][-1] == "unplugged"
    assert any("unplugged: asking -> absent" in line for line in done.steps[-1].expected)


@pytest.mark.parametrize("build", [build for builds in RUNS.values() for build in builds])
def test_the_first_states_are_without_violation(build: Build) -> None:
    graph = explore(build(SHIPPED(), ONE), 2500)
    assert not graph.is_complete and len(graph.ends) == 2500
    assert {name: item[0].seen for name, item in graph.found.items()} == {}
