"""Stands of meters: one implementation each, with hands that turn its register and break it."""

import asyncio
import errno
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from modbus_meter import MeterWorld, SerialMeter, TcpMeter
from outlet_stand import BenchStand

from cp.vocabulary.events import Event
from cp.vocabulary.ports import Meter
from drivers.gpio.line import Line
from drivers.meter.modbus import ModbusMeter, ModbusMeterConfig
from drivers.meter.pulse_count import Pulse
from drivers.meter.pulses import PulseMeter, PulseMeterConfig

WH_PER_S = 20.0
ANY_POWER_W = 1e12
PULSES_PER_KWH = 2000


class MeterStand(Protocol):
    """``flow`` lets ``flow_w`` flow, which is read with the relative ``power_precision``."""

    events: list[Event]
    can_fall: bool
    flow_w: int
    power_precision: float

    @property
    def meter(self) -> Meter: ...
    async def __aenter__(self) -> Self: ...
    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...
    async def until(self, condition: Callable[[], bool]) -> None: ...
    async def told(self, *expected: Event) -> None: ...
    async def flow(self) -> None: ...
    def turn_register(self, register_wh: int) -> None: ...
    def true_register_wh(self) -> int: ...
    def break_meter(self, mode: str) -> None: ...


class BenchMeterStand(BenchStand):
    can_fall = True
    flow_w = 3600
    power_precision = 0.0

    async def flow(self) -> None:
        self.plug_in()
        self.set_ready(True)
        self.pilot.offer(32)
        self.contactor.close()
        await self.until(self.is_closed)
        self.contactor.renew()


class HandTurned:
    """What stands of real drivers share: waiting, and a register that hands and time turn."""

    SETTLING_S = 0.05

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.mode = "normal"
        self.mode_set_at_wh = 0
        self._base_wh = 0.0
        self._flows_since_s: float | None = None

    async def until(self, condition: Callable[[], bool]) -> None:
        deadline_s = time.monotonic() + 5.0
        while not condition():
            assert time.monotonic() < deadline_s, self.events
            await asyncio.sleep(0.002)

    async def told(self, *expected: Event) -> None:
        await self.until(lambda: len(self.events) >= len(expected))
        await asyncio.sleep(self.SETTLING_S)
        assert self.events == list(expected)
        self.events.clear()

    async def flow(self) -> None:
        self._flows_since_s = time.monotonic()

    @property
    def is_flowing(self) -> bool:
        return self._flows_since_s is not None

    def turn_register(self, register_wh: int) -> None:
        self._base_wh = register_wh
        if self._flows_since_s is not None:
            self._flows_since_s = time.monotonic()

    def true_register_wh(self) -> int:
        since_s = self._flows_since_s
        flowed_s = 0.0 if since_s is None else time.monotonic() - since_s
        return int(self._base_wh + WH_PER_S * flowed_s)

    def break_meter(self, mode: str) -> None:
        self.mode, self.mode_set_at_wh = mode, self.true_register_wh()


class ModbusStand(HandTurned):
    """A driver that polls 100 times a second, and a simulated meter that answers."""

    can_fall = True
    flow_w = 3600
    power_precision = 0.0

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.world = MeterWorld()
        self.world.on_read = self._show
        self._folder = folder
        self._driver: ModbusMeter | None = None

    @property
    def meter(self) -> ModbusMeter:
        """Made when it is first asked for: the port of the simulation is known then."""
        if self._driver is None:
            self._driver = ModbusMeter(self.config())
        return self._driver

    def config(self) -> ModbusMeterConfig:
        raise NotImplementedError

    def _config(self, device: str = "", host: str = "", port: int = 502) -> ModbusMeterConfig:
        return ModbusMeterConfig(
            device=device,
            host=host,
            port=port,
            poll_s=0.01,
            timeout_s=0.1,
            quiet_s=0.02,
            silence_s=0.15,
            rated_power_w=ANY_POWER_W,
        )

    def _show(self) -> None:
        world, true_wh = self.world, self.true_register_wh()
        shown = {"stuck": self.mode_set_at_wh, "backward": 2 * self.mode_set_at_wh - true_wh - 1}
        world.is_silent = self.mode == "silent"
        world.register_wh = max(0, shown.get(self.mode, true_wh))
        world.power_w = 3600.0 if self.is_flowing else 0.0


