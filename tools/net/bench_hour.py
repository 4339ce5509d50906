"""What an hour of charging writes to the disk.

Theory of operation: one visit of a real station, from plug to unplug, with its sample each minute
and its checkpoint each 10 s, faster than life by ``_TIME_SCALE``. Counted is what the kernel counts
for the process: journal, its WAL, transcript, in whole pages of 4 KiB. The EV takes no energy, so
that the bench need not write down its register, which is a meter's business. The transcript is
written every 5 s of real time, so its pages count less often than in life: 0.4 MB an hour at most.
The floor is the length of all CALLs of that time.
"""

import asyncio
from pathlib import Path
from typing import Final

from tools.net.bench_figure import Figure
from tools.net.bench_process import written_bytes
from tools.net.bench_server import BenchServer
from tools.net.station_process import StationProcess

_HOUR_S: Final = 3600.0
_TIME_SCALE: Final = 200.0


async def hour_figure(server: BenchServer, url: str, folder: Path) -> Figure:
    """The line of the table."""
    folder.mkdir()
    keys = {"AuthorizeRemoteTxRequests": False}
    station = StationProcess(folder, url, station="HOUR", time_scale=_TIME_SCALE, keys=keys)
    await station.start()
    try:
        await station.until_ready()
        written, sent = written_bytes(station.pid), server.call_bytes
        await _visit(server, station)
        written, sent = written_bytes(station.pid) - written, server.call_bytes - sent
    finally:
        await station.kill()
    value, floor = f"{written / 1e6:.2f} MB", f"{sent / 1e6:.3f} MB"
    return Figure(
        "bytes written to disk per hour of charging", value, floor, written / sent, "none", True
    )


async def _visit(server: BenchServer, station: StationProcess) -> None:
    """An hour of charging."""
    await station.do("set_power", connector=1, watts=0)
    await station.do("plug_in", connector=1)
    await station.until_status("Preparing")
    await station.do("ev_ready", connector=1, on=True)
    await server.call("RemoteStartTransaction", {"idTag": "TAG", "connectorId": 1})
    await station.until_status("Charging")
    await station.hang_up()
    await asyncio.sleep(_HOUR_S / _TIME_SCALE)
    await server.call("RemoteStopTransaction", {"transactionId": server.last_transaction})
    await station.until_status("Finishing")
    await station.do("plug_out", connector=1)
    await station.until_ready()
