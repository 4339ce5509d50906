"""Thinning: what makes room on a full disk (D-15).

Theory of operation: the stored transaction messages are walked in windows, oldest first, so that
memory does not depend on their number. In each window every second MeterValues between the first
and the last of a transaction goes, in one commit of the window: wherever the walk ends, for lack of
room or of power, what is stored is whole and in order. StartTransaction and StopTransaction stay.
"""

from collections.abc import Iterable, Sequence
from typing import Final, Protocol

from cp.domain.outbox import spare_places
from cp.journal import call_key, calls_of
from cp.vocabulary.errors import StorageFullError
from cp.vocabulary.records import Delete, Put, Row

WINDOW: Final = 256
"""Rows walked at a time: some 50 kB in memory, and 100 kB in the log of the database."""


class Calls(Protocol):
    """The part of ``ports.Storage`` that is needed here."""

    def load_calls(self, after_key: str, limit: int) -> Sequence[Put]:
        """Rows of kind ``call`` with a key above ``after_key``, in order, at most ``limit``."""

    def commit(self, rows: Sequence[Row]) -> None:
        """One transaction, on disk when it returns."""


def spare_keys(rows: Iterable[Put]) -> frozenset[str]:
    """Keys of the rows of kind ``call`` that may go."""
    return frozenset(call_key(seq) for seq in spare_places(calls_of(rows, [])))


def thinned(rows: Sequence[Put]) -> tuple[Row, ...]:
    """What thins these rows of kind ``call``, as one transaction; nothing if all must stay.

    Every row is taken out and those that stay are put back: rows taken from between others leave
    each page of the file half full, and hardly a page free.
    """
    spare = spare_keys(rows)
    if not spare:
        return ()
    taken = [Delete(row.kind, row.key) for row in rows]
    return (*taken, *(row for row in rows if row.key not in spare))


def thin_calls(storage: Calls, after_key: str) -> int:
    """Thin the transaction messages behind ``after_key``; how many went. Raises StorageError.

    Ends early when there is no room even for that.
    """
    gone = 0
    while window := storage.load_calls(after_key, WINDOW):
        rows = thinned(window)
        if rows:
            try:
                storage.commit(rows)
            except StorageFullError:
                return gone
            gone += 2 * len(window) - len(rows)
        after_key = window[-1].key
    return gone
