"""Lamps on GPIO lines, what doctor sees of GPIO lines, and the kernel's words about them.

The same tests run on a board in memory and, where the kernel has one, on its simulated chip.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest
from gpio_boards import Board, SimBoard, lend_board, line, until, why_no_gpio_sim

from cp.vocabulary.events import Event
from cp.vocabulary.words import ChargePointStatus as Status
from drivers.device_faults import DeviceError
from drivers.gpio.contactor import GpioContactor, GpioContactorConfig
from drivers.gpio.lamp import GpioLamp, GpioLampConfig
from drivers.gpio.line import system_chips

CONFIG = GpioContactorConfig(
    line("coil"), line("feedback"), line("emergency_stop"), line("rcd"), settle_ms=0
)


@pytest.fixture(params=["memory", "gpio_sim"])
def board(request: pytest.FixtureRequest) -> Iterator[Board]:
    yield from lend_board(request.param)


# ---- lamps ---------------------------------------------------------------------------------------

LAMP = GpioLampConfig(
    line("red"),
    line("green"),
    line("blue"),
    blink_ms=60,
    refusal_ms=150,
    finishing="red blink blue",
)


def lit(board: Board) -> str:
    return " ".join(name for name in ("red", "green", "blue") if board.output(name))


def test_each_status_has_its_pattern_and_blinks(board: Board) -> None:
    async def play() -> None:
        lamp = GpioLamp(LAMP, board.open_chips)
        await lamp.start(lambda event: None)
        for status, steady in (
            (Status.AVAILABLE, "green"),
            (Status.CHARGING, "blue"),
            (Status.FAULTED, "red"),
        ):
            lamp.show_status(status)
            assert lit(board) == steady
            await asyncio.sleep(0.1)
            assert lit(board) == steady
        lamp.show_status(Status.SUSPENDED_EV)
        assert lit(board) == "blue"
        await until(lambda: lit(board) == "")
        await until(lambda: lit(board) == "blue")
        lamp.show_status(Status.FINISHING)
        assert lit(board) == "red blue"
        await until(lambda: lit(board) == "red")
        await lamp.stop()
        assert lit(board) == ""

    asyncio.run(play())


def test_a_refusal_is_shown_for_a_moment_and_the_status_again(board: Board) -> None:
    async def play() -> None:
        lamp = GpioLamp(LAMP, board.open_chips)
        await lamp.start(lambda event: None)
        lamp.show_status(Status.CHARGING)
        lamp.show_refusal()
        assert lit(board) == "red"
        await until(lambda: lit(board) == "")
        await until(lambda: lit(board) == "red")
        await until(lambda: lit(board) == "blue")
        await asyncio.sleep(0.1)
        assert lit(board) == "blue"
        await lamp.stop()

    asyncio.run(play())


def test_a_lamp_whose_chip_is_gone_comes_back_and_tells_nobody(
    board: Board, caplog: pytest.LogCaptureFixture
) -> None:
    async def play() -> None:
        board.unplug()
        events: list[Event] = []
        lamp = GpioLamp(LAMP, board.open_chips)
        await lamp.start(events.append)
        lamp.show_status(Status.FAULTED)
        board.plug()
        await until(lambda: lit(board) == "red")
        await lamp.stop()
        assert events == []

    asyncio.run(play())
    assert "lamp red: " in caplog.text and "lamp red works again" in caplog.text


# ---- doctor --------------------------------------------------------------------------------------


def test_doctor_sees_the_levels_and_leaves_the_coil_open(board: Board) -> None:
    async def play() -> None:
        contactor = GpioContactor(CONFIG, board.open_chips)
        assert await contactor.probe() == await contactor.probe(), "all lines are given back"
        probe = await contactor.probe()
        assert probe.is_ok
        assert probe.saw == "emergency_stop inactive, rcd inactive, feedback inactive"
        assert not board.output("coil")
        board.set_input("emergency_stop", True)
        probe = await contactor.probe()
        assert not probe.is_ok and "emergency_stop active" in probe.saw and probe.mend
        other = board.open_chips().open_output(line("coil"))
        probe = await contactor.probe()
        assert not probe.is_ok and "GPIO line coil of chip evse is in use by" in probe.saw
        other.close()
        assert (await GpioLamp(LAMP, board.open_chips).probe()).is_ok
        board.unplug()
        assert not (await GpioLamp(LAMP, board.open_chips).probe()).is_ok
        board.plug()

    asyncio.run(play())


# ---- the kernel's own words ----------------------------------------------------------------------


def test_the_kernel_says_who_has_a_line_and_which_lines_there_are() -> None:
    if reason := why_no_gpio_sim():
        pytest.skip(reason)
    board = SimBoard()
    chips = system_chips()
    mine = chips.open_output(line("coil"))
    with pytest.raises(DeviceError, match="coil of chip evse is in use by statecharge: end that"):
        chips.open_input(line("coil"), is_waking=True)
    with pytest.raises(DeviceError, match=r"does not exist: its names are coil, .*offsets 0 to 11"):
        chips.open_input(line("plug"), is_waking=True)
    with pytest.raises(DeviceError, match="chip nope is not there: there are gpiochip"):
        chips.open_input(replace(line("coil"), chip="nope"), is_waking=True)
    board.unplug()
    with pytest.raises(DeviceError, match="is gone with its chip: is the chip plugged in"):
        mine.write(True)
    mine.close()
    board.close()
