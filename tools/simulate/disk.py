"""The disk: real SQLite on a folder, with trouble, and with what a power cut leaves.

Theory of operation: a commit that returned is on disk; a cut loses what was not committed. The
files are copied while the old connection is still open, so that a new life finds the database and
its log as they were, and not as an orderly close would leave them.
"""

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from cp.commits import RETRIED_AFTER_S
from cp.vocabulary.constants import CONSTANTS
from cp.vocabulary.errors import StorageError, StorageFullError
from cp.vocabulary.records import Put, Row
from drivers.bench.faulty import StorageMode
from drivers.bench.full_disk import FullDisk
from drivers.storage import SqliteStorage
from tools.simulate.ledger import Ledger

_FILES = ("journal.db", "journal.db-wal")
_TRIED_AGAIN_S = RETRIED_AFTER_S + CONSTANTS["call_timeout_s"]


class Disk:
    """One folder; what is wrong with it outlives the process."""

    def __init__(self, folder: Path, ledger: Ledger) -> None:
        self.folder = folder
        self.ledger = ledger
        self.was_full = False
        self.rows: Callable[[Sequence[Row]], Sequence[Row]] = tuple
        """What the file is given of a commit: the controls have a disk that forgets."""
        self._full = FullDisk()
        self._freed_s = -_TRIED_AGAIN_S
        self._mode = StorageMode.NORMAL

    @property
    def mode(self) -> StorageMode:
        """What is wrong now; a disk that fills is full to the last row."""
        return self._mode

    @mode.setter
    def mode(self, mode: StorageMode) -> None:
        if self.is_full:
            self._freed_s = self.ledger.outlet.time.now_s
        self._full, self._mode = FullDisk(), mode
        self.was_full = self.was_full or mode is StorageMode.FULL

    @property
    def is_full(self) -> bool:
        """There is no room now."""
        return self._mode is StorageMode.FULL

    @property
    def is_behind(self) -> bool:
        """Frames that a full disk held back may be leaving now, later than their turns."""
        return self.is_full or self.ledger.outlet.time.now_s - self._freed_s < _TRIED_AGAIN_S

    def take(self, rows: Sequence[Row]) -> None:
        """Raises StorageError and StorageFullError as the disk is."""
        if self._mode is StorageMode.ERROR:
            raise StorageError("the disk is broken")
        if self._mode is StorageMode.FULL and not self._full.takes(rows):
            raise StorageFullError("the disk is full")


class SimulatedStorage:
    """``ports.Storage`` of one life."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._storage = SqliteStorage(disk.folder)
        self._is_dead = False

    def lose_power(self) -> None:
        """The files stay as they are; the connection is worth nothing any more."""
        if self._is_dead:
            return
        self._is_dead = True
        kept = [self._disk.folder / name for name in _FILES]
        copies = [(path, path.with_name(f"{path.name}.cut")) for path in kept if path.exists()]
        for path, copy in copies:
            shutil.copyfile(path, copy)
        self._storage.close()
        for path in kept:
            path.unlink(missing_ok=True)
        for path, copy in copies:
            copy.replace(path)

    def open(self) -> None:
        """Open the file."""
        self._storage.open()

    def load(self) -> Sequence[Put]:
        """All rows but those of kind ``call``."""
        return self._storage.load()

    def load_calls(self, after_key: str, limit: int) -> Sequence[Put]:
        """Rows of kind ``call`` with a key above ``after_key``."""
        return self._storage.load_calls(after_key, limit)

    def counts(self) -> Mapping[str, int]:
        """How many rows there are of each kind."""
        return self._storage.counts()

    def commit(self, rows: Sequence[Row]) -> None:
        """Commit, or fail as the disk does."""
        self._disk.take(rows)
        self._storage.commit(self._disk.rows(rows))
        self._disk.ledger.store(rows)

    def close(self) -> None:
        """Close the file in order."""
        if not self._is_dead:
            self._is_dead = True
            self._storage.close()

    def notes(self) -> Sequence[str]:
        """What a person should know of the last ``open``."""
        return self._storage.notes()
