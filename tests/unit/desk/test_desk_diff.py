"""``charts diff``: each change in words, the exit code, and where the versions come from."""

import os
import pty
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tools.chart_files import CHARTS
from tools.desk import diff
from tools.desk.versions import VersionError, read_version

CHART = """name = "toy"
doc = "Something small."

[states.resting]
doc = "Nothing happens."
status = "Available"
enter = ["one", "two"]
req = "D-01"
transitions = [
  { event = "plugged", cond = "is_ready", target = "busy", on = ["begin", "note"], req = "S 4.8" },
  { event = "plugged", cond = "is_late", on = "cry" },
  { event = "plugged", target = "busy" },
  { after = "ConnectionTimeOut", target = "busy" },
]

[states.busy]
status = "Charging"
transitions = [
  { event = "unplugged", target = "resting" },
]

[states.inner]
in = "busy"

[states.second]
in = "busy"
transitions = [
  { event = "plugged", target = "inner" },
]
"""
ROUTES = """[machines]
toy = [1]
[events]
plugged = ["toy", "other"]
unplugged = []
[calls.Reset]
event = "reset_requested"
decides = "toy"
refusal = { status = "Rejected" }
[calls.ClearCache]
answer = { status = "Rejected" }
"""


def write(folder: Path, chart: str = CHART, routes: str = ROUTES) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "toy.toml").write_text(chart, encoding="utf-8")
    (folder / "routes.toml").write_text(routes, encoding="utf-8")
    return folder


def run(words: Sequence[object], capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str], str]:
    code = diff.main([str(word) for word in words])
    seen = capsys.readouterr()
    return code, seen.out.splitlines(), seen.err


