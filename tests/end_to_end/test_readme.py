"""What README tells a newcomer to type, typed."""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from e2e_stand import stand

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```\n(.*?)^```$", README, re.M | re.S)


def block_with(words: str) -> list[str]:
    """The lines of the only block that holds these words, without comments."""
    (block,) = [block for block in BLOCKS if words in block]
    return [line.partition(" #")[0].strip() for line in block.splitlines()]


def test_the_commands_are_found_as_the_first_block_says() -> None:
    lines = block_with("make run")
    activate = lines[lines.index("make run") + 1]
    assert activate == ". .venv/bin/activate"
    makefile = (ROOT / "Makefile").read_text()
    assert "VENV := .venv\nBIN := $(VENV)/bin\n" in makefile


def test_the_session_on_the_bench_charges(tmp_path: Path) -> None:
    commands = [json.loads(line) for line in block_with("nc 127.0.0.1") if '"cmd"' in line]

    async def play_one() -> None:
        async with stand(tmp_path) as (_, station):
            await station.start()
            await station.until_ready()
            for command in commands:
                await station.do(command.pop("cmd"), **command)
            await station.until_status("Charging")

    assert len(commands) > 2
    asyncio.run(play_one())


@contextmanager
def started(words: list[str], folder: Path) -> Iterator[tuple[subprocess.Popen[str], "Shown"]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "cp", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process, Shown(process)
    finally:
        process.kill()
        process.communicate()


class Shown:
    """What a process says, read as it comes."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.lines: list[str] = []

    def until(self, pattern: str) -> str:
        """The first group in the next line in which the pattern is found."""
        watch = threading.Timer(30.0, self._process.kill)
        watch.start()
        try:
            for line in self._process.stdout or ():
                self.lines.append(line)
                if found := re.search(pattern, line):
                    return found[found.re.groups]
        finally:
            watch.cancel()
        raise AssertionError(f"{pattern} did not come: {''.join(self.lines[-20:])}")


def test_the_update_from_packing_to_installed(tmp_path: Path) -> None:
    *packing, serving, running = block_with("firmware pack")
    shutil.copytree(ROOT / "charts", tmp_path / "charts")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    for line in packing:
        subprocess.run(line, shell=True, cwd=tmp_path, check=True, env={**os.environ, "PATH": path})
    assert serving.startswith("statecharge csms --port 9000 ")
    assert running.startswith("statecharge run examples/station.toml ")
    words = serving.replace("9000", "0").split()[1:]
    with started(words, tmp_path) as (central, said):
        url = said.until(r"listening on (ws:\S+)")
        text = (ROOT / "examples/station.toml").read_text()
        text = text.replace("ws://127.0.0.1:9000/ocpp", url).replace("port = 9100", "port = 0")
        assert url in text
        (tmp_path / "examples").mkdir()
        (tmp_path / "examples/station.toml").write_text(text)
        with started(running.split()[1:], tmp_path) as (station, told):
            said.until("StatusNotification.*Available")
            assert central.stdin is not None
            central.stdin.write("UpdateFirmware image\n")
            central.stdin.flush()
            said.until(r"FirmwareStatusNotification.*\bInstalled\b")
            told.until("restart, into other firmware")
            told.until("registration: accepted")
            assert station.poll() is None


# ---- where no panel is ---------------------------------------------------------------------------


@pytest.mark.parametrize("flag", [["--no-panel"], []])
def test_changes_are_told_line_by_line(tmp_path: Path, flag: list[str]) -> None:
    (tmp_path / "station.toml").write_text(
        '[station]\nid = "X"\n[csms]\nurl = "ws://127.0.0.1:1/ocpp"\n[bench]\nport = 0\n'
        '[storage]\ndir = "storage"\n'
    )
    with started(["run", "station.toml", *flag], tmp_path) as (station, told):
        told.until("start 1")
        told.until("link: cannot be opened, .+")
        told.until("connector 1: Available")
        station.terminate()
        told.until("ends with exit code 0")
        assert station.wait(10) == 0


@pytest.mark.parametrize("words", ["charts matrix", "--version"])
def test_who_closes_the_pipe_ends_a_tool_quietly(words: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "cp", *words.split()]
    done = subprocess.run(command, cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, timeout=60)
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")
