"""One run tells everything that is wrong with charts, requirements, pictures and pages."""

import shutil
from pathlib import Path

import pytest

from tools import check
from tools.chart_files import CHARTS, read_files
from tools.desk.evidence import gather

LAST = 'cond = "is_last_attempt", on = ["forget_attempts", "tell_head_discarded"], req = "S 3.7.1"'


@pytest.fixture
def charts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the charts, which the tool then looks at."""
    for path in CHARTS.glob("*.toml"):
        shutil.copy(path, tmp_path)
    monkeypatch.setattr(check, "read_files", lambda: read_files(tmp_path))
    return tmp_path


def told(charts: Path, new: str, capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    """What the tool says of ``queue`` with one transition changed."""
    file = charts / "queue.toml"
    text = file.read_text(encoding="utf-8")
    assert LAST in text
    file.write_text(text.replace(LAST, new, 1), encoding="utf-8")
    assert check.main(words) == 1
    return capsys.readouterr().err.splitlines()


def test_an_unknown_requirement_is_told_with_all_that_is_stale(
    charts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = told(charts, LAST.replace("S 3.7.1", "AQ-66"), capsys)
    assert lines[0].startswith("charts/queue.toml:9: requirement 'AQ-66' is not in tools/")
    assert "charts/svg/queue.svg: is out of date; run 'statecharge charts export'" in lines
    assert "charts/REQUIREMENTS.md: is stale; mend: python -m tools.desk" in lines


def test_of_charts_with_mistakes_only_the_mistakes_are_told(
    charts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = LAST.replace("S 3.7.1", "AQ-66").replace("is_last_attempt", "is_last_atempt")
    lines = told(charts, new, capsys)
    assert any("did you mean 'is_last_attempt'" in line for line in lines)
    assert any("'AQ-66'" in line for line in lines)
    assert [line for line in lines if "out of date" in line or "stale" in line] == []


def test_pictures_can_be_left_out(charts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = told(charts, LAST.replace("S 3.7.1", "AQ-66"), capsys, "--no-pictures")
    assert "'AQ-66'" in line


def test_an_installation_does_not_ask_where_requirements_are_met(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(check, "gather", lambda charts: gather(charts, Path("nowhere")))
    assert check.main(["--no-pictures"]) == 1
    assert "but no chart, scenario or test names it" in capsys.readouterr().err
    monkeypatch.setattr(check, "TESTS", Path("nowhere"))
    assert check.main(["--no-pictures"]) == 0
