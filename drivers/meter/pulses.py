"""A meter that gives one pulse for each so many watt hours (S0), for want of a better one.

Theory of operation: the kernel numbers the pulses of the line, so that those which were not read in
time are counted too: see ``pulse_line``. The count is the register; it is saved every few pulses
and every few seconds. A power cut takes what was not saved, never more; the energy since then is
billed to nobody, and the OCPP register does not fall (``cp.domain.metering.risen``). No pulse means
no energy, so silence is no failure here: the meter has failed when its line or its file is
unusable, or while it pulses faster than the outlet can draw, which is noise and is not counted.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Protocol

from cp.vocabulary.errors import Finding, SettingsError
from cp.vocabulary.lean import dataclass
from cp.vocabulary.ports import Post
from drivers.device_faults import DeviceError
from drivers.gpio.line import Line
from drivers.meter.pulse_count import Pulse, PulseCount
from drivers.meter.pulse_file import PulseFile
from drivers.meter.reporting import ReportingMeter
from drivers.opening import cannot_open, load_library
from drivers.probe import Probe
from drivers.trouble import Trouble

_NOISE: Final = Trouble(
    "the meter pulses faster than the outlet can draw",
    "check the cable, the bias and debounce_ms of its line, and pulses_per_kwh",
)


@dataclass(frozen=True, slots=True)
class PulseMeterConfig:
    """The line, the meter's constant, and where the count is kept."""

    file: str
    """The file that keeps the count, in the storage folder."""

    line: Line
    """The line. An S0 output is a switch to ground: bias pull_up, or a resistor, and active_low."""

    pulses_per_kwh: int = 1000
    """Printed on the meter as imp/kWh."""

    save_pulses: int = 10
    """Save the count after so many pulses."""

    save_s: float = 10.0
    """Save a count that has changed after so many seconds."""

    rated_power_w: float = 22080.0
    """What the outlet can draw at most; faster pulses are noise."""

    retry_s: float = 1.0
    """Seconds until a line or a file that failed is tried again."""

    def mistakes(self) -> tuple[str, ...]:
        """What an installer has to mend."""
        names = ("pulses_per_kwh", "rated_power_w", "retry_s")
        return tuple(f"{name} has to be above 0" for name in names if getattr(self, name) <= 0)


class PulseLine(Protocol):
    """Where pulses come from."""

    def open(self) -> int:
        """Begin; a file descriptor that is readable when there are pulses. Raises OSError."""

    def read(self) -> Sequence[Pulse]:
        """The pulses since the last read. Raises OSError when the line is gone."""

    def check(self) -> None:
        """Raises OSError when the line is gone, of which some kernels wake nobody."""

    def close(self) -> None:
        """End; a second call does nothing."""


