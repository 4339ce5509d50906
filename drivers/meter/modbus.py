"""A meter on Modbus RTU or Modbus TCP.

Theory of operation: one task reads all values with one round of requests, asks ``plausible``, and
reports. After an error it closes the line, stays quiet until every late answer has come, and opens
it anew: an adapter that was unplugged, a wrong cable or a meter without power need no restart. The
file of the register map is read when the driver is made, so that a mistake of the installer is
found before anything is opened; pymodbus is imported in a thread when the driver is started, since
that takes 50 ms and more.
"""

import asyncio
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from cp.vocabulary.errors import Finding, SettingsError
from cp.vocabulary.lean import dataclass
from cp.vocabulary.ports import Post
from drivers.device_faults import DeviceError
from drivers.meter.plausible import UNCONFIRMED, Judge, Limits, Reading
from drivers.meter.register_map import load_map, names, no_such_map
from drivers.meter.reporting import ReportingMeter
from drivers.opening import load_library
from drivers.probe import Probe

if TYPE_CHECKING:
    from drivers.meter.wire import Wire

PARITIES: Final = ("none", "even", "odd")
_CANCELED_WITHIN_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class ModbusMeterConfig:
    """Either ``device`` (RTU) or ``host`` (TCP) has to be named."""

    map: str = "sdm120"
    """The register map: sdm120, sdm220, sdm230, sdm630, or a file of one's own, NAME.toml."""

    device: str = ""
    """RTU: the serial device, as /dev/serial/by-id/..., which stays the same at every start."""

    host: str = ""
    """TCP: name or address of the meter or its gateway."""

    port: int = 502
    """TCP: the port."""

    address: int = 1
    """The Modbus address of the meter, 1 to 247."""

    baud: int = 9600
    """RTU: bits per second, as in the menu of the meter; the SDM120 comes with 2400."""

    parity: str = "none"
    """RTU: none, even or odd."""

    stop_bits: int = 1
    """RTU: 1 or 2."""

    poll_s: float = 1.0
    """Seconds from one reading to the next."""

    timeout_s: float = 1.0
    """Seconds to wait for an answer; 80 registers take 0.8 s at 2400 baud."""

    quiet_s: float = 1.0
    """Seconds of silence after an error: as long as the latest answer may take."""

    silence_s: float = 5.0
    """Seconds without a plausible reading after which the meter has failed."""

    rated_power_w: float = 22080.0
    """What the outlet can draw at most, all phases together: 7360 for 32 A on one phase."""

    voltage_low_v: float = 80.0
    """A lower voltage is not believed."""

    voltage_high_v: float = 300.0
    """A higher voltage is not believed."""

    def mistakes(self) -> tuple[str, ...]:
        """What an installer has to mend."""
        return tuple(self._mistakes())

    def _mistakes(self) -> Iterator[str]:
        if bool(self.device) == bool(self.host):
            yield "name either device (Modbus RTU) or host (Modbus TCP)"
        if not self.map.endswith(".toml") and self.map not in names():
            yield f"map: {no_such_map(self.map)}"
        if not 1 <= self.address <= 247:
            yield f"address = {self.address}: from 1 to 247"
        if self.parity not in PARITIES:
            yield f"parity = {self.parity!r}: {' or '.join(map(repr, PARITIES))}"
        if self.stop_bits not in (1, 2):
            yield f"stop_bits = {self.stop_bits}: 1 or 2"
        if self.voltage_low_v <= 0:
            # A float whose words are in the wrong order reads as a tiny number.
            yield f"voltage_low_v = {self.voltage_low_v}: above 0"
        for name in ("baud", "poll_s", "timeout_s", "rated_power_w"):
            if getattr(self, name) <= 0:
                yield f"{name} = {getattr(self, name)}: above 0"


class ModbusMeter(ReportingMeter):
    """``ports.Meter``."""

    def __init__(self, config: ModbusMeterConfig) -> None:
        """Raises SettingsError when the configuration or the register map has mistakes."""
        findings = tuple(Finding("meter", 0, message) for message in config.mistakes())
        if findings:
            raise SettingsError(findings)
        self._config = config
        self._map = load_map(config.map)
        where = config.device or f"{config.host}:{config.port}"
        what = f"meter {self._map.name} at {where}, address {config.address}"
        super().__init__(what, config.silence_s)
        self._judge = self._new_judge()
        self._wire: Wire | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self, post: Post) -> None:
        """Take the first reading, and go on. Raises HardwareError without pymodbus."""
        self._begin(post)
        self._wire = await self._new_wire()
        tried = asyncio.Event()
        self._task = asyncio.create_task(self._poll(self._wire, tried))
        await tried.wait()

    async def stop(self) -> None:
        """Close the line."""
        self._end()
        # Before Python 3.12 wait_for forgets a cancellation that meets the answer.
        while self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait((self._task,), timeout=_CANCELED_WITHIN_S)
        if self._wire is not None:
            self._wire.close()

    async def probe(self) -> Probe:
        """Open the line, read it, close it. Raises HardwareError without pymodbus."""
        wire = await self._new_wire()
        try:
            reading = await _read(wire, self._new_judge())
        except DeviceError as error:
            return Probe(self.describe(), False, error.trouble.saw, error.trouble.mend)
        finally:
            wire.close()
        saw = f"{reading.energy_wh:.0f} Wh, {reading.power_w:.0f} W, {reading.voltage_v:.1f} V"
        return Probe(self.describe(), True, saw)

    async def _new_wire(self) -> "Wire":
        await asyncio.to_thread(load_library, "drivers.meter.wire", "modbus")
        from drivers.meter.wire import Wire

        return Wire(self._config, self._map)

    def _new_judge(self) -> Judge:
        config = self._config
        return Judge(Limits(config.rated_power_w, config.voltage_low_v, config.voltage_high_v))

    async def _poll(self, wire: "Wire", tried: asyncio.Event) -> None:
        judge = self._new_judge()
        while True:
            begun_s = time.monotonic()
            try:
                reading = await _read(wire, judge)
                self._believe(round(reading.energy_wh), round(reading.power_w))
            except DeviceError as error:
                self._doubt(error.trouble)
                wire.close()
                tried.set()
                await asyncio.sleep(self._config.quiet_s)
            tried.set()
            await asyncio.sleep(max(0.0, begun_s + self._config.poll_s - time.monotonic()))


async def _read(wire: "Wire", judge: Judge) -> Reading:
    """A reading that is believed; the first one takes two. Raises DeviceError."""
    trouble = None
    for _ in range(2):
        reading = await wire.read()
        trouble = judge.trouble(reading, time.monotonic())
        if trouble is None:
            return reading
        if trouble is not UNCONFIRMED:
            break
    assert trouble is not None
    raise DeviceError(trouble.saw, trouble.mend)
