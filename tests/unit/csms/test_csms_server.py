"""The central system as a library: dialogue, books, connections."""

import asyncio
import json

import pytest
from csms_station import BOOT, START, server, station
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from tools.net.csms_books import Kind, Message, Tag
from tools.net.csms_show import book_lines, message_line


def test_it_answers_as_a_server_does() -> None:
    async def play() -> None:
        async with server() as central, station(central) as cp:
            assert await cp.call("BootNotification", BOOT, "b") == [
                3,
                "b",
                {
                    "status": "Accepted",
                    "currentTime": "2026-01-01T12:00:00.500Z",
                    "interval": 300,
                },
            ]
            assert await cp.call("Heartbeat", None, "h") == [
                3,
                "h",
                {"currentTime": "2026-01-01T12:00:00.500Z"},
            ]
            assert await cp.call("Authorize", {"idTag": "A"}, "a") == [
                3,
                "a",
                {"idTagInfo": {"status": "Accepted"}},
            ]
            await cp.status("Charging")
            book = central.books.station("CP001")
            assert (book.boots, book.heartbeats, book.statuses) == (1, 1, {1: "Charging"})
            assert not central.books.violations

    asyncio.run(play())


def test_books_of_a_transaction() -> None:
    async def play() -> None:
        async with server() as central, station(central) as cp:
            central.books.tags["TAG"] = Tag("Accepted", "GROUP")
            answer = await cp.call("StartTransaction", START)
            assert answer[2] == {
                "transactionId": 1,
                "idTagInfo": {"status": "Accepted", "parentIdTag": "GROUP"},
            }
            sample = {"timestamp": "2026-01-01T12:01:00Z", "sampledValue": [{"value": "150"}]}
            values = {"connectorId": 1, "transactionId": 1, "meterValue": [sample]}
            await cp.call("MeterValues", values)
            assert [item.id for item in central.books.open_transactions("CP001")] == [1]
            stop = {"transactionId": 1, "meterStop": 175, "timestamp": "2026-01-01T12:02:00Z"}
            await cp.call("StopTransaction", {**stop, "reason": "Remote", "idTag": "TAG"})
            item = central.books.transactions[1]
            assert (item.meter_start, item.meter_stop, item.reason) == (100, 175, "Remote")
            assert (item.id_tag, item.stop_tag, item.meter_values) == ("TAG", "TAG", [sample])
            assert not central.books.open_transactions("CP001")
            assert "175 Wh (75 Wh), Remote, 1 meter values" in "\n".join(book_lines(central.books))

    asyncio.run(play())


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ([2, "x", "Authorize", {}], "ProtocolError"),
        ([2, "x", "Authorize", {"idTag": 5}], "TypeConstraintViolation"),
        ([2, "x", "Authorize", {"idTag": "A", "more": 1}], "FormationViolation"),
        ([2, "x", "Reset", {"type": "Hard"}], "NotImplemented"),
        ([2, "x", "Nonsense", {}], "NotImplemented"),
        ([2, "x", "Heartbeat", []], "TypeConstraintViolation"),
        ("no json", None),
        ([3, "never asked", {}], None),
        ({"a": 1}, None),
        ([2, "x"], None),
    ],
)
def test_breaches_are_noted_and_answered(frame: object, code: str | None) -> None:
    async def play() -> None:
        async with server() as central, station(central) as cp:
            await cp.send(frame)
            if code is not None:
                assert (await cp.receive())[:3] == [4, "x", code]
            await cp.call("Heartbeat", {}, "still alive")
            assert [item.kind for item in central.books.violations] == [Kind.VIOLATION]

    asyncio.run(play())


def test_calls_to_the_station() -> None:
    async def play() -> None:
        async with server() as central, station(central) as cp:
            await cp.call("Heartbeat", {})
            asked = [
                asyncio.create_task(central.call("CP001", "Reset", {"type": kind}))
                for kind in ("Hard", "Soft")
            ]
            first = await cp.receive()
            assert first[2:] == ["Reset", {"type": "Hard"}]
            with pytest.raises(TimeoutError):  # the second waits for the first answer (J 4.1.1)
                async with asyncio.timeout(0.05):
                    await cp.receive()
            await cp.send([3, first[1], {"status": "Accepted"}])
            second = await cp.receive()
            await cp.send([4, second[1], "NotSupported", "why", {}])
            answers = [await task for task in asked]
            assert [answer.word for answer in answers] == ["Accepted", "NotSupported"]
            assert answers[1].description == "why"
            assert not central.books.violations

    asyncio.run(play())


