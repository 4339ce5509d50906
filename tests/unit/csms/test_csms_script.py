"""Scripts: what they do, how they fail, and that mistakes are found before they are played."""

import asyncio
from collections.abc import Mapping
from typing import cast

import pytest
from csms_station import BOOT, START, BareStation, server, station

from cp.vocabulary.errors import SettingsError
from tools.net.csms_language import parse_script
from tools.net.csms_play import CommandFailure, Player
from tools.net.csms_server import CentralSystem


async def play(central: CentralSystem, text: str) -> list[str]:
    shown: list[str] = []
    player = Player(central, shown.append, "the help")
    await player.play(parse_script(text, "s"), "s")
    return shown


async def obedient(cp: BareStation, *answers: object) -> list[object]:
    """Answers our CALLs in turn; returns their payloads."""
    payloads: list[object] = []
    for answer in answers:
        frame = await cp.receive()
        payloads.append(frame[3])
        await cp.send([3, frame[1], answer])
    return payloads


def test_expect_in_order_also_in_any() -> None:
    async def run() -> None:
        async with server() as central, station(central) as cp:
            await cp.status("Available", 0)
            await cp.call("StartTransaction", START)
            await cp.status("Charging")
            await play(
                central,
                """
                expect Connected            # comes before the rest
                expect StatusNotification status=Charging
                also StartTransaction idtag=TAG
                also StatusNotification connectorId=0 status=Available|Preparing
                never Heartbeat within=0.01
                """,
            )

    asyncio.run(run())


@pytest.mark.parametrize(
    ("script", "failure"),
    [
        (
            "\nexpect StatusNotification status=Faulted within=0.01",
            "s:2: StatusNotification status=Faulted did not come within 0.01 s; "
            "came: Connected, StatusNotification Available, Heartbeat",
        ),
        (
            "expect Heartbeat\nexpect StatusNotification within=0.01",
            "s:2: StatusNotification did not come within 0.01 s; came: nothing",
        ),
        (
            "expect Heartbeat\nalso Heartbeat within=0.01",
            "s:2: Heartbeat did not come within 0.01 s; "
            "came: Connected, StatusNotification Available, Heartbeat",
        ),
        (
            "never Heartbeat within=0.01",
            "s:1: Heartbeat came at 2026-01-01T12:00:00.500Z",
        ),
        ("RemoteStop", "s:1: no transaction is open; write transactionId=N"),
        (
            "RemoteStart",
            "s:1: RemoteStartTransaction: 'idTag' is a required property",
        ),
        ("station CP9\nclearcache", "s:2: CP9 is not connected"),
        (
            "Reset Hard -> Accepted within=0.01",
            "s:1: Reset was not answered within 0.01 s",
        ),
    ],
)
def test_failures_name_line_and_cause(script: str, failure: str) -> None:
    async def run() -> None:
        async with server() as central, station(central) as cp:
            await cp.status("Available")
            await cp.call("Heartbeat", {})
            with pytest.raises(CommandFailure) as caught:
                await play(central, script)
            assert str(caught.value) == failure

    asyncio.run(run())


def test_calls_with_expected_answers() -> None:
    async def run() -> None:
        async with server() as central, station(central) as cp:
            await cp.call("StartTransaction", START)
            script = """
                RemoteStart TAG 1 -> Accepted
                RemoteStop -> rejected
                ChangeConfiguration HeartbeatInterval 60
                GetConfiguration HeartbeatInterval -> ok value=60
                UpdateFirmware http://127.0.0.1/f
                call Made '{"up": [1]}'
                DataTransfer vendorId=v data="two words" -> nothing within=0.01
            """
            key = {"key": "HeartbeatInterval", "value": "60", "readonly": False}
            asked = asyncio.create_task(
                obedient(
                    cp,
                    {"status": "Accepted"},
                    {"status": "Rejected"},
                    {"status": "Accepted"},
                    {"configurationKey": [key]},
                    {},
                    {},
                )
            )
            await play(central, script)
            assert await asked == [
                {"idTag": "TAG", "connectorId": 1},
                {"transactionId": 1},
                {"key": "HeartbeatInterval", "value": "60"},
                {"key": ["HeartbeatInterval"]},
                {"location": "http://127.0.0.1/f", "retrieveDate": "2026-01-01T12:00:00.500Z"},
                {"up": [1]},
            ]
            assert (await cp.receive())[3] == {"vendorId": "v", "data": "two words"}

    asyncio.run(run())


def test_names_stand_for_the_files_of_the_server() -> None:
    async def run() -> None:
        async with server() as central, station(central) as cp:
            await cp.call("Heartbeat", {})
            player = Player(central, print, "", "http://127.0.0.1:9001/")
            script = """
                UpdateFirmware new.image
                UpdateFirmware ftp://elsewhere/image
                GetDiagnostics
            """
            asked = asyncio.create_task(obedient(cp, {}, {}, {}))
            await player.play(parse_script(script, "script"), "script")
            locations = [cast("Mapping[str, object]", item)["location"] for item in await asked]
            assert locations == [
                "http://127.0.0.1:9001/new.image",
                "ftp://elsewhere/image",
                "http://127.0.0.1:9001/uploads/",
            ]

    asyncio.run(run())


