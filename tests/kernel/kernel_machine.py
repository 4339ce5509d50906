"""The test kernel has what the other tests are about: none of them may pass by being skipped."""

import os
import platform
from importlib.util import find_spec
from pathlib import Path

import pytest
from gpio_boards import why_no_gpio_sim


def test_the_chips_of_the_kernel_can_be_had() -> None:
    assert why_no_gpio_sim() == ""


@pytest.mark.parametrize(
    "path",
    [
        "/dev/uinput",
        "/dev/watchdog",
        "/dev/ptmx",
        "/sys/kernel/config/iio/devices/dummy",
        "/sys/kernel/config/gpio-sim",
    ],
)
def test_a_device_is_there(path: str) -> None:
    assert Path(path).exists()


@pytest.mark.parametrize("library", ["gpiod", "evdev", "pymodbus", "serial"])
def test_a_library_is_there(library: str) -> None:
    assert find_spec(library) is not None, f"pip install the extra of {library}"


def test_it_is_another_kernel_than_the_testers() -> None:
    assert "User Mode Linux" in Path("/proc/cpuinfo").read_text()
    assert os.getuid() == 0
    assert platform.release()


@pytest.mark.boot("host")
def test_and_not_on_the_testers_machine() -> None:
    """The control of the test above."""
    assert "User Mode Linux" not in Path("/proc/cpuinfo").read_text()
