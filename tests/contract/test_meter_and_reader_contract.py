"""What every meter, card reader and lamp has to do."""

import asyncio
from pathlib import Path

import pytest
from meter_stands import (
    BenchMeterStand,
    MeterStand,
    ModbusRtuStand,
    ModbusTcpStand,
    PulseStand,
)
from outlet_stand import BenchStand
from reader_stands import BenchReaderStand, KeyboardStand, LineStand, ReaderStand, StxStand

from cp.vocabulary.events import (
    CardPresented,
    ErrorCleared,
    ErrorRaised,
    RegisterLimitReached,
)
from cp.vocabulary.words import ChargePointErrorCode, ChargePointStatus

METER_FAILED = ErrorRaised(1, ChargePointErrorCode.POWER_METER_FAILURE)
METER_BACK = ErrorCleared(1, ChargePointErrorCode.POWER_METER_FAILURE)
READER_FAILED = ErrorRaised(0, ChargePointErrorCode.READER_FAILURE)
READER_BACK = ErrorCleared(0, ChargePointErrorCode.READER_FAILURE)

METERS = {
    "bench": BenchMeterStand,
    "modbus_tcp": ModbusTcpStand,
    "modbus_rtu": ModbusRtuStand,
    "pulses": PulseStand,
}
READERS = {
    "bench": BenchReaderStand,
    "stx": StxStand,
    "line": LineStand,
    "keyboard": KeyboardStand,
}


@pytest.fixture(params=METERS)
def metered(request: pytest.FixtureRequest, tmp_path: Path) -> MeterStand:
    stand: MeterStand = METERS[request.param](tmp_path)
    return stand


@pytest.fixture(params=READERS)
def reading(request: pytest.FixtureRequest, tmp_path: Path) -> ReaderStand:
    stand: ReaderStand = READERS[request.param](tmp_path)
    return stand


# ---- meter ---------------------------------------------------------------------------------------


async def turned(stand: MeterStand, register_wh: int) -> None:
    """Turn the register, and wait until the driver has seen it."""
    stand.turn_register(register_wh)
    await stand.until(lambda: (stand.meter.register_wh() or 0) >= register_wh)


def test_meter_knows_nothing_before_it_is_started(metered: MeterStand) -> None:
    assert metered.meter.register_wh() is None
    assert metered.meter.power_w() is None


def test_meter_reads_register_and_power(metered: MeterStand) -> None:
    async def play() -> None:
        async with metered as stand:
            await stand.meter.start(stand.events.append)
            assert stand.meter.register_wh() == 0, "the present register is read by the start"
            assert stand.meter.power_w() == 0
            await turned(stand, 12345)
            assert stand.meter.register_wh() == 12345
            await stand.flow()
            await stand.until(lambda: (stand.meter.register_wh() or 0) > 12345)
            await stand.until(
                lambda: (
                    stand.meter.power_w() == pytest.approx(stand.flow_w, rel=stand.power_precision)
                )
            )
            assert stand.events == []

    asyncio.run(play())


def test_meter_tells_a_limit_once(metered: MeterStand) -> None:
    async def play() -> None:
        async with metered as stand:
            await stand.meter.start(stand.events.append)
            stand.meter.watch(100)
            await turned(stand, 99)
            await stand.told()
            stand.turn_register(100)
            await stand.told(RegisterLimitReached(1))
            await turned(stand, 200)
            await stand.told()

    asyncio.run(play())


def test_meter_tells_a_limit_that_was_passed_already(metered: MeterStand) -> None:
    async def play() -> None:
        async with metered as stand:
            await stand.meter.start(stand.events.append)
            await turned(stand, 100)
            stand.meter.watch(50)
            assert not stand.events, "a command posts nothing before it returns"
            await stand.told(RegisterLimitReached(1))

    asyncio.run(play())


def test_meter_forgets_a_limit_that_is_taken_back(metered: MeterStand) -> None:
    async def play() -> None:
        async with metered as stand:
            await stand.meter.start(stand.events.append)
            stand.meter.watch(100)
            stand.meter.watch(None)
            await turned(stand, 200)
            await stand.told()

    asyncio.run(play())


def test_a_silent_meter_is_an_error_until_it_is_back(metered: MeterStand) -> None:
    async def play() -> None:
        async with metered as stand:
            await stand.meter.start(stand.events.append)
            await turned(stand, 100)
            stand.break_meter("silent")
            await stand.told(METER_FAILED)
            assert stand.meter.register_wh() == 100, "the last plausible reading stays"
            stand.break_meter("normal")
            await stand.told(METER_BACK)

    asyncio.run(play())


def test_a_falling_register_is_not_believed(metered: MeterStand) -> None:
    async def play() -> None:
        async with metered as stand:
            if not stand.can_fall:
                pytest.skip("a pulse that came cannot be taken back")
            await stand.meter.start(stand.events.append)
            await stand.flow()
            await turned(stand, 1000)
            stand.break_meter("backward")
            last_wh = stand.meter.register_wh() or 0
            assert last_wh >= 1000
            await asyncio.sleep(0.1)
            assert stand.meter.register_wh() == last_wh
            stand.break_meter("normal")
            last_wh = stand.meter.register_wh() or 0
            stand.turn_register(10)
            await asyncio.sleep(0.05)
            assert (stand.meter.register_wh() or 0) >= last_wh

    asyncio.run(play())


def test_a_stuck_register_stays(metered: MeterStand) -> None:
    async def play() -> None:
        async with metered as stand:
            await stand.meter.start(stand.events.append)
            await stand.flow()
            await stand.until(lambda: (stand.meter.register_wh() or 0) > 0)
            stand.break_meter("stuck")
            at_wh = stand.meter.register_wh() or 0
            await stand.until(lambda: stand.true_register_wh() > at_wh + 1)
            assert (stand.meter.register_wh() or 0) <= at_wh + 1

    asyncio.run(play())


# ---- card reader and lamp ------------------------------------------------------------------------


def test_reader_tells_each_card(reading: ReaderStand) -> None:
    async def play() -> None:
        async with reading as stand:
            await stand.reader.start(stand.events.append)
            for card in ("DEADBEEF", "04A2B3C4D5E680", "DEADBEEF"):
                stand.present_card(card)
                await stand.told(CardPresented(card))

    asyncio.run(play())


def test_a_broken_reader_is_an_error_and_reads_nothing(reading: ReaderStand) -> None:
    async def play() -> None:
        async with reading as stand:
            await stand.reader.start(stand.events.append)
            stand.break_reader(True)
            stand.present_card("DEADBEEF")
            await stand.told(READER_FAILED)
            stand.break_reader(False)
            await stand.told(READER_BACK)
            stand.present_card("DEADBEEF")
            await stand.told(CardPresented("DEADBEEF"))

    asyncio.run(play())


def test_a_reader_that_is_broken_at_the_start_is_told(reading: ReaderStand) -> None:
    async def play() -> None:
        async with reading as stand:
            stand.break_reader(True)
            await stand.reader.start(stand.events.append)
            assert stand.events == [READER_FAILED]

    asyncio.run(play())


def test_lamp_shows_every_status(stand: BenchStand) -> None:
    async def play() -> None:
        async with stand:
            await stand.lamp.start(stand.events.append)
            for status in ChargePointStatus:
                stand.lamp.show_status(status)
            stand.lamp.show_refusal()
            assert stand.events == []

    asyncio.run(play())
