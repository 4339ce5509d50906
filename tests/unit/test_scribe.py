"""The scribe writes while nothing waits, a few turns at a time, and loses none."""

import asyncio
from collections.abc import Sequence

from cp.done import Done
from cp.scribe import Scribe
from cp.vocabulary.effects import SendFrame
from cp.vocabulary.events import FrameReceived, Plugged


class Kept:
    """``ports.Transcript`` in memory."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def write(self, lines: Sequence[str]) -> None:
        self.lines += lines

    def close(self) -> None: ...


def turn(number: int) -> Done:
    return Done((), (), (), (Plugged(number),), is_awaited=False)


def test_what_comes_meanwhile_does_not_wait_for_all_turns() -> None:
    async def run() -> tuple[list[int], list[str]]:
        kept, seen = Kept(), []
        scribe = Scribe(kept, lambda tag: tag)
        for number in range(100):
            scribe.keep(0.0, turn(number))
        async with asyncio.timeout(5):
            while len(kept.lines) < 100:
                if len(kept.lines) not in seen:
                    seen.append(len(kept.lines))
                await asyncio.sleep(0)
        scribe.keep(1.0, turn(100))
        async with asyncio.timeout(5):
            while len(kept.lines) < 101:
                await asyncio.sleep(0.01)
        return seen, kept.lines

    seen, lines = asyncio.run(run())
    assert seen == [0, 32, 64, 96]
    assert lines[:100] == [f"0.000 plugged connector_id={number}" for number in range(100)]


def test_closing_writes_what_is_kept() -> None:
    async def run() -> tuple[list[str], list[str]]:
        kept = Kept()
        scribe = Scribe(kept, lambda tag: tag)
        for number in range(100):
            scribe.keep(0.0, turn(number))
        frames = (FrameReceived('[3,"1",{}]'), SendFrame('[2,"2","Heartbeat",{}]'))
        scribe.keep(0.0, Done((), (), (), frames, is_awaited=False))
        scribe.close()
        return kept.lines, list(scribe.messages)

    lines, messages = asyncio.run(run())
    assert len(lines) == 102
    assert messages == ['0.000 <- [3,"1",{}]', '0.000 -> [2,"2","Heartbeat",{}]']
