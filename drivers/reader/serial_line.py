"""A card reader on a serial line.

Theory of operation: the device is opened without waiting, made raw, and read whenever the loop says
that it is readable. The end of the input, or an error, means that it was unplugged.
"""

import contextlib
import os
import termios
import tty
from collections.abc import Iterable
from typing import Final

from cp.vocabulary.errors import Finding, SettingsError
from cp.vocabulary.lean import dataclass
from drivers.device_faults import DeviceError
from drivers.opening import cannot_open
from drivers.reader.attached import AttachedReader
from drivers.reader.frames import FORMATS, FrameParser
from drivers.reader.numbers import tag_of_bytes

_BAUDS: Final = (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200)
_READ_BYTES: Final = 1024
_INPUT, _OUTPUT = 4, 5  # places of the speeds in what termios gives


@dataclass(frozen=True, slots=True)
class SerialReaderConfig:
    """The device has to be named."""

    device: str
    """The serial device, as /dev/serial/by-id/..., which stays the same at every start."""

    baud: int = 9600
    """Bits per second; eight bits, no parity, one stop bit."""

    format: str = "stx"
    """stx: STX, hexadecimal digits, two of checksum, ETX. line: hexadecimal digits, CR or LF."""

    is_reversed: bool = False
    """The reader sends the last byte of the card first."""

    repeat_s: float = 2.0
    """A card that was not seen for so long is presented anew; 0: each time it is read."""

    retry_s: float = 1.0
    """Seconds until a device that is gone is looked for again."""

    def mistakes(self) -> tuple[str, ...]:
        """What an installer has to mend."""
        found = []
        if self.format not in FORMATS:
            found.append(f"format = {self.format!r}: {' or '.join(map(repr, FORMATS))}")
        if self.baud not in _BAUDS:
            found.append(f"baud = {self.baud}: one of {', '.join(map(str, _BAUDS))}")
        return tuple(found)


class SerialReader(AttachedReader):
    """``ports.CardReader``."""

    def __init__(self, config: SerialReaderConfig) -> None:
        """Raises SettingsError when the configuration has mistakes."""
        findings = tuple(Finding("card_reader", 0, message) for message in config.mistakes())
        if findings:
            raise SettingsError(findings)
        super().__init__(f"card reader at {config.device}", config.repeat_s, config.retry_s)
        self._config = config
        self._parser = FrameParser(FORMATS[config.format])
        self._wrong_lengths = 0
        self._device: int | None = None

    @property
    def ignored(self) -> int:
        """Bytes and frames that came and were no card."""
        return self._parser.ignored + self._wrong_lengths

    def _open(self) -> int:
        config = self._config
        try:
            device = os.open(
                config.device, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC
            )
        except OSError as error:
            raise cannot_open(config.device, error, "dialout") from error
        try:
            _make_raw(device, config.baud)
        except termios.error as error:
            os.close(device)
            saw = f"{config.device} is no serial line"
            raise DeviceError(saw, "name the right device") from error
        self._device = device
        self._parser.reset()
        return device

    def _close(self) -> None:
        if self._device is not None:
            with contextlib.suppress(OSError):
                os.close(self._device)
            self._device = None

    def _tags(self, at_s: float) -> Iterable[str]:
        if self._device is None:
            return
        try:
            data = os.read(self._device, _READ_BYTES)
        except BlockingIOError:
            return
        if not data:
            raise OSError("the line has ended")
        for number in self._parser.feed(data, at_s):
            tag = tag_of_bytes(number, self._config.is_reversed)
            if tag is None:
                self._wrong_lengths += 1
            else:
                yield tag


def _make_raw(device: int, baud: int) -> None:
    """Bytes as they come, at this speed, whatever was set before. Raises termios.error."""
    tty.setraw(device, termios.TCSANOW)
    settings = termios.tcgetattr(device)
    settings[_INPUT] = settings[_OUTPUT] = getattr(termios, f"B{baud}")
    # Without CLOCAL a line without a modem would end at once.
    settings[2] |= termios.CLOCAL | termios.CREAD
    termios.tcsetattr(device, termios.TCSANOW, settings)
    termios.tcflush(device, termios.TCIFLUSH)
