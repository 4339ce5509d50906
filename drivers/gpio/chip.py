"""The kernel's GPIO lines through gpiod: the only module that imports it.

Theory of operation: one request for each line. A chip is searched each time it is opened, since
its number may change while it is unplugged. gpiod makes a ``ValueError`` of EINVAL and a
``NotImplementedError`` of EOPNOTSUPP; both are an errno again before they become words.
"""

import errno
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

import gpiod
from gpiod.line import Bias as GpiodBias, Direction, Edge, Value

from drivers.device_faults import DeviceError
from drivers.gpio.line import Bias, InputLine, Line, OutputLine

_CONSUMER: Final = "statecharge"
_EVENTS_AT_ONCE: Final = 64
_FAILURES: Final = (OSError, ValueError, NotImplementedError)
_BIASES: Final = {
    Bias.AS_IS: GpiodBias.AS_IS,
    Bias.DISABLED: GpiodBias.DISABLED,
    Bias.PULL_UP: GpiodBias.PULL_UP,
    Bias.PULL_DOWN: GpiodBias.PULL_DOWN,
}
_WORDS: Final = {
    errno.ENXIO: ("has no interrupt", "use a line of a chip that has interrupts"),
    errno.ENODEV: ("is gone with its chip", "is the chip plugged in, and does it have power?"),
    errno.EPERM: ("must not be used by this user", "put the user of the station in group gpio"),
    errno.EINVAL: ("refuses these settings", "check line and bias of this line"),
    errno.EOPNOTSUPP: ("cannot do that", "the chip has no such bias: use an external resistor"),
    errno.EIO: ("does not answer", "check the bus of the chip"),
}


class GpiodChips:
    """``drivers.gpio.line.Chips`` of the running kernel; needs Linux 5.10."""

    def open_input(self, line: Line, *, is_waking: bool) -> InputLine:
        """Take an input. Raises DeviceError."""
        settings = gpiod.LineSettings(
            direction=Direction.INPUT,
            active_low=line.active_low,
            bias=_BIASES[line.bias],
            edge_detection=Edge.BOTH if is_waking else Edge.NONE,
        )
        return _Input(line, _request(line, settings))

    def open_output(self, line: Line) -> OutputLine:
        """Take an output, inactive. Raises DeviceError."""
        settings = gpiod.LineSettings(
            direction=Direction.OUTPUT,
            active_low=line.active_low,
            bias=_BIASES[line.bias],
            output_value=Value.INACTIVE,
        )
        return _Output(line, _request(line, settings))


class _Requested:
    """One line that is ours."""

    def __init__(self, line: Line, request: gpiod.LineRequest) -> None:
        self._line = line
        self._request = request
        self._offset = request.offsets[0]

    def close(self) -> None:
        """Give it back."""
        self._request.release()


class _Input(_Requested):
    """``InputLine``."""

    def __init__(self, line: Line, request: gpiod.LineRequest) -> None:
        super().__init__(line, request)
        os.set_blocking(request.fd, False)

    def fileno(self) -> int:
        """Readable after an edge."""
        return self._request.fd

    def read(self) -> bool:
        """The level; edges are thrown away first, so that none is lost that comes after it."""
        try:
            with suppress(BlockingIOError):
                self._request.read_edge_events(_EVENTS_AT_ONCE)
            return self._request.get_value(self._offset) is Value.ACTIVE
        except _FAILURES as error:
            raise _device_error(self._line, error) from None


class _Output(_Requested):
    """``OutputLine``."""

    def write(self, is_active: bool) -> None:
        """Drive it."""
        try:
            self._request.set_value(self._offset, Value.ACTIVE if is_active else Value.INACTIVE)
        except _FAILURES as error:
            raise _device_error(self._line, error) from None


def _request(line: Line, settings: gpiod.LineSettings) -> gpiod.LineRequest:
    with _open_chip(line) as chip:
        try:
            offset = chip.line_offset_from_id(line.line)
        except (OSError, ValueError) as error:
            if getattr(error, "errno", errno.ENOENT) != errno.ENOENT:
                raise _device_error(line, error) from None
            raise _missing_line(line, chip) from None
        try:
            return chip.request_lines({offset: settings}, consumer=_CONSUMER)
        except _FAILURES as error:
            if _errno_of(error) == errno.EBUSY:
                consumer = chip.get_line_info(offset).consumer
                raise _busy_line(line, consumer) from None
            raise _device_error(line, error) from None


def _open_chip(line: Line) -> gpiod.Chip:
    """Found by path, label or name."""
    is_path = line.chip.startswith("/")
    paths = [Path(line.chip)] if is_path else sorted(Path("/dev").glob("gpiochip*"))
    there = []
    for path in paths:
        try:
            chip = gpiod.Chip(str(path))
            label = chip.get_info().label
        except PermissionError:
            mend = "put the user of the station in group gpio"
            raise DeviceError(f"{path} must not be opened by this user", mend) from None
        except _FAILURES:
            continue
        if is_path or line.chip in (label, path.name):
            return chip
        there.append(f"{path.name} ({label})")
        chip.close()
    known = f"there are {', '.join(there)}" if there else "there is none at all"
    raise DeviceError(f"GPIO chip {line.chip} is not there", f"{known}: check chip, or plug it in")


def _missing_line(line: Line, chip: gpiod.Chip) -> DeviceError:
    count = chip.get_info().num_lines
    names = [name for offset in range(count) if (name := chip.get_line_info(offset).name)]
    known = f"its names are {', '.join(names)}" if names else "its lines have no names"
    return DeviceError(f"{line} does not exist", f"{known}, its offsets 0 to {count - 1}")


def _busy_line(line: Line, consumer: str) -> DeviceError:
    if not consumer:
        return DeviceError(f"the interrupt of {line} is in use", "use a line that no driver has")
    return DeviceError(f"{line} is in use by {consumer}", "end that program, or use another line")


def _errno_of(error: Exception) -> int:
    if isinstance(error, OSError):
        return error.errno or errno.EIO
    return errno.EOPNOTSUPP if isinstance(error, NotImplementedError) else errno.EINVAL


def _device_error(line: Line, error: Exception) -> DeviceError:
    number = _errno_of(error)
    number = errno.EPERM if number == errno.EACCES else number
    unknown = (f"does not work ({os.strerror(number)})", "check the wiring and the kernel's log")
    saw, mend = _WORDS.get(number, unknown)
    return DeviceError(f"{line} {saw}", mend)
