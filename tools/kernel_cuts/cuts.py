"""One image of ext4 through many power cuts, and what the oracle says of each.

Theory of operation: each kernel but the first begins with the files that the cut before has left;
they are judged while it goes on. The books of what was told go on over all cuts, as the image does:
what survived the first has to survive the last too.
"""

import fcntl
import math
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Final, TextIO

from tools.crash.oracle import Oracle, scratch
from tools.crash.told import Told
from tools.kernel.machine import Machine
from tools.kernel_cuts.guest import LEFT, LOG, RIGHT
from tools.kernel_cuts.witness import (
    MOUNTED,
    SURE_AFTER,
    Cut,
    GuestError,
    draw_cuts,
    is_promise,
    tell,
)

_BYTES: Final = 64 << 20
_MEMORY: Final = Path("/dev/shm")
_LOOK: Final = Cut(0, 0.0)
_DUE_WITHIN_S: Final = 90.0
_LOOKED_EVERY_S: Final = 0.001
_MKFS: Final = "mkfs.ext4"
_PROGRAMS: Final = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"


@dataclass(frozen=True, slots=True)
class Plan:
    """``cuts`` of one image; fewer when there are ``enough`` findings. ``wrong`` names a station of
    ``station.WRONG``; empty: the right one."""

    kernel: Path
    cuts: int
    seed: int
    wrong: str = ""
    enough: int = 5


@dataclass(frozen=True, slots=True)
class Outcome:
    """``cuts`` that were made and judged, ``sent`` transaction messages in all of them."""

    cuts: int
    sent: int
    findings: tuple[str, ...]


def missing() -> str:
    """Why there is no ext4 to be had here; empty: there is."""
    found = shutil.which(_MKFS, path=_PROGRAMS)
    return "" if found else f"no {_MKFS} on this machine: apt-get install e2fsprogs"


def age(plan: Plan) -> Outcome:
    """Cut after cut on one image, and a last start to see what the last has left. Raises
    GuestError."""
    place = _MEMORY if os.access(_MEMORY, os.W_OK) else None
    with TemporaryDirectory(prefix="statecharge-cuts-", dir=place) as name:
        image = _Image(plan, Path(name))
        cuts = draw_cuts(Random(f"{plan.seed} {plan.wrong}"))
        for cut in (*islice(cuts, plan.cuts), _LOOK):
            image.live(cut)
            if image.is_condemned:
                break
        return Outcome(image.starts - 1, len(image.told.sent), tuple(image.findings))


class _Image:
    """A disk, what was told by the stations that lived on it, and what they have lost."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self.starts = 0
        self.told = Told(sure_after=SURE_AFTER)
        self.findings: list[str] = []
        self._plan = plan
        self._folder = folder
        self._oracle = Oracle(scratch(folder / "storage"))
        self._disk = folder / "disk"
        with self._disk.open("wb") as file:
            file.truncate(_BYTES)
        words = (shutil.which(_MKFS, path=_PROGRAMS) or _MKFS, "-q", "-F", str(self._disk))
        subprocess.run(words, check=True)

    @property
    def is_condemned(self) -> bool:
        """There are findings enough."""
        return len(self.findings) >= self._plan.enough

    def live(self, cut: Cut) -> None:
        """A kernel starts; it is killed when the cut is due."""
        exchange = self._folder / f"{self.starts}"
        exchange.mkdir()
        program = (sys.executable, "-m", "tools.kernel_cuts.guest")
        words = (*program, self._plan.wrong or RIGHT, f"{self.starts}", f"{self._plan.seed}")
        with (exchange / LOG).open("w+", encoding="utf-8") as log:
            lines = Lines(log)
            with Machine(self._plan.kernel, exchange, "devices", words, self._disk) as machine:
                self._follow(cut, machine, lines, exchange / LEFT)
            self._wait_for_helpers()
            for line in lines.read():
                tell(self.told, line)
        shutil.rmtree(exchange)
        self.starts += 1

    def _follow(self, cut: Cut, machine: Machine, lines: "Lines", left: Path) -> None:
        """Until the cut is due."""
        given_up_s = time.monotonic() + _DUE_WITHIN_S
        due_s, awaited = math.inf, cut.promises + 1  # the mount is the first
        while time.monotonic() < due_s and not self.is_condemned:
            if time.monotonic() > given_up_s or machine.process.poll() is not None:
                raise GuestError(f"no cut was made; the guest said last:\n{machine.console()}")
            for line in lines.read():
                awaited -= line == MOUNTED or is_promise(self.told, line)
                if line == MOUNTED:
                    self._judge(left)
                else:
                    tell(self.told, line)
            if awaited <= 0 and due_s == math.inf:
                due_s = time.monotonic() + cut.delay_s
            time.sleep(_LOOKED_EVERY_S)

    def _judge(self, left: Path) -> None:
        """What the cut before has left."""
        files = {path.name: path.read_bytes() for path in left.iterdir()}
        found = self._oracle.findings(files, self.told)
        self.findings += (f"cut {self.starts}: {finding}" for finding in found)
        self.told.died()

    def _wait_for_helpers(self) -> None:
        """They end a moment after the kernel, and hold its lock of the image until then."""
        with self._disk.open("r+b") as file:
            fcntl.lockf(file, fcntl.LOCK_EX)


class Lines:
    """Whole lines of a file that somebody writes. What a cut has torn was never said: the station
    goes on when its line is out."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._rest = ""

    def read(self) -> list[str]:
        """Those that are new."""
        *whole, self._rest = (self._rest + self._file.read()).split("\n")
        return whole
