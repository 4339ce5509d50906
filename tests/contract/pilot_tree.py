"""The kernel's files of a PWM output and of an ADC, as plain files in a folder.

``strict_write`` refuses what the kernel refuses (``pwm_apply_state``), and makes an exported
output appear.
"""

import errno
import os
from pathlib import Path

from drivers.device_faults import DeviceError
from drivers.pilot.adc import AdcConfig
from drivers.pilot.pwm import PwmConfig
from drivers.pilot.sysfs import device_error

SCALE_MV = 0.5
GAIN = 10.0
SHIFT_V = -15.0


class PilotTree:
    """What the driver drives, and the voltages that it reads."""

    def __init__(self, folder: Path, *, is_exported: bool = True) -> None:
        self.chip = folder / "pwmchip0"
        self.output = self.chip / "pwm0"
        self.chip.mkdir()
        (self.chip / "npwm").write_text("2\n")
        if is_exported:
            export(self.output)
        self.device = folder / "iio:device0"
        self.device.mkdir()
        (self.device / "in_voltage_scale").write_text(f"{SCALE_MV}\n")
        for channel in (0, 1):
            (self.device / f"in_voltage{channel}_raw").touch()
        self.set_volts(12.0, -12.0)

    @property
    def pwm(self) -> PwmConfig:
        return PwmConfig(str(self.chip.parent / "pwmchip*"), 0)

    @property
    def adc(self) -> AdcConfig:
        return AdcConfig(str(self.device), channel=0, low_channel=1, gain=GAIN, shift_v=SHIFT_V)

    def set_volts(self, high_v: float, low_v: float = -12.0) -> None:
        """The halves of the square wave, each on its own channel."""
        for channel, volts in enumerate((high_v, low_v)):
            self.write_raw(channel, round((volts - SHIFT_V) / GAIN * 1000 / SCALE_MV))

    def write_raw(self, channel: int, raw: int | str) -> None:
        """In one write, as the kernel would; the file stays the same."""
        file = os.open(self.device / f"in_voltage{channel}_raw", os.O_WRONLY)
        os.pwrite(file, f"{raw:<16}\n".encode(), 0)
        os.close(file)

    def duty(self) -> float:
        """Percent; -1 while the file is being written."""
        return int((self.output / "duty_cycle").read_text() or "-10000") / 10_000


def export(output: Path) -> None:
    output.mkdir()
    for name, value in (("period", "0"), ("duty_cycle", "0"), ("enable", "0")):
        (output / name).write_text(value)
    (output / "polarity").write_text("normal")


def strict_write(file: Path, text: str) -> None:
    """As the kernel does."""
    if file.name == "export":
        export(file.parent / f"pwm{text}")
        return
    state = {name: (file.parent / name).read_text() for name in ("period", "duty_cycle", "enable")}
    if file.name == "polarity" and state["enable"] == "1":
        raise device_error(file, "written", OSError(errno.EBUSY, "busy"))
    state[file.name] = text
    period_ns, duty_ns = int(state["period"]), int(state["duty_cycle"])
    if period_ns == 0 or duty_ns > period_ns:
        raise device_error(file, "written", OSError(errno.EINVAL, "Invalid argument"))
    file.write_text(text)


def refuse(file: Path, _text: str) -> None:
    raise DeviceError(f"{file} cannot be written", "check it")
