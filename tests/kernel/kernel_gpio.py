"""What a kernel does to lines and no board in memory can show."""

import asyncio
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import gpiod
import pytest
from gpio_boards import SimBoard, line
from gpio_outlet import CONFIG, Outlet
from gpiod.line import Edge

from cp.vocabulary.events import ErrorRaised
from cp.vocabulary.words import ChargePointErrorCode as Code
from drivers.device_faults import DeviceError
from drivers.gpio.line import InputLine, system_chips

HOLDER = Path(__file__).with_name("contactor_holder.py")


def is_woken(opened: InputLine, within_s: float) -> bool:
    return bool(select.select([opened.fileno()], [], [], within_s)[0])


# ---- debounce ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("debounce_ms", "wakes"), [(20, False), (0, True)])
def test_a_glitch_of_1_ms_wakes_nobody(chip: SimBoard, debounce_ms: int, wakes: bool) -> None:
    """Without debouncing it does: the control."""
    button = replace(line("emergency_stop"), debounce_ms=debounce_ms)
    opened = system_chips().open_input(button, is_waking=True)
    chip.set_input("emergency_stop", True)
    time.sleep(0.001)
    chip.set_input("emergency_stop", False)
    assert is_woken(opened, 0.1) == wakes
    assert not opened.read()
    chip.set_input("emergency_stop", True)
    assert is_woken(opened, 1.0)
    assert opened.read()
    opened.close()


def test_a_glitch_drops_no_contactor_and_a_press_does(chip: SimBoard) -> None:
    config = replace(CONFIG, emergency_stop=replace(line("emergency_stop"), debounce_ms=20))
    chip.follow("coil", lambda is_pulled: chip.set_input("feedback", is_pulled))

    async def play() -> None:
        async with Outlet(chip, config) as outlet:
            await outlet.close()
            chip.set_input("emergency_stop", True)
            time.sleep(0.001)
            chip.set_input("emergency_stop", False)
            await asyncio.sleep(0.2)
            assert outlet.events == [] and chip.output("coil")
            chip.set_input("emergency_stop", True)
            await asyncio.sleep(0.2)
            assert outlet.events[:1] == [ErrorRaised(1, Code.OTHER_ERROR, "EmergencyStop")]
            assert not chip.output("coil")

    asyncio.run(play())


# ---- edges ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("last", [True, False])
def test_after_400_unread_edges_the_level_is_right(chip: SimBoard, last: bool) -> None:
    opened = system_chips().open_input(line("rcd"), is_waking=True)
    for number in range(400):
        chip.set_input("rcd", (number % 2 == 0) is not last)
    time.sleep(0.05)
    assert is_woken(opened, 0.0)
    while is_woken(opened, 0.0):
        assert opened.read() is last
    opened.close()


def test_the_kernel_does_not_keep_400_edges(
    chip: SimBoard, record_property: Callable[[str, object], None]
) -> None:
    """Why drivers read levels: whoever counted edges would have another level in mind."""
    settings = gpiod.LineSettings(edge_detection=Edge.BOTH)
    path = next(p for p in sorted(Path("/dev").glob("gpiochip*")) if label_of(p) == "evse")
    with gpiod.request_lines(str(path), config={"rcd": settings}) as request:
        for number in range(400):
            chip.set_input("rcd", number % 2 == 0)
        time.sleep(0.05)
        kept = len(request.read_edge_events())
    record_property("edges the kernel kept of 400 unread", kept)
    assert 0 < kept < 400


def label_of(path: Path) -> str:
    with gpiod.Chip(str(path)) as opened:
        return opened.get_info().label


# ---- owners --------------------------------------------------------------------------------------


def test_a_line_falls_when_its_owner_is_killed(
    chip: SimBoard, record_property: Callable[[str, object], None]
) -> None:
    """And has one owner until then. Real chips may keep driving: hence the pull-down, the
    heartbeat and the safe state of the service."""
    chip.follow("coil", lambda is_pulled: chip.set_input("feedback", is_pulled))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, str(HOLDER)], stdout=subprocess.PIPE, env=environment
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"closed\n"
        assert chip.output("coil")
        with pytest.raises(DeviceError, match="is in use by statecharge"):
            system_chips().open_output(line("coil"))
        killed_s = time.monotonic()
        holder.send_signal(signal.SIGKILL)
        while chip.output("coil"):
            assert time.monotonic() < killed_s + 2.0
        record_property("owner killed to coil low", f"{(time.monotonic() - killed_s) * 1e3:.1f} ms")
    mine = system_chips().open_output(line("coil"))
    assert not chip.output("coil"), "whoever takes it finds it inactive and leaves it so"
    mine.close()


def test_an_active_low_line_is_driven_high_to_be_inactive(chip: SimBoard) -> None:
    lamp = system_chips().open_output(replace(line("red"), active_low=True))
    assert chip.output("red"), "the pin"
    lamp.write(True)
    assert not chip.output("red")
    lamp.close()
