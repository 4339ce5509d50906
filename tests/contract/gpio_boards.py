"""Boards with GPIO lines: one in memory, one in the kernel (gpio-sim).

A board opens its chips as a driver does, and has hands: levels of inputs, a look at outputs, a
chip that is unplugged. ``MemoryBoard`` is a fake, for the logic only; it keeps the kernel's rules
that the drivers live by: one owner for each line, a file that is readable after a change, and for
ever once the chip is gone, an output that falls when it is given back.
"""

import asyncio
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

import pytest

from drivers.device_faults import DeviceError
from drivers.gpio.line import Chips, InputLine, Line, OutputLine, system_chips

CHIP = "evse"
NAMES = ("coil", "heartbeat", "red", "green", "blue")
INPUTS = ("feedback", "emergency_stop", "rcd", "above_10v5", "above_7v5", "above_4v5", "diode_ok")

Follow = Callable[[bool], None]


def line(name: str) -> Line:
    return Line(CHIP, name, debounce_ms=0)


class Board(Protocol):
    def open_chips(self) -> Chips: ...

    def set_input(self, name: str, is_active: bool) -> None: ...

    def output(self, name: str) -> bool: ...

    def follow(self, name: str, follow: Follow) -> None:
        """Call ``follow`` when this output changes."""

    def unplug(self) -> None: ...

    def plug(self) -> None: ...

    def close(self) -> None: ...


def lend_board(kind: str) -> Iterator[Board]:
    """A ``memory`` or ``gpio_sim`` board whose contact follows its coil; skips without gpio-sim."""
    if kind == "gpio_sim" and (reason := why_no_gpio_sim()):
        pytest.skip(reason)
    board: Board = MemoryBoard() if kind == "memory" else SimBoard()
    board.follow("coil", lambda is_pulled: board.set_input("feedback", is_pulled))
    yield board
    board.close()


async def until(condition: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + 4.0
    while not condition():
        assert time.monotonic() < deadline_s
        await asyncio.sleep(0.002)


# ---- in memory -----------------------------------------------------------------------------------


class MemoryBoard:
    """``Board`` and ``Chips`` in one."""

    def __init__(self) -> None:
        self.owned: dict[str | int, _Owned] = {}
        self.levels: dict[str | int, bool] = dict.fromkeys((*NAMES, *INPUTS), False)
        self.busy: set[str | int] = set()
        self.is_there = True
        self.refuses_writes = self.keeps_levels = False
        self.files: set[int] = set()
        self.opened: list[str | int] = []
        self.reads = 0
        self._followers: dict[str | int, Follow] = {}

    def open_chips(self) -> Chips:
        return self

    def open_input(self, line: Line, *, is_waking: bool) -> InputLine:
        return self._take(line)

    def open_output(self, line: Line) -> OutputLine:
        owned = self._take(line)
        self.drive(line.line, False)
        return owned

    def _take(self, line: Line) -> "_Owned":
        self.opened.append(line.line)
        if not self.is_there:
            raise DeviceError("the chip is not there", "plug it in")
        if line.line in self.busy or line.line in self.owned:
            raise DeviceError(f"{line} is in use by somebody", "end that program")
        if line.line not in self.levels:
            raise DeviceError(f"{line} does not exist", "check its name")
        self.owned[line.line] = _Owned(self, line.line)
        self.files.add(self.owned[line.line].fileno())
        return self.owned[line.line]

    def drive(self, name: str | int, is_active: bool) -> None:
        was_active, self.levels[name] = self.levels[name], is_active
        if was_active != is_active and name in self._followers:
            self._followers[name](is_active)

    def set_input(self, name: str, is_active: bool) -> None:
        self.levels[name] = is_active
        if name in self.owned:
            self.owned[name].wake()

    def output(self, name: str) -> bool:
        return self.levels[name]

    def follow(self, name: str, follow: Follow) -> None:
        self._followers[name] = follow

    def unplug(self) -> None:
        self.is_there = False
        for name in NAMES:
            self.drive(name, False)
        for owned in self.owned.values():
            owned.is_gone = True
            owned.wake()

    def lose(self, name: str) -> None:
        """This line alone is gone, and cannot be had again until ``busy`` is empty."""
        self.busy.add(name)
        self.owned[name].is_gone = True
        self.owned[name].wake()

    def plug(self) -> None:
        self.is_there = True

    def close(self) -> None:
        for owned in list(self.owned.values()):
            owned.close()


class _Owned:
    """A line that somebody has."""

    def __init__(self, board: MemoryBoard, name: str | int) -> None:
        self.is_gone = False
        self._board = board
        self._name = name
        self._file = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)

    def wake(self) -> None:
        os.eventfd_write(self._file, 1)

    def fileno(self) -> int:
        return self._file

    def read(self) -> bool:
        self._board.reads += 1
        if self.is_gone:
            raise DeviceError(f"{self._name} is gone with its chip", "plug it in")
        with suppress(BlockingIOError):
            os.eventfd_read(self._file)
        return self._board.levels[self._name]

    def write(self, is_active: bool) -> None:
        if self.is_gone:
            raise DeviceError(f"{self._name} is gone with its chip", "plug it in")
        if self._board.refuses_writes:
            raise DeviceError(f"{self._name} does not answer", "check the bus")
        self._board.drive(self._name, is_active)

    def close(self) -> None:
        os.close(self._file)
        if self._board.owned.get(self._name) is self:
            del self._board.owned[self._name]
        if self._name in NAMES and not self.is_gone and not self._board.keeps_levels:
            self._board.drive(self._name, False)


