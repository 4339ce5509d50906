"""Group commit: records go to disk in order, outward effects wait for theirs.

Theory of operation: storage has one worker thread of its own. One commit runs at a time; the
records of the turns that happen meanwhile go into the next one. An outward effect carries the
number of the commit that it waits for, and leaves when that commit and all before it are on disk.
On a full disk the same records are tried again, and each try is told: MeterValues become fewer
then, stored ones and waiting ones (``thinning``), and no transaction starts. Waiting rows of one
key become one row, the last, so that a disk may be full for days: what grows then is one small
deletion for each sample that transactionData has no place for. Any other failure ends the process.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Protocol

from cp.domain.faults import STORAGE_LOW
from cp.thinning import spare_keys, thin_calls
from cp.vocabulary.effects import CloseLink, Effect, EndProcess, OpenLink
from cp.vocabulary.errors import StorageError, StorageFullError
from cp.vocabulary.events import ErrorCleared, ErrorRaised, Event, StorageFilled
from cp.vocabulary.ports import Storage
from cp.vocabulary.records import Put, Row
from cp.vocabulary.words import ChargePointErrorCode

RETRIED_AFTER_S: Final = 10.0
"""Each try steps a chart: no more often than every 10 s. What thinning won is tried at once."""

COUNTED_WITHIN_S: Final = 10.0

WAITING_CALLS_MAX: Final = 256
"""Transaction messages that wait for room; of more than these, MeterValues become fewer."""

Batch = dict[tuple[str, str], Row]
"""Rows by kind and key. Of two for one place the later counts, as in one transaction."""


class Owner(Protocol):
    """What the daemon does for the commits."""

    def go_out(self, effect: Effect) -> None:
        """Perform an outward effect."""

    def post(self, event: Event) -> None:
        """Hand an event to the controller."""

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
        self._batch: Batch = {}
        self._batch_number = 1
        self._committed = 0
        self.busy_since_s: float | None = None
        """Monotonic seconds since when a commit is under way; None: there is none."""
        self._is_low = False
        self._rest: asyncio.TimerHandle | None = None
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
        # The worker does one thing after another: a commit that is under way ends first, and what
        # found no room is back among what waits.
        await self._loop.run_in_executor(self._worker, lambda: None)
        problem = await self._loop.run_in_executor(self._worker, self._write_rest)
        self._worker.shutdown()
        return problem

    def _write_rest(self) -> str:
        try:
            if self._batch:
                self._storage.commit(tuple(self._batch.values()))
            self._storage.close()
        except StorageError as error:
            return str(error)
        return ""

    # ---- records and effects ---------------------------------------------------------------------

    def take(self, rows: Sequence[Row], outward: Sequence[Effect], *, is_awaited: bool) -> None:
        """What one turn wants to be durable, and what it wants to do; ``is_awaited``: only then."""
        self._batch.update(((row.kind, row.key), row) for row in rows)
        if is_awaited:
            self._awaited = self._batch_number
        for effect in outward:
            if isinstance(effect, CloseLink):
                self.cancel_kind(OpenLink)  # an attempt that has not begun is over with it
            self._outward.append((self._awaited, effect))
        self._release()
        self._commit()

    def cancel(self, waiting: Effect) -> None:
        """Forget this effect wherever it still waits."""
        self._outward = deque(item for item in self._outward if item[1] != waiting)

    def cancel_kind(self, kind: type[Effect]) -> None:
        """Forget every effect of this kind that still waits."""
        self._outward = deque(item for item in self._outward if not isinstance(item[1], kind))

    def load_calls(self, after_key: str, limit: int, then: Callable[[Sequence[Put]], None]) -> None:
        """Hand over the next transaction messages, after all commits ordered before."""
        work = self._loop.run_in_executor(self._worker, self._storage.load_calls, after_key, limit)
        work.add_done_callback(lambda future: self._loaded(future, then))

    def counts(self) -> Mapping[str, int]:
        """Rows of the journal by kind; waits for the worker. Raises StorageError, TimeoutError."""
        return self._worker.submit(self._storage.counts).result(COUNTED_WITHIN_S)

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
        if not self._batch or self.busy_since_s is not None or self._owner.has_ended:
            return
        if self._rest is not None and not self._is_end_waiting():
            return
        batch, number = self._batch, self._batch_number
        self._batch = {}
        self._batch_number += 1
        self.busy_since_s = self._loop.time()
        rows = tuple(batch.values())
        work = self._loop.run_in_executor(self._worker, self._storage.commit, rows)
        work.add_done_callback(lambda future: self._commit_ended(future, batch, number))

    def _commit_ended(self, future: "asyncio.Future[None]", batch: Batch, number: int) -> None:
        self.busy_since_s = None
        error = future.exception()
        if error is None:
            self._committed = number
            self._tell_room(is_low=False)
            self._release()
            self._commit()
            return
        is_full = isinstance(error, StorageFullError)
        self._put_back(batch, number)  # what is written at the end is whole, and in order
        if is_full and not self._is_end_waiting():
            self._tell_room(is_low=True)
            self._owner.post(StorageFilled())
            self._rest = self._loop.call_later(RETRIED_AFTER_S, self._try_again)
        else:
            self._owner.end_broken(error)

    # ---- a full disk -----------------------------------------------------------------------------

    def thin(self, after_key: str) -> None:
        """Make room: MeterValues behind ``after_key`` become fewer, stored ones and, when they are
        many, waiting ones (D-15). When this made room, the waiting rows are tried at once."""
        waiting = [
            row
            for row in self._batch.values()
            if isinstance(row, Put) and row.kind == "call" and row.key > after_key
        ]
        if len(waiting) > WAITING_CALLS_MAX:
            for key in spare_keys(waiting):
                del self._batch["call", key]
        work = self._loop.run_in_executor(self._worker, thin_calls, self._storage, after_key)
        work.add_done_callback(self._thinned)

    def _thinned(self, future: "asyncio.Future[int]") -> None:
        error = future.exception()
        if error is not None:
            self._owner.end_broken(error)
        elif future.result():
            self._try_again()

    def _try_again(self) -> None:
        if self._rest is not None:
            self._rest.cancel()
            self._rest = None
        self._commit()

    def _tell_room(self, *, is_low: bool) -> None:
        """New transactions are refused while there is no room (``health.0``)."""
        if is_low is not self._is_low:
            self._is_low = is_low
            event = ErrorRaised if is_low else ErrorCleared
            self._owner.post(event(0, ChargePointErrorCode.OTHER_ERROR, STORAGE_LOW))

    def _put_back(self, batch: Batch, number: int) -> None:
        """The same rows are tried again with later ones: order is part of durability."""
        self._batch = batch | self._batch
        self._batch_number = number
        self._outward = deque((min(needed, number), effect) for needed, effect in self._outward)
        self._awaited = min(self._awaited, number)

    @property
    def is_ending(self) -> bool:
        """The process is about to end, or waits only for its last records: no event counts now."""
        return self._owner.has_ended or self._is_end_waiting()

    def _is_end_waiting(self) -> bool:
        """A fault of our own is not kept waiting by a full disk."""
        return any(isinstance(effect, EndProcess) for _, effect in self._outward)
