"""The heartbeat line: it toggles only while the loop runs, all lines work and the hold is kept."""

import asyncio
import time
from dataclasses import replace

from gpio_boards import MemoryBoard, line, until
from gpio_outlet import CONFIG, Outlet

BEATING = replace(CONFIG, heartbeat=line("heartbeat"), heartbeat_ms=10, hold_s=0.1)


def beating_board() -> tuple[MemoryBoard, list[bool]]:
    board, toggles = MemoryBoard(), list[bool]()
    board.follow("heartbeat", toggles.append)
    return board, toggles


def test_the_heartbeat_stops_while_the_loop_hangs_and_goes_on_after() -> None:
    async def play() -> None:
        board, toggles = beating_board()
        async with Outlet(board, BEATING):
            await until(lambda: len(toggles) > 4)
            assert toggles[:4] == [True, False, True, False]
            before = len(toggles)
            time.sleep(0.1)  # the loop hangs
            assert len(toggles) == before
            await until(lambda: len(toggles) > before + 2)

    asyncio.run(play())


def test_the_heartbeat_stops_when_nobody_renews_the_hold_until_a_command_comes() -> None:
    async def play() -> None:
        board, toggles = beating_board()
        async with Outlet(board, BEATING) as outlet:
            outlet.contactor.close()
            await until(lambda: not board.output("coil"))
            await asyncio.sleep(0.03)
            before = len(toggles)
            await asyncio.sleep(0.05)
            assert len(toggles) == before
            outlet.contactor.open()
            await until(lambda: len(toggles) > before + 2)

    asyncio.run(play())


def test_the_heartbeat_stops_while_a_line_is_lost() -> None:
    async def play() -> None:
        board, toggles = beating_board()
        board.busy.add("rcd")
        async with Outlet(board, BEATING):
            await asyncio.sleep(0.1)
            assert toggles == []
            board.busy.clear()
            await until(lambda: len(toggles) > 2)

    asyncio.run(play())