class PulseMeter(ReportingMeter):
    """``ports.Meter``."""

    def __init__(
        self,
        config: PulseMeterConfig,
        new_line: Callable[[Line], PulseLine] | None = None,
    ) -> None:
        """``new_line``: another kind of line than gpiod's. Raises SettingsError."""
        findings = tuple(Finding("meter", 0, message) for message in config.mistakes())
        if findings:
            raise SettingsError(findings)
        super().__init__(f"pulse meter at {config.line}", silence_s=0.0)
        self._config = config
        self._new_line = new_line
        self._line: PulseLine | None = None
        self._handle: int | None = None
        self._file = PulseFile(Path(config.file), config.pulses_per_kwh)
        self._count: PulseCount | None = None
        self._saved = 0
        self._saved_at_s = 0.0
        self._trouble: Trouble | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self, post: Post) -> None:
        """Read the count, ask for the line, and count. Raises HardwareError without gpiod."""
        self._begin(post)
        self._line = line = await self._made_line()
        await self._look_after(line)
        self._task = asyncio.create_task(self._run(line))

    async def stop(self) -> None:
        """Save the count and give the line back."""
        self._end()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait((self._task,))
        if self._line is not None:
            self._close_line(self._line)
        if self._count is not None and self._count.pulses != self._saved:
            with contextlib.suppress(DeviceError):
                await self._save(self._count)

    async def probe(self) -> Probe:
        """Read the count, ask for the line and give it back. Raises HardwareError without gpiod."""
        line = await self._made_line()
        try:
            pulses = await asyncio.to_thread(self._file.load)
            line.open()
        except DeviceError as error:
            return Probe(self.describe(), False, error.trouble.saw, error.trouble.mend)
        except OSError as error:
            trouble = self._lost(error).trouble
            return Probe(self.describe(), False, trouble.saw, trouble.mend)
        finally:
            line.close()
        register_wh = self._counted_from(pulses).register_wh()
        return Probe(self.describe(), True, f"{register_wh} Wh counted so far")

    def power_w(self) -> int | None:
        """From the time between the last two pulses; None while there is no reading."""
        if self._count is None or self._has_failed:
            return None
        return self._count.power_w(time.monotonic())

    async def _made_line(self) -> PulseLine:
        if self._new_line is not None:
            return self._new_line(self._config.line)
        await asyncio.to_thread(load_library, "drivers.meter.pulse_line", "gpio")
        from drivers.meter.pulse_line import GpiodPulseLine

        return GpiodPulseLine(self._config.line)

    def _counted_from(self, pulses: int) -> PulseCount:
        return PulseCount(pulses, self._config.pulses_per_kwh, self._config.rated_power_w)

    # ---- life of the line and the file -----------------------------------------------------------

    async def _run(self, line: PulseLine) -> None:
        while True:
            await asyncio.sleep(self._config.retry_s)
            await self._look_after(line)

    async def _look_after(self, line: PulseLine) -> None:
        """Open what is closed, save what is due, and tell how it is."""
        try:
            if self._count is None:
                self._saved = await asyncio.to_thread(self._file.load)
                self._count = self._counted_from(self._saved)
            self._check_line(line)
            if self._handle is None:
                self._open_line(line, self._count)
            if self._is_save_due(self._count):
                await self._save(self._count)
            self._trouble = None
        except DeviceError as error:
            self._trouble = error.trouble
        self._tell()

    def _open_line(self, line: PulseLine, count: PulseCount) -> None:
        try:
            handle = line.open()
        except OSError as error:
            raise self._lost(error) from error
        count.restart()
        self._handle = handle
        loop = asyncio.get_running_loop()
        loop.add_reader(handle, self._take, line, count)

    def _check_line(self, line: PulseLine) -> None:
        """A meter that is silent because its line is gone must not look like one without load."""
        if self._handle is None:
            return
        try:
            line.check()
        except OSError as error:
            self._close_line(line)
            raise self._lost(error) from error

    def _lost(self, error: OSError) -> DeviceError:
        return cannot_open(str(self._config.line), error, "gpio")

    def _close_line(self, line: PulseLine) -> None:
        if self._handle is not None:
            asyncio.get_running_loop().remove_reader(self._handle)
            self._handle = None
        line.close()

    def _take(self, line: PulseLine, count: PulseCount) -> None:
        try:
            count.take(line.read())
        except OSError as error:
            self._close_line(line)
            self._trouble = self._lost(error).trouble
        self._tell()

    def _tell(self) -> None:
        """What was counted counts, also while something is wrong."""
        now_s = time.monotonic()
        if self._count is not None:
            self._register_wh = self._count.register_wh()
            if self._count.is_noisy(now_s):
                self._trouble = self._trouble or _NOISE
        if self._trouble is not None:
            self._doubt(self._trouble)
        elif self._count is not None:
            self._believe(self._count.register_wh(), self._count.power_w(now_s))

    def _is_save_due(self, count: PulseCount) -> bool:
        fresh = count.pulses - self._saved
        is_late = time.monotonic() >= self._saved_at_s + self._config.save_s
        return fresh >= self._config.save_pulses or (fresh > 0 and is_late)

    async def _save(self, count: PulseCount) -> None:
        pulses = count.pulses
        await asyncio.to_thread(self._file.save, pulses)
        self._saved, self._saved_at_s = pulses, time.monotonic()