def test_calls_that_get_no_answer() -> None:
    async def play() -> None:
        async with server() as central:
            with pytest.raises(ConnectionError, match="CP001 is not connected"):
                await central.call("CP001", "ClearCache", {})
            async with station(central) as cp:
                await cp.call("Heartbeat", {})
                with pytest.raises(TimeoutError):
                    await central.call("CP001", "ClearCache", {}, 0.02)
                asked = asyncio.create_task(central.call("CP001", "ClearCache", {}))
                for _ in range(2):
                    await cp.receive()
            with pytest.raises(ConnectionError, match="CP001 has disconnected"):
                await asked

    asyncio.run(play())


def test_a_wrong_answer_of_the_station_is_a_breach() -> None:
    async def play() -> None:
        async with server() as central, station(central) as cp:
            await cp.call("Heartbeat", {})
            asked = asyncio.create_task(central.call("CP001", "Reset", {"type": "Hard"}))
            await cp.send([3, (await cp.receive())[1], {"status": "Perhaps"}])
            assert (await asked).word == "Perhaps"
            assert "Perhaps" in str(central.books.violations[0].payload["cause"])

    asyncio.run(play())


def test_a_station_that_returns_replaces_itself() -> None:
    async def play() -> None:
        async with server() as central, station(central) as old:
            await old.call("Heartbeat", {})
            async with station(central) as new:
                await new.call("Heartbeat", {})
                assert central.connected == ("CP001",)
                with pytest.raises(ConnectionClosed):
                    await old.receive()
                assert central.books.station("CP001").is_connected
                kinds = [item.kind for item in central.books.messages if item.payload == {}]
                assert kinds.count(Kind.DISCONNECTED) == 1

    asyncio.run(play())


def test_refusing_and_identities() -> None:
    async def play() -> None:
        async with server() as central:
            async with station(central, "CP%20%C3%84") as cp:
                await cp.call("Heartbeat", {})
                assert central.connected == ("CP Ä",)
                await central.refuse(60)
                with pytest.raises(ConnectionClosed):
                    await cp.receive()
            with pytest.raises(InvalidStatus, match="503"):
                async with station(central):
                    pass
            await central.refuse(0)
            async with station(central) as cp:
                await cp.call("Heartbeat", {})
            with pytest.raises(InvalidStatus, match="404"):
                async with station(central, ""):
                    pass
            with pytest.raises(InvalidStatus, match="400"):
                async with connect(
                    f"{central.url}/X", subprotocols=[Subprotocol("ocpp2.0.1")], proxy=None
                ):
                    pass

    asyncio.run(play())


def test_it_can_be_stopped_and_started_on_its_port() -> None:
    async def play() -> None:
        async with server() as central:
            url = central.url
            await central.stop()
            with pytest.raises(OSError, match=r"[Cc]onnect"):
                async with station(central):
                    pass
            await central.start()
            assert central.url == url
            async with station(central) as cp:
                await cp.call("Heartbeat", {})

    asyncio.run(play())


def test_hooks_and_waiting() -> None:
    async def play() -> None:
        seen: list[Message] = []
        async with server() as central:
            central.on_message.append(seen.append)
            waiting = asyncio.create_task(
                central.wait_for(lambda item: item.action == "Authorize", timeout_s=5)
            )
            async with station(central) as cp:
                await cp.call("Authorize", {"idTag": "A"})
                found = await waiting
                assert found.payload == {"idTag": "A"}
                assert await central.wait_for(lambda item: item.action == "Authorize") is found
                with pytest.raises(TimeoutError):
                    await central.wait_for(
                        lambda item: item.action == "Authorize" and item.kind is Kind.CALL,
                        after_seq=found.seq,
                        timeout_s=0.02,
                    )
        assert [item.seq for item in seen] == [1, 2, 3, 4]
        assert [message_line(item) for item in seen] == [
            "12:00:00.500 CP001 --- connected",
            "12:00:00.500 CP001 --> Authorize idTag=A",
            "12:00:00.500 CP001 <-- Authorize answered: idTagInfo={status=Accepted}",
            "12:00:00.500 CP001 --- disconnected",
        ]

    asyncio.run(play())


def test_any_text_can_be_sent() -> None:
    async def play() -> None:
        async with server() as central, station(central) as cp:
            await cp.call("Heartbeat", {})
            await central.send_text("CP001", json.dumps(["odd"]))
            assert await cp.receive() == ["odd"]

    asyncio.run(play())
