"""The emergency stop while the disk stalls: what opens the outlet waits for no storage."""

import asyncio
from pathlib import Path

import pytest
from e2e_stand import TAG, call_of, calls, charge, only_transaction, stand

from tools.net.station_process import State, StationProcess, outlet_of

WITHIN_S = 0.5
"""A tenth of the stall."""


def command_of(state: State) -> object:
    contactor = outlet_of(state)["contactor"]
    assert isinstance(contactor, dict)
    return contactor["command"]


async def commanded(station: StationProcess, command: str, within_s: float) -> None:
    await station.until(lambda state: command_of(state) == command, within_s)


@pytest.mark.parametrize(
    ("cmd", "fields", "reason"),
    [("emergency_stop", {"on": True}, "EmergencyStop"), ("plug_out", {}, "EVDisconnected")],
)
def test_the_outlet_opens_while_the_disk_stalls(
    tmp_path: Path, cmd: str, fields: dict[str, object], reason: str
) -> None:
    async def play() -> None:
        async with stand(tmp_path) as (central, station):
            await station.start()
            await charge(station)
            await station.do("storage", mode="slow")
            await station.do(cmd, **fields)
            await commanded(station, "open", WITHIN_S)
            await asyncio.sleep(WITHIN_S)
            assert calls(central, "StopTransaction") == [], "its record is not on disk yet"
            await station.do("storage", mode="normal")
            await call_of(central, "StopTransaction")
            assert only_transaction(central).reason == reason

    asyncio.run(play())


def test_what_closes_the_outlet_waits_for_a_disk_that_stalls(tmp_path: Path) -> None:
    """The control: the stall is real, and whatever is not safe waits for it."""

    async def play() -> None:
        async with stand(tmp_path) as (_, station):
            await station.start()
            await station.until_ready()
            await station.do("plug_in")
            await station.do("ev_ready", on=True)
            await station.until_status("Preparing")
            await station.do("storage", mode="slow")
            await station.do("swipe", token=TAG)
            with pytest.raises(TimeoutError):
                await commanded(station, "closed", WITHIN_S)
            await station.do("storage", mode="normal")
            await commanded(station, "closed", 5.0)

    asyncio.run(play())
