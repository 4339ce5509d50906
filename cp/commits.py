"""Group commit: records go to disk in order, outward effects wait for theirs.

Theory of operation: storage has one worker thread of its own. One commit runs at a time; the
records of the turns that happen meanwhile go into the next one. An outward effect carries the
number of the commit that it waits for, and leaves when that commit and all before it are on disk.
On a full disk the same records are tried again; any other failure ends the process.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Protocol

from cp.vocabulary.effects import Effect, EndProcess
from cp.vocabulary.errors import StorageError, StorageFullError
from cp.vocabulary.ports import Storage
from cp.vocabulary.records import Put, Row

RETRIED_AFTER_S: Final = 2.0


class Owner(Protocol):
    """What the daemon does for the commits."""

    def go_out(self, effect: Effect) -> None:
        """Perform an outward effect."""

    def tell_storage(self, *, is_low: bool) -> None:
        """There is no room on the disk, or there is again."""

    def end_broken(self, error: BaseException) -> None:
        """Storage is broken: end the process with the outlet open."""

    @property
    def has_ended(self) -> bool:
        """The process is about to end: nothing goes out any more."""


class Commits:
    """The way of records and outward effects; belongs to one running loop."""

    def __init__(self, storage: Storage, owner: Owner) -> None:
        self._storage = storage
        self._owner = owner
        self._loop = asyncio.get_running_loop()
        self._worker = ThreadPoolExecutor(1, "storage")
        self._batch: list[Row] = []
        self._batch_number = 1
        self._committed = 0
        self._is_committing = False
        self._outward: deque[tuple[int, Effect]] = deque()
        self._awaited = 0

    # ---- life ------------------------------------------------------------------------------------

    async def open(self, window: int) -> tuple[list[Put], list[Put]]:
        """Rows of the journal, and the first ``window`` transaction messages. Raises
        StorageError."""

        def load() -> tuple[list[Put], list[Put]]:
            self._storage.open()
            return list(self._storage.load()), list(self._storage.load_calls("", window))

        return await self._loop.run_in_executor(self._worker, load)

    async def close(self) -> str:
        """Write what is still to be written, if storage lets us; what went wrong, or nothing."""
        problem = await self._loop.run_in_executor(self._worker, self._write_rest)
        self._worker.shutdown()
        return problem

    def _write_rest(self) -> str:
        """The worker does one thing after another: a commit that was under way has ended."""
        try:
            if self._batch:
                self._storage.commit(tuple(self._batch))
            self._storage.close()
        except StorageError as error:
            return str(error)
        return ""

    # ---- records and effects ---------------------------------------------------------------------

    def take(self, rows: Sequence[Row], outward: Sequence[Effect], *, is_awaited: bool) -> None:
        """What one turn wants to be durable, and what it wants to do; ``is_awaited``: only then."""
        self._batch += rows
        if is_awaited:
            self._awaited = self._batch_number
        self._outward.extend((self._awaited, effect) for effect in outward)
        self._release()
        self._commit()

    def cancel(self, waiting: Effect) -> None:
        """Forget this effect wherever it still waits."""
        self._outward = deque(item for item in self._outward if item[1] != waiting)

    def load_calls(self, after_key: str, limit: int, then: Callable[[Sequence[Put]], None]) -> None:
        """Hand over the next transaction messages, after all commits ordered before."""
        work = self._loop.run_in_executor(self._worker, self._storage.load_calls, after_key, limit)
        work.add_done_callback(lambda future: self._loaded(future, then))

    def _loaded(
        self, future: "asyncio.Future[Sequence[Put]]", then: Callable[[Sequence[Put]], None]
    ) -> None:
        error = future.exception()
        if error is None:
            then(future.result())
        else:
            self._owner.end_broken(error)

    def _release(self) -> None:
        """Perform the outward effects whose records are on disk."""
        while self._outward and self._outward[0][0] <= self._committed:
            if self._owner.has_ended:
                return
            self._owner.go_out(self._outward.popleft()[1])

    def _commit(self) -> None:
        if not self._batch or self._is_committing or self._owner.has_ended:
            return
        rows, number = tuple(self._batch), self._batch_number
        self._batch = []
        self._batch_number += 1
        self._is_committing = True
        work = self._loop.run_in_executor(self._worker, self._storage.commit, rows)
        work.add_done_callback(lambda future: self._commit_ended(future, rows, number))

    def _commit_ended(
        self, future: "asyncio.Future[None]", rows: tuple[Row, ...], number: int
    ) -> None:
        self._is_committing = False
        error = future.exception()
        if error is None:
            self._committed = number
            self._owner.tell_storage(is_low=False)
            self._release()
            self._commit()
        elif isinstance(error, StorageFullError) and not self._is_end_waiting():
            self._put_back(rows, number)
            self._owner.tell_storage(is_low=True)
            self._loop.call_later(RETRIED_AFTER_S, self._commit)
        else:
            self._owner.end_broken(error)

    def _put_back(self, rows: tuple[Row, ...], number: int) -> None:
        """The same rows are tried again before later ones: order is part of durability."""
        self._batch = [*rows, *self._batch]
        self._batch_number = number
        self._outward = deque((min(needed, number), effect) for needed, effect in self._outward)
        self._awaited = min(self._awaited, number)

    def _is_end_waiting(self) -> bool:
        """A fault of our own is not kept waiting by a full disk."""
        return any(isinstance(effect, EndProcess) for _, effect in self._outward)
