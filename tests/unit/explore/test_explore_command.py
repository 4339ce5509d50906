"""The command: what it prints and returns; the compositions fit together."""

from pathlib import Path

import pytest
from explore_kit import SHIPPED

from cp.vocabulary.events import AuthorizeUnanswered, StartConfirmed, name_of
from tools.explore import main
from tools.explore.command import KEY_SETS, RUNS
from tools.explore.left_out import LEFT_OUT
from tools.explore.report import Report, Violation, elements, unreached
from tools.explore.search import explore

OUTLET_GIVES = {
    "call_created",  # Authorize, StartTransaction, StopTransaction, MeterValues
    "error_changed",
    "status_changed",
}
"""What the outlet tells the line: ``line_moves`` brings all of it forth."""

LINE_GIVES = {
    "id_tag_accepted",
    "id_tag_refused",
    name_of(AuthorizeUnanswered),
    name_of(StartConfirmed),
    "start_refused",
    "start_discarded",
    "meter_triggered",
    "firmware_triggered",
    "diagnostics_triggered",
    "reset_ordered",
    "error_raised",  # out of order, or a restart that failed
    "status_changed",  # of connector 0, in the run without its reporting
}
"""What the line tells the outlet: ``outlet_moves`` brings all of it forth."""


JOBS_GIVE = {
    "call_created",
    "error_raised",  # a restart that failed
    "offer_ordered",
    "start_asked",
    "status_changed",
    "withdraw_ordered",
}
"""What jobs and the rest that is explored beside them tell: outlet and line have it inside."""

GIVEN = [("A", OUTLET_GIVES), ("B", LINE_GIVES), ("C", JOBS_GIVE), ("D", JOBS_GIVE)]


@pytest.mark.parametrize(("part", "gives"), GIVEN)
def test_what_leaves_one_composition_is_brought_forth_by_the_other(
    part: str, gives: set[str]
) -> None:
    told: set[str] = set()
    for build in RUNS[part]:
        model = build(SHIPPED(), tuple(KEY_SETS))
        explore(model, 1500)
        told |= model.room.told_away
    assert told <= gives
    assert {"start_confirmed" if part == "B" else "call_created"} <= told


def test_every_machine_is_in_one_of_the_compositions() -> None:
    models = [build(SHIPPED(), tuple(KEY_SETS)) for builds in RUNS.values() for build in builds]
    explored = {name for model in models for name in model.machines}
    assert set(SHIPPED().routes.machines) <= explored


def test_a_short_run_prints_its_numbers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--only", "A", "--limit", "150", "--keys", "stop", "--out", str(tmp_path)]
    assert main(words) == 0
    printed = capsys.readouterr().out
    assert "A charging: " in printed and "not complete, 0 violations" in printed
    assert "connector: " in printed  # what was not reached in so few states
    assert "not explored: " in printed
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_key_set_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--keys", "nonsense"]) == 2
    assert "nonsense: is none of stop," in capsys.readouterr().err


def test_what_no_run_has_seen_is_listed() -> None:
    document = SHIPPED().charts["link"].document
    everything = frozenset(elements(document))
    lost = ("link", "online")
    report = Report("A", 1, 1, 1, 1, 0.1, True, (), everything - {lost}, frozenset())
    assert unreached([document], [report]) == (["link: online"], [])
    assert unreached([SHIPPED().charts["queue"].document], [report]) == ([], ["queue"])


def test_both_outcomes_of_a_guard_are_elements() -> None:
    document = SHIPPED().charts["queue"].document
    ids = {item for _, item in elements(document)}
    outcomes = {f"ready-head_failed-1 is_last_attempt {so}" for so in ("yes", "no")}
    assert outcomes | {"ready", "ready-head_failed-1"} <= ids


def test_what_is_left_out_is_there_and_has_a_reason() -> None:
    charts = SHIPPED().charts.values()
    known = {": ".join(item) for chart in charts for item in elements(chart.document)}
    assert set(LEFT_OUT) <= known
    assert all(LEFT_OUT.values())


def test_a_violation_is_told_as_a_list_of_moves() -> None:
    violation = Violation("contactor", "commanded closed", ("plugged", "ev_asked"), "")
    report = Report("A", 7, 9, 3, 4, 0.1, True, (violation,), frozenset(), frozenset())
    assert list(report.lines()) == [
        "A: 7 states, 9 turns, depth 3, longest turn 4 events, 0.1 s, complete, 1 violations",
        "  contactor: commanded closed",
        "    1. plugged",
        "    2. ev_asked",
    ]
