"""A simulated Modbus meter: pymodbus' simulator as the server, on TCP or behind a serial cable.

The cable is two ptys and a pump between them. It can hold a seeded part of the answers back until
they come too late, spoil them, and be unplugged.
"""

import asyncio
import os
import pty
import random
import struct
import tty
from collections.abc import Callable
from pathlib import Path

from pymodbus import FramerType
from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

VOLTAGE, POWER, POWER_630, ENERGY = 0x00, 0x0C, 0x34, 0x48


class MeterWorld:
    """What the meter shows; ``on_read`` is called with each request that arrives."""

    def __init__(self) -> None:
        self.voltage_v = 230.5
        self.power_w = 0.0
        self.register_wh = 0.0
        self.is_silent = False
        self.has_swapped_words = False
        self.on_read: Callable[[], None] = lambda: None

    def registers(self) -> list[int]:
        """The 80 registers from 0 on."""
        words = [0] * 80
        values = {VOLTAGE: self.voltage_v, POWER: self.power_w, POWER_630: self.power_w}
        values[ENERGY] = self.register_wh / 1000
        for address, value in values.items():
            high, low = struct.unpack(">HH", struct.pack(">f", value))
            words[address : address + 2] = (low, high) if self.has_swapped_words else (high, low)
        return words

    def device(self, address: int) -> SimDevice:
        async def act(
            function: int, start: int, at: int, count: int, current: list[int], _set: object
        ) -> ExcCodes | None:
            self.on_read()
            if function == 4:
                current[:80] = self.registers()
            return None

        bits = [SimData(0, values=False, count=16, datatype=DataType.BITS)]
        words = [SimData(0, values=0, count=80, datatype=DataType.REGISTERS)]
        return SimDevice(address, (bits, bits, list(words), list(words)), action=act)


class TcpMeter:
    """A meter on Modbus TCP."""

    def __init__(self, world: MeterWorld, address: int = 1) -> None:
        self.world = world
        self._address = address
        self.port = 0
        self._server: ModbusTcpServer | None = None

    async def plug_in(self) -> None:
        """Listen, at the same port as before."""
        device = self.world.device(self._address)
        self._server = ModbusTcpServer(
            device, address=("127.0.0.1", self.port), trace_packet=self._trace
        )
        await self._server.serve_forever(background=True)
        transport = self._server.transport
        assert isinstance(transport, asyncio.Server)
        self.port = int(transport.sockets[0].getsockname()[1])

    async def plug_out(self) -> None:
        if self._server is not None:
            await self._server.shutdown()
            self._server = None

    def _trace(self, is_sending: bool, data: bytes) -> bytes:
        return b"" if is_sending and self.world.is_silent else data


class SerialCable:
    """pty to pty. ``late_part`` of the answers come ``late_s`` late; all pass ``spoil``."""

    def __init__(self, seed: int = 1) -> None:
        self._chance = random.Random(seed)
        self.late_part = 0.0
        self.late_s = 0.0
        self.spoil: Callable[[bytes], bytes] = lambda data: data
        self._station = _Pty()
        self._meter = _Pty()
        self._meter.on_readable(self._to_station)
        self._station.on_readable(self._to_meter)

    @property
    def station_end(self) -> str:
        return self._station.name

    @property
    def meter_end(self) -> str:
        return self._meter.name

    def unplug(self) -> None:
        """Who has the station's end open finds that it is gone."""
        self._station.close()

    def plug(self) -> None:
        """The station's end is a new device, as with a USB adapter."""
        self._station = _Pty()
        self._station.on_readable(self._to_meter)

    def close(self) -> None:
        self._station.close()
        self._meter.close()

    def send(self, data: bytes) -> None:
        """To the station, from nobody."""
        self._station.write(data)

    def _to_meter(self) -> None:
        self._meter.write(self._station.read())

    def _to_station(self) -> None:
        data = self.spoil(self._meter.read())
        if self.late_part and self._chance.random() < self.late_part:
            asyncio.get_running_loop().call_later(self.late_s, self._station.write, data)
        else:
            self._station.write(data)


class _Pty:
    """One pty. Its slave stays open: else the master would end when the driver closes the line."""

    def __init__(self) -> None:
        self._ends = pty.openpty()
        for end in self._ends:
            tty.setraw(end)
            os.set_blocking(end, False)
        self.name = os.ttyname(self._ends[1])
        self._is_open = True

    def on_readable(self, act: Callable[[], None]) -> None:
        asyncio.get_running_loop().add_reader(self._ends[0], act)

    def read(self) -> bytes:
        return os.read(self._ends[0], 4096)

    def write(self, data: bytes) -> None:
        if self._is_open and data:
            os.write(self._ends[0], data)

    def close(self) -> None:
        if self._is_open:
            asyncio.get_running_loop().remove_reader(self._ends[0])
            for end in self._ends:
                os.close(end)
            self._is_open = False


class SerialMeter:
    """A meter on Modbus RTU at the end of a cable, with an adapter that can be unplugged."""

    def __init__(self, world: MeterWorld, link: Path, address: int = 1, seed: int = 1) -> None:
        """``link``: the name under which the station finds the adapter."""
        self.world = world
        self.cable = SerialCable(seed)
        self._link = link
        self._address = address
        self._server: ModbusSerialServer | None = None

    async def plug_in(self) -> None:
        if self._server is None:
            self._server = ModbusSerialServer(
                self.world.device(self._address),
                framer=FramerType.RTU,
                port=self.cable.meter_end,
                trace_packet=self._trace,
            )
            await self._server.serve_forever(background=True)
        else:
            self.cable.plug()
        self._link.symlink_to(self.cable.station_end)

    async def plug_out(self) -> None:
        self._link.unlink()
        self.cable.unplug()

    async def close(self) -> None:
        if self._server is not None:
            await self._server.shutdown()
        self.cable.close()

    def _trace(self, is_sending: bool, data: bytes) -> bytes:
        return b"" if is_sending and self.world.is_silent else data
