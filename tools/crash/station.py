"""The station under the glass: the real program, whose relay says on fd 1 what it does.

Theory of operation: fd 1 stands for what an eye at the outlet sees; it is a system call, so it has
a place between the others. The wrong stations are the same program with one rule broken.
"""

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from functools import partial
from typing import Final

from cp.commits import Commits
from cp.controller import key_of_call
from cp.vocabulary.effects import CloseContactor, Effect, SendFrame
from cp.vocabulary.records import Delete, Row
from cp.vocabulary.words import Action
from drivers.bench.devices import BenchContactor
from drivers.storage import SqliteStorage

CLOSED: Final = b"relay closed\n"
OPENED: Final = b"relay opened\n"

QUEUED: Final = (Action.START_TRANSACTION, Action.METER_VALUES, Action.STOP_TRANSACTION)
"""Actions of transaction messages; the day asks for no other MeterValues."""


def _watch_relay() -> None:
    close, release = BenchContactor.close, BenchContactor._release

    def watched_close(self: BenchContactor) -> None:
        os.write(1, CLOSED)
        close(self)

    def watched_release(self: BenchContactor) -> None:
        release(self)
        os.write(1, OPENED)

    replace(BenchContactor, close=watched_close, _release=watched_release)


def sync_less(level: str) -> None:
    """``synchronous=NORMAL``, or less: a commit is not on the disk when it returns."""
    prepare = SqliteStorage._connected

    def connected(self: SqliteStorage) -> object:
        connection = prepare(self)
        connection.execute(f"PRAGMA synchronous={level}").fetchall()
        return connection

    replace(SqliteStorage, _connected=connected)


def _delete_early() -> None:
    """A transaction message is deleted when it is sent, not when it is answered."""
    take = Commits.take

    def eager(
        self: Commits, rows: Sequence[Row], outward: Sequence[Effect], *, is_awaited: bool
    ) -> None:
        keys = [key_of_call(seq) for effect in outward if (seq := queued_in(effect))]
        take(self, (*rows, *(Delete("call", key) for key in keys)), outward, is_awaited=is_awaited)

    replace(Commits, take=eager)


def _record_late() -> None:
    """What is sent, and the relay, go before their records are on the disk."""
    take = Commits.take

    def hasty(
        self: Commits, rows: Sequence[Row], outward: Sequence[Effect], *, is_awaited: bool
    ) -> None:
        first = [item for item in outward if isinstance(item, SendFrame | CloseContactor)]
        for effect in first:
            self._owner.go_out(effect)
        rest = [item for item in outward if not isinstance(item, SendFrame | CloseContactor)]
        take(self, rows, rest, is_awaited=is_awaited)

    replace(Commits, take=hasty)


NO_SYNC: Final = "no fsync"
WRONG: Final[Mapping[str, Callable[[], None]]] = {
    "synchronous=NORMAL": partial(sync_less, "NORMAL"),
    "delete before the answer": _delete_early,
    "record after the effect": _record_late,
}
"""Stations that break one rule of durability each; ``NO_SYNC`` is one more, made otherwise."""


def queued_in(effect: Effect) -> int:
    """The place of the transaction message that an effect sends; 0: it sends none."""
    if not isinstance(effect, SendFrame):
        return 0
    match json.loads(effect.text):
        case [2, str(message_id), str(action), _] if action in QUEUED:
            return int(message_id)
    return 0


def replace(owner: type, **methods: object) -> None:
    """Put other methods in place of a class's own."""
    for name, method in methods.items():
        setattr(owner, name, method)


def main(words: Sequence[str]) -> int:
    """``WRONG-OR-EMPTY WORDS-OF-STATECHARGE...``; the exit code of the station."""
    wrong, *rest = words
    if wrong:
        WRONG[wrong]()
    return run(rest)


def run(words: Sequence[str]) -> int:
    """The station with an eye on its relay; the exit code. Fd 1 tells of nothing else."""
    from cp.__main__ import main as station_main

    _watch_relay()
    sys.argv[1:] = words
    with redirect_stdout(None):
        return station_main()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
