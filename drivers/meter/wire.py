"""Reading registers over pymodbus: the only module that imports it; imported when it is needed.

Theory of operation: one connection, opened with the first read and by whoever reads after
``close``. Nothing is repeated here: a request that was repeated would have two answers on the way.
Each request asks for the next number of registers of its read, and an answer counts only when it
has the function and the length that were asked for. Whatever a noisy line brings is dropped in the
framer: an exception there would reach the event loop, and end the station.
"""

import logging
import os
from collections.abc import Sequence
from itertools import cycle
from typing import Final, Literal

from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient
from pymodbus.framer import FramerRTU, FramerSocket
from pymodbus.pdu import DecodePDU, ModbusPDU

from drivers.device_faults import DeviceError
from drivers.meter.modbus import ModbusMeterConfig
from drivers.meter.plausible import Reading
from drivers.meter.register_map import WIDTHS, Quantity, Read, RegisterMap
from drivers.opening import cannot_open

# What goes wrong is told once, in words of our own; the library would tell it with every poll.
logging.getLogger("pymodbus").setLevel(logging.CRITICAL)

_PARITIES: Final = {"none": "N", "even": "E", "odd": "O"}
_WIRING: Final = "check power, wiring (A and B), address, baud and parity of the meter"

_GATEWAY_CODES: Final = (10, 11)


class _CalmRtu(FramerRTU):
    """Bytes that are no frame are no error."""

    def handleFrame(  # noqa: N802 - the name is the library's
        self, data: bytes, exp_devid: int, exp_tid: int
    ) -> tuple[int, ModbusPDU | None]:
        """The next frame of ``data``, or the length of what is no frame."""
        try:
            return super().handleFrame(data, exp_devid, exp_tid)
        except Exception:  # whatever the library meets in noise
            return len(data), None


class _CalmSocket(FramerSocket):
    """Bytes that are no frame are no error."""

    def handleFrame(  # noqa: N802 - the name is the library's
        self, data: bytes, exp_devid: int, exp_tid: int
    ) -> tuple[int, ModbusPDU | None]:
        """The next frame of ``data``, or the length of what is no frame."""
        try:
            return super().handleFrame(data, exp_devid, exp_tid)
        except Exception:  # whatever the library meets in noise
            return len(data), None


class Wire:
    """The line to one meter; every method is called from the loop's thread."""

    def __init__(self, config: ModbusMeterConfig, registers: RegisterMap) -> None:
        self._config = config
        self._map = registers
        self._turns = [(read, cycle(read.counts)) for read in registers.reads]
        self._client: AsyncModbusSerialClient | AsyncModbusTcpClient | None = None

    async def read(self) -> Reading:
        """All values, read once. Raises DeviceError."""
        client = self._client or await self._opened()
        answers = [
            (read, await self._ask(client, read.start, next(counts)))
            for read, counts in self._turns
        ]
        return Reading(
            self._value(answers, self._map.voltage),
            self._value(answers, self._map.power),
            self._value(answers, self._map.energy),
        )

    def close(self) -> None:
        """Close the line; the next read opens it anew, without what was received meanwhile."""
        if self._client is not None:
            self._client.close()
            self._client = None

    async def _opened(self) -> AsyncModbusSerialClient | AsyncModbusTcpClient:
        client = self._new_client()
        try:
            is_open = await client.connect()
        except Exception as error:  # as in ``_ask``
            raise DeviceError(f"the line cannot be opened ({error})", _WIRING) from error
        if not is_open:
            raise self._why_closed()
        self._client = client
        return client

    def _new_client(self) -> AsyncModbusSerialClient | AsyncModbusTcpClient:
        config = self._config
        if config.host:
            tcp = AsyncModbusTcpClient(
                config.host,
                port=config.port,
                timeout=config.timeout_s,
                retries=0,
                reconnect_delay=0,
            )
            tcp.ctx.framer = _CalmSocket(DecodePDU(False))
            return tcp
        rtu = AsyncModbusSerialClient(
            config.device,
            baudrate=config.baud,
            parity=_PARITIES[config.parity],
            stopbits=config.stop_bits,
            timeout=config.timeout_s,
            retries=0,
            reconnect_delay=0,
        )
        rtu.ctx.framer = _CalmRtu(DecodePDU(False))
        return rtu

    def _why_closed(self) -> DeviceError:
        """The library does not say why; for a device file the system does."""
        config = self._config
        if config.host:
            return DeviceError(
                f"no connection to {config.host}:{config.port}", "check host, port and network"
            )
        try:
            os.close(os.open(config.device, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK))
        except OSError as error:
            return cannot_open(config.device, error, "dialout")
        return DeviceError(f"{config.device} is in use or no serial line", "check device")

    async def _ask(
        self, client: AsyncModbusSerialClient | AsyncModbusTcpClient, start: int, count: int
    ) -> Sequence[int]:
        read = (
            client.read_input_registers
            if self._map.function == 4
            else client.read_holding_registers
        )
        try:
            answer = await read(start, count=count, device_id=self._config.address)
        except Exception as error:  # no exception of a library may end the task that polls
            saw = f"no answer within {self._config.timeout_s:g} s"
            raise DeviceError(saw, _WIRING) from error
        if answer.isError() and answer.exception_code in _GATEWAY_CODES:
            raise DeviceError("the gateway gets no answer from the meter", _WIRING)
        if answer.isError():
            saw = f"the meter refuses to be read (Modbus exception {answer.exception_code})"
            raise DeviceError(saw, "check that [map] is the one of this meter")
        if answer.function_code != self._map.function or len(answer.registers) != count:
            raise DeviceError("an answer to another request came", _WIRING)
        return answer.registers

    def _value(self, answers: Sequence[tuple[Read, Sequence[int]]], quantity: Quantity) -> float:
        read, registers = next(pair for pair in answers if pair[0].holds(quantity))
        begin = quantity.address - read.start
        words = registers[begin : begin + WIDTHS[quantity.type]]
        kind = AsyncModbusTcpClient.DATATYPE[quantity.type.upper()]
        order: Literal["big", "little"] = "little" if self._map.word_order == "little" else "big"
        value = AsyncModbusTcpClient.convert_from_registers(list(words), kind, order)
        assert isinstance(value, int | float)
        return value * quantity.scale