CASES = [
    ('cond = "is_late", on', 'on', "~ toy: resting, on plugged [is_late]: now without any guard"),
    ('cond = "is_ready"', 'cond = "is_ready and is_new"',
     "~ toy: resting, on plugged [is_ready]: now only if is_ready and is_new"),
    ('["begin", "note"]', '["begin", "tell"]',
     "~ toy: resting, on plugged [is_ready]: now also tell; no longer note"),
    ('["begin", "note"]', '["note", "begin"]',
     "~ toy: resting, on plugged [is_ready]: in the order note, begin, not begin, note"),
    ('"ConnectionTimeOut", target = "busy"', '"ConnectionTimeOut", target = "second"',
     "~ toy: resting, after ConnectionTimeOut: now goes to second, not busy"),
    ('after = "ConnectionTimeOut"', 'after = "ev_settling_s"',
     "~ toy: resting, after ConnectionTimeOut: now after ev_settling_s"),
    ('{ event = "unplugged", target = "resting" }', '{ event = "unplugged" }',
     "~ toy: busy, on unplugged: now stays, not resting"),
    ('  { event = "plugged", cond = "is_late", on = "cry" },\n', '',
     "\u2212 toy: resting, on plugged [is_late]: gone: it stayed and did cry"),
    ('  { event = "unplugged", target = "resting" },\n',
     '  { event = "unplugged", target = "resting" },\n  { event = "unlocked", on = "cry" },\n',
     "+ toy: busy, on unlocked: new: stays and does cry"),
    ('status = "Charging"', 'status = "Faulted"',
     "~ toy: busy: status Faulted instead of Charging"),
    ('enter = ["one", "two"]', 'enter = "two"\nexit = "one"',
     "~ toy: resting: on entry no longer one; on exit now also one"),
    ('[states.second]\nin = "busy"', '[states.second]',
     "~ toy: second: lies in no state, not in busy"),
    ('[states.second]\nin = "busy"\n', '[states.third]\nin = "busy"\nstatus = "Faulted"\n',
     "+ toy: third: a new state in busy; status Faulted"),
    ('[states.inner]\nin = "busy"\n\n[states.second]\nin = "busy"\n',
     '[states.second]\nin = "busy"\n\n[states.inner]\nin = "busy"\n',
     "~ toy: busy: enters second first, not inner"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line"), CASES)
def test_every_change_of_behavior_in_words(
    old: str, new: str, line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert old in CHART
    words = write(tmp_path / "a"), write(tmp_path / "b", CHART.replace(old, new, 1))
    code, lines, _ = run(words, capsys)
    assert code == 1
    assert line in lines


def test_the_order_of_guards_is_behavior(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [line for line in CHART.splitlines(keepends=True) if "cond =" in line]
    other = CHART.replace("".join(rows), "".join(reversed(rows)))
    code, lines, _ = run((write(tmp_path / "a"), write(tmp_path / "b", other)), capsys)
    assert code == 1
    assert lines == [
        "~ toy: resting, on plugged: tried in another order: [is_late], then [is_ready], "
        "then [else]"
    ]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('req = "S 4.8"', 'req = ["S 4.8", "T 003"]',
         "= toy: resting, on plugged [is_ready]: now also for T 003"),
        ('req = "D-01"\n', "", "= toy: resting: no longer for D-01"),
        ("Nothing happens.", "Calm.", "= toy: resting: described as: Calm."),
        ("Something small.", "Small.", "= toy: described as: Small."),
    ],
)  # fmt: skip
def test_words_for_people_are_no_change_of_behavior(
    old: str, new: str, line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = write(tmp_path / "a"), write(tmp_path / "b", CHART.replace(old, new, 1))
    assert run(words, capsys)[:2] == (0, [line, "no change of behavior"])


def test_comments_and_the_order_of_states_are_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head, *states = CHART.split("\n[states.")
    parts = [states[0], states[2], states[3], states[1]]
    other = "# a comment\n" + "\n[states.".join([head, *(f"{part.rstrip()}\n" for part in parts)])
    words = write(tmp_path / "a"), write(tmp_path / "b", other)
    assert run(words, capsys)[:2] == (0, [f"{words[0]} and {words[1]} are the same"])


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('["toy", "other"]', '["other", "toy"]',
         "~ routes: event plugged: goes to other, then toy (another order); "
         "before: toy, then other"),
        ("unplugged = []", 'unplugged = ["toy"]',
         "~ routes: event unplugged: goes to toy; before: nobody"),
        ("unplugged = []\n", "", "\u2212 routes: event unplugged: gone; goes to nobody before"),
        ("toy = [1]", "toy = [0, 1]", "~ routes: machines of toy: are 0, then 1; before: 1"),
        ('decides = "toy"', 'decides = "other"',
         '~ routes: CALL Reset: becomes reset_requested, other decides, else {"status": "Rejected"}'
         '; before: becomes reset_requested, toy decides, else {"status": "Rejected"}'),
        ('answer = { status = "Rejected" }', 'error = "NotSupported"',
         '~ routes: CALL ClearCache: CALLERROR NotSupported; '
         'before: always {"status": "Rejected"}'),
    ],
)  # fmt: skip
def test_routes(
    old: str, new: str, line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert old in ROUTES
    other = write(tmp_path / "b", routes=ROUTES.replace(old, new, 1))
    assert run((write(tmp_path / "a"), other), capsys)[:2] == (1, [line])


def test_new_and_gone_charts_and_one_chart_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two = write(tmp_path / "a"), write(tmp_path / "b")
    (one / "more.toml").write_text(CHART.replace('"toy"', '"more"'), encoding="utf-8")
    gone, new = "\u2212 more: the chart is gone", "+ more: a new chart"
    assert run((one, two), capsys)[:2] == (1, [f"{gone}: 4 states, 6 transitions"])
    assert run((two, one), capsys)[:2] == (1, [f"{new}: 4 states, 6 transitions"])
    assert run((one, two, "--chart", "toy"), capsys)[0] == 0
    assert run((one / "toy.toml", two), capsys)[0] == 0
    code, _, told = run((one, two, "--chart", "tyo"), capsys)
    assert code == 2 and "has a chart 'tyo'" in told


# ---- git -----------------------------------------------------------------------------------------


def git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
    subprocess.run(("git", *who, *words), cwd=folder, check=True, capture_output=True)


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository: no charts, then charts, then another guard, then words in the tree."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "README").write_text("nothing yet", encoding="utf-8")
    for tag, chart in (("zero", ""), ("one", CHART), ("two", CHART.replace("is_late", "is_new"))):
        if chart:
            write(tmp_path / "charts", chart)
        git(tmp_path, "add", ".")
        git(tmp_path, "commit", "-q", "-m", tag)
        git(tmp_path, "tag", tag)
    write(tmp_path / "charts", CHART.replace("is_late", "is_new").replace("Calm", "x"))
    return tmp_path


def test_revisions_and_the_working_tree(history: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = "~ toy: resting, on plugged [is_late]: now only if is_new"
    assert run(("one", "two"), capsys)[:2] == (1, [line])
    assert run(("one",), capsys)[:2] == (1, [line])
    assert run(("HEAD",), capsys)[0] == 0
    assert run(("HEAD~1", "HEAD", "--chart", "toy"), capsys)[:2] == (1, [line])
    (history / "charts" / "toy.toml").unlink()
    code, lines, _ = run(("two",), capsys)
    assert (code, lines) == (1, ["\u2212 toy: the chart is gone: 4 states, 6 transitions"])


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("zero", "one"), "revision zero"),
        (("never",), "'never' is neither a path nor a git revision"),
        (("charts",), "charts is a path; name the path to compare it with, too"),
        (("one", "two", "-o", "a.svg", "--chart", "tyo"), "has a chart 'tyo'"),
    ],
)
def test_mistakes_end_with_2_and_say_what(
    words: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, lines, errors = run(words, capsys)
    assert (code, lines) == (2, [])
    assert told in errors


def test_a_revision_that_looks_like_an_option_is_none(
    history: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(VersionError, match="neither a path nor a git revision"):
        read_version("--upload-pack=touch")
    monkeypatch.chdir("/")
    with pytest.raises(VersionError, match="no git repository here"):
        read_version("one")


def test_a_broken_chart_is_told_with_its_version(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = write(tmp_path / "a")
    two = write(tmp_path / "b", CHART.replace('target = "resting"', 'target = "rsting"'))
    code, lines, errors = run((one, two), capsys)
    assert (code, lines) == (2, [])
    assert f"{two}: toy.toml:" in errors and "'rsting' is no state" in errors


def test_a_picture_that_cannot_be_drawn_ends_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tools.svg import node

    monkeypatch.setattr(node, "find_node", lambda: None)
    words = write(tmp_path / "a"), write(tmp_path / "b", CHART.replace("is_late", "is_new"))
    code, lines, errors = run((*words, "-o", tmp_path / "out"), capsys)
    assert code == 2 and len(lines) == 1
    assert "layout is needed: no Node" in errors


def test_two_files_without_a_layout_are_drawn_on_the_one_of_this_release(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tools.svg import node

    monkeypatch.setattr(node, "find_node", lambda: None)
    text = (CHARTS / "link.toml").read_text(encoding="utf-8")
    one, two = tmp_path / "one.toml", tmp_path / "two.toml"
    one.write_text(text, encoding="utf-8")
    two.write_text(text.replace('"close_link"', '["close_link", "cry"]'), encoding="utf-8")
    code, lines, _ = run((one, two, "-o", tmp_path / "a.svg"), capsys)
    assert (code, lines[1:]) == (1, [f"drawn: {tmp_path / 'a.svg'}"])
    assert 'class="ac add">cry<' in (tmp_path / "a.svg").read_text(encoding="utf-8")


def test_color_on_a_terminal_only(tmp_path: Path) -> None:
    words = write(tmp_path / "a"), write(tmp_path / "b", CHART.replace("is_late", "is_new"))
    command = [sys.executable, "-m", "tools.desk.diff", *map(str, words)]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "40"}
    main, terminal = pty.openpty()
    with subprocess.Popen(command, stdout=terminal, env=environment) as child:
        os.close(terminal)
        shown = os.read(main, 4096).decode()
        assert child.wait() == 1
    os.close(main)
    line = "~ toy: resting, on plugged [is_late]: now only if is_new"
    assert shown.replace("\r\n", "\n") == f"\x1b[33m{line}\x1b[0m\n"
    plain = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    assert plain == f"{line}\n"
