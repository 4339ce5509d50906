"""The stamp: charts and station file have passed the checks of this very program.

Theory of operation: the checks cost a start 12 ms and find the same each time. So their success is
remembered in the storage folder, as a hash of all that they depend on: the texts of the charts and
routes, the station file, and size and time of the program's own files. Anything that differs, a
stamp that is half written too, means: check again.
"""

import contextlib
import os
from hashlib import blake2b
from pathlib import Path
from typing import Final

from cp.reading import ChartTexts

_PROGRAM: Final = Path(__file__).parent
_CHECKED_AGAINST: Final = ("behavior", "chart", "domain", "vocabulary")


class CheckStamp:
    """The stamp of one storage folder for these texts; ``station`` is what the file says."""

    def __init__(self, folder: Path, texts: ChartTexts, station: str = "") -> None:
        self._file = folder / "charts.checked"
        self._hash = _hash_of(texts, station)
        self.is_valid = self._read() == self._hash
        """The checks may be left out."""

    def keep(self) -> None:
        """The checks were passed; a disk that is full only means that the next start checks."""
        if not self.is_valid:
            with contextlib.suppress(OSError):
                self._file.write_text(self._hash, encoding="ascii")

    def _read(self) -> str:
        try:
            return self._file.read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError):
            return ""


def _hash_of(texts: ChartTexts, station: str) -> str:
    found = blake2b(station.encode(), digest_size=16)
    for name, text in (*texts.charts.items(), ("routes", texts.routes)):
        found.update(f"{name} {len(text)}\n{text}".encode())
    for room in _CHECKED_AGAINST:
        with os.scandir(_PROGRAM / room) as files:
            for file in sorted(files, key=lambda item: item.name):
                status = file.stat()
                if file.name.endswith(".py"):
                    line = f"{room}/{file.name} {status.st_size} {status.st_mtime_ns}\n"
                    found.update(line.encode())
    return found.hexdigest()
