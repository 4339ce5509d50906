"""The watchdog device of the kernel: a machine that nobody looks after any more starts again."""

import json
import sys
from itertools import takewhile
from pathlib import Path

import pytest

from tools.kernel.machine import Machine

PETTER = Path(__file__).with_name("watchdog_petter.py")

pytestmark = pytest.mark.boot("host")


def boots(kernel: Path, folder: Path, *, pets_s: float) -> list[list[float]]:
    """Pet for so long, then do not, and power off 4 s later: the pets of each boot."""
    program = (sys.executable, str(PETTER), str(pets_s))
    with Machine(kernel, folder, "devices", program) as machine:
        lines = [json.loads(line) for line in machine.lines("pets", 60.0)]
        assert machine.process.wait() == 0, machine.console()
    starts = [number for number, line in enumerate(lines) if line == "boot"]
    return [
        [float(pet) for pet in takewhile(lambda line: line != "boot", lines[start + 1 :])]
        for start in starts
    ]


def test_a_machine_that_is_not_petted_reboots(kernel: Path, tmp_path: Path) -> None:
    first, *again = boots(kernel, tmp_path, pets_s=1.0)
    assert len(first) > 3 and first[-1] < 1.5
    assert again == [[]], "it started again, once, and the second time it was told to stay off"


def test_a_machine_that_is_petted_does_not(kernel: Path, tmp_path: Path) -> None:
    (only,) = boots(kernel, tmp_path, pets_s=4.0)
    assert only[-1] > 3.5
