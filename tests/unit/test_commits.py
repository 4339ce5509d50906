"""Group commit: order, cancellation, a full disk, a broken one."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from cp.commits import Commits
from cp.vocabulary import effects
from cp.vocabulary.effects import CloseContactor, Effect, EndProcess, SendFrame
from cp.vocabulary.errors import StorageError, StorageFullError
from cp.vocabulary.events import ErrorCleared, ErrorRaised, Event, StorageFilled
from cp.vocabulary.records import Put, Row
from cp.vocabulary.words import ChargePointErrorCode


class SlowStorage:
    """Commits when the test lets it; ``fails`` says how."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.commits: list[tuple[Row, ...]] = []
        self.fails: list[Exception] = []
        self.is_closed = False

    def open(self) -> None: ...

    def load(self) -> Sequence[Put]:
        return ()

    def load_calls(self, after_key: str, limit: int) -> Sequence[Put]:
        return (Put("call", after_key, str(limit)),)

    def commit(self, rows: Sequence[Row]) -> None:
        assert self.gate.wait(5)
        if self.fails:
            raise self.fails.pop(0)
        self.commits.append(tuple(rows))

    def close(self) -> None:
        self.is_closed = True

    def notes(self) -> Sequence[str]:
        return ()


class Owner:
    def __init__(self) -> None:
        self.out: list[Effect] = []
        self.posted: list[Event] = []
        self.broken: list[BaseException] = []
        self.has_ended = False

    def go_out(self, effect: Effect) -> None:
        self.out.append(effect)

    def post(self, event: Event) -> None:
        self.posted.append(event)

    def end_broken(self, error: BaseException) -> None:
        self.broken.append(error)


LOW = ErrorRaised(0, ChargePointErrorCode.OTHER_ERROR, "StorageLow")
NO_MORE_LOW = ErrorCleared(0, ChargePointErrorCode.OTHER_ERROR, "StorageLow")


def row(key: str) -> Put:
    return Put("key", key, "{}")


async def until(owner: Owner, count: int) -> None:
    async with asyncio.timeout(3):
        while len(owner.out) + len(owner.broken) < count:
            await asyncio.sleep(0.001)


def test_effects_wait_for_their_records_and_leave_in_order() -> None:
    async def play() -> None:
        storage, owner = SlowStorage(), Owner()
        commits = Commits(storage, owner)
        commits.take((), (SendFrame("free"),), is_awaited=False)
        assert owner.out == [SendFrame("free")]
        commits.take((row("a"),), (SendFrame("a"),), is_awaited=True)
        commits.take((row("b"),), (SendFrame("b"),), is_awaited=True)
        commits.take((), (SendFrame("c"),), is_awaited=False)
        commits.take((row("d"),), (), is_awaited=True)
        await asyncio.sleep(0.01)
        assert owner.out == [SendFrame("free")]
        storage.gate.set()
        await until(owner, 4)
        assert owner.out[1:] == [SendFrame("a"), SendFrame("b"), SendFrame("c")]
        assert storage.commits == [(row("a"),), (row("b"), row("d"))]
        assert await commits.close() == ""
        assert storage.is_closed

    asyncio.run(play())


def test_an_end_that_waits_for_its_records_is_an_end() -> None:
    async def play() -> None:
        storage, owner = SlowStorage(), Owner()
        commits = Commits(storage, owner)
        commits.take((row("a"),), (SendFrame("a"),), is_awaited=True)
        assert not commits.is_ending
        commits.take((row("fault"),), (EndProcess(70),), is_awaited=True)
        assert commits.is_ending
        storage.gate.set()
        await until(owner, 2)
        assert owner.out[-1] == EndProcess(70)
        owner.has_ended = True
        assert commits.is_ending
        await commits.close()

    asyncio.run(play())


