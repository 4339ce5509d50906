"""Single key presses of a terminal, and a terminal that is as before afterwards.

Theory of operation: between ``__enter__`` and ``__exit__`` the terminal gives every key at once,
without echo, and makes no signals of them: control-C would reach the station too, which is in the
same process group, and control-Z would leave the screen in disorder. Control-C and the signals
that ask for an end stand for the key ``q``; a terminal that has gone cancels the task.
"""

import asyncio
import contextlib
import os
import re
import signal
import termios
import tty
from types import TracebackType
from typing import Final, Self

QUIT: Final = "q"
_ENDINGS: Final = "\x03\x04\x1c"  # control-C, control-D, control-backslash
# A cursor key, a function key, a letter with Alt: their letters are no keys.
_ESCAPES: Final = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|O.|.)?")
_LOCAL_FLAGS: Final = 3
_MOST_BYTES: Final = 1024


class Keyboard:
    """Keys of the terminal ``fd``, for the task that enters."""

    def __init__(self, fd: int) -> None:
        """Raises ``termios.error`` when ``fd`` is no terminal."""
        self._fd = fd
        self._before = termios.tcgetattr(fd)
        self._keys: asyncio.Queue[str] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()

    def __enter__(self) -> Self:
        self._loop.add_reader(self._fd, self._read)
        for number in (signal.SIGINT, signal.SIGTERM):
            self._loop.add_signal_handler(number, self._keys.put_nowait, QUIT)
        self._loop.add_signal_handler(signal.SIGHUP, self._give_up)
        tty.setcbreak(self._fd)
        modes = termios.tcgetattr(self._fd)
        modes[_LOCAL_FLAGS] &= ~termios.ISIG
        termios.tcsetattr(self._fd, termios.TCSANOW, modes)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.remove_reader(self._fd)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self._loop.remove_signal_handler(number)
        with contextlib.suppress(termios.error):  # the terminal may have gone
            termios.tcsetattr(self._fd, termios.TCSAFLUSH, self._before)

    async def key(self, within_s: float) -> str:
        """The next key, in lower case; empty when none was pressed."""
        try:
            async with asyncio.timeout(within_s):
                return await self._keys.get()
        except TimeoutError:
            return ""

    def _read(self) -> None:
        try:
            pressed = os.read(self._fd, _MOST_BYTES)
        except OSError:
            pressed = b""
        if not pressed:
            self._loop.remove_reader(self._fd)
            self._give_up()
        for key in _ESCAPES.sub("", pressed.decode(errors="ignore")).lower():
            self._keys.put_nowait(QUIT if key in _ENDINGS else key)

    def _give_up(self) -> None:
        if self._task is not None:
            self._task.cancel()
