"""Durable rows in one SQLite file: the storage of the journal.

Theory of operation: WAL with ``synchronous=FULL`` is on disk when a commit returns. Exactly one
connection, opened in EXCLUSIVE mode before WAL: no second process can open the file, there is no
shared memory file, and the WAL-reset corruption of SQLite before 3.51.3, which needs two
connections, cannot happen. A ballast file keeps room for the rows that end a transaction: on a
full disk it is dropped, the WAL is brought over to be written from its start again, and the commit
is tried once more. From then on the file takes only what the WAL does not need: rows can still be
deleted. A damaged file is moved aside, never a reason to end: a station that starts empty charges.
"""

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cp.vocabulary.errors import StorageError, StorageFullError
from cp.vocabulary.records import Put, Row
from drivers.ballast import Ballast

if TYPE_CHECKING:
    from sqlite3 import Connection, Error

SCHEMA_VERSION: Final = 1
_MOST_DAMAGED_FILES: Final = 9

_PAGE_BYTES: Final = 4096
_PAGES_MAX: Final = 0xFFFFFFFE
_WAL_PAGES: Final = 256
"""Pages in the WAL after which they are brought over: it takes 1 MiB and hardly more, so that half
of the ballast is enough for it."""

# Primary result codes of SQLite; the extended code is in the higher bytes.
_ERROR, _BUSY, _READONLY, _CORRUPT, _FULL, _CANTOPEN, _NOTADB = 1, 5, 8, 11, 13, 14, 26


class _DamageError(Exception):
    """The file is no database of ours any more."""


