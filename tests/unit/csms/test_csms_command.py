"""``statecharge csms`` as a process: script, prompt, signals."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path


def run_csms(script: Path | None) -> subprocess.Popen[str]:
    code = (
        "import sys; from tools.net.csms import run;"
        "sys.exit(run('127.0.0.1', 0, sys.argv[1] if sys.argv[1:] else None))"
    )
    words = [sys.executable, "-c", code, *([str(script)] if script else [])]
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
