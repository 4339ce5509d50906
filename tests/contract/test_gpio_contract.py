"""What drops the contactor, lines that are lost and come back.

The same tests run on a board in memory and, where the kernel has one, on its simulated chip.
"""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from gpio_boards import Board, MemoryBoard, lend_board, line, until
from gpio_outlet import CONFIG, Outlet

from cp.vocabulary.events import ErrorCleared, ErrorRaised, FeedbackOpened
from cp.vocabulary.words import ChargePointErrorCode as Code

PRESSED = (1, Code.OTHER_ERROR, "EmergencyStop")
TRIPPED = (1, Code.GROUND_FAILURE, "")


@pytest.fixture(params=["memory", "gpio_sim"])
def board(request: pytest.FixtureRequest) -> Iterator[Board]:
    yield from lend_board(request.param)


# ---- what drops the contactor --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "error"), [("emergency_stop", PRESSED), ("rcd", TRIPPED)], ids=["stop", "rcd"]
)
def test_an_input_drops_the_contactor_before_anybody_is_told(
    board: Board, name: str, error: tuple[int, Code, str]
) -> None:
    async def play() -> None:
        async with Outlet(board, replace(CONFIG, reread_ms=60_000)) as outlet:
            await outlet.close()
            assert outlet.coil_levels == [True]
            board.set_input(name, True)
            # The error first: a contact that falls after it is no surprise to the charts.
            await outlet.told(ErrorRaised(*error), FeedbackOpened(1))
            assert outlet.coil_levels == [True, False, False]
            outlet.contactor.close()
            await asyncio.sleep(0.02)
            assert not board.output("coil"), "it is kept open while it lasts"
            board.set_input(name, False)
            await outlet.told(ErrorCleared(*error))
            assert not board.output("coil"), "nobody closes it but a new command"
            await outlet.close()

    asyncio.run(play())


def test_a_level_without_an_edge_is_seen_by_reading_again(board: Board) -> None:
    if not isinstance(board, MemoryBoard):
        pytest.skip("the kernel loses no single edge on demand")

    async def play() -> None:
        async with Outlet(board) as outlet:
            await outlet.close()
            board.levels["emergency_stop"] = True  # no wake-up
            await outlet.told(ErrorRaised(*PRESSED), FeedbackOpened(1))

    asyncio.run(play())


