"""Where the station lives: its storage folder, its clock, its service.

Theory of operation: the folder is written to, synced and cleaned up, which finds a disk that is
full or read-only; the journal itself is left alone. A clock is wrong when it is before something
that has already happened.
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cp.reading import folder_findings
from cp.settings import Settings
from drivers.probe import Probe
from tools.service.install import program_of
from tools.service.unit import NAME, Place, unit

_LEAST_FREE_BYTES: Final = 64 * 1024 * 1024
_UNIT: Final = Path(f"/etc/systemd/system/{NAME}.service")
_SYNCED: Final = Path("/run/systemd/timesync/synchronized")
_SYSTEMCTL_WITHIN_S: Final = 5.0
_LONGEST_SYNC_S: Final = 1.0


def look_at_folder(folder: Path, *, is_running: bool) -> Iterable[Probe]:
    """Whether the journal can be written there."""
    what = f"storage folder {folder}"
    for problem in folder_findings(folder):
        saw, _, mend = problem.rpartition(": ")
        yield Probe(what, False, saw or mend, mend)
        return
    if not folder.is_dir():
        yield Probe(what, True, "is not there yet; the station makes it")
        return
    free = shutil.disk_usage(folder).free
    try:
        took_s = _sync_s(folder)
    except OSError as error:
        yield Probe(what, False, f"cannot be written ({error.strerror})", "make room, or mount it")
        return
    saw = f"{free // 2**20} MiB free, a sync takes {took_s * 1000:.0f} ms"
    if is_running:
        saw += "; the journal is in use: the station is running"
    mend = "" if free >= _LEAST_FREE_BYTES else "make room: transactions need it"
    if took_s > _LONGEST_SYNC_S:
        mend = "the disk is slow or worn: charging waits for it"
    yield Probe(what, not mend, saw, mend)


def look_at_clock(folder: Path, now_s: float | None = None) -> Iterable[Probe]:
    """``now_s`` another time than the clock's, seconds since 1970."""
    now_s = time.time() if now_s is None else now_s
    shown = datetime.fromtimestamp(now_s, UTC).isoformat(sep=" ", timespec="seconds")
    past = {"this release": Path(__file__), "the journal": folder / "journal.db"}
    for name, file in past.items():
        if file.exists() and now_s < file.stat().st_mtime:
            saw = f"{shown}, which is before {name} was written"
            mend = "set the clock: wss:// needs it; ws:// sets it by the central system"
            yield Probe("clock", False, saw, mend)
            return
    source = "set by the network" if _SYNCED.exists() else "not set by systemd-timesyncd"
    yield Probe("clock", True, f"{shown}, {source}")


def look_at_service(settings: Settings, file: Path = _UNIT) -> Iterable[Probe]:
    """The unit, if it is installed: as this release and this station file want it, and enabled."""
    what = f"service {NAME}"
    if not file.exists():
        yield Probe(what, True, "not installed; statecharge install does it")
        return
    text = file.read_text(encoding="utf-8")
    lines = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    station = str(Path(settings.tables.file).absolute())
    place = Place(program_of(), station, lines.get("User", NAME))
    if f" run {station} " not in lines.get("ExecStart", ""):
        yield Probe(what, True, f"is for another station: {lines.get('ExecStart', '')}")
    elif unit(settings, place) != text:
        yield Probe(what, False, "differs from what this file needs", "run statecharge install")
    else:
        yield Probe(what, True, f"as this file needs it, {_state()}")


def _state() -> str:
    """What systemd says of it."""
    words = ("systemctl", "show", NAME, "-p", "ActiveState,UnitFileState,NRestarts")
    try:
        done = subprocess.run(
            words, capture_output=True, text=True, timeout=_SYSTEMCTL_WITHIN_S, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return "systemd does not answer"
    said = dict(line.partition("=")[::2] for line in done.stdout.splitlines())
    active, enabled = said.get("ActiveState", "unknown"), said.get("UnitFileState", "unknown")
    return f"{active}, {enabled}, restarted {said.get('NRestarts', '0')} times"


def _sync_s(folder: Path) -> float:
    """Seconds that a small file takes to the disk. Raises OSError."""
    begun_s = time.monotonic()
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(b"statecharge doctor")
        file.flush()
        os.fsync(file.fileno())
    return time.monotonic() - begun_s
