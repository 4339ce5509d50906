"""Mistakes of an installer or a chart author: one clear sentence each, exit code 2, no harm."""

import asyncio
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from e2e_stand import charge, settled, stand

from cp.__main__ import main
from cp.reading import load_settings

CHARTS = Path(__file__).parent.parent.parent / "charts"
GOOD = """[station]
id = "CP001"
[csms]
url = "ws://127.0.0.1:1/ocpp"
[storage]
dir = "storage"
[bench]
port = 0
"""


def run(file: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cp", "run", str(file), *flags]
    return subprocess.run(command, capture_output=True, text=True, timeout=20)


@pytest.fixture
def station(tmp_path: Path) -> Path:
    file = tmp_path / "station.toml"
    file.write_text(GOOD)
    return file


MISTAKES: dict[str, tuple[Callable[[str], str | bytes | None], str]] = {
    "bad TOML": (lambda good: good + "[ocpp\n", r"station\.toml:9: .*"),
    "unknown key": (
        lambda good: good.replace("port", "prot"),
        r"station\.toml:8: unknown key 'prot' .*did you mean 'port'.*",
    ),
    "unknown table": (lambda good: good + "[oppc]\n", r"station\.toml:9: .*oppc.*ocpp.*"),
    "no id": (lambda good: good.replace("id =", "vendor ="), r"station\.toml:1: id of .* missing"),
    "wrong URL": (lambda good: good.replace("ws:", "http:"), r"station\.toml:4: url is ws://.*"),
    "credentials in the URL": (
        lambda good: good.replace("127.0.0.1:1", "user:geheim@host"),
        r"station\.toml:4: url: user and password have no place in it",
    ),
    "unknown OCPP key": (
        lambda good: good + "[ocpp]\nHeartbeatIntervall = 60\n",
        r"station\.toml:10: .*HeartbeatIntervall.*HeartbeatInterval.*",
    ),
    "key outside its limits": (
        lambda good: good + "[ocpp]\nHeartbeatInterval = -1\n",
        r"station\.toml:10: .*HeartbeatInterval.*",
    ),
    "unknown profile": (
        lambda good: good.replace("[csms]", 'profile = "imkev8"\n[csms]'),
        r"station\.toml:3: unknown profile 'imkev8'; .*imkev7.*",
    ),
    "not UTF-8": (lambda good: good.encode() + b"# caf\xe9\n", r"station\.toml:9: is not UTF-8.*"),
    "missing file": (lambda good: None, r"station\.toml: cannot be read: No such file.*"),
    "folder that cannot be made": (
        lambda good: good.replace('"storage"', '"/dev/null/storage"'),
        r"station\.toml: the storage folder /dev/null/storage cannot be created: .*",
    ),
    "null character": (
        lambda good: good.replace('"storage"', '"a\\u0000b"'),
        r"station\.toml:6: dir is text .*",
    ),
    "storage is a file": (
        lambda good: good.replace('"storage"', '"station.toml"'),
        r"station\.toml: the storage folder .*station\.toml is a file: .*",
    ),
    "no such host": (
        lambda good: good.replace("port = 0", 'port = 0\nhost = "256.1.1.1"'),
        r"statecharge: the bench cannot listen on 256\.1\.1\.1.*",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_one_sentence_and_exit_code_2(station: Path, name: str) -> None:
    spoil, expected = MISTAKES[name]
    content = spoil(GOOD)
    match content:
        case None:
            station.unlink()
        case bytes():
            station.write_bytes(content)
        case str():
            station.write_text(content)
    done = run(station)
    assert done.returncode == (74 if name == "no such host" else 2), done
    (line,) = done.stderr.splitlines()
    assert re.fullmatch(expected, line.replace(f"{station.parent}/", "", 1)), line
    assert "geheim" not in line


def test_a_directory_instead_of_a_file(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert (done.returncode, done.stderr) == (2, f"{tmp_path}: cannot be read: Is a directory\n")


def test_a_file_without_permission(station: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("everything is permitted to root")
    station.chmod(0)
    done = run(station)
    assert done.returncode == 2
    assert done.stderr == f"{station}: cannot be read: Permission denied\n"


def test_several_mistakes_are_all_named(station: Path) -> None:
    station.write_text(GOOD.replace("port = 0", "port = -1").replace("ws:", "ftp:") + "[x]\n")
    lines = run(station).stderr.splitlines()
    assert [line.split(":")[1] for line in lines] == ["4", "8", "9"]


def test_a_busy_port(station: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        station.write_text(GOOD.replace("port = 0", f"port = {port}"))
        sentence = f"the bench cannot listen on 127.0.0.1:{port} (Address already in use)"
        done = run(station)
        assert done.returncode == 74
        assert done.stderr.startswith(f"statecharge: {sentence}"), done.stderr
        assert len(done.stderr.splitlines()) == 1
        done = run(station, "--check")
        assert done.returncode == 2
        assert sentence in done.stderr


def test_a_second_process_and_a_journal_unharmed(tmp_path: Path) -> None:
    async def play_one() -> None:
        async with stand(tmp_path) as (_, first):
            await first.start()
            await charge(first)
            other = tmp_path / "other.toml"
            other.write_text(GOOD)
            done = await asyncio.to_thread(run, other)
            assert done.returncode == 74
            assert "is in use by another process" in done.stderr
            assert len(done.stderr.splitlines()) == 1
            checked = await asyncio.to_thread(run, other, "--check")
            assert checked.returncode == 2
            assert "is this station already running?" in checked.stderr
            await first.do("plug_out")
            await settled(first)
            assert await first.stop() == 0
            with closing(sqlite3.connect(tmp_path / "storage" / "journal.db")) as journal:
                assert journal.execute("PRAGMA integrity_check").fetchone() == ("ok",)

    asyncio.run(play_one())


def test_check_finds_nothing_and_changes_nothing(station: Path) -> None:
    done = run(station, "--check")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{station}: station file, charts and drivers are in order\n"
    assert [file.name for file in station.parent.iterdir()] == ["station.toml"]


def test_check_names_mistakes_of_every_kind_at_once(station: Path) -> None:
    charts = broken_charts(station.parent)
    spoil(charts / "contactor.toml", 'cond = "', 'cond = "nonsense and ')
    (station.parent / "storage").write_text("a file")
    done = run(station, "--check", "--charts", str(charts))
    assert done.returncode == 2
    assert f"{charts}/contactor.toml:" in done.stderr
    assert "is a file: change [storage] dir" in done.stderr


# ---- charts --------------------------------------------------------------------------------------


def broken_charts(folder: Path) -> Path:
    """A copy of the charts, to be broken."""
    charts = folder / "charts"
    charts.mkdir()
    for file in CHARTS.glob("*.toml"):
        shutil.copy(file, charts)
    return charts


def spoil(file: Path, old: str, new: str) -> int:
    """Replace the first ``old``; the number of its line."""
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    return text[: text.index(old)].count("\n") + 1


BROKEN = {
    "misspelt guard": ("connector", "is_own_card", "is_own_cart", "did you mean 'is_own_card'"),
    "unknown event": ("connector", '"unplugged"', '"unpluged"', "did you mean 'unplugged'"),
    "missing target": ("connector", 'target = "finishing"', 'target = "finished"', "finish"),
    "duplicate state": ("connector", "[states.charging]", "[states.starting]", "starting"),
    "missing route": ("routes", "ev_paused = [", "# ev_paused = [", "ev_paused"),
    "wrong key in after": (
        "connector",
        '"ConnectionTimeOut"',
        '"ConnectTimeOut"',
        "ConnectionTime",
    ),
    "unknown action": (
        "connector",
        '"reject_remote_start"',
        '"reject_start"',
        "reject_remote_start",
    ),
    "bad TOML": ("link", "[states.online]", "[states.online", ""),
    "not UTF-8": ("link", "", "", "UTF-8"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_chart_is_named_with_its_line(
    station: Path, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stem, old, new, hint = BROKEN[name]
    charts = broken_charts(station.parent)
    file = charts / f"{stem}.toml"
    if name == "not UTF-8":
        line = file.read_bytes().count(b"\n") + 1
        file.write_bytes(file.read_bytes() + b"\xff")
    else:
        line = spoil(file, old, new)
    words = ["statecharge", "run", str(station), "--check", "--charts", str(charts)]
    monkeypatch.setattr("sys.argv", words)
    assert main() == 2
    found = capsys.readouterr().err
    if name == "missing route":
        assert f"{file}:" in found
    else:
        assert f"{file}:{line}: " in found, found
    assert hint in found


def test_broken_charts_are_never_run(station: Path) -> None:
    charts = broken_charts(station.parent)
    lines = [
        spoil(charts / f"{stem}.toml", old, new)
        for stem, old, new, _ in BROKEN.values()
        if old and stem != "link" and "states" not in old
    ]
    done = run(station, "--charts", str(charts))
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) >= len(lines)
    assert not (station.parent / "storage").exists()


def test_a_folder_that_holds_no_charts(station: Path) -> None:
    done = run(station, "--charts", str(station.parent))
    assert done.returncode == 2
    assert done.stderr == (
        f"{station.parent}: no routes.toml in this folder: it is no folder of charts\n"
    )


def test_the_example_is_in_order(tmp_path: Path) -> None:
    shutil.copy(CHARTS.parent / "examples" / "station.toml", tmp_path)
    settings = load_settings(str(tmp_path / "station.toml"))
    assert settings.storage_dir == str(tmp_path / "station-storage")


@pytest.mark.parametrize("flags", [(), ("--check",)])
def test_a_password_that_others_may_read(station: Path, flags: tuple[str, ...]) -> None:
    (station.parent / "password").write_text("geheim")
    (station.parent / "password").chmod(0o644)
    text = GOOD.replace('/ocpp"', '/ocpp"\npassword_file = "password"')
    station.write_text(text)
    done = run(station, *flags)
    assert done.returncode == 2
    assert "chmod 600" in done.stderr
    assert "geheim" not in done.stderr
    assert len(done.stderr.splitlines()) == 1
