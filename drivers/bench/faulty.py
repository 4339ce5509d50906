"""Wrappers that break the real link, storage and clock on command."""

import threading
import time
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

from cp.vocabulary.errors import StorageError, StorageFullError
from cp.vocabulary.events import LinkFailed
from cp.vocabulary.ports import Post, Storage
from cp.vocabulary.records import Put, Row
from drivers.bench.full_disk import FullDisk
from drivers.bench.rig import Rig, nobody
from drivers.websocket_link import WebsocketLink

STALL_S: Final = 5.0
"""How long a commit waits for a disk that stalls, seconds of real time."""

_NO_NETWORK = "the network is down"


class StorageMode(StrEnum):
    """What is wrong with the disk; ``SLOW``: each commit waits ``STALL_S`` and succeeds."""

    NORMAL = "normal"
    FULL = "full"
    ERROR = "error"
    SLOW = "slow"


class BenchLink:
    """``ports.Link`` over the real one; while it is down, attempts fail and frames are lost."""

    def __init__(self, rig: Rig, link: WebsocketLink) -> None:
        self._rig = rig
        self._link = link
        self._post: Post = nobody
        self._is_up = True

    def set_up(self, is_up: bool) -> None:
        """The network is there, or gone: an open connection breaks without a goodbye."""
        self._is_up = is_up
        if not is_up:
            self._link.drop(_NO_NETWORK)

    async def start(self, post: Post) -> None:
        """Start the real link."""
        self._post = post
        await self._link.start(post)

    async def stop(self) -> None:
        """Stop the real link."""
        await self._link.stop()

    def open(self) -> None:
        """Start one attempt."""
        if self._is_up:
            self._link.open()
        else:
            self._rig.later(lambda: self._post(LinkFailed(_NO_NETWORK)))

    def close(self) -> None:
        """Close the real link."""
        self._link.close()

    def send(self, text: str) -> None:
        """Send one text frame."""
        self._link.send(text)

    def set_ping(self, interval_s: int) -> None:
        """Ping every so many seconds, 0 none."""
        self._link.set_ping(interval_s)


class BenchStorage:
    """``ports.Storage`` over the real one; broken modes refuse or delay commits."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._disk = FullDisk()
        self._mode = StorageMode.NORMAL
        self._stall = threading.Event()

    @property
    def mode(self) -> StorageMode:
        """What is wrong with the disk; a disk that fills is full to the last row. A change ends
        the stall of the commit that is under way."""
        return self._mode

    @mode.setter
    def mode(self, mode: StorageMode) -> None:
        self._disk, self._mode = FullDisk(), mode
        self._stall.set()
        self._stall = threading.Event()

    def open(self) -> None:
        """Open the real storage."""
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
        """Commit, or fail as the mode says."""
        if self.mode is StorageMode.FULL and not self._disk.takes(rows):
            raise StorageFullError("the bench says that the disk is full")
        if self.mode is StorageMode.ERROR:
            raise StorageError("the bench says that the disk is broken")
        if self.mode is StorageMode.SLOW:
            self._stall.wait(STALL_S)  # in the worker thread of storage, as a real disk would
        self._storage.commit(rows)

    def close(self) -> None:
        """Close the real storage."""
        self._storage.close()

    def notes(self) -> Sequence[str]:
        """What a person should know of the last ``open``."""
        return self._storage.notes()


class WallClock:
    """The wall clock of the device, wrong by ``offset_s`` seconds."""

    def __init__(self) -> None:
        self.offset_s = 0.0

    def __call__(self) -> float:
        """Seconds since 1970, as the device believes."""
        return time.time() + self.offset_s
