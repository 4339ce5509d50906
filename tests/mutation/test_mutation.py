"""The mutation tool: a seeded slice of its mutants, and that it tells a survivor as one."""

import inspect
from pathlib import Path
from random import Random

import pytest

from cp.behavior.queue import Queue
from cp.house import House
from tools.coverage import shipped as shipped_scenarios
from tools.mutate.__main__ import all_mutants, equivalents, findings, main
from tools.mutate.behaviors import behavior_mutants
from tools.mutate.charts import chart_mutants
from tools.mutate.mutant import Mutant
from tools.mutate.routes import route_mutants
from tools.mutate.touched import Touched, touched
from tools.mutate.trial import (
    CHECKER,
    CLOCK,
    EXPLORATION,
    NOBODY,
    SIMULATION,
    Verdict,
    seeded_house,
    shipped,
    try_mutant,
)
from tools.mutate.worlds import finding, found_alone, reached
from tools.scenario_house import instead

SCENARIOS = Path(__file__).parents[1] / "scenarios"
SLICE = 60
"""``make mutate`` tries all of them."""


@pytest.fixture(scope="module")
def scenarios() -> list[Touched]:
    return touched(shipped_scenarios(SCENARIOS), has_lines=False)


@pytest.fixture(scope="module")
def small() -> list[Touched]:
    """Scenarios of one chart, with the lines of code that they touch."""
    return touched(sorted(SCENARIOS.glob("chart_*.txt")))


def named(name: str) -> Mutant:
    """The one mutant of the charts and routes with this name."""
    chart = name.partition(":")[0]
    of_charts = chart_mutants(shipped().documents[chart]) if chart != "routes" else ()
    (found,) = (
        item for item in (*of_charts, *route_mutants(shipped().routes)) if item.name == name
    )
    return found


def test_every_mutant_has_a_name_of_its_own() -> None:
    names = [mutant.name for mutant in all_mutants()]
    assert len(set(names)) == len(names) > 2500
    assert set(equivalents()) <= set(names)


def test_a_slice_of_the_mutants_of_charts_and_routes_is_found(scenarios: list[Touched]) -> None:
    listed = equivalents()
    mutants = [item for item in all_mutants() if item.patch is None and item.name not in listed]
    chosen = Random(16).sample(mutants, SLICE)
    verdicts = [try_mutant(item, scenarios, explored=0) for item in chosen]
    assert findings(verdicts, listed, is_everything=False) == []


def test_the_mutants_of_a_behavior_are_found(small: list[Touched]) -> None:
    """Scenarios of the chart alone find all but what concerns the key 0 and the outbox."""
    mutants = list(behavior_mutants("queue"))
    verdicts = [try_mutant(item, small, explored=0) for item in mutants]
    survivors = [item.name for item in verdicts if item.by == NOBODY]
    assert len(mutants) > 10
    assert all("max(" in name or "OutboxChanged" in name for name in survivors)
    assert len(survivors) < 4


def test_the_code_is_whole_again_after_a_mutant() -> None:
    source = inspect.getsource(Queue.is_last_attempt)
    code = Queue.is_last_attempt.__code__
    (mutant,) = (item for item in behavior_mutants("queue") if "negate answer" in item.kind)
    assert mutant.patch is not None
    with mutant.patch():
        assert Queue.is_last_attempt.__code__ is not code
    assert Queue.is_last_attempt.__code__ is code
    assert inspect.getsource(Queue.is_last_attempt) == source


def test_the_checker_refuses_some() -> None:
    verdict = try_mutant(named("link: drop transition offline-journal_replayed-1"), [], explored=0)
    assert verdict.by == CHECKER


def test_exploration_finds_what_no_scenario_is_there_for() -> None:
    verdict = try_mutant(named("contactor: drop transition closing-ev_paused-1"), [], explored=1500)
    assert (verdict.by, verdict.where) == (EXPLORATION, "A charging: contactor")


@pytest.fixture
def small_worlds(monkeypatch: pytest.MonkeyPatch) -> None:
    """One world of two hours instead of those that try every mutant."""
    for module in ("trial", "worlds"):
        monkeypatch.setattr(f"tools.mutate.{module}.FINDERS", ((1, 2.0),))
    monkeypatch.setattr("tools.mutate.worlds._HOURS", 2.0)


UNTOLD = "reporting: drop action send_status of current-status_changed-1"


@pytest.mark.usefixtures("small_worlds")
def test_simulation_finds_what_neither_scenario_nor_exploration_looks_at() -> None:
    verdict = try_mutant(named(UNTOLD), [], explored=1)
    assert verdict.by == SIMULATION
    assert "said was" in verdict.where


@pytest.mark.usefixtures("small_worlds")
def test_a_listed_mutant_must_leave_every_world_as_it_is() -> None:
    assert try_mutant(named(UNTOLD), [], is_listed=True).where == "seed 1"
    name = "queue: swap forget_attempts and tell_head_discarded of ready-head_failed-1"
    assert try_mutant(named(name), [], is_listed=True).by == NOBODY


@pytest.mark.usefixtures("small_worlds")
def test_worlds_that_reach_a_place_find_the_bug_by_themselves() -> None:
    mutant, worlds = named(UNTOLD), [reached(seed) for seed in (1, 2)]
    assert found_alone(mutant, worlds) == ("", 2)
    changed = seeded_house(mutant)
    assert isinstance(changed, House)
    with instead(changed):
        found, played = found_alone(mutant, worlds)
        assert "said was" in found
        assert played == 1
    unreached = named("firmware: stay downloaded-firmware_broken-1")
    assert found_alone(unreached, worlds) == ("", 0)


def test_a_world_that_does_not_come_to_an_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.mutate.worlds._WITHIN_S", 0.1)
    assert finding(1, 24.0) == "the alarm clock"


def test_a_survivor_is_told() -> None:
    name = "queue: swap forget_attempts and tell_head_discarded of ready-head_failed-1"
    verdict = try_mutant(named(name), [], explored=0)
    assert verdict.by == NOBODY
    assert findings([verdict], {}, is_everything=True) == [
        f"nobody finds: {name} (0 scenarios touch it)"
    ]


def test_a_list_that_is_out_of_date_is_told() -> None:
    found = Verdict("a: found", CLOCK, "somewhere")
    assert findings([found], {"a: found": "why"}, is_everything=True) == [
        "listed as equivalent, but found by alarm clock somewhere: a: found"
    ]
    assert findings([], {"a: gone": "why"}, is_everything=True) == [
        "listed as equivalent, but no mutant: a: gone"
    ]
    assert findings([], {"a: gone": "why"}, is_everything=False) == []


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["--help"], 0, "--simulation N [SEED"),
        (["--simulaton", "5"], 2, "--simulaton"),
        (["--simulation", "many"], 2, "invalid int value: 'many'"),
        (["--simulation", "1", "2", "3"], 2, "takes N [SEED]"),
        (["nobody"], 2, "no mutant is called nobody"),
    ],
)
def test_words_are_read_before_anything_is_tried(
    words: list[str], code: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match=str(code)):
        main(words)
    assert told in "".join(capsys.readouterr())


def test_a_scenario_that_is_not_what_is_played_proves_nothing(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.txt"
    text = (SCENARIOS / "chart_link.txt").read_text(encoding="utf-8")
    wrong.write_text(
        text.replace("is_online value=true", "is_online value=false"), encoding="utf-8"
    )
    with pytest.raises(ValueError, match="mend it first"):
        touched([wrong])
