"""Whole visits, offline visits and resets of a real station against a central system of others.

``make interop`` runs these; they need Node. Whatever ocpp-rpc rejects fails, whatever a test looks
for beyond that.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from foreign_server import ForeignServer, foreign_server
from server_requests import REQUESTS
from visit import TAG, charge, check_transaction, emptied, energy, leave, plug_in, statuses
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from cp.vocabulary.events import LinkFailed, LinkOpened
from cp.vocabulary.ports import Post
from drivers.websocket_link import WebsocketLink
from tools.net.station_process import StationProcess

EXIT_RESTART = 75
EXIT_POWER_CUT = 137
KEYS = {
    "MeterValueSampleInterval": 1,
    "StopTxnSampledData": ["Energy.Active.Import.Register"],
    "AllowOfflineTxForUnknownId": True,
    "TransactionMessageRetryInterval": 1,
    "WebSocketPingInterval": 1,
}
Play = Callable[[ForeignServer, StationProcess], Awaitable[None]]


def played(folder: Path, play: Play, *flags: str) -> None:
    """A station that has reached Available at a server of others; nothing may be rejected."""

    async def run() -> None:
        async with foreign_server() as server, powered(folder, server, *flags) as station:
            await server.until_call("StatusNotification", connectorId=1, status="Available")
            await play(server, station)

    asyncio.run(run())


@contextlib.asynccontextmanager
async def powered(
    folder: Path, server: ForeignServer, *flags: str
) -> AsyncIterator[StationProcess]:
    station = StationProcess(folder, server.url, keys=KEYS)
    await station.start(*flags)
    try:
        yield station
    finally:
        await station.kill()


def test_the_server_is_strict() -> None:
    """Else the other tests would show nothing."""

    async def run() -> None:
        async with foreign_server() as server:
            url, words = f"{server.url}/CP001", [Subprotocol("ocpp1.6")]
            async with connect(url, subprotocols=words) as connection:
                for frame in (
                    '[2,"1","Heartbeat",{"extra":1}]',
                    '[2,"2","BootNotification",{"chargePointVendor":"V"}]',
                    '[3,"3",{}]',
                    "no JSON",
                ):
                    await connection.send(frame)
                await server.until(lambda: len(server.rejected) == 4, "four rejections")
            server.heard.clear()

    asyncio.run(run())


# ---- online --------------------------------------------------------------------------------------


def test_a_visit_with_a_card(tmp_path: Path) -> None:
    async def play(server: ForeignServer, station: StationProcess) -> None:
        await charge(station)
        await leave(station)
        start, stop = check_transaction(server)
        assert (start.get("idTag"), start.get("connectorId")) == (TAG, 1)
        assert stop.get("reason") in (None, "Local") and stop.get("transactionData")
        assert server.calls()[0].action == "BootNotification"
        assert len(server.calls("BootNotification", "Authorize")) == 2
        await server.until(lambda: statuses(server.calls())[-1] == "Available", "Available")
        seen = statuses(server.calls())
        assert [s for s in seen if s != "SuspendedEV"] == [
            *("Available", "Preparing", "Charging", "Finishing", "Available")
        ]

    played(tmp_path, play)


def test_a_visit_by_remote_control(tmp_path: Path) -> None:
    async def play(server: ForeignServer, station: StationProcess) -> None:
        await plug_in(station)
        accepted = {"status": "Accepted"}
        answer = await server.call("RemoteStartTransaction", idTag=TAG, connectorId=1)
        assert answer.payload == accepted
        await station.until_status("Charging")
        await energy(station, 25)
        for message in ("MeterValues", "StatusNotification", "Heartbeat"):
            count = len(server.calls(message))
            assert (await server.call("TriggerMessage", requestedMessage=message)).payload == (
                accepted
            )
            await server.until_call(message, after=count)
        answer = await server.call("RemoteStopTransaction", transactionId=1)
        assert answer.payload == accepted
        await station.until_status("Finishing")
        await station.do("plug_out")
        await emptied(station)
        assert check_transaction(server)[1].get("reason") == "Remote"

    played(tmp_path, play)


def test_a_card_that_is_refused(tmp_path: Path) -> None:
    async def play(server: ForeignServer, station: StationProcess) -> None:
        server.answer("Authorize", {"idTagInfo": {"status": "Blocked"}})
        await plug_in(station)
        await station.do("swipe", token=TAG)
        await server.until_call("Authorize", idTag=TAG)
        await station.do("plug_out")
        await station.until_status("Available")
        assert server.calls("StartTransaction") == []

    played(tmp_path, play)


def test_every_request_gets_an_answer_that_fits_its_schema(tmp_path: Path) -> None:
    async def play(server: ForeignServer, station: StationProcess) -> None:
        for action, payload, expected in REQUESTS:
            answer = await server.request("CP001", action, payload)
            got = answer.code or answer.payload.get("status", "answered")
            assert got in expected, (action, answer)
        await emptied(station)

    played(tmp_path, play)


# ---- offline -------------------------------------------------------------------------------------


def test_a_visit_without_the_network(tmp_path: Path) -> None:
    async def play(server: ForeignServer, station: StationProcess) -> None:
        await station.do("link", up=False)
        await server.until(lambda: server.heard[-1].kind == "disconnected", "the end of the link")
        await charge(station)
        await station.do("swipe", token=TAG)
        await station.until_status("Finishing")
        await station.do("plug_out")
        await station.until_status("Available")
        assert server.calls("StartTransaction") == []
        await station.do("link", up=True)
        await emptied(station)
        check_transaction(server)
        assert len(server.calls("BootNotification")) == 1

    played(tmp_path, play)


def test_a_server_that_is_away_for_a_while(tmp_path: Path) -> None:
    async def play(server: ForeignServer, station: StationProcess) -> None:
        await charge(station)
        server.set_open(False)
        await station.until(lambda state: state["link"] != "online")
        await energy(station, 25)
        await station.do("swipe", token=TAG)
        await station.until_status("Finishing")
        server.set_open(True)
        await emptied(station)
        check_transaction(server)
        await station.do("plug_out")
        await charge(station)
        await leave(station)
        check_transaction(server, 2)
        assert len(server.calls("BootNotification")) == 1

    played(tmp_path, play)


# ---- resets and power ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["Hard", "Soft"])
def test_a_reset_while_charging(tmp_path: Path, kind: str) -> None:
    async def play(server: ForeignServer, station: StationProcess) -> None:
        await charge(station)
        assert (await server.call("Reset", type=kind)).payload == {"status": "Accepted"}
        assert await station.ended() == EXIT_RESTART
        await station.start()
        await server.until_call("BootNotification", after=1)
        await emptied(station)
        assert check_transaction(server)[1].get("reason") == f"{kind}Reset"
        assert len(server.calls("StopTransaction")) == 1
        await station.until_status("Finishing")  # inputs are read a moment after the boot
        await station.do("plug_out")
        await charge(station)
        await leave(station)
        check_transaction(server, 2)

    played(tmp_path, play)


@pytest.mark.parametrize("kind", ["Hard", "Soft"])
def test_a_reset_in_place(tmp_path: Path, kind: str) -> None:
    async def play(server: ForeignServer, station: StationProcess) -> None:
        for count in (1, 2):
            assert (await server.call("Reset", type=kind)).payload == {"status": "Accepted"}
            await server.until_call("BootNotification", after=count)
            after = len(server.heard)
            await server.until(
                lambda after=after: "Available" in statuses(server.heard[after:]),  # type: ignore[misc]
                "Available",
            )

    played(tmp_path, play, "--respawn")


def test_a_power_cut_while_charging(tmp_path: Path) -> None:
    async def play(server: ForeignServer, station: StationProcess) -> None:
        await charge(station)
        with contextlib.suppress(Exception):
            await station.do("power_cut")
        assert await station.ended() == EXIT_POWER_CUT
        await station.start()
        await server.until_call("StopTransaction", transactionId=1)
        await emptied(station)
        assert check_transaction(server)[1].get("reason") == "PowerLoss"
        assert len(server.calls("BootNotification")) == 2

    played(tmp_path, play)


# ---- credentials ---------------------------------------------------------------------------------


def test_credentials_as_another_reads_them(tmp_path: Path) -> None:
    """ocpp-rpc takes the identity of the address for the user name, and any bytes as password."""
    file = tmp_path / "password"
    file.write_bytes(b"wrong")
    file.chmod(0o600)

    async def run() -> None:
        async with foreign_server() as server:
            password = bytes(byte for byte in range(1, 40) if byte not in b"\r\n")
            server.set_password("RDAM 123", password)
            link = WebsocketLink(f"{server.url}/RDAM%20123", password_file=str(file))
            assert "401" in await outcome(link)
            file.write_bytes(password)
            assert await outcome(link) == "opened"

    asyncio.run(run())


async def outcome(link: WebsocketLink) -> str:
    """Of one attempt: ``opened``, or why it failed."""
    ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def note(event: object) -> None:
        if isinstance(event, LinkOpened) and not ended.done():
            ended.set_result("opened")
        elif isinstance(event, LinkFailed):
            ended.set_result(event.why)

    post: Post = note
    await link.start(post)
    link.open()
    try:
        return await ended
    finally:
        await link.stop()
