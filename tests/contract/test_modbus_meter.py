"""What a Modbus line does to a meter driver, and what it must not do to the station."""

import asyncio
import logging
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from late_answers import measure_all
from meter_stands import ModbusRtuStand, ModbusTcpStand
from modbus_meter import MeterWorld, SerialMeter
from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient
from pymodbus.framer import FramerSocket
from pymodbus.pdu import DecodePDU

from cp.vocabulary.errors import SettingsError
from cp.vocabulary.events import ErrorCleared, ErrorRaised
from cp.vocabulary.words import ChargePointErrorCode
from drivers.device_faults import DeviceError
from drivers.meter.modbus import ModbusMeter, ModbusMeterConfig
from drivers.meter.plausible import Reading
from drivers.meter.register_map import load_map
from drivers.meter.wire import Wire

METER_FAILED = ErrorRaised(1, ChargePointErrorCode.POWER_METER_FAILURE)
METER_BACK = ErrorCleared(1, ChargePointErrorCode.POWER_METER_FAILURE)

STANDS: dict[str, Callable[[Path], ModbusTcpStand | ModbusRtuStand]] = {
    "tcp": ModbusTcpStand,
    "rtu": ModbusRtuStand,
}


@pytest.fixture(params=STANDS)
def metered(request: pytest.FixtureRequest, tmp_path: Path) -> ModbusTcpStand | ModbusRtuStand:
    return STANDS[request.param](tmp_path)


# ---- late answers --------------------------------------------------------------------------------


def test_no_wrong_value_is_believed_when_answers_come_late() -> None:
    total = asyncio.run(measure_all(160, is_protected=True))
    assert total["wrong"] == 0
    assert total["failed"] > 5, "answers did come late"
    assert total["right"] > 10


def test_without_protection_wrong_values_are_believed() -> None:
    assert asyncio.run(measure_all(160, is_protected=False))["wrong"] > 5


# ---- faults and return ---------------------------------------------------------------------------


def test_an_adapter_may_be_unplugged_and_come_back(
    metered: ModbusTcpStand | ModbusRtuStand, caplog: pytest.LogCaptureFixture
) -> None:
    async def play() -> None:
        async with metered as stand:
            await stand.meter.start(stand.events.append)
            await stand.far.plug_out()
            await stand.told(METER_FAILED)
            assert stand.meter.power_w() is None
            probe = await stand.meter.probe()
            assert not probe.is_ok
            await stand.far.plug_in()
            await stand.told(METER_BACK)
            assert stand.meter.register_wh() == 0

    asyncio.run(play())
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 2, told
    assert "has failed: " in told[0]
    assert told[1].endswith("is back")


def test_a_meter_that_is_absent_at_the_start_is_awaited(
    metered: ModbusTcpStand | ModbusRtuStand,
) -> None:
    async def play() -> None:
        async with metered as stand:
            meter = stand.meter
            await stand.far.plug_out()
            await meter.start(stand.events.append)
            assert meter.register_wh() is None
            await stand.told(METER_FAILED)
            await stand.far.plug_in()
            await stand.told(METER_BACK)

    asyncio.run(play())


def test_swapped_words_are_an_error_and_no_reading(
    metered: ModbusTcpStand | ModbusRtuStand, caplog: pytest.LogCaptureFixture
) -> None:
    async def play() -> None:
        async with metered as stand:
            stand.world.has_swapped_words = True
            stand.turn_register(12345)
            await stand.meter.start(stand.events.append)
            await stand.told(METER_FAILED)
            assert stand.meter.register_wh() is None
            stand.world.has_swapped_words = False
            await stand.told(METER_BACK)
            assert stand.meter.register_wh() == 12345

    asyncio.run(play())
    assert "word_order" in caplog.text


def test_a_meter_at_another_address_is_an_error(metered: ModbusTcpStand | ModbusRtuStand) -> None:
    async def play() -> None:
        async with metered as stand:
            meter = ModbusMeter(replace(stand.config(), address=7))
            await meter.start(stand.events.append)
            await stand.told(METER_FAILED)
            assert meter.register_wh() is None
            await meter.stop()

    asyncio.run(play())


def test_a_meter_that_was_replaced_is_refused_until_the_next_start(
    metered: ModbusTcpStand | ModbusRtuStand, caplog: pytest.LogCaptureFixture
) -> None:
    async def play() -> None:
        async with metered as stand:
            stand.turn_register(5000)
            await stand.meter.start(stand.events.append)
            stand.turn_register(12)
            await stand.told(METER_FAILED)
            await asyncio.sleep(0.3)
            assert stand.meter.register_wh() == 5000
            assert stand.events == []
            await stand.meter.stop()
            again = ModbusMeter(stand.config())
            await again.start(stand.events.append)
            assert again.register_wh() == 12
            await again.stop()

    asyncio.run(play())
    assert "the register fell from 5000 to 12 Wh: if the meter was replaced" in caplog.text


# ---- noise ---------------------------------------------------------------------------------------


