"""The line on which an S0 output pulses, over gpiod: imported when the driver is started.

Theory of operation: the kernel notes each edge of the wanted kind, gives it the next number of its
line, and puts it into a buffer. When nobody reads in time, the oldest notes are thrown away but
their numbers are not used again: a gap in the numbers says how many pulses were lost, and they are
counted all the same. What the kernel did not see itself has no number: S0 pulses last 30 ms and
more (IEC 62053-31), so an interrupt controller that works sees each.
"""

import errno
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

import gpiod
from gpiod.line import Bias as GpiodBias, Edge

from drivers.gpio.line import Bias, Line
from drivers.meter.pulse_count import Pulse

_BIASES: Final = {
    Bias.AS_IS: GpiodBias.AS_IS,
    Bias.DISABLED: GpiodBias.DISABLED,
    Bias.PULL_UP: GpiodBias.PULL_UP,
    Bias.PULL_DOWN: GpiodBias.PULL_DOWN,
}
_BUFFERED_EVENTS: Final = 256


class GpiodPulseLine:
    """``PulseLine`` over one line of a chip."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._request: gpiod.LineRequest | None = None

    def open(self) -> int:
        """Ask for the line; what can be waited for. Raises OSError."""
        line = self._line
        settings = gpiod.LineSettings(
            edge_detection=Edge.RISING,
            bias=_BIASES[line.bias],
            active_low=line.active_low,
            debounce_period=timedelta(milliseconds=line.debounce_ms),
        )
        try:
            self._request = gpiod.request_lines(
                str(_chip_path(line.chip)),
                consumer="statecharge meter",
                event_buffer_size=_BUFFERED_EVENTS,
                config={line.line: settings},
            )
        except (ValueError, NotImplementedError) as error:  # what gpiod makes of some errors
            raise OSError(None, f"no such line or setting: {error}") from error
        return self._request.fd

    def read(self) -> Sequence[Pulse]:
        """The pulses since the last read. Raises OSError when the chip is gone."""
        if self._request is None:
            return ()
        events = self._request.read_edge_events()
        return tuple(Pulse(event.line_seqno, event.timestamp_ns / 1e9) for event in events)

    def check(self) -> None:
        """Linux 6.1 wakes nobody when a chip goes. Raises OSError."""
        if self._request is not None:
            self._request.get_value(self._line.line)

    def close(self) -> None:
        """Give the line back."""
        if self._request is not None:
            self._request.release()
            self._request = None


def _chip_path(chip: str) -> Path:
    """Its path, name or label, as a path. Raises OSError when there is none."""
    if chip.startswith("/"):
        return Path(chip)
    for path in sorted(Path("/dev").glob("gpiochip*")):
        with gpiod.Chip(str(path)) as opened:
            if chip in (path.name, opened.get_info().label):
                return path
    raise OSError(errno.ENOENT, "no such chip")
