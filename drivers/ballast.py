"""The ballast: room on the disk that is ours and that can be given up when there is no other.

Theory of operation: a file of random bytes, because a file system that compresses must not save
the room we want to own. It is not synced: after a power cut its length shows whether its blocks
are there.
"""

import contextlib
import os
from pathlib import Path
from typing import Final

BALLAST_BYTES: Final = 2 * 1024 * 1024


class Ballast:
    """``FOLDER/ballast``; ``is_there`` as far as we know."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / "ballast"
        self.is_there = False

    def look(self) -> None:
        """See whether it was really written before the last end of power."""
        try:
            status = self._file.stat()
        except OSError:
            self.is_there = False
        else:
            is_whole = status.st_size == BALLAST_BYTES
            self.is_there = is_whole and status.st_blocks * 512 >= BALLAST_BYTES

    def keep(self) -> None:
        """Write it when it is missing and there is room for it and as much again."""
        if self.is_there or self.room_bytes() < 2 * BALLAST_BYTES:
            return
        try:
            self._file.write_bytes(os.urandom(BALLAST_BYTES))
        except OSError:
            self.drop()
        else:
            self.is_there = True

    def drop(self) -> None:
        """Give the room up."""
        self.is_there = False
        with contextlib.suppress(OSError):
            self._file.unlink(missing_ok=True)

    def most_bytes(self, file: Path, other: Path, other_bytes: int) -> int:
        """The size that ``file`` may have while ``other`` may still become ``other_bytes``."""
        still_bytes = max(0, other_bytes - _size(other))
        return _size(file) + max(0, self.room_bytes() - still_bytes)

    def room_bytes(self) -> int:
        """What is free for us on the disk; 0 when the disk does not say."""
        try:
            disk = os.statvfs(self._folder)
        except OSError:
            return 0
        return disk.f_bavail * disk.f_frsize


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0
