"""The distribution: built, installed into an environment of its own, run from elsewhere."""

import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
STATION = '[station]\nid = "CP001"\n[csms]\nurl = "ws://127.0.0.1:1/ocpp"\n[bench]\nport = 0\n'


def done(*command: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    words = [str(word) for word in command]
    return subprocess.run(words, cwd=cwd, capture_output=True, text=True, timeout=100)


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment that holds the wheel, and our dependencies by path."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "-q")
    offline = ("--no-deps", "--no-build-isolation", "--no-index")
    built = done(*pip, "wheel", *offline, "-w", folder, ROOT, cwd=folder)
    assert built.returncode == 0, built.stderr
    for name in ("lib", "bdist.*"):  # else the next wheel holds what is gone
        for left in (ROOT / "build").glob(name):
            shutil.rmtree(left)
    venv.create(folder / "own", with_pip=False)
    (place,) = (folder / "own").glob("lib/python*/site-packages")
    (wheel,) = folder.glob("statecharge-*.whl")
    put = done(*pip, "install", *offline, "--target", place, wheel, cwd=folder)
    assert put.returncode == 0, put.stderr
    # A path line alone: the editable installation of the tests is not followed from there.
    (place / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "own" / "bin" / "python"


def test_it_runs_from_elsewhere(python: Path, tmp_path: Path) -> None:
    where = done(python, "-c", "import cp, charts; print(cp.__file__)", cwd=tmp_path)
    assert str(python.parent.parent) in where.stdout, where.stderr
    assert done(python, "-m", "cp", "--version", cwd=tmp_path).stdout.startswith("statecharge ")
    checked = done(python, "-m", "cp", "charts", "check", cwd=tmp_path)
    assert checked.returncode == 0, checked.stderr
    (tmp_path / "station.toml").write_text(STATION + f'[storage]\ndir = "{tmp_path}/storage"\n')
    station = done(python, "-m", "cp", "run", "station.toml", "--check", cwd=tmp_path)
    assert station.returncode == 0, station.stderr