class SqliteStorage:
    """``ports.Storage`` over ``FOLDER/journal.db``; all calls come from one thread at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / "journal.db"
        self._ballast = Ballast(folder)
        self._connection: Connection | None = None
        self._notes: list[str] = []

    def open(self) -> None:
        """Create or open the file.

        Raises ``StorageError`` when the folder cannot be used, another process holds the file, or
        a newer release wrote it.
        """
        self._notes.clear()
        self._make_folder()
        try:
            self._connection = self._connected()
        except _DamageError as damage:
            self._move_aside(str(damage))
            try:
                self._connection = self._connected()
            except _DamageError as again:
                raise StorageError(f"{self._file}, just created, is damaged: {again}") from again
        self._ballast.look()
        self._keep_room()

    def load(self) -> Sequence[Put]:
        """All rows but those of kind ``call``, in order of kind and key."""
        return self._rows("WHERE kind <> 'call' ORDER BY kind, key", ())

    def load_calls(self, after_key: str, limit: int) -> Sequence[Put]:
        """Rows of kind ``call`` with a key above ``after_key``, in order, at most ``limit``."""
        return self._rows(
            "WHERE kind = 'call' AND key > ? ORDER BY key LIMIT ?", (after_key, limit)
        )

    def counts(self) -> Mapping[str, int]:
        """How many rows there are of each kind."""
        with self._translating():
            return dict(self._opened().execute("SELECT kind, count(*) FROM row GROUP BY kind"))

    def commit(self, rows: Sequence[Row]) -> None:
        """One transaction, on disk when it returns.

        Raises ``StorageFullError`` when there is no room even without the ballast, and
        ``StorageError`` on everything else; nothing of ``rows`` is kept then.
        """
        try:
            self._write(rows)
        except StorageFullError:
            self._make_room()
            self._write(rows)
        self._keep_room()

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        if self._connection is not None:
            with self._translating():
                self._connection.close()
            self._connection = None

    def notes(self) -> Sequence[str]:
        """What a person should know of the last ``open``."""
        return tuple(self._notes)

    # ---- opening ---------------------------------------------------------------------------------

    def _make_folder(self) -> None:
        try:
            self._folder.mkdir()
        except FileExistsError:
            return
        except OSError as error:
            raise StorageError(
                f"the storage folder {self._folder} cannot be created ({error.strerror}): create"
                " it and give it to the user of the station, or change [storage] dir"
            ) from error
        self._sync(self._folder.parent)

    def _sync(self, folder: Path) -> None:
        """A new name survives a power cut only when its folder is synced."""
        try:
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as error:
            raise StorageError(f"{folder} cannot be synced ({error}): check the disk") from error

    def _connected(self) -> "Connection":
        import sqlite3  # 6 ms, not needed before the worker thread opens the storage

        is_new = not self._file.exists()
        with self._translating():
            connection = sqlite3.connect(
                self._file, timeout=0, isolation_level=None, check_same_thread=False
            )
            # A flipped bit must reach the journal as a bad row, not end the load of all rows.
            connection.text_factory = _decoded
            try:
                self._prepare(connection)
            except BaseException:
                connection.close()
                raise
        if is_new:
            self._sync(self._folder)
        return connection

    def _prepare(self, connection: "Connection") -> None:
        for pragma in (
            f"page_size={_PAGE_BYTES}",
            "locking_mode=EXCLUSIVE",
            "journal_mode=WAL",
            "synchronous=FULL",
            f"wal_autocheckpoint={_WAL_PAGES}",
        ):
            connection.execute(f"PRAGMA {pragma}").fetchall()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA_VERSION:
            raise StorageError(
                f"{self._file} was written by a newer release (schema {version}, this one knows"
                f" {SCHEMA_VERSION}): install the newer release or change [storage] dir"
            )
        if version:
            # The check reads backwards, one page at a time: ten times faster when read before.
            connection.execute("SELECT count(*) FROM row").fetchone()
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise _DamageError(verdict)
        if version == 0:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(
                "CREATE TABLE IF NOT EXISTS row(kind TEXT NOT NULL, key TEXT NOT NULL,"
                " body TEXT NOT NULL, PRIMARY KEY(kind, key)) WITHOUT ROWID, STRICT"
            )
            connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
            connection.execute("COMMIT")

    def _move_aside(self, reason: str) -> None:
        """Keep the damaged file for a person; the name carries a number because no clock is
        known yet, and the numbers end so that a bad disk cannot fill itself.
        """
        for number in range(1, _MOST_DAMAGED_FILES + 1):
            target = self._folder / f"journal.damaged-{number}.db"
            if not target.exists():
                break
        try:
            # The database first: SQLite ignores a WAL that is left without one.
            self._file.replace(target)
            wal = self._file.with_name(self._file.name + "-wal")
            if wal.exists():
                wal.replace(target.with_name(target.name + "-wal"))
        except OSError as error:
            raise StorageError(
                f"{self._file} is damaged and cannot be moved aside ({error.strerror}):"
                " remove it by hand"
            ) from error
        self._sync(self._folder)
        self._notes.append(
            f"{self._file.name} was damaged ({reason}); it was moved to {target.name}"
            " and the station started with an empty one"
        )

    # ---- rows ------------------------------------------------------------------------------------

    def _rows(self, where: str, values: tuple[object, ...]) -> tuple[Put, ...]:
        with self._translating():
            cursor = self._opened().execute(f"SELECT kind, key, body FROM row {where}", values)
            return tuple(Put(kind, key, body) for kind, key, body in cursor)

    def _write(self, rows: Sequence[Row]) -> None:
        connection = self._opened()
        with self._translating():
            try:
                connection.execute("BEGIN IMMEDIATE")
                for row in rows:
                    if isinstance(row, Put):
                        connection.execute(
                            "INSERT OR REPLACE INTO row VALUES (?, ?, ?)",
                            (row.kind, row.key, row.body),
                        )
                    else:
                        connection.execute(
                            "DELETE FROM row WHERE kind = ? AND key = ?", (row.kind, row.key)
                        )
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    def _opened(self) -> "Connection":
        if self._connection is None:
            raise StorageError(f"{self._file} is not open")
        return self._connection

    @contextlib.contextmanager
    def _translating(self) -> Iterator[None]:
        """Errors of SQLite become ours, typed by what can be done about them."""
        import sqlite3

        try:
            yield
        except sqlite3.Error as error:
            raise self._translated(error) from error

    def _translated(self, error: "Error") -> Exception:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (_ERROR, _CORRUPT, _NOTADB) and self._connection is None:
            return _DamageError(str(error))
        if code == _FULL:
            return StorageFullError(f"{self._folder} has no room left: make room on its disk")
        if code == _BUSY:
            return StorageError(
                f"{self._file} is in use by another process: end that process, or give this"
                " station a folder of its own in [storage] dir"
            )
        if code in (_READONLY, _CANTOPEN):
            return StorageError(
                f"the storage folder {self._folder} cannot be written: give it to the user of"
                " the station, or change [storage] dir"
            )
        return StorageError(f"{self._file} cannot be used ({error}): check the disk")

    # ---- room ------------------------------------------------------------------------------------

    def _make_room(self) -> None:
        """Drop the ballast, and let the WAL be written from its start."""
        self._ballast.drop()
        self._limit_growth()
        with contextlib.suppress(StorageError), self._translating():
            self._opened().execute("PRAGMA wal_checkpoint(RESTART)").fetchall()

    def _keep_room(self) -> None:
        if not self._ballast.is_there:
            self._ballast.keep()
            self._limit_growth()

    def _limit_growth(self) -> None:
        """Without ballast the file takes no room that the WAL may still need: deleting rows needs
        room there, and then leaves pages in the file for new rows."""
        pages = _PAGES_MAX
        if not self._ballast.is_there:
            wal = self._file.with_name(self._file.name + "-wal")
            most_bytes = self._ballast.most_bytes(self._file, wal, _WAL_PAGES * _PAGE_BYTES)
            # 0 would change nothing; below the pages that there are it means just those.
            pages = max(1, most_bytes // _PAGE_BYTES)
        with self._translating():
            self._opened().execute(f"PRAGMA max_page_count={pages}").fetchall()


def _decoded(text: bytes) -> str:
    return text.decode(errors="replace")
