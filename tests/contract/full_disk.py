"""Runs on a small disk of its own (``test_storage_full``): a backlog that never ends, and no room.

Arguments: the folder, and a word: ``modest``; ``greedy`` if a neighbor takes whatever becomes free;
``unthinned`` if nothing is thinned. Prints what came of it as JSON.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path

from cp.journal import call_key, call_row
from cp.thinning import thin_calls
from cp.vocabulary.errors import StorageFullError
from cp.vocabulary.instants import Stamp
from cp.vocabulary.metering import Sample
from cp.vocabulary.records import Put
from cp.vocabulary.requests import (
    Lane,
    MeterValues,
    QueuedCall,
    Request,
    StartTransaction,
    StopTransaction,
)
from cp.vocabulary.words import ReadingContext, Reason
from drivers.storage import SqliteStorage

TRANSACTIONS = 40
MESSAGES = 400
"""Of one transaction, the first and the last of them StartTransaction and StopTransaction."""


def message(number: int) -> Put:
    """The message with this number, from 0, of an endless row of transactions."""
    uid, place = f"1.{number // MESSAGES}", number % MESSAGES
    stamp = Stamp(1, 1234.5 + number, 1_767_268_800.1 + number)
    request: Request = MeterValues(
        1, uid, (Sample(stamp, 1000 + number, ReadingContext.SAMPLE_PERIODIC),)
    )
    if place == 0:
        request = StartTransaction(uid, 1, "CARD", number, stamp)
    elif place == MESSAGES - 1:
        request = StopTransaction(uid, "CARD", number, stamp, Reason.LOCAL)
    return call_row(QueuedCall(number, str(number), Lane.QUEUE, request))


class Disk:
    """A disk that something else has filled."""

    def __init__(self, folder: Path, *, is_greedy: bool) -> None:
        self._filler = (folder / "filler").open("wb", buffering=0)
        self._is_greedy = is_greedy

    def fill(self) -> None:
        try:
            while self._filler.write(b"x" * 4096) == 4096:
                pass
        except OSError:
            pass

    def on_full(self) -> None:
        if self._is_greedy:
            self.fill()


Thin = Callable[[SqliteStorage, str], int]


def kept(storage: SqliteStorage, disk: Disk, number: int, thin: Thin, thinned: list[int]) -> bool:
    """The message is on disk, after thinning if it must be; False: there was nothing to thin."""
    while True:
        try:
            storage.commit([message(number), Put("transaction", "open", str(number) * 30)])
            return True
        except StorageFullError:
            disk.on_full()
            thinned.append(thin(storage, ""))
            if not thinned[-1]:
                return False


def stored(storage: SqliteStorage) -> list[int]:
    """The numbers of all messages."""
    found: list[int] = []
    while rows := storage.load_calls(call_key(found[-1]) if found else "", 1000):
        found += [int(row.key) for row in rows]
    return found


def main(folder: Path, word: str) -> None:
    storage = SqliteStorage(folder)
    storage.open()
    had_ballast = (folder / "ballast").exists()
    disk = Disk(folder, is_greedy=word == "greedy")
    thinned: list[int] = []
    disk.fill()
    count = TRANSACTIONS * MESSAGES
    thin: Thin = (lambda *_: 0) if word == "unthinned" else thin_calls
    written = sum(kept(storage, disk, number, thin, thinned) for number in range(count))
    found = stored(storage)
    storage.close()
    storage.open()
    print(
        json.dumps(
            {
                "had_ballast": had_ballast,
                "written": written,
                "thinned": thinned,
                "stored": found,
                "survived": stored(storage) == found,
                "notes": list(storage.notes()),
            }
        )
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
