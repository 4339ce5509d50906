"""Rules: how the central system misbehaves when it is told to."""

import asyncio

import pytest
from csms_station import BOOT, START, server, station
from websockets.exceptions import ConnectionClosed

from tools.net.csms_answers import Rule, RuleKind


def test_a_repeated_start_is_the_same_transaction() -> None:
    async def play() -> None:
        async with server() as central:
            central.answers.add(Rule("StartTransaction", RuleKind.CLOSE, times=1))
            async with station(central) as cp:
                with pytest.raises(ConnectionClosed):
                    await cp.call("StartTransaction", START, "same")
            async with station(central) as cp:
                again = await cp.call("StartTransaction", START, "same")
                other = await cp.call("StartTransaction", START, "other")
            assert (again[2]["transactionId"], other[2]["transactionId"]) == (1, 2)  # type: ignore

    asyncio.run(play())


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (Rule("Authorize", fields=(("status", "Blocked"),)), {"idTagInfo": {"status": "Blocked"}}),
        (
            Rule("Authorize", fields=(("parentIdTag", "G"),)),
            {"idTagInfo": {"status": "Accepted", "parentIdTag": "G"}},
        ),
        (Rule("Authorize", payload={"nonsense": 1}), {"nonsense": 1}),
        (Rule("Authorize", RuleKind.ERROR, error="InternalError"), "InternalError"),
        (
            Rule("Authorize", fields=(("status", "Blocked"),), only_if=(("idTag", "B"),)),
            {"idTagInfo": {"status": "Accepted"}},
        ),
        (
            Rule("Authorize", fields=(("status", "Blocked"),), only_if=(("idTag", "A|B"),)),
            {"idTagInfo": {"status": "Blocked"}},
        ),
    ],
)
def test_rules_change_answers(rule: Rule, expected: object) -> None:
    async def play() -> None:
        async with server() as central, station(central) as cp:
            central.answers.add(rule)
            assert (await cp.call("Authorize", {"idTag": "A"}))[2] == expected
            central.answers.clear("Authorize")
            answer = await cp.call("Authorize", {"idTag": "A"})
            assert answer[2] == {"idTagInfo": {"status": "Accepted"}}

    asyncio.run(play())


def test_rules_are_used_up_and_the_newest_goes_first() -> None:
    async def play() -> None:
        async with server() as central, station(central) as cp:
            central.answers.add(Rule("BootNotification", fields=(("status", "Rejected"),)))
            pending = (("status", "Pending"), ("interval", 5))
            central.answers.add(Rule("BootNotification", fields=pending, times=1))
            first, second, third = [await cp.call("BootNotification", BOOT) for _ in range(3)]
            assert [frame[2]["status"] for frame in (first, second, third)] == [  # type: ignore
                "Pending",
                "Rejected",
                "Rejected",
            ]
            assert first[2]["interval"] == 5  # type: ignore[index]

    asyncio.run(play())


def test_silence_and_late_answers_do_not_stop_the_reading() -> None:
    async def play() -> None:
        async with server() as central, station(central) as cp:
            central.answers.add(Rule("Authorize", RuleKind.SILENCE))
            central.answers.add(Rule("Heartbeat", delay_s=0.05, times=1))
            await cp.send_call("Authorize", {"idTag": "A"}, "silent")
            await cp.send_call("Heartbeat", {}, "late")
            await cp.send_call("Heartbeat", {}, "prompt")
            assert [(await cp.receive())[1] for _ in range(2)] == ["prompt", "late"]

    asyncio.run(play())