def test_nobody_waits_for_lazy_records() -> None:
    async def play() -> None:
        storage, owner = SlowStorage(), Owner()
        commits = Commits(storage, owner)
        commits.take((row("a"),), (SendFrame("a"),), is_awaited=False)
        assert owner.out == [SendFrame("a")]
        storage.gate.set()
        await commits.close()
        assert storage.commits == [(row("a"),)]

    asyncio.run(play())


def test_an_open_cancels_a_close_that_waits() -> None:
    async def play() -> None:
        storage, owner = SlowStorage(), Owner()
        commits = Commits(storage, owner)
        commits.take((row("a"),), (CloseContactor(1), SendFrame("a")), is_awaited=True)
        commits.cancel(CloseContactor(1))
        storage.gate.set()
        await until(owner, 1)
        assert owner.out == [SendFrame("a")]
        await commits.close()

    asyncio.run(play())


def test_a_full_disk_is_tried_again_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cp.commits.RETRIED_AFTER_S", 0.01)

    async def play() -> None:
        storage, owner = SlowStorage(), Owner()
        storage.fails = [StorageFullError("full")]
        commits = Commits(storage, owner)
        commits.take((row("a"),), (SendFrame("a"),), is_awaited=True)
        commits.take((row("b"),), (SendFrame("b"),), is_awaited=True)
        storage.gate.set()
        await until(owner, 2)
        assert owner.out == [SendFrame("a"), SendFrame("b")]
        assert storage.commits == [(row("a"), row("b"))]
        assert owner.posted == [LOW, StorageFilled(), NO_MORE_LOW]
        await commits.close()

    asyncio.run(play())


@pytest.mark.parametrize(
    ("error", "effect"),
    [
        (StorageError("broken"), SendFrame("a")),
        (StorageFullError("full"), EndProcess(70)),
    ],
)
def test_what_ends_the_process(error: Exception, effect: effects.Outward) -> None:
    async def play() -> None:
        storage, owner = SlowStorage(), Owner()
        storage.fails = [error]
        commits = Commits(storage, owner)
        commits.take((row("a"),), (effect,), is_awaited=True)
        storage.gate.set()
        await until(owner, 1)
        assert owner.broken == [error]
        assert owner.out == []
        await commits.close()

    asyncio.run(play())


def test_what_is_written_at_the_end_has_no_gap() -> None:
    """Else a later row would be on the disk, and an older one, which broke, would not."""

    async def play() -> None:
        storage, owner = SlowStorage(), Owner()
        storage.fails = [StorageError("broken for a moment")]
        commits = Commits(storage, owner)
        commits.take((row("a"),), (), is_awaited=True)
        commits.take((row("b"),), (), is_awaited=True)
        storage.gate.set()
        assert await commits.close() == ""
        assert [item for batch in storage.commits for item in batch] == [row("a"), row("b")]

    asyncio.run(play())


def test_after_the_end_nothing_goes_out_but_all_is_written() -> None:
    async def play() -> None:
        storage, owner = SlowStorage(), Owner()
        commits = Commits(storage, owner)
        commits.take((row("a"),), (CloseContactor(1),), is_awaited=True)
        owner.has_ended = True
        commits.take((row("b"),), (), is_awaited=True)
        storage.gate.set()
        assert await commits.close() == ""
        await asyncio.sleep(0.01)
        assert storage.commits == [(row("a"),), (row("b"),)]
        assert owner.out == []

    asyncio.run(play())


def test_messages_are_loaded_behind_the_commits() -> None:
    async def play() -> None:
        storage, owner = SlowStorage(), Owner()
        commits = Commits(storage, owner)
        loaded: asyncio.Future[Sequence[Put]] = asyncio.get_running_loop().create_future()
        commits.take((row("a"),), (), is_awaited=True)
        commits.load_calls("7", 65, loaded.set_result)
        await asyncio.sleep(0.01)
        assert not loaded.done()
        storage.gate.set()
        assert await loaded == (Put("call", "7", "65"),)
        await commits.close()

    asyncio.run(play())
