"""A full disk: the next try, what thinning wins, and how little waits in memory."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from cp.commits import RETRIED_AFTER_S, WAITING_CALLS_MAX, Commits
from cp.journal import call_row
from cp.vocabulary.effects import CloseLink, Effect, EndProcess, OpenLink, SendFrame
from cp.vocabulary.errors import StorageFullError
from cp.vocabulary.events import ErrorCleared, Event, StorageFilled
from cp.vocabulary.instants import Stamp
from cp.vocabulary.records import Delete, Put
from cp.vocabulary.requests import Lane, MeterValues, QueuedCall, StopTransaction
from cp.vocabulary.words import Reason
from drivers.bench.faulty import BenchStorage, StorageMode
from drivers.storage import SqliteStorage

UNTIL_S = 3.0


class Station:
    """Owner of the commits, and the delivery chart in one line: thin whenever told to."""

    def __init__(self, storage: BenchStorage, *, is_thinning: bool = True) -> None:
        self.out: list[Effect] = []
        self.posted: list[Event] = []
        self.broken: list[BaseException] = []
        self.has_ended = False
        self.is_thinning = is_thinning
        self.commits = Commits(storage, self)

    def go_out(self, effect: Effect) -> None:
        self.out.append(effect)

    def post(self, event: Event) -> None:
        self.posted.append(event)
        if event == StorageFilled() and self.is_thinning:
            asyncio.get_running_loop().call_soon(self.commits.thin, "")

    def end_broken(self, error: BaseException) -> None:
        self.broken.append(error)

    @property
    def tries(self) -> int:
        return self.posted.count(StorageFilled())


def values(place: int) -> Put:
    return call_row(QueuedCall(place, str(place), Lane.QUEUE, MeterValues(1, "1.1", ())))


STOP = call_row(
    QueuedCall(
        9999,
        "9999",
        Lane.QUEUE,
        StopTransaction("1.1", "CARD", 1, Stamp(1, 0.0, 0.0), Reason.LOCAL),
    )
)


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(UNTIL_S):
        while not is_so():
            await asyncio.sleep(0.001)


def opened(folder: Path, count: int) -> BenchStorage:
    """A disk full of so many MeterValues."""
    storage = BenchStorage(SqliteStorage(folder))
    storage.open()
    storage.commit([values(place) for place in range(1, count + 1)])
    storage.mode = StorageMode.FULL
    return storage


def keys(storage: BenchStorage) -> list[int]:
    return [int(row.key) for row in storage.load_calls("", 10_000)]


def test_what_thinning_wins_is_tried_at_once(tmp_path: Path) -> None:
    async def play() -> None:
        storage = opened(tmp_path, 9)
        station = Station(storage)
        station.commits.take((STOP,), (SendFrame("stop"),), is_awaited=True)
        await until(lambda: bool(station.out))
        assert RETRIED_AFTER_S > UNTIL_S, "no timer has fired"
        assert keys(storage) == [1, 3, 5, 7, 9, 9999]
        assert station.tries == 1
        assert isinstance(station.posted[-1], ErrorCleared)
        assert await station.commits.close() == ""

    asyncio.run(play())


def test_a_disk_that_stays_full_is_thinned_again_and_then_waits(tmp_path: Path) -> None:
    async def play() -> None:
        storage = opened(tmp_path, 5)
        station = Station(storage)
        rows = [Put("key", str(number), "{}") for number in range(9)]
        station.commits.take(rows, (SendFrame("a"),), is_awaited=True)
        await until(lambda: keys(storage) == [1, 5] and station.tries == 3)
        station.commits.take([Put("key", "later", "{}")], (), is_awaited=True)
        await asyncio.sleep(0.02)
        assert station.tries == 3, "nothing more can go: a turn leads to no further try"
        assert station.out == []
        storage.mode = StorageMode.NORMAL
        assert await station.commits.close() == ""

    asyncio.run(play())


def test_room_from_elsewhere_is_found_by_the_timer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cp.commits.RETRIED_AFTER_S", 0.01)

    async def play() -> None:
        storage = opened(tmp_path, 2)
        station = Station(storage)
        station.commits.take((STOP,), (SendFrame("stop"),), is_awaited=True)
        await until(lambda: station.tries > 2)
        assert keys(storage) == [1, 2]
        storage.mode = StorageMode.NORMAL
        await until(lambda: bool(station.out))
        assert keys(storage) == [1, 2, 9999]
        assert await station.commits.close() == ""

    asyncio.run(play())


def test_an_end_is_tried_in_spite_of_the_rest(tmp_path: Path) -> None:
    async def play() -> None:
        station = Station(opened(tmp_path, 2))
        station.commits.take((STOP,), (), is_awaited=True)
        await until(lambda: station.tries == 1)
        station.commits.take((STOP,), (EndProcess(70),), is_awaited=True)
        await until(lambda: bool(station.broken))
        assert isinstance(station.broken[0], StorageFullError)
        assert await station.commits.close() != ""

    asyncio.run(play())


def waiting_after_hours(folder: Path, *, is_thinning: bool) -> list[str]:
    """Rows that wait after 2,000 samples, each with its checkpoint; a try now and then."""

    async def play() -> list[str]:
        storage = opened(folder, 2)
        station = Station(storage, is_thinning=is_thinning)
        for place in range(10, 2010):
            checkpoint = (Put("transaction", "open", str(place)), Delete("exit", "why"))
            station.commits.take((*checkpoint, values(place)), (), is_awaited=True)
            if place % 100 == 0 and is_thinning:
                station.commits.thin("")
        station.commits.take((STOP,), (), is_awaited=True)
        storage.mode = StorageMode.NORMAL
        assert await station.commits.close() == ""
        again = SqliteStorage(folder)
        again.open()
        found = [row.key for row in (*again.load(), *again.load_calls("", 10_000))]
        assert again.load()[-1] == Put("transaction", "open", "2009")
        again.close()
        return found

    return asyncio.run(play())


def test_little_waits_after_hours_without_room(tmp_path: Path) -> None:
    found = waiting_after_hours(tmp_path, is_thinning=True)
    assert len(found) <= WAITING_CALLS_MAX + 110
    assert {f"{place:018}" for place in (1, 2, 10, 2009, 9999)} <= set(found)
    assert found == sorted(found, key=lambda key: (key.isdigit(), key))


def test_without_thinning_it_would_be_much(tmp_path: Path) -> None:
    assert len(waiting_after_hours(tmp_path, is_thinning=False)) > 2000


def test_attempts_to_connect_that_a_full_disk_held_back_are_not_made_up_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cp.commits.RETRIED_AFTER_S", 0.01)

    async def play() -> None:
        storage = opened(tmp_path, 0)
        station = Station(storage, is_thinning=False)
        station.commits.take((STOP,), (OpenLink(),), is_awaited=True)
        for _ in range(3):
            station.commits.take((), (CloseLink(),), is_awaited=False)
            station.commits.take((), (OpenLink(),), is_awaited=False)
        await until(lambda: station.tries > 1)
        assert station.out == []
        storage.mode = StorageMode.NORMAL
        await until(lambda: bool(station.out))
        assert station.out[-1] == OpenLink()
        assert station.out.count(OpenLink()) == 1, "link.0 counts on the last attempt alone"
        assert await station.commits.close() == ""

    asyncio.run(play())
