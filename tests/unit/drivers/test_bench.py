"""The bench over its public interface: what each command does."""

import asyncio
import time
from pathlib import Path

import pytest
from bench_bed import FAST, Bed, power_on, real_parts

from cp.vocabulary.errors import StorageError, StorageFullError
from cp.vocabulary.events import (
    CardPresented,
    ErrorCleared,
    ErrorRaised,
    EvAsked,
    FeedbackClosed,
    LinkClosed,
    LinkFailed,
    LinkOpened,
    Plugged,
)
from cp.vocabulary.records import Put
from cp.vocabulary.words import ChargePointErrorCode, ChargePointStatus
from drivers.bench.bench import build_bench


def test_a_whole_charge(tmp_path: Path) -> None:
    async def play() -> None:
        async with power_on(tmp_path, FAST) as bed:
            drivers = bed.bench.drivers
            assert await bed.do("set_register", connector=1, wh=1000) == {}
            await bed.do("set_power", connector=1, watts=7200)
            await bed.do("plug_in", connector=1)
            await bed.told(Plugged(1))
            await bed.do("ev_ready", connector=1, on=True)
            drivers.pilot.offer(32)
            await bed.told(EvAsked(1))
            drivers.lamp.show_status(ChargePointStatus.SUSPENDED_EV)
            drivers.contactor.close()
            await bed.told(FeedbackClosed(1))
            outlet = await bed.outlet()
            register_wh = outlet.pop("register_wh")
            assert isinstance(register_wh, int) and register_wh >= 1000
            assert outlet == {
                "plugged": True,
                "ev_ready": True,
                "pilot": "C",
                "offered_a": 32,
                "contactor": {"command": "closed", "feedback": "closed"},
                "power_w": 7200,
                "lamp": "suspended_ev",
            }
            await bed.until(lambda: (drivers.meter.register_wh() or 0) > 1000)
            await bed.do("plug_out", connector=1)
            outlet = await bed.outlet()
            assert (outlet["pilot"], outlet["ev_ready"], outlet["power_w"]) == ("A", False, 0)

    asyncio.run(play())


def test_cards_faults_and_the_emergency_stop(tmp_path: Path) -> None:
    ground = ChargePointErrorCode.GROUND_FAILURE
    stop = (1, ChargePointErrorCode.OTHER_ERROR, "EmergencyStop")

    async def play() -> None:
        async with power_on(tmp_path, FAST) as bed:
            await bed.do("swipe", token="DEADBEEF")
            await bed.told(CardPresented("DEADBEEF"))
            await bed.do("fault", connector=0, code="GroundFailure")
            await bed.do("fault", connector=0, code="GroundFailure")
            await bed.do("clear_fault", connector=0, code="GroundFailure")
            await bed.do("clear_fault", connector=0, code="GroundFailure")
            await bed.told(ErrorRaised(0, ground), ErrorCleared(0, ground))
            await bed.do("emergency_stop", on=True)
            await bed.do("emergency_stop", on=False)
            await bed.told(ErrorRaised(*stop), ErrorCleared(*stop))
            await bed.do("reader", mode="failed")
            await bed.told(ErrorRaised(0, ChargePointErrorCode.READER_FAILURE))
            await bed.do("meter", mode="silent")
            await bed.told(ErrorRaised(1, ChargePointErrorCode.POWER_METER_FAILURE))

    asyncio.run(play())


def test_errors_that_were_there_before_the_drivers_are_told(tmp_path: Path) -> None:
    async def play() -> None:
        bench = build_bench(FAST, tmp_path, real_parts(tmp_path), print)
        bed = Bed(bench)
        await bench.start()
        await bed.connect()
        await bed.do("fault", code="OverVoltage")
        await bench.drivers.pilot.start(bed.events.append)
        assert bed.events == [ErrorRaised(1, ChargePointErrorCode.OVER_VOLTAGE)]
        bed.writer.close()
        await bench.stop()

    asyncio.run(play())


def test_the_state_is_what_the_daemon_says_and_the_connectors(tmp_path: Path) -> None:
    async def play() -> None:
        async with power_on(tmp_path, FAST) as bed:
            bed.bench.set_snapshot(lambda: {"link": "online", "queue": 0})
            state = await bed.do("state")
            assert state.pop("connectors")
            assert state == {"link": "online", "queue": 0}

    asyncio.run(play())


def test_the_lamp_shows_a_refusal_for_a_moment(tmp_path: Path) -> None:
    async def play() -> None:
        async with power_on(tmp_path, FAST) as bed:
            bed.bench.drivers.lamp.show_status(ChargePointStatus.AVAILABLE)
            assert (await bed.outlet())["lamp"] == "available"
            bed.bench.drivers.lamp.show_refusal()
            assert (await bed.outlet())["lamp"] == "refused"

    asyncio.run(play())


def test_clock_storage_link_and_restart(tmp_path: Path) -> None:
    async def play() -> None:
        async with power_on(tmp_path, FAST) as bed:
            drivers = bed.bench.drivers
            await bed.do("clock", offset_s=-3600)
            assert bed.bench.wall_clock() == pytest.approx(time.time() - 3600, abs=5)
            drivers.storage.open()
            await bed.do("storage", mode="full")
            with pytest.raises(StorageFullError):
                drivers.storage.commit([Put("k", "a", "1")])
            await bed.do("storage", mode="error")
            with pytest.raises(StorageError) as caught:
                drivers.storage.commit([Put("k", "a", "1")])
            assert not isinstance(caught.value, StorageFullError)
            await bed.do("storage", mode="normal")
            drivers.storage.commit([Put("k", "a", "2")])
            assert list(drivers.storage.load()) == [Put("k", "a", "2")]
            drivers.storage.close()
            drivers.restarter.restart(is_hard=True)
            assert bed.restarts == [75]

    asyncio.run(play())


def test_the_network_goes_and_comes_back(tmp_path: Path) -> None:
    from websockets.asyncio.server import ServerConnection, serve

    async def idle(connection: ServerConnection) -> None:
        await connection.wait_closed()

    async def play() -> None:
        async with serve(idle, "127.0.0.1", 0, subprotocols=["ocpp1.6"]) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            async with power_on(tmp_path, FAST, f"ws://127.0.0.1:{port}/CP001") as bed:
                link = bed.bench.drivers.link
                link.open()
                await bed.told(LinkOpened())
                await bed.do("link", up=False)
                await bed.told(LinkClosed("the network is down"))
                link.open()
                assert not bed.events, "a command posts nothing before it returns"
                await bed.told(LinkFailed("the network is down"))
                await bed.do("link", up=True)
                link.open()
                await bed.told(LinkOpened())
                link.close()
                await bed.told(LinkClosed("closed by the station"))

    asyncio.run(play())
