"""Hands on the bench of the station, and eyes on what the server heard."""

from collections.abc import Sequence

from foreign_server import ForeignServer, Heard

from tools.net.station_process import State, StationProcess, outlet_of

TAG = "04A1B2C3D4"


async def plug_in(station: StationProcess) -> None:
    await station.do("set_power", watts=72_000)  # 20 Wh a second
    await station.do("plug_in")
    await station.do("ev_ready", on=True)


async def charge(station: StationProcess) -> None:
    """Plug, card, and a few samples of energy."""
    await plug_in(station)
    await station.do("swipe", token=TAG)
    await station.until_status("Charging")
    await energy(station, 25)


async def energy(station: StationProcess, more_wh: int) -> None:
    def register_wh(state: State) -> int:
        return int(str(outlet_of(state)["register_wh"]))

    before_wh = register_wh(await station.state())
    await station.until(lambda state: register_wh(state) >= before_wh + more_wh)


async def leave(station: StationProcess) -> None:
    """Card, unplug, and nothing left to tell."""
    await station.do("swipe", token=TAG)
    await station.until_status("Finishing")
    await station.do("plug_out")
    await station.until_status("Available")
    await emptied(station)


async def emptied(station: StationProcess) -> None:
    await station.until(lambda state: state["queue"] == 0 and state["link"] == "online", 20)


def statuses(calls: Sequence[Heard]) -> list[object]:
    """Of connector 1, in order."""
    return [
        call.get("status")
        for call in calls
        if call.action == "StatusNotification" and call.get("connectorId") == 1
    ]


def check_transaction(server: ForeignServer, transaction_id: int = 1) -> tuple[Heard, Heard]:
    """Start, samples and stop belong together and are in order; each once."""
    kinds = ("StartTransaction", "MeterValues", "StopTransaction")
    calls = [
        call
        for call in server.calls(*kinds)
        if transaction_id in ((call.answer or {}).get("transactionId"), call.get("transactionId"))
    ]
    start, *samples, stop = calls
    assert [call.action for call in (start, stop)] == [kinds[0], kinds[2]]
    assert samples and {call.action for call in samples} == {"MeterValues"}
    assert len({call.id for call in calls}) == len(calls)
    registers = [
        int(str(call.get("meterValue", 0, "sampledValue", 0, "value"))) for call in samples
    ]
    ends = [int(str(start.get("meterStart"))), int(str(stop.get("meterStop")))]
    assert [ends[0], *registers, ends[1]] == sorted([ends[0], *registers, ends[1]])
    assert ends[1] - ends[0] >= 25
    assert str(start.get("timestamp")) < str(stop.get("timestamp"))
    return start, stop
