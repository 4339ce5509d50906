"""A full disk in a whole station: the backlog becomes thinner, and all the rest arrives."""

import asyncio
from itertools import pairwise
from pathlib import Path

from e2e_stand import call_of, calls, charge, only_transaction, register_wh, settled

from tools.net.csms_server import CentralSystem
from tools.net.station_process import StationProcess

TIME_SCALE = 50.0
SAMPLES = 130
"""Twice what the window in memory holds, so that there is something to thin in storage."""


def test_a_full_disk_thins_the_backlog_and_nothing_else_is_lost(tmp_path: Path) -> None:
    async def play() -> None:
        central = CentralSystem()
        await central.start()
        station = StationProcess(
            tmp_path, central.url, time_scale=TIME_SCALE, keys={"MeterValueSampleInterval": 1}
        )
        try:
            await station.start()
            await charge(station, watts=360_000)
            await station.do("link", up=False)
            begun_wh = register_wh(await station.state())
            await station.until(lambda state: register_wh(state) > begun_wh + 100 * SAMPLES)
            await station.do("storage", mode="full")
            await asyncio.sleep(0.2)
            await station.do("swipe", token="04A1B2C3D4")
            await station.until_status("Finishing")
            await station.do("storage", mode="normal")
            await station.do("link", up=True)
            await call_of(central, "StopTransaction")
            assert only_transaction(central).reason == "Local"
            await settled(station)
            assert central.books.violations == []
            places = [int(message.message_id) for message in calls(central, "MeterValues")]
            missing = [later - earlier - 1 for earlier, later in pairwise(places)]
            assert sum(missing) > 20, "thinned out of those that were stored"
            assert set(missing[:60]) == {0}, "those that were held in memory are whole"
        finally:
            await station.kill()
            await central.stop()

    asyncio.run(play())
