"""The running process: registration, every bench command, faults of our own, restarts."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from e2e_stand import (
    TAG,
    call_of,
    calls,
    charge,
    flown,
    only_transaction,
    register_wh,
    settled,
    stand,
)

from tools.net.csms_answers import Rule
from tools.net.csms_books import Kind
from tools.net.station_process import State, StationError, StationProcess, outlet_of, status_of

# A program that has a fault which no release has: the connector raises when a car leaves.
FAULTY = """
import sys
from cp.behavior.connector import Connector
def fail(self):
    raise RuntimeError("seeded: " + self._fields.id_tag)
Connector.{action} = fail
from cp.__main__ import main
sys.exit(main())
"""

# A program that writes down what is imported when BootNotification leaves.
NOSY = """
import sys
from drivers import websocket_link
send = websocket_link.WebsocketLink.send
def nosy_send(self, text):
    if "BootNotification" in text:
        open("{file}", "w").write(" ".join(sys.modules))
    send(self, text)
websocket_link.WebsocketLink.send = nosy_send
from cp.__main__ import main
sys.exit(main())
"""


# ---- registration --------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["Pending", "Rejected"])
def test_nothing_is_told_before_the_station_is_accepted(tmp_path: Path, status: str) -> None:
    async def play_one() -> None:
        async with stand(tmp_path) as (central, station):
            fields = (("status", status), ("interval", 3))
            central.answers.add(Rule("BootNotification", fields=fields, times=2))
            await station.start()
            await station.until(
                lambda state: state["registration"] == status and status_of(state) == "Available"
            )
            request = {"key": ["HeartbeatInterval"]}
            if status == "Pending":
                answer = await central.call(station.id, "GetConfiguration", request)
                assert not answer.error_code
            else:
                with pytest.raises(TimeoutError):
                    await central.call(station.id, "GetConfiguration", request, timeout_s=0.1)
            await settled(station)
            first = (await call_of(central, "StatusNotification")).seq
            boots = [message.seq for message in calls(central, "BootNotification")]
            assert len(boots) == 3
            assert boots[-1] < first

    asyncio.run(play_one())


# ---- the bench -----------------------------------------------------------------------------------


def test_every_bench_command(tmp_path: Path) -> None:
    async def play_one() -> None:
        async with stand(tmp_path) as (central, station):
            await station.start()
            await station.until_ready()
            await station.do("clock", offset_s=-3600)
            await station.do("set_power", connector=1, watts=36_000)
            await station.do("set_register", connector=1, wh=12_345)
            await station.do("plug_in", connector=1)
            await station.do("ev_ready", connector=1, on=True)
            await station.do("swipe", token=TAG)
            await station.until_status("Charging")
            await station.until(lambda state: outlet_of(state)["power_w"] == 36_000)
            assert only_transaction(central).meter_start == 12_345
            await _break_and_mend(station)
            await station.do("emergency_stop", on=True)
            await call_of(central, "StopTransaction")
            assert only_transaction(central).reason == "EmergencyStop"
            await station.do("emergency_stop", on=False)
            await station.do("plug_out", connector=1)
            await station.until_status("Available")
            assert register_wh(await station.state()) > 12_345
            with pytest.raises(StationError, match="plug_in"):
                await station.do("plug_inn")
            with pytest.raises(StationError, match="ended"):
                await station.do("power_cut")
            assert await station.ended() == 137
            assert central.books.violations == []

    asyncio.run(play_one())


async def _break_and_mend(station: StationProcess) -> None:
    await station.do("fault", connector=1, code="GroundFailure")
    await station.until_status("Faulted")
    await station.do("clear_fault", connector=1, code="GroundFailure")
    await station.until_status("Charging")
    await station.do("link", up=False)
    await station.until(lambda state: state["link"] != "online")
    await station.do("link", up=True)
    await station.until(lambda state: state["link"] == "online")
    for cmd, broken in [("contactor", "welded"), ("meter", "stuck"), ("storage", "full")]:
        await station.do(cmd, mode=broken)
        await station.do(cmd, mode="normal")
    await station.do("reader", mode="failed")
    await station.until(lambda state: _is_warned(state))
    await station.do("reader", mode="normal")
    await station.until(lambda state: not _is_warned(state))


def _is_warned(state: State) -> bool:
    machines = state["machines"]
    assert isinstance(machines, dict)
    return machines["health.0"] == ["warned"]


# ---- faults of our own ---------------------------------------------------------------------------


def test_a_fault_of_our_own_ends_the_process_and_the_next_start_recovers(tmp_path: Path) -> None:
    program = ("-c", FAULTY.format(action="stop_by_unplug"))

    async def play_one() -> None:
        async with stand(tmp_path, program=program) as (central, station):
            await station.start()
            await charge(station)
            await flown(station, 2)
            with pytest.raises((StationError, TimeoutError)):
                await station.do("plug_out")
                await station.until_status("Available", within_s=2.0)
            assert await station.ended() == 70
            log = await station.log()
            assert "fault of our own: connector.1 on unplugged: RuntimeError, traceback" in log
            assert "Traceback" not in log
            assert TAG not in log
            with closing(sqlite3.connect(tmp_path / "storage" / "journal.db")) as journal:
                ((body,),) = journal.execute("SELECT body FROM row WHERE kind = 'fault'")
            assert '"machine":"connector.1"' in body
            await station.start()
            await call_of(central, "StopTransaction")
            await settled(station)
            assert only_transaction(central).reason == "Reboot"
            assert len(calls(central, "StopTransaction")) == 1

    asyncio.run(play_one())


def test_a_raise_outside_of_charts_ends_the_same_way(tmp_path: Path) -> None:
    program = (
        "-c",
        "import sys; from drivers.bench.meter import BenchMeter\n"
        "def fail(self, limit_wh): raise RuntimeError('seeded')\n"
        "BenchMeter.watch = fail\n"
        "from drivers.bench.devices import BenchPilot\n"
        "BenchPilot.offer = fail\n"
        "from cp.__main__ import main; sys.exit(main())",
    )

    async def play_one() -> None:
        async with stand(tmp_path, program=program) as (_, station):
            await station.start()
            with pytest.raises((StationError, TimeoutError)):
                await charge(station)
            assert await station.ended() == 70
            assert "fault of our own: daemon on stray_error: RuntimeError" in await station.log()

    asyncio.run(play_one())


def test_a_broken_disk_ends_the_process(tmp_path: Path) -> None:
    async def play_one() -> None:
        async with stand(tmp_path) as (_, station):
            await station.start()
            await station.until_ready()
            await station.do("storage", mode="error")
            await station.do("plug_in")
            await station.do("swipe", token=TAG)
            assert await station.ended() == 70
            assert "the bench says that the disk is broken" in await station.log()

    asyncio.run(play_one())


# ---- restarts and stops --------------------------------------------------------------------------


@pytest.mark.parametrize("flags", [(), ("--respawn",)])
def test_a_reset_asks_for_a_restart(tmp_path: Path, flags: tuple[str, ...]) -> None:
    async def play_one() -> None:
        async with stand(tmp_path) as (central, station):
            await station.start(*flags)
            await station.until_ready()
            last = central.books.messages[-1].seq
            answer = await central.call(station.id, "Reset", {"type": "Soft"})
            assert answer.word == "Accepted"
            if not flags:
                assert await station.ended() == 75
                return
            await call_of(central, "BootNotification", after=last)
            assert await station.stop() == 0

    asyncio.run(play_one())


def test_an_ordered_stop_opens_the_outlet_and_says_goodbye(tmp_path: Path) -> None:
    async def play_one() -> None:
        async with stand(tmp_path) as (central, station):
            await station.start()
            await charge(station)
            assert await station.stop() == 0
            assert central.books.messages[-1].kind is Kind.DISCONNECTED
            transcript = (tmp_path / "storage" / "transcript.txt").read_text()
            assert "close_contactor connector_id=1" in transcript
            memory = (tmp_path / "storage" / "bench.json").read_text()
            assert '"is_contact_closed": false' in memory

    asyncio.run(play_one())


# ---- the start -----------------------------------------------------------------------------------


def test_what_is_not_imported_when_boot_notification_leaves(tmp_path: Path) -> None:
    program = ("-c", NOSY.format(file=tmp_path / "modules"))

    async def play_one() -> None:
        async with stand(tmp_path, program=program) as (central, station):
            await station.start()
            await call_of(central, "BootNotification")
            await station.until_ready()

    asyncio.run(play_one())
    modules = set((tmp_path / "modules").read_text().split())
    assert {"cp.controller", "websockets"} <= modules
    late = {"ocpp", "rich", "httpx", "jsonschema", "argparse", "drivers.panel", "tools"}
    late |= {"cp.equipment", "cp.hardware", "drivers.gpio", "drivers.late", "drivers.service"}
    assert modules & late == set()
