"""The state by event table says what a chart does, all of it."""

import csv
import io

import pytest
from svg_kit import toy

from cp.chart import CallRoute, Routes
from cp.vocabulary.words import Action
from tools import matrix

CALL = CallRoute(Action.RESET, event="reset_ordered", decides="toy", refusal={"status": "Rejected"})
ROUTES = Routes("routes.toml", {}, {}, {Action.RESET: CALL})


def cell(state: str, event: str) -> str:
    table = matrix.build_matrix(toy(), ROUTES)
    return dict(table.rows)[state][table.events.index(event)]


@pytest.mark.parametrize(
    ("state", "event", "text"),
    [
        ("resting", "unplugged", "\u2192 ended"),
        (
            "resting",
            "plugged",
            "[is_ready and (has_key or not is_late)] \u2192 left / one, two; \u2192 busy",
        ),
        ("left", "unplugged", "\u2192 resting / stop ^busy"),
        ("left", "card_presented", "[is_ready] stays / note ^busy; \u2192 busy ^busy"),
        ("left", "after_ev_settling_s", "[is_late] \u2192 right; else ignored"),
        ("right", "after_ev_settling_s", ""),
        ("right", "energy_denied", matrix.IGNORED),
        ("ended", "reset_ordered", 'refused {"status": "Rejected"}'),
        ("right", "reset_ordered", "\u2192 right ^busy"),
    ],
)
def test_a_cell(state: str, event: str, text: str) -> None:
    assert cell(state, event) == text


def test_only_leaves_have_rows_and_every_event_a_column() -> None:
    table = matrix.build_matrix(toy(), ROUTES)
    assert [state for state, _ in table.rows] == ["resting", "left", "right", "ended"]
    assert set(table.events) == {item.event for item in toy().transitions}


def test_both_formats_hold_all_cells() -> None:
    table = matrix.build_matrix(toy(), ROUTES)
    markdown = matrix.to_markdown(table)
    rows = list(csv.reader(io.StringIO(matrix.to_csv([table]))))
    assert len(rows) == 1 + len(table.rows) * len(table.events)
    for state, event, text in (row[1:] for row in rows[1:]):
        assert text == cell(state, event)
        assert text in markdown


def test_the_command_prints_the_charts(capsys: pytest.CaptureFixture[str]) -> None:
    assert matrix.main(["queue"]) == 0
    assert "## queue" in capsys.readouterr().out
    assert matrix.main(["queue", "--format", "csv"]) == 0
    assert capsys.readouterr().out.startswith("chart,state,event,outcome\n")
    assert matrix.main(["nochart"]) == 1
