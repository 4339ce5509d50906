"""The day that the station lives through while it is traced.

Theory of operation: it is made of scenes. Each begins and ends with an outlet that is free, in
service and online; those of ``SCENES`` may be played in any order, any number of times, each time
with another number.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from tools.crash.strace import traces
from tools.net.csms_server import CentralSystem
from tools.net.csms_words import Payload
from tools.net.station_process import StationError, StationProcess

STORAGE: Final = "storage"
TRACE: Final = "trace"

KEYS: Final[Mapping[str, object]] = {
    "AllowOfflineTxForUnknownId": True,
    "MeterValueSampleInterval": 2,
    "ClockAlignedDataInterval": 0,
}
SCALE: Final = 10.0

Scene = Callable[[CentralSystem, StationProcess, int], Awaitable[None]]
_WRITTEN_WITHIN_S: Final = 20.0


async def live(folder: Path, rounds: int, wrong: str = "") -> None:
    """Live ``rounds`` times through visits, orders and a power cut; traces lie in ``folder``.

    ``wrong`` names a station of ``station.WRONG``.
    """
    central = CentralSystem()
    await central.start()
    trace = folder / TRACE
    program = ("-m", "tools.crash.strace", str(trace), "-m", "tools.crash.station", wrong)
    station = StationProcess(folder, central.url, time_scale=SCALE, keys=KEYS, program=program)
    try:
        await station.start()
        await station.until_ready()
        for number in range(rounds):
            await _round(central, station, number)
        await station.stop()
        await _written(trace)
    finally:
        await station.kill()
        await central.stop()


async def _round(central: CentralSystem, station: StationProcess, number: int) -> None:
    for scene in SCENES:
        await scene(central, station, number)
    await _begin(station, f"CUT{number}")
    try:
        await station.do("power_cut")
    except StationError:
        await station.ended()
    await station.start()
    await _settled(station)
    await station.do("plug_out")
    await station.until_ready()


async def _order_update(central: CentralSystem, station: StationProcess, number: int) -> None:
    """An update that is not due: it must be remembered."""
    location = f"http://127.0.0.1:9/image{number}"
    payload = {"location": location, "retrieveDate": "2099-01-01T00:00:00Z"}
    await order(central, station, "UpdateFirmware", payload)


async def _order_key(central: CentralSystem, station: StationProcess, number: int) -> None:
    payload = {"key": "ConnectionTimeOut", "value": f"{61 + number}"}
    await order(central, station, "ChangeConfiguration", payload)


async def _order_availability(central: CentralSystem, station: StationProcess, _: int) -> None:
    for kind, status in (("Inoperative", "Unavailable"), ("Operative", "Available")):
        await order(central, station, "ChangeAvailability", {"connectorId": 1, "type": kind})
        await station.until_status(status)


async def _visit_online(_: CentralSystem, station: StationProcess, number: int) -> None:
    await _visit(station, f"ONLINE{number}")
    await _settled(station)


async def _visit_offline(_: CentralSystem, station: StationProcess, number: int) -> None:
    await station.do("link", up=False)
    await station.until(lambda state: state["link"] != "online")
    await _visit(station, f"OFFLINE{number}")
    await station.do("link", up=True)
    await _settled(station)


SCENES: Final[Sequence[Scene]] = (
    _visit_online,
    _order_key,
    _visit_offline,
    _order_availability,
    _order_update,
)


async def _visit(station: StationProcess, tag: str) -> None:
    """Begin, a few samples, the same card, unplug."""
    await _begin(station, tag)
    await asyncio.sleep(1.2)
    await station.do("swipe", token=tag)
    await station.until_status("Finishing")
    await station.do("plug_out")
    await station.until_status("Available")


async def _begin(station: StationProcess, tag: str) -> None:
    await station.do("set_power", watts=36_000)
    await station.do("plug_in")
    await station.do("ev_ready", on=True)
    await station.do("swipe", token=tag)
    await station.until_status("Charging")


async def order(
    central: CentralSystem, station: StationProcess, action: str, payload: Payload
) -> None:
    """An order of the central system, answered in whatever way."""
    await central.call(station.id, action, payload)


async def _settled(station: StationProcess) -> None:
    """Registered, and nothing waits for delivery."""
    await station.until(
        lambda state: state["queue"] == 0 and state["registration"] == "Accepted", 20.0
    )


async def _written(trace: Path) -> None:
    """The tracer ends a moment after the program: each file then tells of its end."""
    async with asyncio.timeout(_WRITTEN_WITHIN_S):
        while not all(b"+++ " in path.read_bytes()[-200:] for path in traces(trace)):
            await asyncio.sleep(0.05)
