"""What every meter, card reader and lamp has to do."""

import asyncio

from outlet_stand import BenchStand

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


# ---- meter ---------------------------------------------------------------------------------------


async def charging(stand: BenchStand) -> None:
    """20 Wh/s of real time flow through the meter."""
    await stand.meter.start(stand.events.append)
    stand.plug_in()
    stand.set_ready(True)
    stand.pilot.offer(32)
    stand.contactor.close()
    await stand.until(stand.is_closed)


def test_meter_knows_nothing_before_it_is_started(stand: BenchStand) -> None:
    assert stand.meter.register_wh() is None
    assert stand.meter.power_w() is None


def test_meter_reads_register_and_power(stand: BenchStand) -> None:
    async def play() -> None:
        async with stand:
            await stand.meter.start(stand.events.append)
            stand.turn_register(12345)
            assert stand.meter.register_wh() == 12345
            assert stand.meter.power_w() == 0
            await charging(stand)
            stand.contactor.renew()
            await stand.until(lambda: (stand.meter.register_wh() or 0) > 12345)
            assert stand.meter.power_w() == 3600
            assert stand.events == []

    asyncio.run(play())


def test_meter_tells_a_limit_once(stand: BenchStand) -> None:
    async def play() -> None:
        async with stand:
            await stand.meter.start(stand.events.append)
            stand.meter.watch(100)
            stand.turn_register(99)
            await stand.told()
            stand.turn_register(100)
            await stand.told(RegisterLimitReached(1))
            stand.turn_register(200)
            await stand.told()

    asyncio.run(play())


def test_meter_tells_a_limit_that_was_passed_already(stand: BenchStand) -> None:
    async def play() -> None:
        async with stand:
            await stand.meter.start(stand.events.append)
            stand.turn_register(100)
            stand.meter.watch(50)
            assert not stand.events, "a command posts nothing before it returns"
            await stand.told(RegisterLimitReached(1))

    asyncio.run(play())


def test_meter_forgets_a_limit_that_is_taken_back(stand: BenchStand) -> None:
    async def play() -> None:
        async with stand:
            await stand.meter.start(stand.events.append)
            stand.meter.watch(100)
            stand.meter.watch(None)
            stand.turn_register(200)
            await stand.told()

    asyncio.run(play())


def test_a_silent_meter_is_an_error_until_it_is_back(stand: BenchStand) -> None:
    async def play() -> None:
        async with stand:
            await stand.meter.start(stand.events.append)
            stand.turn_register(100)
            stand.break_meter("silent")
            await stand.told(METER_FAILED)
            assert stand.meter.register_wh() == 100, "the last plausible reading stays"
            stand.break_meter("normal")
            await stand.told(METER_BACK)

    asyncio.run(play())


def test_a_falling_register_is_not_believed(stand: BenchStand) -> None:
    async def play() -> None:
        async with stand:
            await charging(stand)
            stand.turn_register(1000)
            assert stand.meter.register_wh() == 1000
            stand.break_meter("backward")
            await asyncio.sleep(0.1)
            assert stand.meter.register_wh() == 1000
            stand.break_meter("normal")
            last_wh = stand.meter.register_wh()
            stand.turn_register(10)
            assert stand.meter.register_wh() == last_wh

    asyncio.run(play())


def test_a_stuck_register_stays(stand: BenchStand) -> None:
    async def play() -> None:
        async with stand:
            await charging(stand)
            stand.break_meter("stuck")
            at_wh = stand.meter.register_wh()
            await stand.until(lambda: stand.true_register_wh() > (at_wh or 0))
            assert stand.meter.register_wh() == at_wh

    asyncio.run(play())


# ---- card reader and lamp ------------------------------------------------------------------------


def test_reader_tells_each_card(stand: BenchStand) -> None:
    async def play() -> None:
        async with stand:
            await stand.reader.start(stand.events.append)
            stand.present_card("DEADBEEF")
            stand.present_card("DEADBEEF")
            await stand.told(CardPresented("DEADBEEF"), CardPresented("DEADBEEF"))

    asyncio.run(play())


def test_a_broken_reader_is_an_error_and_reads_nothing(stand: BenchStand) -> None:
    async def play() -> None:
        async with stand:
            await stand.reader.start(stand.events.append)
            stand.break_reader(True)
            stand.present_card("DEADBEEF")
            await stand.told(READER_FAILED)
            stand.break_reader(False)
            stand.present_card("DEADBEEF")
            await stand.told(READER_BACK, CardPresented("DEADBEEF"))

    asyncio.run(play())


def test_a_reader_that_is_broken_at_the_start_is_told(stand: BenchStand) -> None:
    async def play() -> None:
        async with stand:
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
