"""Stands of card readers: one implementation each, with hands that present cards and unplug it."""

import asyncio
import os
import pty
import time
import tty
from collections.abc import Callable
from functools import reduce
from operator import xor
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import pytest
from outlet_stand import BenchStand

from cp.vocabulary.events import Event
from cp.vocabulary.ports import CardReader
from drivers.reader.attached import AttachedReader
from drivers.reader.keyboard import KeyboardReader, KeyboardReaderConfig
from drivers.reader.serial_line import SerialReader, SerialReaderConfig

UINPUT = Path("/dev/uinput")


class ReaderStand(Protocol):
    """A broken reader reads nothing."""

    events: list[Event]

    @property
    def reader(self) -> CardReader: ...
    async def __aenter__(self) -> Self: ...
    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...
    async def told(self, *expected: Event) -> None: ...
    def present_card(self, id_tag: str) -> None: ...
    def break_reader(self, has_failed: bool) -> None: ...


class BenchReaderStand(BenchStand):
    """As it is."""


class UnpluggedStand:
    """What stands of real drivers share; a device is found under a name that comes and goes."""

    reader: AttachedReader

    def __init__(self, folder: Path) -> None:
        self.events: list[Event] = []
        self.device = folder / "reader"

    async def __aenter__(self) -> Self:
        self.plug_in()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.reader.stop()
        if self.device.is_symlink():
            self.plug_out()

    async def until(self, condition: Callable[[], bool]) -> None:
        deadline_s = time.monotonic() + 5.0
        while not condition():
            assert time.monotonic() < deadline_s, self.events
            await asyncio.sleep(0.002)

    async def told(self, *expected: Event) -> None:
        await self.until(lambda: len(self.events) >= len(expected))
        await asyncio.sleep(0.02)
        assert self.events == list(expected)
        self.events.clear()

    def break_reader(self, has_failed: bool) -> None:
        if has_failed:
            self.plug_out()
        else:
            self.plug_in()

    def present_card(self, id_tag: str) -> None:
        if self.device.is_symlink():
            self.send_card(id_tag)

    def plug_in(self) -> None:
        raise NotImplementedError

    def plug_out(self) -> None:
        raise NotImplementedError

    def send_card(self, id_tag: str) -> None:
        raise NotImplementedError


def stx_frame(id_tag: str) -> bytes:
    """STX, the number, the exclusive or of its bytes, CR LF, ETX."""
    checksum = reduce(xor, bytes.fromhex(id_tag))
    return b"\x02" + f"{id_tag}{checksum:02X}\r\n".encode() + b"\x03"


def line_frame(id_tag: str) -> bytes:
    return id_tag.lower().encode() + b"\r\n"


class SerialStand(UnpluggedStand):
    """A reader on a pty."""

    def __init__(self, folder: Path, form: str, repeat_s: float = 0.0) -> None:
        super().__init__(folder)
        self.frame_of = {"stx": stx_frame, "line": line_frame}[form]
        config = SerialReaderConfig(str(self.device), format=form, repeat_s=repeat_s, retry_s=0.02)
        self.reader = SerialReader(config)
        self._master = -1

    def plug_in(self) -> None:
        self._master, slave = pty.openpty()
        tty.setraw(slave)
        os.set_blocking(self._master, False)  # too much at once is an error, not a test that hangs
        self.device.symlink_to(os.ttyname(slave))
        self._slave = slave

    def plug_out(self) -> None:
        self.device.unlink()
        os.close(self._slave)
        os.close(self._master)

    def send_card(self, id_tag: str) -> None:
        self.send(self.frame_of(id_tag))

    def send(self, data: bytes) -> None:
        os.write(self._master, data)


class StxStand(SerialStand):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "stx")


class LineStand(SerialStand):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "line")


class KeyboardStand(UnpluggedStand):
    """A reader that types, made by the kernel's uinput."""

    def __init__(self, folder: Path) -> None:
        if not UINPUT.exists():
            pytest.skip(f"no {UINPUT}: this kernel makes no input devices (CONFIG_INPUT_UINPUT)")
        super().__init__(folder)
        config = KeyboardReaderConfig(str(self.device), repeat_s=0.0, retry_s=0.02)
        self.reader = KeyboardReader(config)

    def plug_in(self) -> None:
        from evdev import UInput, ecodes

        digits = [getattr(ecodes, f"KEY_{digit}") for digit in "0123456789ABCDEF"]
        keys = {ecodes.EV_KEY: [*digits, ecodes.KEY_ENTER, ecodes.KEY_LEFTSHIFT]}
        self._typist = UInput(keys, name="statecharge test reader")
        deadline_s = time.monotonic() + 2.0
        while self._typist.device is None and time.monotonic() < deadline_s:
            time.sleep(0.01)
        assert self._typist.device is not None
        self.device.symlink_to(str(self._typist.device.path))

    def plug_out(self) -> None:
        self.device.unlink()
        self._typist.close()

    def send_card(self, id_tag: str) -> None:
        self.press(*id_tag, "ENTER")

    def press(self, *keys: str) -> None:
        from evdev import ecodes

        for name in [f"KEY_{key}" for key in keys]:
            for value in (1, 0):
                self._typist.write(ecodes.EV_KEY, getattr(ecodes, name), value)
                self._typist.syn()
