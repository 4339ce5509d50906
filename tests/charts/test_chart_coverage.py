"""The scenarios take every transition of every chart; every leaf of a guard goes both ways."""

import sys
from pathlib import Path

import pytest

from tools.coverage import Coverage, Leaf, measure, shipped

FOLDER = Path(__file__).parent.parent / "scenarios"

IMPOSSIBLE: dict[tuple[Leaf, bool], str] = {}
"""Outcomes that a leaf cannot take, each with the reason. Every leaf takes both at present."""


@pytest.fixture(scope="module")
def coverage() -> Coverage:
    return measure(shipped(FOLDER))[0]


def test_every_transition_is_taken(coverage: Coverage) -> None:
    assert [(chart, coverage.untaken(chart)) for chart in coverage.documents] == [
        (chart, []) for chart in coverage.documents
    ]


def test_every_leaf_goes_both_ways(coverage: Coverage, capsys: pytest.CaptureFixture[str]) -> None:
    unseen = {item for chart in coverage.documents for item in coverage.unseen(chart)}
    leaves = sum(len(coverage.leaves(chart)) for chart in coverage.documents)
    taken = sum(len(document.transitions) for document in coverage.documents.values())
    with capsys.disabled():
        print(f"\n{taken} transitions, {leaves} leaves of guards", file=sys.stderr)

    assert unseen == set(IMPOSSIBLE)


def test_coverage_can_be_less() -> None:
    little, pairs = measure([FOLDER / "booted.txt"])

    assert "idle-card_presented-3" in little.untaken("connector")
    leaf = ("connector", "recovering-inputs_read-1", "has_fault")
    assert (leaf, True) in little.unseen("connector")
    assert (leaf, False) not in little.unseen("connector")
    assert "never true: connector recovering-inputs_read-1: has_fault" in little.table()
    assert len(pairs) == 1


def test_steps_of_one_chart_alone_count() -> None:
    little, _ = measure([FOLDER / "chart_delivery.txt"])

    assert little.taken["delivery", "disconnected-call_created-2"] == 1
