"""What the tester's side does when its kernel says nothing, dies, runs on, or cannot be had.

The kernels are shell scripts.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tools.kernel import guest
from tools.kernel.build import FRAGMENT, cache_folder
from tools.kernel.machine import Machine
from tools.kernel.recipe import suffix_of

ROOT = Path(__file__).parents[3]
TEST = """\
import pytest
def test_one(): pass
def test_two(): pass
@pytest.mark.boot("host")
def test_here(): pass
"""


def script(folder: Path, *lines: str) -> Path:
    file = folder / "linux"
    file.write_text("\n".join(["#!/bin/sh", *lines]) + "\n")
    file.chmod(0o755)
    return file


def test_lines_come_while_the_kernel_runs_and_the_last_one_too(tmp_path: Path) -> None:
    kernel = script(
        tmp_path, "echo $@ > said", "echo one > words", "sleep 0.1", "printf 'two\\nhalf' >> words"
    )
    with Machine(kernel, tmp_path, "devices", ("program", "-x")) as machine:
        assert list(machine.lines("words", 10.0)) == ["one", "two"]
    assert (tmp_path / guest.PROGRAM).read_text().splitlines() == ["program", "-x"]
    words = (tmp_path / "said").read_text()
    assert words.endswith(f"init={sys.executable} -- {guest.__file__} devices {tmp_path}\n")
    assert " ro " in words, "the tester's files are safe"


def test_a_kernel_that_runs_on_is_given_up_and_ended_with_its_helpers(tmp_path: Path) -> None:
    kernel = script(tmp_path, "sleep 60 &", "echo $! > helper", "echo it hangs", "wait")
    with Machine(kernel, tmp_path, "devices", ()) as machine:
        with pytest.raises(TimeoutError, match="still runs"):
            list(machine.lines("words", 0.3))
        assert machine.console() == "it hangs"
    helper = Path("/proc", (tmp_path / "helper").read_text().strip(), "stat")
    deadline_s = time.monotonic() + 5.0
    while helper.exists() and " Z " not in helper.read_text():
        assert time.monotonic() < deadline_s
        time.sleep(0.01)


def played(folder: Path, **environment: str) -> str:
    """What pytest says of a small test file."""
    (folder / "kernel_small.py").write_text(TEST)
    words = ("-p", "tools.kernel.pytest_plugin", "-o", "python_files=kernel_*.py", "-rA")
    here = {name: value for name, value in os.environ.items() if name != "CI"}  # it says more there
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-n", "0", *words, str(folder / "kernel_small.py")],
        cwd=ROOT,
        env={**here, "XDG_CACHE_HOME": str(folder), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def test_without_a_kernel_all_is_skipped_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    said = played(tmp_path, PATH=str(tmp_path / "bin"))
    assert "no test kernel: no Debian package linux-source is known" in said
    assert "3 skipped" in said


def test_tests_of_a_kernel_that_dies_have_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "bin").mkdir()  # no apt-cache: what is in the cache is taken
    folder = cache_folder() / f"6.1{suffix_of(FRAGMENT.read_text())}"
    folder.mkdir(parents=True)
    script(folder, "echo Kernel panic")
    said = played(tmp_path, PATH=f"{tmp_path / 'bin'}")
    assert "2 failed, 1 passed" in said
    assert said.count("its console said last") == 1 and "Kernel panic" in said
