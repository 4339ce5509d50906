"""The first thing a process does, with real processes: packages of a slot, and the way back."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from image_bed import install, packed

from drivers.installer import slots

ROOT = Path(__file__).parents[3]
COMMAND = """
import os, sys
from pathlib import Path
from drivers.installer.start import start_from_slot
selected = start_from_slot(Path(sys.argv[1]))
import product
product.run(selected)
shown = {name: os.environ.get(name) for name in ("PYTHONPATH", "PYTHONSAFEPATH")}
print(selected.slot, selected.version, product.NAME, sorted(shown.items()))
"""
OLD = b"NAME = 'old'\ndef run(selected): pass\n"
NEW = b"NAME = 'new'\ndef run(selected): pass\n"
CRASHING = b"import os; os._exit(9)\n"
ENDLESS = b"import time; print('up', flush=True); time.sleep(60)\n"


def stand(tmp_path: Path, product: bytes) -> list[str]:
    """An installed package ``product``, and a version of it in slot b on trial; the command."""
    (tmp_path / "installed").mkdir()
    (tmp_path / "installed" / "product.py").write_bytes(OLD)
    install(tmp_path / "cp", packed(tmp_path, "2", {"lib/product.py": product}))
    slots.activate(tmp_path / "cp", "b", "a")
    (tmp_path / "command.py").write_text(COMMAND)
    return [sys.executable, str(tmp_path / "command.py"), str(tmp_path / "cp")]


def run(words: list[str], tmp_path: Path) -> subprocess.CompletedProcess[str]:
    path = f"{tmp_path / 'installed'}{os.pathsep}{ROOT}"
    environ = {**os.environ, "PYTHONPATH": path}
    environ.pop("PYTHONSAFEPATH", None)
    return subprocess.run(words, env=environ, capture_output=True, text=True, check=False)


def test_packages_of_the_slot_run_and_leave_no_trace(tmp_path: Path) -> None:
    done = run(stand(tmp_path, NEW), tmp_path)
    path = f"{tmp_path / 'installed'}{os.pathsep}{ROOT}"
    # The environment is as it was: a restart in place begins with the installed package.
    assert done.stdout == f"b 2 new [('PYTHONPATH', {path!r}), ('PYTHONSAFEPATH', None)]\n", done
    trial = (tmp_path / "cp" / "trial.json").read_text()
    assert '"starts": 1' in trial  # once, though two programs ran


def test_a_version_that_crashes_at_once_is_left(tmp_path: Path) -> None:
    command = stand(tmp_path, CRASHING)
    assert [run(command, tmp_path).returncode for _ in range(4)] == [9, 9, 9, 0]
    assert run(command, tmp_path).stdout.startswith("a None old ")


def test_a_version_that_hangs_is_left(tmp_path: Path) -> None:
    command = stand(tmp_path, ENDLESS)
    environ = {**os.environ, "PYTHONPATH": f"{tmp_path / 'installed'}{os.pathsep}{ROOT}"}
    for _ in range(3):
        with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None and process.stdout.readline() == b"up\n"
            process.kill()  # as a watchdog does
    assert run(command, tmp_path).stdout.startswith("a None old ")


@pytest.mark.parametrize("flag", ["-E", "-I"])
def test_python_that_does_not_heed_its_path_says_so(tmp_path: Path, flag: str) -> None:
    command = stand(tmp_path, NEW)
    begin = f"import sys; sys.path[:0] = [{str(ROOT)!r}, {str(tmp_path / 'installed')!r}]\n"
    (tmp_path / "command.py").write_text(begin + COMMAND)
    done = run([command[0], flag, *command[1:]], tmp_path)
    assert "PYTHONPATH: is not heeded" in done.stderr
