"""The serial line to the board: one request at a time, from one thread.

Theory of operation: the device is opened without waiting and made raw. A request is sent again with
a new number until an answer with the newest number comes: an answer to an earlier one is late and
dropped, and a refusal without a number means that the board could not read the request. What the
board says without being asked is noted. Any thread may wake the one that waits.
"""

import contextlib
import os
import select
import termios
import time
import tty
from collections import deque
from typing import Final

from cp.vocabulary.lean import dataclass
from drivers.device_faults import DeviceError
from drivers.openevse.config import OpenEvseConfig
from drivers.openevse.frames import LAST_NUMBER, FrameParser, Message, frame
from drivers.opening import cannot_open

_READ_BYTES: Final = 1024
_CONTROL, _INPUT, _OUTPUT = 2, 4, 5  # places of flags and speeds in what termios gives
_WIRING: Final = "check power and cable of the board (RX to TX), and baud"


@dataclass(frozen=True, slots=True)
class Answer:
    """``is_ok``: done, or refused. ``words`` are what it says besides."""

    is_ok: bool
    words: tuple[str, ...]


class Line:
    """All methods but ``wake`` are called from one thread."""

    def __init__(self, config: OpenEvseConfig) -> None:
        self._config = config
        self._parser = FrameParser()
        self._came: deque[Message] = deque()
        self._device: int | None = None
        self._number = 0
        self._has_restarted = False
        self._woken = self._waker = -1

    def open(self) -> None:
        """Open the device if it is not open. Raises DeviceError."""
        if self._waker < 0:
            self._woken, self._waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._device is not None:
            return
        path = self._config.device
        try:
            device = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise cannot_open(path, error, "dialout") from error
        try:
            _make_raw(device, self._config.baud)
        except termios.error as error:
            os.close(device)
            raise DeviceError(f"{path} is no serial line", "name the right device") from error
        self._parser.reset()
        self._came.clear()
        self._device = device

    def close(self) -> None:
        """Close the device; it may be gone, or not open."""
        if self._device is not None:
            with contextlib.suppress(OSError):
                os.close(self._device)
            self._device = None

    def dispose(self) -> None:
        """Close for good."""
        self.close()
        ends, self._woken, self._waker = (self._woken, self._waker), -1, -1
        for end in ends:
            if end >= 0:
                os.close(end)

    def has_restarted(self) -> bool:
        """Whether the board has told, since the last question, that it began anew."""
        self._has_restarted, before = False, self._has_restarted
        return before

    def ask(self, command: str) -> Answer:
        """The answer to ``command``, which is without ``$``. Raises DeviceError."""
        give_up_s = time.monotonic() + self._config.silence_s
        while time.monotonic() < give_up_s:
            self._number = self._number % LAST_NUMBER + 1
            self._write(frame(command, self._number))
            answer = self._awaited(time.monotonic() + self._config.timeout_s)
            if answer is not None:
                return answer
        raise DeviceError(f"no answer from the board at {self._config.device}", _WIRING)

    def wait(self, timeout_s: float) -> None:
        """Until the board says something by itself, ``wake`` is called, or the time is over.

        Raises DeviceError when the device is gone.
        """
        self._read(timeout_s, [self._woken])
        with contextlib.suppress(BlockingIOError):
            os.read(self._woken, _READ_BYTES)
        self._came.clear()

    def wake(self) -> None:
        """End the present or the next ``wait``; any thread, also when nothing is open."""
        with contextlib.suppress(OSError):
            os.write(self._waker, b"w")

    def _awaited(self, deadline_s: float) -> Answer | None:
        """The answer to the newest request; None when it has to be sent again."""
        while True:
            while self._came:
                message = self._came.popleft()
                verdict = message.words[0] if message.words else ""
                if verdict in ("OK", "NK") and message.number == self._number:
                    return Answer(verdict == "OK", message.words[1:])
                if verdict == "NK" and not message.number:
                    return None
            rest_s = deadline_s - time.monotonic()
            if rest_s <= 0:
                return None
            self._read(rest_s, [])

    def _read(self, timeout_s: float, others: list[int]) -> None:
        """Take what comes. Raises DeviceError when the device is gone."""
        handles = others if self._device is None else [self._device, *others]
        readable, _, _ = select.select(handles, [], [], timeout_s)
        if self._device is None or self._device not in readable:
            return
        try:
            data = os.read(self._device, _READ_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            raise self._gone() from error
        if not data:
            raise self._gone()
        for message in self._parser.feed(data):
            self._came.append(message)
            self._has_restarted |= message.words[:1] == ("AB",)

    def _write(self, data: bytes) -> None:
        """What does not fit is lost, as on a bad line. Raises DeviceError when it is gone."""
        if self._device is None:
            raise self._gone()
        try:
            os.write(self._device, data)
        except BlockingIOError:
            return
        except OSError as error:
            raise self._gone() from error

    def _gone(self) -> DeviceError:
        self.close()
        return DeviceError(f"{self._config.device} was unplugged", "plug it in")


def _make_raw(device: int, baud: int) -> None:
    """Bytes as they come, at this speed, whatever was set before. Raises termios.error."""
    tty.setraw(device, termios.TCSANOW)
    settings = termios.tcgetattr(device)
    settings[_INPUT] = settings[_OUTPUT] = getattr(termios, f"B{baud}")
    settings[_CONTROL] |= termios.CLOCAL | termios.CREAD
    # With HUPCL the end of this program would pull DTR, which resets some boards.
    settings[_CONTROL] &= ~termios.HUPCL
    termios.tcsetattr(device, termios.TCSANOW, settings)
    termios.tcflush(device, termios.TCIOFLUSH)
