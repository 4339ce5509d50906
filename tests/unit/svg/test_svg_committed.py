"""The pictures in the repository are those of the charts in the repository."""

import time
from pathlib import Path

import pytest

from cp.vocabulary.errors import Finding, SettingsError
from tools import export_svg
from tools.chart_files import ChartFiles, read_files
from tools.pictures import Folders, check_pictures, routes_svg
from tools.svg.export import Studio, load_lock
from tools.svg.values import timer_value
from tools.svg.views import FULL
from tools.svg.wording import Wording
from tools.svg.writer import Sheet, write


@pytest.fixture(scope="module")
def files() -> ChartFiles:
    found = read_files()
    assert found.findings == ()
    return found


def test_no_picture_and_no_layout_is_stale(files: ChartFiles) -> None:
    assert check_pictures(files, Folders()) == ()


def test_all_charts_are_drawn_within_a_second_and_none_is_too_large(files: ChartFiles) -> None:
    begin_s = time.process_time()
    for document in files.documents:
        studio = Studio(document, load_lock(Folders().layout, document.name), is_frozen=True)
        wording = Wording(document, timer_value)
        for view in studio.views():
            place = studio.placement(view)
            sheet = Sheet(has_table=view == FULL)
            text = write(document, studio.picture(view), place, wording, sheet)
            assert len(text.encode()) <= 250_000
    assert time.process_time() - begin_s < 1.0


def test_stale_missing_and_foreign_files_are_told(files: ChartFiles, tmp_path: Path) -> None:
    folders = Folders(tmp_path / "svg", tmp_path / "layout")
    folders.svg.mkdir()
    folders.layout.mkdir()
    one = ChartFiles((), files.routes, files.routes_text, ())
    (folders.svg / "routes.svg").write_text(routes_svg(files) + " ", encoding="utf-8")
    (folders.svg / "old.svg").write_text("<svg/>", encoding="utf-8")
    told = [str(finding) for finding in check_pictures(one, folders)]
    assert told == [
        "charts/svg/old.svg: belongs to no chart; run 'statecharge charts export'",
        "charts/svg/routes.svg: is out of date; run 'statecharge charts export'",
    ]
    chart = ChartFiles(files.documents[:1], files.routes, files.routes_text, ())
    assert any("out of date" in str(finding) for finding in check_pictures(chart, folders))


def test_a_chart_with_findings_is_never_drawn(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = ChartFiles((), None, "", (Finding("charts/a.toml", 3, "state 'b' is unreachable"),))
    monkeypatch.setattr(export_svg, "read_files", lambda: broken)
    monkeypatch.setattr(export_svg, "draw_chart", lambda *_: pytest.fail("half a picture"))
    assert export_svg.main([]) == 1
    assert capsys.readouterr().err == "charts/a.toml:3: state 'b' is unreachable\n"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["-o", "x", "connector"], "-o is for --view and --scxml"),
        (["--theme", "dark", "vehicle"], "--theme and --no-table are for --view"),
        (["--no-table"], "--theme and --no-table are for --view"),
        (["--scxml", "--theme", "dark"], "--theme and --no-table are for --view"),
        (["--view", "full", "--new-layout"], "--new-layout is for the committed set"),
        (["--check", "vehicle"], "--check looks at all charts"),
        (["--check", "-o", "x"], "-o is for --view and --scxml"),
        (["--view", "full", "--scxml"], "not allowed with argument --view"),
    ],
)
def test_an_option_that_means_nothing_here_is_refused(
    words: list[str],
    complaint: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(export_svg, "read_files", lambda: pytest.fail("it went on"))
    with pytest.raises(SystemExit, match="2"):
        export_svg.main(words)
    assert complaint in capsys.readouterr().err


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for words in (["queue", "--view", "full"], ["queue", "--scxml"]):
        with pytest.raises(SettingsError, match="cannot be written: File exists"):
            export_svg.main([*words, "-o", str(tmp_path / "file")])


def test_one_view_is_written_where_it_is_wanted(
    files: ChartFiles, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export_svg.main(["queue", "--view", "full", "--no-table", "-o", str(tmp_path)]) == 0
    text = (tmp_path / "queue.svg").read_text(encoding="utf-8")
    assert 'id="table"' not in text
    assert "A4" in capsys.readouterr().out
    assert export_svg.main(["queue", "--view", "half", "-o", str(tmp_path)]) == 2
    assert export_svg.main(["queue", "--view", "focus:nowhere", "-o", str(tmp_path)]) == 1
    assert export_svg.main(["nochart"]) == 1