def test_noise_reaches_nobody(tmp_path: Path) -> None:
    """Not the readings, and not the event loop, where it would end the station."""
    chance = random.Random(5)
    stray: list[object] = []

    def spoil(answer: bytes) -> bytes:
        match chance.randrange(4):
            case 0:
                return chance.randbytes(chance.randint(1, 40))
            case 1:
                return chance.randbytes(chance.randint(1, 9)) + answer
            case 2:
                at = chance.randrange(len(answer))
                return (
                    answer[:at] + bytes([answer[at] ^ 1 << chance.randrange(8)]) + answer[at + 1 :]
                )
            case _:
                return answer

    async def play() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, what: stray.append(what))
        world = MeterWorld()
        world.register_wh = 4321
        meter = SerialMeter(world, tmp_path / "tty")
        await meter.plug_in()
        meter.cable.spoil = spoil
        config = ModbusMeterConfig(device=str(tmp_path / "tty"), timeout_s=0.02)
        wire = Wire(config, load_map("sdm120"))
        seen = []
        for _ in range(100):
            try:
                seen.append(round((await wire.read()).energy_wh))
            except DeviceError:
                wire.close()
        assert len(seen) > 5
        assert set(seen) == {4321}
        wire.close()
        await meter.close()

    asyncio.run(play())
    assert stray == []


class PlainWire(Wire):
    """The library's own framer."""

    def _new_client(self) -> AsyncModbusSerialClient | AsyncModbusTcpClient:
        client = super()._new_client()
        client.ctx.framer = FramerSocket(DecodePDU(False))
        return client


@pytest.mark.parametrize(("kind", "has_stray_error"), [(Wire, False), (PlainWire, True)])
def test_an_answer_of_nonsense_stays_in_the_wire(kind: type[Wire], has_stray_error: bool) -> None:
    """A frame that is whole and says nothing: the library raises it into the event loop."""
    stray: list[object] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.read(64)
        writer.write(request[:4] + b"\x00\x04\x01\x63\x00\x00")
        await reader.read()
        writer.close()

    async def play() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, what: stray.append(what))
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = int(server.sockets[0].getsockname()[1])
        config = ModbusMeterConfig(host="127.0.0.1", port=port, timeout_s=0.05)
        wire = kind(config, load_map("sdm120"))
        with pytest.raises(DeviceError, match="no answer"):
            await wire.read()
        wire.close()
        server.close()
        await asyncio.sleep(0.01)

    asyncio.run(play())
    assert bool(stray) is has_stray_error


# ---- probe, configuration, imports ---------------------------------------------------------------


def test_probe_tells_what_the_meter_shows(metered: ModbusTcpStand | ModbusRtuStand) -> None:
    async def play() -> None:
        async with metered as stand:
            stand.turn_register(777)
            probe = await stand.meter.probe()
            assert (probe.is_ok, probe.mend) == (True, "")
            assert probe.saw == "777 Wh, 0 W, 230.5 V"
            assert probe.what.startswith("meter Eastron SDM120 at ")
            assert probe.what == stand.meter.describe()

    asyncio.run(play())


def test_a_meter_stops_although_a_cancellation_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python 3.11 loses one that comes together with the answer."""
    read = Wire.read
    lost = []
    begun = asyncio.Event()

    async def read_on(wire: Wire) -> Reading:
        begun.set()
        try:
            await asyncio.sleep(60.0)
        except asyncio.CancelledError as error:
            lost.append(error)
            if len(lost) > 1:
                raise
        return await read(wire)

    async def play() -> None:
        async with ModbusTcpStand(tmp_path) as stand:
            await stand.meter.start(stand.events.append)
            monkeypatch.setattr(Wire, "read", read_on)
            await begun.wait()
            await asyncio.wait_for(stand.meter.stop(), 2.0)

    asyncio.run(play())
    assert len(lost) == 2


@pytest.mark.parametrize(
    ("config", "word"),
    [
        (ModbusMeterConfig(), "device"),
        (ModbusMeterConfig(device="/dev/ttyUSB0", host="meter"), "device"),
        (ModbusMeterConfig(host="meter", address=0), "address"),
        (ModbusMeterConfig(host="meter", parity="mark"), "parity"),
        (ModbusMeterConfig(host="meter", stop_bits=3), "stop_bits"),
        (ModbusMeterConfig(host="meter", voltage_low_v=0), "voltage_low_v"),
        (ModbusMeterConfig(host="meter", poll_s=0), "poll_s"),
        (ModbusMeterConfig(host="meter", map="sdm12"), "sdm120"),
    ],
)
def test_a_mistake_is_told_before_anything_is_opened(config: ModbusMeterConfig, word: str) -> None:
    with pytest.raises(SettingsError, match=word):
        ModbusMeter(config)


def test_libraries_are_imported_when_a_driver_is_started() -> None:
    program = (
        "import sys\n"
        "from drivers.meter.modbus import ModbusMeter, ModbusMeterConfig\n"
        "from drivers.meter.pulses import PulseMeter, PulseMeterConfig\n"
        "from drivers.gpio.line import Line\n"
        "from drivers.reader.keyboard import KeyboardReader, KeyboardReaderConfig\n"
        "from drivers.reader.serial_line import SerialReader, SerialReaderConfig\n"
        "ModbusMeter(ModbusMeterConfig(host='meter'))\n"
        "PulseMeter(PulseMeterConfig('file', Line('chip', 's0')))\n"
        "KeyboardReader(KeyboardReaderConfig('/dev/input/event0'))\n"
        "SerialReader(SerialReaderConfig('/dev/ttyS0'))\n"
        "sys.exit(sorted({'pymodbus', 'serial', 'evdev', 'gpiod'} & set(sys.modules)) or 0)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=30)


def test_the_library_says_nothing_in_the_log() -> None:
    assert logging.getLogger("pymodbus.logging").getEffectiveLevel() == logging.CRITICAL