def test_a_burst_of_edges_ends_at_the_last_level(board: Board) -> None:
    async def play() -> None:
        async with Outlet(board) as outlet:
            for number in range(401):
                board.set_input("rcd", number % 2 == 0)
            await until(lambda: outlet.events[-1:] == [ErrorRaised(*TRIPPED)])
            await asyncio.sleep(0.1)
            assert outlet.events[-1] == ErrorRaised(*TRIPPED)
            steps = [type(event) for event in outlet.events]
            assert steps == [ErrorRaised, ErrorCleared] * (len(steps) // 2) + [ErrorRaised]

    asyncio.run(play())


def test_a_glitch_drops_no_contactor_and_a_press_does(board: Board) -> None:
    async def play() -> None:
        button = replace(line("emergency_stop"), debounce_ms=40)
        async with Outlet(board, replace(CONFIG, emergency_stop=button)) as outlet:
            await outlet.close()
            for _ in range(3):
                board.set_input("emergency_stop", True)
                await asyncio.sleep(0.005)
                board.set_input("emergency_stop", False)
                await asyncio.sleep(0.02)
            await outlet.told()
            assert board.output("coil")
            pressed_s = time.monotonic()
            board.set_input("emergency_stop", True)
            await until(lambda: not board.output("coil"))
            assert time.monotonic() - pressed_s >= 0.04
            await outlet.told(ErrorRaised(*PRESSED), FeedbackOpened(1))

    asyncio.run(play())


def test_a_storm_of_edges_leaves_time_for_others() -> None:
    """At most two looks in 2 ms, of three lines each; without a pause it would be 15,000 reads."""
    board = next(lend_board("memory"))
    assert isinstance(board, MemoryBoard)

    async def play() -> None:
        async with Outlet(board) as outlet:
            await outlet.close()
            before, begun_s = board.reads, time.monotonic()
            for _ in range(5000):
                board.set_input("rcd", False)
                await asyncio.sleep(0)
            looks = 2 * (time.monotonic() - begun_s) / 0.002
            assert board.reads - before <= 3 * looks + 100 < 10_000
            assert outlet.events == [] and board.output("coil")

    asyncio.run(play())


def test_what_is_pressed_at_the_start_is_told(board: Board) -> None:
    async def play() -> None:
        board.set_input("emergency_stop", True)
        async with Outlet(board) as outlet:
            assert outlet.events == [ErrorRaised(*PRESSED)]
            outlet.contactor.close()
            await asyncio.sleep(0.02)
            assert not board.output("coil")

    asyncio.run(play())


def test_a_hold_that_expires_before_the_line_is_driven_wins(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def play() -> None:
        async with Outlet(board, replace(CONFIG, hold_s=0.02)) as outlet:
            hold = outlet.contactor._hold
            pull = hold.pull

            def pull_and_be_held_up() -> None:
                pull()
                time.sleep(0.1)

            monkeypatch.setattr(hold, "pull", pull_and_be_held_up)
            outlet.contactor.close()
            assert not board.output("coil"), "nobody would ever drop it again"

    asyncio.run(play())


def test_without_those_inputs_nothing_drops_it(board: Board) -> None:
    async def play() -> None:
        config = replace(CONFIG, emergency_stop=None, rcd=None)
        async with Outlet(board, config) as outlet:
            await outlet.close()
            board.set_input("emergency_stop", True)
            await asyncio.sleep(0.1)
            assert board.output("coil") and outlet.events == []

    asyncio.run(play())


# ---- lines that are lost -------------------------------------------------------------------------


def test_a_chip_that_vanishes_is_an_error_and_comes_back_open(board: Board) -> None:
    async def play() -> None:
        async with Outlet(board) as outlet:
            await outlet.close()
            board.unplug()
            lost = [
                ErrorRaised(1, Code.POWER_SWITCH_FAILURE, "CoilLine"),
                ErrorRaised(1, Code.INTERNAL_ERROR, "EmergencyStopLine"),
                ErrorRaised(1, Code.INTERNAL_ERROR, "FeedbackLine"),
                ErrorRaised(1, Code.INTERNAL_ERROR, "RcdLine"),
            ]
            await until(lambda: set(lost) <= set(outlet.events))
            assert FeedbackOpened(1) not in outlet.events, "nobody knows where the contact is"
            outlet.events.clear()
            outlet.contactor.close()
            outlet.contactor.renew()
            board.plug()
            back = [ErrorCleared(e.connector_id, e.error_code, e.vendor_error_code) for e in lost]
            await until(lambda: set(back) <= set(outlet.events))
            assert not board.output("coil"), "it comes back open"
            # Where the contact is comes before the end of the error.
            opened = outlet.events.index(FeedbackOpened(1))
            assert opened < outlet.events.index(back[2])
            outlet.events.clear()
            await outlet.close()

    asyncio.run(play())


def test_a_chip_that_is_missing_at_the_start_is_waited_for(board: Board) -> None:
    async def play() -> None:
        board.unplug()
        async with Outlet(board) as outlet:
            assert ErrorRaised(1, Code.POWER_SWITCH_FAILURE, "CoilLine") in outlet.events
            board.plug()
            board.set_input("feedback", False)
            gone = ErrorCleared(1, Code.POWER_SWITCH_FAILURE, "CoilLine")
            await until(lambda: gone in outlet.events)
            await until(lambda: len(outlet.events) == 8)  # each of four lines lost and back
            outlet.events.clear()
            await outlet.close()

    asyncio.run(play())


def test_a_line_that_somebody_else_has_is_an_error_until_it_is_free(board: Board) -> None:
    async def play() -> None:
        other = board.open_chips().open_input(line("rcd"), is_waking=False)
        busy = (1, Code.INTERNAL_ERROR, "RcdLine")
        async with Outlet(board) as outlet:
            await outlet.told(ErrorRaised(*busy))
            outlet.contactor.close()
            await asyncio.sleep(0.02)
            assert not board.output("coil"), "what cannot be read counts as tripped"
            other.close()
            await outlet.told(ErrorCleared(*busy))
            await outlet.close()

    asyncio.run(play())


def test_an_input_that_is_lost_while_energy_flows_drops_the_contactor() -> None:
    board = next(lend_board("memory"))
    assert isinstance(board, MemoryBoard)

    async def play() -> None:
        async with Outlet(board) as outlet:
            await outlet.close()
            board.lose("rcd")
            lost = (1, Code.INTERNAL_ERROR, "RcdLine")
            await outlet.told(ErrorRaised(*lost), FeedbackOpened(1))
            board.busy.clear()
            await outlet.told(ErrorCleared(*lost))
            assert not board.output("coil")
            files = list(board.files)
        loop = asyncio.get_running_loop()
        assert files and not any(loop.remove_reader(file) for file in files)

    asyncio.run(play())


def test_a_coil_that_does_not_obey_is_opened_the_other_way() -> None:
    board = next(lend_board("memory"))
    assert isinstance(board, MemoryBoard)
    board.keeps_levels = True

    async def play() -> None:
        async with Outlet(board) as outlet:
            await outlet.close()
            board.refuses_writes = True
            outlet.contactor.open()
            assert not board.output("coil"), "given back and taken again, which drives it inactive"
            failed = (1, Code.POWER_SWITCH_FAILURE, "CoilLine")
            await outlet.told(ErrorRaised(*failed), FeedbackOpened(1))
            board.refuses_writes = False
            await outlet.told(ErrorCleared(*failed))

    asyncio.run(play())
