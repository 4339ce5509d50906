"""``statecharge csms`` as a process: script, prompt, signals."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import pytest

from cp.vocabulary.errors import SettingsError
from tools.net.csms import run


def run_csms(script: Path | None, files: Path | None = None) -> subprocess.Popen[str]:
    options = ["--script", str(script)] if script else []
    options += ["--files", str(files)] if files else []
    words = [sys.executable, "-m", "cp", "csms", "--port", "0", *options]
    return subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def test_a_failed_script_ends_with_code_1_and_one_line(tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text("wait 0\nexpect Connected within=0.01\n")
    with run_csms(script) as process:
        shown, _ = process.communicate(timeout=20)
    assert process.returncode == 1
    assert shown.splitlines()[1:] == [
        f"{script}:2: Connected did not come within 0.01 s; came: nothing"
    ]


def test_the_prompt() -> None:
    with run_csms(None) as process:
        shown, _ = process.communicate("bokos\n\nReset Hard\nquit\n", timeout=20)
    assert process.returncode == 0
    assert shown.splitlines()[1:] == [
        "unknown command 'bokos'; did you mean books?",
        "no station is connected",
    ]


def test_a_folder_is_served(tmp_path: Path) -> None:
    (tmp_path / "image").write_bytes(b"new firmware")
    with run_csms(None, tmp_path) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        line = process.stdout.readline()
        assert line.startswith(f"files of {tmp_path} at http://127.0.0.1:")
        with urlopen(f"{line.split()[-1]}image", timeout=5) as answer:
            assert answer.read() == b"new firmware"
        assert process.stdout.readline()[12:] == " --> GET /image: 200 OK\n"
        process.communicate("quit\n", timeout=20)
    assert process.returncode == 0


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    with run_csms(None, tmp_path / "none") as process:
        shown, _ = process.communicate(timeout=20)
    assert process.returncode == 2
    assert "is no folder that could be served" in shown


def test_without_a_terminal_it_serves_until_a_signal() -> None:
    with run_csms(None) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        assert process.stdout.readline().startswith("listening on ws://127.0.0.1:")
        time.sleep(0.1)
        assert process.poll() is None
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(timeout=20) == 0


def test_behind_the_last_port_there_is_none_for_files(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"127\.0\.0\.1:65536: there is no such port"):
        run("127.0.0.1", 65535, None, str(tmp_path))
