"""From requirements to charts, scenarios and tests, and back; nothing unknown, nothing nowhere."""

from pathlib import Path

import pytest

from cp.chart import ChartDocument, read_chart
from cp.profiles.certificate import Row
from tools.chart_files import CHARTS, read_files
from tools.desk import __main__ as desk, trace
from tools.desk.evidence import Evidence, gather, read_cells, read_keys
from tools.desk.requirements import ID, Kind, read_requirements
from tools.desk.requirements_page import PAGE, findings, page

TOY = """name = "toy"
doc = "Something small."
[states.resting]
req = "D-01"
transitions = [
  { event = "plugged", target = "first", req = ["T 001", "M A2"] },
]
[states.busy]
req = "S 4.8"
[states.first]
in = "busy"
transitions = [
  { event = "unplugged", target = "resting", on = "note" },
]
"""
KNOWN = """[cases]
"T 001" = "Cold boot"
[cells]
"M A2" = "Available to Preparing"
[decisions]
"D-01" = "One at a time"
[sections]
"S 4.8" = "StartTransaction"
"S 9" = "never cited"
"""
SCENARIO = """# T 001, D-01: plugged.

* plugged
    0.000 plugged connector_id=1
    0.000 toy.1 plugged: resting -> first [resting-plugged-1]
    0.000   show_status connector_id=1 status=Available
    0.000   show_status connector_id=0 status=Faulted
    0.000   show_status connector_id=1 status=Preparing
"""


def toy(old: str = "", new: str = "") -> ChartDocument:
    assert old in TOY
    document, wrong = read_chart(TOY.replace(old, new) if old else TOY, "charts/toy.toml")
    assert document is not None and wrong == ()
    return document


def evidence(
    folder: Path, chart: ChartDocument | None = None, scenario: str = SCENARIO, test: str = ""
) -> Evidence:
    (folder / "scenarios").mkdir()
    (folder / "scenarios" / "plugs.txt").write_text(scenario, encoding="utf-8")
    (folder / "test_toy.py").write_text(test, encoding="utf-8")
    return gather([chart or toy()], folder)


def told(folder: Path, known: str = KNOWN, **parts: object) -> list[str]:
    found = findings(read_requirements(known, ()), evidence(folder, **parts))  # type: ignore[arg-type]
    return [str(item) for item in found]


# ---- the list ------------------------------------------------------------------------------------


