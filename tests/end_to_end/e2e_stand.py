"""Stands for the end-to-end tests: a central system here, a real station process beside it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from tools.net.csms_books import Kind, Message, Transaction
from tools.net.csms_server import CentralSystem
from tools.net.station_process import State, StationProcess, outlet_of

TAG = "04A1B2C3D4"
TIME_SCALE = 10.0


@asynccontextmanager
async def stand(
    folder: Path,
    *,
    keys: Mapping[str, object] | None = None,
    program: tuple[str, ...] = ("-m", "cp"),
) -> AsyncIterator[tuple[CentralSystem, StationProcess]]:
    """A central system that listens and a station that was not started yet."""
    central = CentralSystem()
    await central.start()
    station = StationProcess(folder, central.url, time_scale=TIME_SCALE, keys=keys, program=program)
    try:
        yield central, station
    finally:
        await station.kill()
        await central.stop()


async def charge(station: StationProcess, watts: int = 36_000) -> None:
    """Plug, card, and energy flows."""
    await station.until_ready()
    await station.do("set_power", watts=watts)
    await station.do("plug_in")
    await station.do("ev_ready", on=True)
    await station.do("swipe", token=TAG)
    await station.until_status("Charging")


async def flown(station: StationProcess, energy_wh: int) -> State:
    """Wait until so much has flown since the register was 0."""
    return await station.until(lambda state: register_wh(state) >= energy_wh)


def register_wh(state: State) -> int:
    value = outlet_of(state)["register_wh"]
    assert isinstance(value, int)
    return value


def calls(central: CentralSystem, action: str) -> list[Message]:
    """What the station sent, oldest first."""
    return [
        message
        for message in central.books.messages
        if message.kind is Kind.CALL and message.is_from_station and message.action == action
    ]


async def call_of(central: CentralSystem, action: str, *, after: int = 0) -> Message:
    """The first such CALL of the station with a number above ``after``, now or soon."""
    return await central.wait_for(
        lambda message: (
            message.action == action and message.kind is Kind.CALL and message.is_from_station
        ),
        after_seq=after,
        timeout_s=10.0,
    )


async def settled(station: StationProcess) -> State:
    """Nothing waits for delivery any more."""
    return await station.until(
        lambda state: state["queue"] == 0 and state["registration"] == "Accepted"
    )


def only_transaction(central: CentralSystem) -> Transaction:
    (transaction,) = central.books.transactions.values()
    return transaction