@pytest.mark.parametrize(
    ("line", "answer", "failure"),
    [
        (
            "Reset Hard -> Accepted",
            {"status": "Rejected"},
            "s:1: Reset was answered Rejected, not Accepted",
        ),
        (
            "GetConfiguration -> ok value=61",
            {"configurationKey": []},
            "s:1: GetConfiguration was answered without value=61",
        ),
    ],
)
def test_a_wrong_answer_fails(line: str, answer: object, failure: str) -> None:
    async def run() -> None:
        async with server() as central, station(central) as cp:
            await cp.call("Heartbeat", {})
            asked = asyncio.create_task(obedient(cp, answer))
            with pytest.raises(CommandFailure) as caught:
                await play(central, line)
            await asked
            assert str(caught.value) == failure

    asyncio.run(run())


def test_rules_tags_and_raw_frames() -> None:
    async def run() -> None:
        async with server() as central, station(central) as cp:
            await cp.call("Heartbeat", {})
            await play(
                central,
                """
                on BootNotification answer Pending interval=5 times=1
                on Authorize idTag=BAD answer invalid parent=G
                on Authorize idTag=ERR error internalerror
                on Heartbeat answer '{"no": "time"}'
                on Heartbeat normal
                on DataTransfer answer Accepted data=yes after=0.01
                tag GUEST Blocked
                raw '["odd"]'
                """,
            )
            assert await cp.receive() == ["odd"]
            boot = await cp.call("BootNotification", BOOT)
            assert boot[2]["interval"] == 5  # type: ignore[index]
            assert (await cp.call("Authorize", {"idTag": "BAD"}))[2] == {
                "idTagInfo": {"status": "Invalid", "parentIdTag": "G"}
            }
            assert (await cp.call("Authorize", {"idTag": "ERR"}))[2] == "InternalError"
            assert (await cp.call("Authorize", {"idTag": "GUEST"}))[2] == {
                "idTagInfo": {"status": "Blocked"}
            }
            assert "currentTime" in (await cp.call("Heartbeat", {}))[2]  # type: ignore[operator]
            assert (await cp.call("DataTransfer", {"vendorId": "v"}))[2] == {
                "status": "Accepted",
                "data": "yes",
            }

    asyncio.run(run())


def test_help_and_books() -> None:
    async def run() -> None:
        async with server() as central, station(central) as cp:
            await cp.call("Heartbeat", {})
            assert await play(central, "help\nbooks") == [
                "the help",
                "CP001: connected, 0 boots, 1 heartbeats, statuses none",
            ]

    asyncio.run(run())


def test_closing_refusing_and_quitting() -> None:
    async def run() -> None:
        async with server() as central:
            async with station(central) as cp:
                await cp.call("Heartbeat", {})
                await play(central, "close\nexpect Disconnected\nquit\nexpect Heartbeat within=0")
            async with station(central) as cp:
                await cp.call("Heartbeat", {})
                await play(central, "refuse 9\nexpect Disconnected\nrefuse 0")
            async with station(central) as cp:
                await cp.call("Heartbeat", {})

    asyncio.run(run())


def test_all_mistakes_are_found_before_the_script_is_played() -> None:
    lines = {
        "expct Heartbeat": "unknown command 'expct'; did you mean expect?",
        "RmoteStart TAG": "unknown command 'RmoteStart'; did you mean RemoteStart?",
        "RemoteStart TAG conector=1": "unknown field of RemoteStartTransaction 'conector'; "
        "did you mean connectorId?",
        "RemoteStart TAG 1 2": "RemoteStartTransaction does not take '2'; write field=value",
        "RemoteStart TAG one": "connectorId is integer, not 'one'",
        "Reset Hadr": "unknown value of type 'Hadr'; did you mean Hard?",
        "Reset Hard ->": "say what answer is expected behind ->, for example: -> Accepted",
        "expect Reset": "unknown message of a station 'Reset'; see help",
        "expect StatusNotification status=Charging|Chargng": "unknown value of status 'Chargng'; "
        "did you mean Charging?",
        "expect Heartbeat soon": "'soon' is not understood; write field=value",
        "expect": "say what: expect ACTION [field=value ...] [within=SECONDS]",
        "on Authorize anser": "unknown reaction 'anser'; did you mean answer?",
        "on Authorize": "say what to do: on Authorize answer | error | silence | close | normal",
        "on Heartbeat answer Accepted": "the answer to Heartbeat has no status",
        "on Heartbeat error Internal": "unknown error code 'Internal'; did you mean InternalError?",
        "on Heartbeat silence times=0": "times is 1 or more, not '0'",
        "on Heartbeat silence status=1": "silence takes only times=N and after=SECONDS",
        "on Authorize answer {bad}": "'{bad}' is no JSON object; "
        "put it between single quotation marks",
        "tag BAD": "say: tag ID STATUS [parent=GROUP]",
        "wait": "say: wait SECONDS",
        "wait long": "'long' is no number of seconds",
        "raw 'open": "no closing quotation; close the quotation mark",
    }
    with pytest.raises(SettingsError) as caught:
        parse_script("\n".join(["# fine", "wait 1", *lines]), "s")
    found = {finding.line: finding.message for finding in caught.value.findings}
    assert found == dict(enumerate(lines.values(), 3))
