"""The process ends without a goodbye: the next start closes what was open, once, Wh for Wh."""

import asyncio
from pathlib import Path

import pytest
from e2e_stand import (
    call_of,
    calls,
    charge,
    flown,
    only_transaction,
    register_wh,
    settled,
    stand,
)

from tools.net.station_process import StationError, StationProcess


async def cut_power(station: StationProcess) -> int:
    with pytest.raises(StationError):
        await station.do("power_cut")
    return await station.ended()


async def kill(station: StationProcess) -> int:
    await station.kill()
    return await station.ended()


async def stop(station: StationProcess) -> int:
    return await station.stop()


@pytest.mark.parametrize(
    ("end", "exit_code", "reason"),
    [(cut_power, 137, "PowerLoss"), (kill, -9, "PowerLoss"), (stop, 0, "Reboot")],
)
def test_an_open_transaction_is_closed_once(
    tmp_path: Path, end: "type[object]", exit_code: int, reason: str
) -> None:
    async def play_one() -> None:
        async with stand(tmp_path) as (central, station):
            await station.start()
            await charge(station)
            await flown(station, 8)
            assert await end(station) == exit_code  # type: ignore[misc]
            assert only_transaction(central).is_open
            await station.start()
            await call_of(central, "StopTransaction")
            state = await settled(station)
            transaction = only_transaction(central)
            assert transaction.reason == reason
            assert transaction.meter_stop == register_wh(state) >= 1
            assert await station.stop() == 0
            await station.start()
            await call_of(
                central, "BootNotification", after=calls(central, "StopTransaction")[0].seq
            )
            await settled(station)
            assert len(calls(central, "StopTransaction")) == 1
            assert central.books.violations == []

    asyncio.run(play_one())


def test_a_visit_without_the_network_is_told_later(tmp_path: Path) -> None:
    async def play_one() -> None:
        async with stand(tmp_path, keys={"AllowOfflineTxForUnknownId": True}) as (central, station):
            await station.start()
            await station.until_ready()
            await station.do("link", up=False)
            await station.until(lambda state: state["link"] != "online")
            await station.do("set_power", watts=36_000)
            await station.do("plug_in")
            await station.do("ev_ready", on=True)
            await station.do("swipe", token="OFFLINE")
            await station.until_status("Charging")
            await flown(station, 2)
            await station.do("plug_out")
            await station.until_status("Available")
            assert central.books.transactions == {}
            await station.do("link", up=True)
            await call_of(central, "StopTransaction")
            state = await settled(station)
            transaction = only_transaction(central)
            assert transaction.reason == "EVDisconnected"
            assert 2 <= (transaction.meter_stop or 0) <= register_wh(state)
            assert transaction.id_tag == "OFFLINE"

    asyncio.run(play_one())


def test_a_cut_without_the_network_loses_nothing(tmp_path: Path) -> None:
    async def play_one() -> None:
        async with stand(tmp_path) as (central, station):
            await station.start()
            await charge(station)
            await station.do("link", up=False)
            await flown(station, 2)
            await cut_power(station)
            await station.start()
            await call_of(central, "StopTransaction")
            state = await settled(station)
            assert only_transaction(central).meter_stop == register_wh(state)

    asyncio.run(play_one())