# ---- in the kernel -------------------------------------------------------------------------------

_CONFIGFS = Path("/sys/kernel/config/gpio-sim")


def why_no_gpio_sim() -> str:
    """Empty when this kernel can simulate a chip that gpiod can open."""
    if not os.access(_CONFIGFS, os.W_OK):
        return "the kernel has no gpio-sim, or it is not ours"
    try:
        system_chips()
    except Exception as error:
        return str(error)
    return ""


class SimBoard:
    """A chip of the kernel's own simulator; needs root, as in the User-Mode Linux of the tests."""

    PULLS: Final = {False: "pull-down", True: "pull-up"}

    def __init__(self) -> None:
        names = (*NAMES, *INPUTS)
        self._offsets = {name: offset for offset, name in enumerate(names)}
        self._device = _CONFIGFS / "statecharge-test"
        bank = self._device / "bank0"
        bank.mkdir(parents=True)
        (bank / "num_lines").write_text(str(len(names)))
        (bank / "label").write_text(CHIP)
        for name, offset in self._offsets.items():
            (bank / f"line{offset}").mkdir()
            (bank / f"line{offset}" / "name").write_text(name)
        self._is_closed = False
        self._follower: threading.Thread | None = None
        self.plug()

    def open_chips(self) -> Chips:
        return system_chips()

    def set_input(self, name: str, is_active: bool) -> None:
        self.pull(name).write_text(self.PULLS[is_active])

    def output(self, name: str) -> bool:
        try:
            return self.pin(name).read_text().strip() == "1"
        except OSError:
            return False

    def pin(self, name: str) -> Path:
        """A file that says its level."""
        return self._line(name) / "value"

    def pull(self, name: str) -> Path:
        """A file that takes one of ``PULLS``."""
        return self._line(name) / "pull"

    def follow(self, name: str, follow: Follow) -> None:
        def watch() -> None:
            was_active = False
            while not self._is_closed:
                is_active = self.output(name)
                if is_active != was_active:
                    was_active = is_active
                    with suppress(OSError):  # the chip is gone
                        follow(is_active)
                time.sleep(0.002)

        self._follower = threading.Thread(target=watch, daemon=True)
        self._follower.start()

    def unplug(self) -> None:
        if (self._device / "live").read_text().strip() == "1":  # else the kernel refuses it
            (self._device / "live").write_text("0")

    def plug(self) -> None:
        (self._device / "live").write_text("1")
        platform = Path("/sys/devices/platform") / (self._device / "dev_name").read_text().strip()
        chip = (self._device / "bank0" / "chip_name").read_text().strip()
        self._lines = platform / chip

    def close(self) -> None:
        self._is_closed = True
        if self._follower is not None:
            self._follower.join()
        self.unplug()
        for offset in self._offsets.values():
            (self._device / "bank0" / f"line{offset}").rmdir()
        (self._device / "bank0").rmdir()
        self._device.rmdir()

    def _line(self, name: str) -> Path:
        return self._lines / f"sim_gpio{self._offsets[name]}"
