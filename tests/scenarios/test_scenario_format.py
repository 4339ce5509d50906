"""The format of scenarios: what is wrong is named with its line, and what differs shows."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from cp.vocabulary.errors import ChartError, Finding
from tools.scenario import load, main, played, read, written
from tools.scenario_house import ScenarioError

FOLDER = Path(__file__).parent


def text_of(*lines: str) -> str:
    return "\n".join(("# A scenario.", *lines)) + "\n"


def play(*lines: str) -> str:
    return written(played(read(text_of(*lines), FOLDER / "test.txt")))


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        (("befor: booted",), "test.txt:2: befor: is none of after, keys"),
        (("* power on", "oops"), "test.txt:3: a step starts with"),
        (("keys: Nothing=1", "* power on"), "keys: Nothing=1 is NotSupported"),
        (("profile: none", "* power on"), "profile: none is none of"),
        (("chart: nothing", "* begin"), "chart: nothing is none of"),
        (("* plug_in",), "test.txt:2: plug_in is no step and no event"),
        (("* power on", "* plugged side=left"), "test.txt:3: plugged has no field side"),
        (("* power on", "* error_raised connector_id=1 error_code=Bad"), "'Bad' is not a valid"),
        (("* inputs_read",), "there is no power"),
        (("* power up",), "power on, power off, or power cut"),
        (("* power on", "* call Reset {}"), "there is no link"),
        (("* power on", "* link_opened", "* answer"), "no CALL of the station waits"),
        (("* when Nothing silent",), "no action of OCPP 1.6"),
        (("* storage lost",), "storage held, storage full, or storage free"),
        (("* link left",), "link up, or link down"),
        (("* wait long",), "test.txt:2: could not convert"),
        (("chart: connector", "* know is_nice=true"), "a fact of the vocabulary"),
    ],
)
def test_mistake_is_named(lines: tuple[str, ...], complaint: str) -> None:
    with pytest.raises(ScenarioError, match=re.escape(complaint)):
        play(*lines)


def test_scenario_after_itself_is_refused(tmp_path: Path) -> None:
    for name, after in (("a", "b"), ("b", "a")):
        (tmp_path / f"{name}.txt").write_text(text_of(f"after: {after}"), encoding="utf-8")

    with pytest.raises(ScenarioError, match="comes after itself"):
        played(load(tmp_path / "a.txt"))


def test_what_is_not_written_shows(tmp_path: Path) -> None:
    path = tmp_path / "boot.txt"
    path.write_text(text_of("", "* power on"), encoding="utf-8")

    assert main(["--write", str(path)]) == 0

    right = path.read_text(encoding="utf-8")
    assert written(played(load(path))) == right
    assert "open_link" in right
    path.write_text(right.replace("open_link", "close_link"), encoding="utf-8")
    assert written(played(load(path))) != path.read_text(encoding="utf-8")


def test_mistake_of_one_file_does_not_keep_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.txt").write_text(text_of("* nonsense"), encoding="utf-8")
    (tmp_path / "good.txt").write_text(text_of("* power on"), encoding="utf-8")

    assert main([str(tmp_path / "bad.txt"), str(tmp_path / "good.txt")]) == 2

    out, err = capsys.readouterr()
    assert "open_link" in out
    assert "bad.txt:2: nonsense is no step and no event" in err


def test_charts_with_mistakes_are_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_profile: str) -> None:
        raise ChartError((Finding("charts/queue.toml", 9, "guard 'is_lst' is no method"),))

    monkeypatch.setattr("tools.scenario_runner.house", broken)
    path = tmp_path / "good.txt"
    path.write_text(text_of("* power on"), encoding="utf-8")

    assert main([str(path), str(path)]) == 2

    out, err = capsys.readouterr()
    assert (out, err) == ("", "charts/queue.toml:9: guard 'is_lst' is no method\n")


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [([], 2, "required: FILE"), (["--wirte", "a.txt"], 2, "--wirte"), (["--help"], 0, "--write")],
)
def test_words_are_read(
    words: list[str], code: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match=str(code)):
        main(words)

    assert told in "".join(capsys.readouterr())


def test_a_reader_that_goes_away_is_no_fault() -> None:
    words = (sys.executable, "-m", "tools.scenario", str(FOLDER / "booted.txt"))
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()

        assert process.stderr.read() == b""


def test_keys_of_the_scenario_before_hold_and_can_be_overruled(tmp_path: Path) -> None:
    lines = ("keys: ConnectionTimeOut=30 HeartbeatInterval=70", "* power on")
    (tmp_path / "first.txt").write_text(text_of(*lines), encoding="utf-8")
    ask = '* call GetConfiguration {"key":["%s"]}'
    second = read(
        text_of(
            "after: first",
            "keys: ConnectionTimeOut=40",
            "* link_opened",
            ask % "ConnectionTimeOut",
            "* power cut",
            "* link_opened",
            ask % "ConnectionTimeOut",
        ),
        tmp_path / "second.txt",
    )

    assert written(played(second)).count('"value":"40"') == 2


def test_held_storage_holds_what_goes_out() -> None:
    text = play(
        "after: booted", "* plugged", "* storage held", "* card_presented id_tag=CARD", "* wait 40"
    )

    assert '"transactionId":1' not in text