class ModbusTcpStand(ModbusStand):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.far = TcpMeter(self.world)

    def config(self) -> ModbusMeterConfig:
        return self._config(host="127.0.0.1", port=self.far.port or 1)

    async def __aenter__(self) -> Self:
        await self.far.plug_in()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.meter.stop()
        await self.far.plug_out()


class ModbusRtuStand(ModbusStand):
    def config(self) -> ModbusMeterConfig:
        return self._config(device=str(self._folder / "ttyMeter"))

    async def __aenter__(self) -> Self:
        self.far = SerialMeter(self.world, self._folder / "ttyMeter")
        await self.far.plug_in()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.meter.stop()
        await self.far.close()


class PipeLine:
    """``PulseLine`` in memory: a pipe wakes, numbers go on while ``is_there``."""

    def __init__(self) -> None:
        self.is_there = True
        self._number = 0
        self._pulses: list[Pulse] = []
        self._ends: tuple[int, int] | None = None

    def pulse(self, count: int = 1, at_s: float | None = None) -> None:
        """``count`` pulses of which all but the last were not read in time."""
        self._number += count
        if self._ends is not None:
            at_s = time.monotonic() if at_s is None else at_s
            self._pulses.append(Pulse(self._number, at_s))
            os.write(self._ends[1], b"p")

    def wake(self) -> None:
        if self._ends is not None:
            os.write(self._ends[1], b"w")

    def open(self) -> int:
        if not self.is_there:
            raise OSError(errno.ENODEV, "gone")
        self._number = 0
        self._ends = os.pipe()
        return self._ends[0]

    def read(self) -> Sequence[Pulse]:
        if not self.is_there or self._ends is None:
            raise OSError(errno.ENODEV, "gone")
        os.read(self._ends[0], 4096)
        pulses, self._pulses = tuple(self._pulses), []
        return pulses

    def check(self) -> None:
        if not self.is_there:
            raise OSError(errno.ENODEV, "gone")

    def close(self) -> None:
        for end in self._ends or ():
            os.close(end)
        self._ends = None


class PulseStand(HandTurned):
    """20 pulses of half a Wh each second are 36 kW."""

    can_fall = False
    flow_w = 36_000
    power_precision = 0.3

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.line = PipeLine()
        config = PulseMeterConfig(
            str(folder / "pulses.json"),
            Line("gpiochip0", "s0"),
            pulses_per_kwh=PULSES_PER_KWH,
            rated_power_w=ANY_POWER_W,
            retry_s=0.05,
        )
        self.meter = PulseMeter(config, lambda _line: self.line)
        self._sent = 0
        self._sender: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._sender = asyncio.create_task(self._send())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._sender is not None
        self._sender.cancel()
        await self.meter.stop()

    def true_register_wh(self) -> int:
        since_s = self._flows_since_s
        flowed_s = 0.0 if since_s is None else time.monotonic() - since_s
        return int(self._base_wh + flowed_s * self.flow_w / 3600)

    def turn_register(self, register_wh: int) -> None:
        super().turn_register(register_wh)
        self.line.pulse(register_wh * PULSES_PER_KWH // 1000 - self._sent)
        self._sent = register_wh * PULSES_PER_KWH // 1000

    def break_meter(self, mode: str) -> None:
        super().break_meter(mode)
        self.line.is_there = mode != "silent"
        self.line.wake()

    async def _send(self) -> None:
        while True:
            await asyncio.sleep(0.05)
            if self.is_flowing and self.mode == "normal":
                self.line.pulse()
                self._sent += 1
