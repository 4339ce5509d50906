"""Coverage on the charts: the counts that were counted, on the layout that is committed."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tools import coverage as tool
from tools.chart_files import CHARTS
from tools.coverage import Coverage, measure, shipped
from tools.desk.coverage_picture import draw_coverage, heat, unseen
from tools.svg.export import ExportError, load_lock
from tools.svg.lock import Lock
from tools.svg.readback import read_svg

CHART = "connector"


@pytest.fixture(scope="module")
def few() -> Coverage:
    """Two short scenarios: much is never taken."""
    names = ("t003_plug_first", "t004_2_card_first_timeout")
    return measure([path for path in shipped() if path.stem in names])[0]


def drawn(coverage: Coverage, chart: str = CHART) -> str:
    return draw_coverage(
        coverage.documents[chart], coverage, load_lock(CHARTS / "layout", chart), 2
    )


def test_each_transition_has_its_count_where_it_stands(few: Coverage) -> None:
    text = drawn(few)
    groups = re.findall(r'<g id="t-([^"]*)" class="trans[^"]*".*?</g>', text, re.DOTALL)
    document = few.documents[CHART]
    assert sorted(groups) == sorted(item.id for item in document.transitions)
    for item in document.transitions:
        group = text[text.index(f'<g id="t-{item.id}"') :].partition("</g>")[0]
        count = few.taken[CHART, item.id]
        assert re.findall(r">(\d+)\u00d7<", group) == [str(count)]
        assert heat(count) in group
        assert f"Taken {count} times." in group


def test_what_was_never_taken_is_dashed_and_says_so(few: Coverage) -> None:
    text = drawn(few)
    untaken = few.untaken(CHART)
    assert untaken and len(untaken) < len(few.documents[CHART].transitions)
    for key in untaken:
        group = text[text.index(f'<g id="t-{key}"') :].partition("</g>")[0]
        assert 'is-removed"' in group and '<tspan class="sg del">0\u00d7</tspan>' in group
    assert re.search(r"\.line\.is-removed>\.edge\{[^}]*stroke-dasharray", text)


def test_outcomes_of_guards_that_nobody_showed(few: Coverage) -> None:
    items = {item.id: item for item in few.documents[CHART].transitions}
    assert unseen(few, CHART, items["idle-card_presented-1"]) == ("never true: is_authorizing",)
    assert unseen(few, CHART, items["interrupted-fault_raised-1"]) == ("never asked",)
    assert unseen(few, CHART, items["idle-card_presented-3"]) == ()
    assert ">never true: is_authorizing<" in drawn(few)


def test_the_picture_below_is_the_chart(few: Coverage) -> None:
    """Without the counts it reads like the chart; with them it does not."""
    text = drawn(few)
    assert read_svg(text).strange != []
    assert ElementTree.fromstring(text) is not None


def test_a_count_that_stands_nowhere_fails_the_picture(
    few: Coverage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.desk.coverage_picture.SIGN", "ac")
    with pytest.raises(ExportError, match="the picture of the coverage is wrong"):
        drawn(few)


def test_without_a_layout_there_is_no_picture(few: Coverage) -> None:
    with pytest.raises(ExportError, match="run 'statecharge charts export'"):
        draw_coverage(few.documents[CHART], few, Lock(), 2)
    with pytest.raises(ExportError, match="the layout is stale"):
        draw_coverage(few.documents[CHART], few, load_lock(CHARTS / "layout", "link"), 2)


def test_heat_rises_with_the_count() -> None:
    assert [heat(count) for count in (0, 1, 3, 4, 13, 61, 10_000)] == [
        "is-removed", "heat1", "heat1", "heat2", "heat3", "heat4", "heat4",
    ]  # fmt: skip


def test_what_all_scenarios_together_do_not_reach_fails(
    monkeypatch: pytest.MonkeyPatch, few: Coverage, capsys: pytest.CaptureFixture[str]
) -> None:
    """One outcome of one guard is enough; some scenarios alone never reach everything."""
    monkeypatch.setattr(tool, "measure", lambda paths: (few, []))
    assert tool.main([]) == 1
    assert tool.main(["one.txt"]) == 0
    whole = Coverage(few.documents)
    for chart, document in few.documents.items():
        whole.taken.update((chart, item.id) for item in document.transitions)
        whole.outcomes.update(
            (leaf, is_so) for leaf in whole.leaves(chart) for is_so in (True, False)
        )
    monkeypatch.setattr(tool, "measure", lambda paths: (whole, []))
    assert tool.main([]) == 0
    del whole.outcomes[next(iter(whole.outcomes))]
    assert tool.main([]) == 1
    monkeypatch.setattr(tool, "TESTS", Path("nowhere"))
    capsys.readouterr()
    assert tool.main([]) == 2
    assert capsys.readouterr() == (
        "",
        "an installation has no tests: run this in the source tree\n",
    )


@pytest.mark.parametrize("text", [None, "* nonsense\n"])
def test_a_scenario_with_a_mistake_is_told(
    tmp_path: Path, text: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "some.txt"
    if text is not None:
        file.write_text(text)
    assert tool.main([str(file)]) == 2
    assert "some.txt" in capsys.readouterr().err


def test_the_tool_prints_as_ever_and_draws_on_demand(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(next(path for path in shipped() if path.stem == "t003_plug_first"))
    assert tool.main([path]) == 0
    plain = capsys.readouterr().out
    assert plain.startswith("chart              transitions   leaf outcomes")
    assert tool.main([path, "-o", str(tmp_path)]) == 0
    assert capsys.readouterr().out.startswith(plain)
    assert (tmp_path / "connector.coverage.svg").exists()
