"""The command line: what each form means, and one sentence for each mistake."""

import subprocess
import sys

import pytest

from cp.command_line import (
    CHART_TOOLS,
    CsmsArguments,
    DemoArguments,
    RunArguments,
    ToolArguments,
    parse,
)
from cp.vocabulary.errors import SettingsError


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("run a.toml", RunArguments("a.toml")),
        ("run --respawn a.toml --no-panel", RunArguments("a.toml", False, True, False)),
        ("run a.toml --check", RunArguments("a.toml", is_check=True)),
        ("run a.toml --charts dir", RunArguments("a.toml", charts_dir="dir")),
        ("csms", CsmsArguments()),
        ("csms --host ::1 --port 0 --script f", CsmsArguments("::1", 0, "f")),
        ("csms --port 65535", CsmsArguments(port=65535)),
        ("csms --files images", CsmsArguments(files_dir="images")),
        ("demo", DemoArguments()),
        ("charts check --help x", ToolArguments("tools.check", ("--help", "x"))),
    ],
)
def test_forms(line: str, expected: object) -> None:
    assert parse(line.split()) == expected


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("", "statecharge: a command is missing; see --help"),
        ("rnu a.toml", "statecharge: unknown 'rnu'; did you mean run?"),
        ("run", "statecharge run: the following arguments are required: STATION.toml"),
        ("run a.toml --chek", "statecharge: unknown '--chek'; did you mean --check?"),
        ("run a.toml b.toml", "statecharge: unknown 'b.toml'; see --help"),
        ("charts exprot", "statecharge charts: unknown 'exprot'; did you mean export?"),
        ("csms --port x", "statecharge csms: argument --port: 'x' is no port: 0 to 65535"),
        ("csms --port 70000", "statecharge csms: argument --port: '70000' is no port: 0 to 65535"),
        ("csms --port -1", "statecharge csms: argument --port: '-1' is no port: 0 to 65535"),
        ("demo --port", "statecharge: unknown '--port'; see --help"),
    ],
)
def test_mistakes_get_one_sentence(line: str, sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse(line.split())
    assert str(caught.value) == sentence


@pytest.mark.parametrize("line", ["--help", "run --help", "csms --help", "charts --help"])
def test_help_ends_well(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        parse(line.split())
    assert caught.value.code == 0
    assert "usage: statecharge" in capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        parse(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out.startswith("statecharge 0.")


def test_every_chart_tool_is_in_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["charts", "--help"])
    shown = capsys.readouterr().out
    assert all(f"    {name}" in shown for name in CHART_TOOLS)


def test_run_does_not_pay_for_argparse() -> None:
    code = (
        "import sys; from cp.command_line import parse; parse(['run', 'a.toml', '--no-panel']);"
        "sys.exit(sorted({'argparse', 'difflib', 'gettext'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