def test_every_row_and_every_table_is_there() -> None:
    known = read_requirements()
    assert known["C-03"].row is not None and known["C-03"].kind is Kind.ROW
    assert {known[key].kind for key in ("T 044_1", "M I8", "D-22", "JE 5")} == set(Kind) - {
        Kind.ROW
    }
    assert all(ID.fullmatch(key) for key, item in known.items() if item.kind is not Kind.ROW)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('[cases]\n"T 1" = "x"', ValueError),
        ('[cases]\n"T 001" = "x"\n[sections]\n"T 001" = "y"', ValueError),
        ('[case]\n"T 001" = "x"', KeyError),
    ],
)
def test_a_mistake_in_the_list_is_refused(text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        read_requirements(text, ())


def test_ids_in_running_text() -> None:
    text = "T 004_2, M B1, ORS-11, AQ-7.2 (S 3.7.1): x-D-1, 7T 001, JE 5, MS 4.8, C-06.1."
    assert ID.findall(text) == [
        "T 004_2", "M B1", "ORS-11", "AQ-7.2", "S 3.7.1", "JE 5", "C-06.1"
    ]  # fmt: skip


# ---- the evidence --------------------------------------------------------------------------------


def test_a_transcript_shows_what_it_takes_and_enters() -> None:
    assert read_keys(SCENARIO, {"toy": toy()}) == {
        "toy.resting-plugged-1", "toy.first", "toy.busy"
    }  # fmt: skip
    stays = "    0.000 toy.1 plugged: stays [resting-plugged-1]"
    assert read_keys(stays, {"toy": toy()}) == {"toy.resting-plugged-1"}
    assert read_keys("    0.000 toy.1 plugged ignored", {"toy": toy()}) == set()


def test_statuses_show_cells_but_not_over_a_restart() -> None:
    status = "    0.000   show_status connector_id=1 status="
    first = f"{status}Charging\n{status}SuspendedEV\n{status}SuspendedEV\n"
    assert read_cells(first + f"{status}Finishing\n") == {"M C4", "M D6"}
    again = f"    9.000 journal_replayed a=1\n{status}Finishing\n"
    assert read_cells(first + again) == {"M C4"}
    assert read_cells(SCENARIO) == {"M A2"}


def test_nothing_to_say_when_all_is_known_and_met(tmp_path: Path) -> None:
    assert told(tmp_path) == []


def test_an_unknown_requirement_in_a_chart(tmp_path: Path) -> None:
    assert told(tmp_path, chart=toy('"T 001"', '"T 002"')) == [
        "charts/toy.toml:6: requirement 'T 002' is not in tools/requirements.toml; "
        "did you mean 'T 001'?"
    ]


def test_an_unknown_requirement_in_a_scenario(tmp_path: Path) -> None:
    other = SCENARIO.replace("# T 001", "# T 001, J 9")
    assert told(tmp_path, scenario=other) == [
        "tests/scenarios/plugs.txt:1: requirement 'J 9' is not in tools/requirements.toml"
        "; did you mean 'S 9'?"
    ]


def test_a_status_change_that_is_no_cell(tmp_path: Path) -> None:
    other = SCENARIO.replace("status=Preparing", "status=Charging")
    assert "requirement 'M A3' is not in tools" in "\n".join(told(tmp_path, scenario=other))


def test_an_applicable_requirement_that_is_nowhere(tmp_path: Path) -> None:
    more = KNOWN.replace('"D-01"', '"D-02" = "Never two"\n"D-01"')
    assert told(tmp_path, more) == [
        "tools/requirements.toml: D-02 (Never two) is applicable, but no chart, scenario or test "
        "names it"
    ]


def test_a_test_may_be_the_only_evidence(tmp_path: Path) -> None:
    more = KNOWN.replace('"D-01"', '"D-02" = "Never two"\n"D-01"')
    assert told(tmp_path, more, test='def test_two() -> None:\n    """D-02: no."""\n') == []


@pytest.mark.parametrize(("planned", "count"), [("later", 0), ("", 2)])
def test_what_is_planned_may_wait(planned: str, count: int, tmp_path: Path) -> None:
    row = Row("F-9", "s", "says", {}, (), "F-9", planned)
    cases = Row("x", "s", "says", {}, ("044_1",), "profile x", planned)
    more = KNOWN.replace('"T 001"', '"T 044_1" = "Update"\n"T 001"', 1)
    known = read_requirements(more, (row, cases))
    assert len(findings(known, evidence(tmp_path))) == count


# ---- the page ------------------------------------------------------------------------------------


def test_the_page_has_one_row_for_each(tmp_path: Path) -> None:
    text = page(read_requirements(KNOWN, ()), evidence(tmp_path))
    rows = [line for line in text.splitlines() if line.startswith(("| T", "| M", "| D", "| S"))]
    assert rows == [
        "| T 001 | Cold boot | **toy** `resting-plugged-1` | `plugs` |  |",
        "| M A2 | Available to Preparing | **toy** `resting-plugged-1` | `plugs` |  |",
        "| D-01 | One at a time | **toy** `resting` | `plugs` |  |",
        "| S 4.8 | StartTransaction | **toy** `busy` | 1 more |  |",
    ]


def test_the_committed_page_is_up_to_date_and_without_findings(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Mend: ``python -m tools.desk``."""
    assert desk.main(["--check"]) == 0, capsys.readouterr().err


def test_a_stale_page_is_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    known = gather(read_files().documents)
    monkeypatch.setattr(desk, "gather", lambda documents: known)
    assert desk.main(["--check"], tmp_path) == 1
    desk.main([], tmp_path)
    assert (tmp_path / PAGE).read_text(encoding="utf-8").startswith("# Requirements")
    capsys.readouterr()
    (tmp_path / PAGE).write_text("old", encoding="utf-8")
    assert desk.main(["--check"], tmp_path) == 1
    stale = [line for line in capsys.readouterr().err.splitlines() if "stale" in line]
    assert stale == ["charts/REQUIREMENTS.md: is stale; mend: python -m tools.desk"]
    assert desk.main(["--chek"]) == 2


# ---- the command ---------------------------------------------------------------------------------


def test_a_requirement_leads_to_elements_scenarios_and_the_row(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert trace.main(["C-03"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "# C-03: maximum energy for an invalid id: yes"
    assert any("transaction: state limited" in line for line in lines)
    assert any("row        Core options: proved" in line for line in lines)
    assert any("t037_2_offline_invalid_open" in line for line in lines)


def test_the_beginning_of_an_id_stands_for_all_of_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert trace.main(["T", "037"]) == 0
    heads = [line for line in capsys.readouterr().out.splitlines() if line.startswith("# ")]
    assert [head[:9] for head in heads] == ["# T 037_1", "# T 037_2", "# T 037_3"]
    assert [item.id for item in trace.select("ORS-1", read_requirements())] == ["ORS-1"]
    assert trace.select("ORS-9", read_requirements())[0].id == "ORS-9"
    assert {item.id for item in trace.select("D-2", read_requirements())} == set()


def test_an_element_leads_to_its_requirements(capsys: pytest.CaptureFixture[str]) -> None:
    state = next(
        state
        for chart in read_files().documents
        for state in chart.states
        if state.id == "charging"
    )
    assert trace.main(["connector.charging"]) == 0
    text = capsys.readouterr().out
    assert f"charts/connector.toml:{state.line}  connector.charging" in text
    assert "M C4      Charging to SuspendedEV: the EV pauses" in text
    assert "passed by" in text


def test_a_name_that_nothing_has(capsys: pytest.CaptureFixture[str]) -> None:
    assert trace.main(["connector.chargin"]) == 2
    assert capsys.readouterr().err == (
        "nothing is called 'connector.chargin'; did you mean 'connector.charging'?\n"
    )


def test_page_and_schemas_lie_among_the_charts() -> None:
    assert {path.name for path in CHARTS.iterdir()} >= {PAGE, "chart.schema.json"}
