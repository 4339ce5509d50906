"""The square wave of the control pilot, from the kernel's PWM.

Theory of operation: the kernel refuses a polarity while the period is 0 or the output is on, and a
period below the duty; so the order is: off if the polarity is wrong, period, polarity, duty, on. An
output that runs already is taken over as it is. It is never switched off: a pin without PWM may be
low, which is -12 V; no offer is a duty of 100 %, a steady +12 V.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from drivers.device_faults import DeviceError
from drivers.pilot.sysfs import find_folder, read_number, read_text, write_text

_PERIOD_NS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class PwmConfig:
    """The output that drives the pilot.

    ``chip``        folder of the PWM chip; ``*`` is allowed, for its number may change.
    ``channel``     output of the chip.
    ``is_inverted`` a high pin is -12 V.
    """

    chip: str = "/sys/class/pwm/pwmchip0"
    channel: int = 0
    is_inverted: bool = False

    @property
    def polarity(self) -> str:
        """The kernel's word."""
        return "inversed" if self.is_inverted else "normal"


class Pwm:
    """One output at 1 kHz; opened when it is first driven, and again after an error."""

    def __init__(self, config: PwmConfig, write: Callable[[Path, str], None] = write_text) -> None:
        self._config = config
        self._write = write
        self._output: Path | None = None

    def drive(self, percent: float) -> None:
        """Drive this duty, 0 to 100 %. Raises DeviceError."""
        duty = str(round(_PERIOD_NS * percent / 100))
        try:
            if self._output is None:
                self._output = self._open(duty)
            else:
                self._write(self._output / "duty_cycle", duty)
        except DeviceError:
            self._output = None
            raise

    def look(self) -> str:
        """What there is, nothing touched. Raises DeviceError."""
        chip = find_folder(self._config.chip, "PWM chip")
        self._check_channel(chip)
        output = chip / f"pwm{self._config.channel}"
        if not output.exists():
            return f"{output} is free"
        return f"{output} is driven at {read_number(output / 'duty_cycle') / _PERIOD_NS:.1%}"

    def _open(self, duty: str) -> Path:
        chip = find_folder(self._config.chip, "PWM chip")
        self._check_channel(chip)
        output = chip / f"pwm{self._config.channel}"
        if not output.exists():
            self._write(chip / "export", str(self._config.channel))
        is_right = read_text(output / "polarity") == self._config.polarity
        if not is_right and read_text(output / "enable") != "0":
            self._write(output / "enable", "0")
        if read_number(output / "duty_cycle") > _PERIOD_NS:
            self._write(output / "duty_cycle", "0")
        self._write(output / "period", str(_PERIOD_NS))
        if not is_right:
            self._write(output / "polarity", self._config.polarity)
        self._write(output / "duty_cycle", duty)
        self._write(output / "enable", "1")
        return output

    def _check_channel(self, chip: Path) -> None:
        count = int(read_number(chip / "npwm"))
        if not 0 <= self._config.channel < count:
            mend = f"channel is from 0 to {count - 1}"
            raise DeviceError(f"{chip} has no channel {self._config.channel}", mend)
