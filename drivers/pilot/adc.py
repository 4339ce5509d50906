"""The voltage of the control pilot from an analog input of the kernel (IIO).

Theory of operation: raw times scale is millivolts at the converter; ``gain`` and ``shift_v`` undo
the divider between pilot and converter. Either a peak detector holds each half of the square wave
on a channel of its own, which is to be preferred, or one channel sees the wave itself: then samples
are spread over some periods, and the highest and the lowest are the halves. All of 40 samples miss
a half of 10 % (6 A) in 1.5 % of all looks, one of 17 % (10 A) in 0.07 %; several looks in a row
have to agree before anything counts.
"""

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from drivers.device_faults import DeviceError
from drivers.pilot.levels import PilotState, Thresholds, classify
from drivers.pilot.source import Look
from drivers.pilot.sysfs import device_error, find_folder, read_number

_BETWEEN_SAMPLES_S: Final = 0.0001
_SAMPLES_OF_A_WAVE: Final = 40
_LONGEST_NUMBER: Final = 32


@dataclass(frozen=True, slots=True)
class AdcConfig:
    """The converter and the circuit before it.

    ``device``       folder of the IIO device; ``*`` is allowed, for its number may change.
    ``channel``      input that sees the positive half.
    ``low_channel``  input that sees the negative half, maybe the same; None: nobody sees it, and
                     the diode of the EV is not checked.
    ``samples``      readings at each look, of which the extremes count.
    ``gain``         volts of the pilot for one volt at the converter.
    ``shift_v``      volts of the pilot at 0 V of the converter.
    ``diode_below_v`` a negative half below this has passed a diode; without one it is at -9 V.
    ``thresholds``   volts between the states.
    """

    device: str = "/sys/bus/iio/devices/iio:device0"
    channel: int = 0
    low_channel: int | None = None
    samples: int = 1
    gain: float = 1.0
    shift_v: float = 0.0
    diode_below_v: float = -10.0
    thresholds: Thresholds = Thresholds()

    def mistakes(self) -> tuple[str, ...]:
        """What an installer has to mend."""
        found = list(self.thresholds.mistakes())
        if not 1 <= self.samples <= 100:
            found.append(f"samples is from 1 to 100, not {self.samples}")
        if self.gain == 0:
            found.append("gain is the volts of the pilot for one volt at the converter, not 0")
        if self.low_channel == self.channel and self.samples < _SAMPLES_OF_A_WAVE:
            found.append(
                f"samples is {_SAMPLES_OF_A_WAVE} or more when one channel sees both halves"
            )
        return tuple(found)


class AdcSource:
    """``source.Source`` of an analog input."""

    def __init__(self, config: AdcConfig) -> None:
        self._config = config
        self._high: _Channel | None = None
        self._low: _Channel | None = None
        self._seen: PilotState | None = None
        self.volts = ""

    @property
    def is_diode_seen(self) -> bool:
        """Whether there is a view of the negative half."""
        return self._config.low_channel is not None

    def look(self) -> Look:
        """Sample both halves. Raises DeviceError."""
        config = self._config
        if self._high is None:
            device = find_folder(config.device, "IIO device")
            self._high = _Channel(device, config.channel)
            if config.low_channel not in (None, config.channel):
                self._low = _Channel(device, config.low_channel)
        highs = self._sample(self._high)
        high_v = max(highs)
        self._seen = classify(high_v, self._seen, config.thresholds)
        if config.low_channel is None:
            self.volts = f"{high_v:.1f} V"
            return Look(self._seen)
        low_v = min(highs if self._low is None else self._sample(self._low))
        self.volts = f"{high_v:.1f} V / {low_v:.1f} V"
        return Look(self._seen, low_v < config.diode_below_v)

    def close(self) -> None:
        """Give the device back; the next look searches it again."""
        for channel in (self._high, self._low):
            if channel is not None:
                channel.close()
        self._high = self._low = self._seen = None

    def _sample(self, channel: "_Channel") -> list[float]:
        config = self._config
        volts = [channel.volts()]
        while len(volts) < config.samples:
            if config.low_channel == config.channel:
                time.sleep(_BETWEEN_SAMPLES_S)
            volts.append(channel.volts())
        return [each * config.gain + config.shift_v for each in volts]


class _Channel:
    """One input; its file stays open, its scale is read once."""

    def __init__(self, device: Path, number: int) -> None:
        self._path = device / f"in_voltage{number}_raw"
        self._scale_v = _attribute(device, number, "scale", 1.0) / 1000
        self._offset = _attribute(device, number, "offset", 0.0)
        try:
            self._file = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise device_error(self._path, "opened", error) from None

    def volts(self) -> float:
        try:
            raw = os.pread(self._file, _LONGEST_NUMBER, 0)
        except OSError as error:
            raise device_error(self._path, "read", error) from None
        try:
            return (float(raw) + self._offset) * self._scale_v
        except ValueError:
            raise DeviceError(f"{self._path} holds no number", "check the device") from None

    def close(self) -> None:
        os.close(self._file)


def _attribute(device: Path, number: int, name: str, default: float) -> float:
    """Of the channel, or shared by all of them."""
    for file in (device / f"in_voltage{number}_{name}", device / f"in_voltage_{name}"):
        if file.exists():
            return read_number(file)
    return default
