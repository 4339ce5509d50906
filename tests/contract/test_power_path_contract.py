"""What every contactor and pilot has to do."""

import asyncio
import time
from pathlib import Path

import pytest
from gpio_boards import MemoryBoard, SimBoard, why_no_gpio_sim
from outlet_stand import BenchStand
from power_path_stand import GpioStand, PowerPathStand

from cp.vocabulary.events import (
    EvAsked,
    EvPaused,
    FeedbackClosed,
    FeedbackOpened,
    Plugged,
    Unplugged,
)


@pytest.fixture(params=["bench", "adc", "comparators", "gpio_sim"])
def stand(request: pytest.FixtureRequest, tmp_path: Path) -> PowerPathStand:
    """The bench; real drivers over a board in memory; real drivers over the kernel's simulator."""
    match request.param:
        case "bench":
            return BenchStand(tmp_path)
        case "gpio_sim":
            if reason := why_no_gpio_sim():
                pytest.skip(reason)
            return GpioStand(tmp_path, SimBoard(), has_adc=False)
        case read_by:
            return GpioStand(tmp_path, MemoryBoard(), has_adc=read_by == "adc")


# ---- contactor -----------------------------------------------------------------------------------


def test_contactor_closes_and_opens(stand: PowerPathStand) -> None:
    async def play() -> None:
        async with stand:
            await stand.contactor.start(stand.events.append)
            await stand.told()
            stand.contactor.close()
            assert not stand.events, "a command posts nothing before it returns"
            await stand.told(FeedbackClosed(1))
            assert stand.is_closed()
            stand.contactor.open()
            await stand.told(FeedbackOpened(1))
            assert not stand.is_closed()

    asyncio.run(play())


def test_contactor_holds_while_it_is_renewed_and_drops_when_not(stand: PowerPathStand) -> None:
    async def play() -> None:
        async with stand:
            await stand.contactor.start(stand.events.append)
            stand.contactor.close()
            for _ in range(15):
                await asyncio.sleep(0.01)
                stand.contactor.renew()
            await stand.told(FeedbackClosed(1))
            await stand.told(FeedbackOpened(1))

    asyncio.run(play())


def test_contactor_drops_while_the_event_loop_hangs(stand: PowerPathStand) -> None:
    async def play() -> None:
        async with stand:
            await stand.contactor.start(stand.events.append)
            stand.contactor.close()
            await stand.told(FeedbackClosed(1))
            time.sleep(0.25)  # the loop hangs: nobody renews, no callback runs
            assert not stand.is_closed()
            await stand.told(FeedbackOpened(1))

    asyncio.run(play())


def test_renewing_does_not_close(stand: PowerPathStand) -> None:
    async def play() -> None:
        async with stand:
            await stand.contactor.start(stand.events.append)
            stand.contactor.renew()
            stand.contactor.open()
            stand.contactor.renew()
            await asyncio.sleep(0.02)
            await stand.told()
            assert not stand.is_pulled()

    asyncio.run(play())


def test_a_welded_contact_is_told_at_the_start(stand: PowerPathStand) -> None:
    async def play() -> None:
        async with stand:
            stand.weld()
            await stand.until(stand.is_closed)
            await stand.contactor.start(stand.events.append)
            assert stand.events == [FeedbackClosed(1)]

    asyncio.run(play())


def test_stopping_opens(stand: PowerPathStand) -> None:
    async def play() -> None:
        async with stand:
            await stand.contactor.start(stand.events.append)
            stand.contactor.close()
            await stand.told(FeedbackClosed(1))
            await stand.contactor.stop()
            assert not stand.is_pulled()

    asyncio.run(play())


# ---- pilot ---------------------------------------------------------------------------------------


def test_pilot_tells_each_step_of_a_visit(stand: PowerPathStand) -> None:
    async def play() -> None:
        async with stand:
            await stand.pilot.start(stand.events.append)
            await stand.told()
            stand.plug_in()
            await stand.told(Plugged(1))
            stand.set_ready(True)
            await stand.told()  # nothing is offered
            stand.pilot.offer(32)
            await stand.told(EvAsked(1))
            stand.set_ready(False)
            await stand.told(EvPaused(1))
            stand.set_ready(True)
            await stand.told(EvAsked(1))
            stand.pilot.withdraw()
            await stand.told(EvPaused(1))
            stand.plug_out()
            await stand.told(Unplugged(1))

    asyncio.run(play())


def test_pilot_tells_what_is_there_at_the_start(stand: PowerPathStand) -> None:
    async def play() -> None:
        async with stand:
            stand.plug_in()
            await stand.pilot.start(stand.events.append)
            assert stand.events == [Plugged(1)]

    asyncio.run(play())


def test_pilot_tells_nothing_twice(stand: PowerPathStand) -> None:
    async def play() -> None:
        async with stand:
            await stand.pilot.start(stand.events.append)
            stand.plug_in()
            await stand.told(Plugged(1))
            stand.plug_in()
            stand.pilot.offer(32)
            stand.pilot.offer(32)
            await stand.told()

    asyncio.run(play())


def test_pulling_the_plug_while_the_ev_asks_is_one_event(stand: PowerPathStand) -> None:
    async def play() -> None:
        async with stand:
            await stand.pilot.start(stand.events.append)
            stand.pilot.offer(32)
            stand.plug_in()
            stand.set_ready(True)
            await stand.told(Plugged(1), EvAsked(1))
            stand.plug_out()
            await stand.told(Unplugged(1))

    asyncio.run(play())
