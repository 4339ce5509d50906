"""Pages that are one file, and the report that is one of them."""

import base64
import hashlib
import re
from collections import Counter
from html.parser import HTMLParser
from importlib.metadata import version
from pathlib import Path

import pytest

from cp.profiles import read_profile, texts
from cp.vocabulary.errors import SettingsError
from tools.chart_files import CHARTS, ChartFiles, read_files
from tools.desk.inlined import inline
from tools.desk.pages import Page, render
from tools.desk.report import main, report
from tools.desk.report_charts import ReportError, chart_pictures
from tools.desk.report_parts import Cover, count_taken
from tools.scenario import FOLDER
from tools.writing import write_text


class Reader(HTMLParser):
    """Ids, links inside the page, and whatever would be fetched from elsewhere."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: Counter[str] = Counter()
        self.links: set[str] = set()
        self.outside: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value is not None:
                self.ids[value] += 1
            if name in ("href", "src", "data", "action", "xlink:href"):
                link = value or ""
                (self.links.add if link.startswith("#") else self.outside.append)(link)
            if name == "style" or name.startswith("on"):
                self.outside.append(f"{tag} {name}")


def hashes(text: str, tag: str) -> list[str]:
    found = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
    digests = [hashlib.sha256(item.encode()).digest() for item in found]
    return [f"'sha256-{base64.b64encode(item).decode()}'" for item in digests]


@pytest.fixture(scope="module")
def page() -> str:
    files = read_files()
    assert files.routes is not None
    cover = Cover(
        version("statecharge"), "2026-01-01", read_profile("imkev7", texts()["imkev7"])[0]
    )
    return report(files, files.routes, cover)


def test_the_report_is_one_file_whose_links_lead_somewhere(page: str) -> None:
    found = Reader(page)
    assert found.outside == []
    assert [key for key, count in found.ids.items() if count > 1] == []
    assert {link[1:] for link in found.links} - set(found.ids) == set()
    assert len(found.links) > 500


def test_the_report_holds_every_transition_with_its_drawing(page: str) -> None:
    ids = Reader(page).ids
    for chart in read_files().documents:
        for item in chart.transitions:
            assert f"{chart.name}--row-t-{item.id}" in ids
            assert f"{chart.name}--t-{item.id}" in ids
        assert chart.sha256 in page


def test_the_policy_allows_one_style_and_one_script(page: str) -> None:
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy.startswith("default-src 'none'; ")
    assert hashes(page, "script") == re.findall(r"script-src ('[^;]*')", policy)
    assert hashes(page, "style") == re.findall(r"style-src ('[^;]*')", policy)
    assert "unsafe" not in policy and "connect-src" not in policy


def test_the_same_tree_gives_the_same_report(tmp_path: Path, page: str) -> None:
    assert main(["-o", str(tmp_path / "report.html"), "--date", "2026-01-02"]) == 0
    other = (tmp_path / "report.html").read_text()
    assert page != other
    assert page == other.replace("2026-01-02", "2026-01-01")


def test_counts_are_those_of_the_transcripts(tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text(
        "* plugged\n    0.000 vehicle.1 plugged: absent -> connected [absent-plugged-1]\n"
        "    0.000 a.1 b: stays [x-b-1 y-b-2]\n    0.000 a.1 b ignored\n"
    )
    expected = {("vehicle", "absent-plugged-1"): 1, ("a", "x-b-1"): 1, ("a", "y-b-2"): 1}
    assert count_taken(tmp_path) == expected
    assert count_taken(FOLDER)["vehicle", "absent-plugged-1"] > 10


def test_the_requirements_have_the_evidence_of_the_page(page: str) -> None:
    """What the certificate asks, its test cases and further scenarios, as in REQUIREMENTS.md."""
    rows = re.findall(r'<tr id="req-[^"]*">(.*?)</tr>', page)
    shown = {}
    for row in rows:
        number, _, met, scenarios, tests = re.findall(r"<td[^>]*>(.*?)</td>", row)
        words = [re.sub("<[^>]*>", "", cell) for cell in (number, met, scenarios, tests)]
        shown[words[0]] = words[1:]
    text = (CHARTS / "REQUIREMENTS.md").read_text(encoding="utf-8").replace("\\|", "")
    lines = [line.split(" | ") for line in text.splitlines() if line.startswith("| ")]
    listed = {line[0].removeprefix("| "): line for line in lines if len(line) == 5}
    assert shown.keys() == listed.keys() - {"requirement", "---"}
    assert "asked keys.SupportedFeatureProfiles.default" in shown["profile Core"][0]
    assert "T 001" in shown["profile Core"][1]
    for number, (met, scenarios, tests) in shown.items():
        _, _, their_met, their_scenarios, their_tests = listed[number]
        assert scenarios == their_scenarios.replace("`", "")
        assert tests == their_tests.removesuffix("|").strip()
        assert met.count("asked ") == their_met.count("asked ")


def test_the_doc_of_a_transition_is_apart_from_its_event(page: str) -> None:
    """The search shows the text of a cell: the two would be one word there."""
    assert "<b>begin_ordered</b><br>\nA transaction begins: it goes first." in page


def test_a_stale_picture_is_refused(tmp_path: Path) -> None:
    chart = read_files().documents[0]
    for path in (CHARTS / "svg").glob(f"{chart.name}*.svg"):
        text = path.read_text().replace(chart.sha256, "0" * 64)
        (tmp_path / path.name).write_text(text)
    with pytest.raises(ReportError, match="is out of date: run 'statecharge charts export'"):
        chart_pictures(chart, tmp_path)
    with pytest.raises(ReportError, match="is missing"):
        chart_pictures(chart, tmp_path / "nowhere")


def test_a_mistake_of_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--profile", "imkev"]) == 2
    assert "imkev7" in capsys.readouterr().err


def test_folders_are_made_and_a_file_that_cannot_be_is_told(tmp_path: Path) -> None:
    file = tmp_path / "new" / "folder" / "file.html"
    write_text(file, "a\n")
    assert file.read_bytes() == b"a\n"
    with pytest.raises(SettingsError, match=r"file\.html/x: cannot be written: File exists"):
        write_text(file / "x", "")
    with pytest.raises(SettingsError, match="new: cannot be written: Is a directory"):
        main(["-o", str(tmp_path / "new")])


def test_an_installation_without_tests_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.desk.report.TESTS", Path("nowhere"))
    files: ChartFiles = read_files()
    assert files.routes is not None
    profile = read_profile("generic", texts()["generic"])[0]
    text = report(files, files.routes, Cover("0", "", profile))
    assert "An installation has no tests" in text
    assert 'class="never"' not in text and "\u00d7</td>" not in text


# ---- pages ---------------------------------------------------------------------------------------


def test_data_never_ends_its_block() -> None:
    """Whatever a transcript holds, it stays data."""
    evil = "</script><script>alert(1)</script><!--"
    text = render(Page("</title><b>", [""], ["1"], "", {"lines": [evil]}))
    assert text.count("<script") == 2
    assert "<!--" not in text and "<b>" not in text
    (data,) = re.findall(r'id="data">(.*?)</script>', text)
    assert '"\\u003c/script>' in data


def test_a_drawing_in_a_page_has_ids_of_its_own_and_no_table() -> None:
    text = (CHARTS / "svg" / "vehicle.svg").read_text()
    found = inline(text, "v")
    assert 'id="v--s-absent"' in found.svg and 'href="#v--row-t-' in found.svg
    assert 'aria-labelledby="v--title v--desc"' in found.svg
    assert '<g id="table"' in text and "--table" not in found.svg
    assert "<style" not in found.svg and "@page" not in found.css
    assert f'height="{found.height}"' in found.svg and f'viewBox="0 0 {found.width} ' in found.svg
    with pytest.raises(ValueError, match="no picture of ours"):
        inline("<svg></svg>", "v")
