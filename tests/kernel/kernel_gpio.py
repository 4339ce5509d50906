"""What a kernel does to lines and no board in memory can show."""

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
from gpiod.line import Edge

from drivers.device_faults import DeviceError
from drivers.gpio.line import InputLine, system_chips

HOLDER = Path(__file__).with_name("contactor_holder.py")


def is_woken(opened: InputLine, within_s: float) -> bool:
    return bool(select.select([opened.fileno()], [], [], within_s)[0])


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
