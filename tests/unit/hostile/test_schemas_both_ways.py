"""The public schemas in both directions: what keeps to them is accepted, and what is sent does.

The judge is jsonschema on the schema files of the package ocpp, not the station's own validators.
"""

import json
from collections.abc import Iterator
from functools import cache

import pytest
from hostile_stand import (
    SCENARIOS,
    STATES,
    call as frame_of,
    fitting,
    receive,
    received,
    schemas_of,
    station,
)
from hypothesis import given, settings, strategies as st
from jsonschema import Draft4Validator

from cp.ocppj.formats import is_date_time
from cp.vocabulary.words import Action
from tools.make_validators import schema_of
from tools.scenario import Scenario, load
from tools.scenario_station import Station

PLAIN = settings(derandomize=True, database=None, deadline=None)


@cache
def judge(name: str) -> Draft4Validator:
    """Of ``Reset`` or ``ResetResponse``."""
    return Draft4Validator(schema_of(name))


def mistakes(frames: Iterator[list[object]], asked: dict[object, object]) -> list[str]:
    """What is wrong with frames of ours; ``asked`` are the actions of the CALLs they answer."""
    found = []
    for frame in frames:
        match frame:
            case [2, str(), str(action), dict(payload)]:
                name = action
            case [3, str(call_id), dict(payload)] if call_id in asked:
                name = f"{asked[call_id]}Response"
            case [4, str(), str(), str(), dict()]:
                continue
            case _:
                found.append(f"no frame of OCPP-J: {frame}")
                continue
        found += [f"{frame}: {error.message}" for error in judge(name).iter_errors(payload)]
        if not is_date_time(str(payload.get("timestamp", "2026-01-01T00:00:00Z"))):
            found.append(f"{frame}: timestamp")
    return found


def test_the_judge_finds_mistakes() -> None:
    wrong: list[list[object]] = [
        [2, "1", "Authorize", {"idTag": "x" * 21}],
        [2, "1", "StatusNotification", {"connectorId": 1, "errorCode": "NoError"}],
        [2, "1", "Heartbeat", {"extra": 1}],
        [3, "h-1", {"status": "Perhaps"}],
        [3, "h-2", {}],
        [2, "1", "Authorize"],
    ]
    for frame in wrong:
        assert mistakes(iter([frame]), {"h-1": "Reset"}) != [], frame


# ---- what we receive -----------------------------------------------------------------------------

REQUESTS = schemas_of(
    (
        *("ChangeAvailability", "ChangeConfiguration", "ClearCache", "DataTransfer"),
        *("GetConfiguration", "RemoteStartTransaction", "RemoteStopTransaction", "Reset"),
        *("UnlockConnector", "TriggerMessage", "GetDiagnostics", "UpdateFirmware"),
        *("SendLocalList", "GetLocalListVersion", "ReserveNow", "CancelReservation"),
        *("SetChargingProfile", "ClearChargingProfile", "GetCompositeSchedule"),
    )
)
BAD_PAYLOAD = {
    *("FormationViolation", "ProtocolError", "TypeConstraintViolation", "NotImplemented"),
    *("PropertyConstraintViolation", "InternalError", "GenericError"),
}


def has_negative_count(payload: object) -> bool:
    assert isinstance(payload, dict)
    return any(payload.get(name, 0) < 0 for name in ("retries", "retryInterval"))


@pytest.mark.parametrize("action", REQUESTS)
def test_what_keeps_to_its_schema_is_taken(action: str) -> None:
    @settings(PLAIN, max_examples=25)
    @given(fitting(REQUESTS[action]), st.sampled_from(list(STATES)))
    def take(payload: object, state: str) -> None:
        outcome = receive(state, frame_of(action, payload))
        answers = [frame for frame in outcome.frames if frame[0] in (3, 4)]
        assert len(answers) == 1
        assert mistakes(iter(outcome.frames), {"h-1": action}) == []
        if answers[0][0] == 4 and not has_negative_count(payload):
            assert answers[0][2] not in BAD_PAYLOAD

    take()


WAITING = {
    "BootNotification": ("power off", "server silent", "power on", "inputs_read", "link_opened"),
    "Heartbeat": ("server silent", 'call TriggerMessage {"requestedMessage":"Heartbeat"}'),
    "Authorize": ("server silent", "card_presented id_tag=CARD"),
    "StatusNotification": ("server silent", "plugged"),
    "StartTransaction": ("when StartTransaction silent", "plugged", "card_presented id_tag=CARD"),
    "MeterValues": ("server silent", 'call TriggerMessage {"requestedMessage":"MeterValues"}'),
    "StopTransaction": (
        *("plugged", "card_presented id_tag=CARD", "when StopTransaction silent"),
        "card_presented id_tag=CARD",
    ),
    "DiagnosticsStatusNotification": (
        "server silent",
        'call TriggerMessage {"requestedMessage":"DiagnosticsStatusNotification"}',
    ),
    "FirmwareStatusNotification": (
        "server silent",
        'call TriggerMessage {"requestedMessage":"FirmwareStatusNotification"}',
    ),
}


@cache
def waiting(action: str) -> Station:
    return station("booted", *WAITING[action])


@pytest.mark.parametrize("action", WAITING)
def test_an_answer_that_keeps_to_its_schema_is_taken(action: str) -> None:
    where = waiting(action)
    pending = where.controller.condition.dialogue.pending
    assert pending is not None
    assert pending.action == action

    @settings(PLAIN, max_examples=25)
    @given(fitting(schema_of(f"{action}Response")))
    def take(payload: object) -> None:
        outcome = received(where, json.dumps([3, pending.message_id, payload]))
        steps = [line for line in outcome.done.lines(0.0, str) if "delivery.0 call_" in line]
        assert "call_answered" in steps[0]
        assert mistakes(iter(outcome.frames), {}) == []

    take()


@pytest.mark.parametrize("action", WAITING)
def test_an_answer_that_is_junk_is_no_fault(action: str) -> None:
    where = waiting(action)
    pending = where.controller.condition.dialogue.pending
    assert pending is not None
    for payload in (None, 7, "x", [], [{}], {"status": 7}, {"idTagInfo": []}, {"interval": "x"}):
        for frame in ([3, pending.message_id, payload], [4, pending.message_id, payload]):
            outcome = received(where, json.dumps(frame))
            assert outcome.after.dialogue.pending != pending
            assert mistakes(iter(outcome.frames), {}) == []


# ---- what we send --------------------------------------------------------------------------------


def transcripts() -> Iterator[Scenario]:
    for path in sorted(SCENARIOS.rglob("*.txt")):
        scenario = load(path)
        if "chart" not in scenario.options:
            yield scenario


def test_every_frame_of_every_scenario_keeps_to_its_schema() -> None:
    sent: set[object] = set()
    findings = []
    for scenario in transcripts():
        asked: dict[object, object] = {}
        for line in (line for step in scenario.steps for line in step.expected):
            if " <- [2," in line:
                frame = json.loads(line.partition(" <- ")[2])
                if len(frame) == 4 and isinstance(frame[1], str):
                    asked[frame[1]] = frame[2]
            elif " -> [" in line[:20]:
                frame = json.loads(line.partition(" -> ")[2])
                sent.add(frame[2] if frame[0] == 2 else frame[0])
                findings += [
                    f"{scenario.path.name}: {text}" for text in mistakes(iter([frame]), asked)
                ]
    assert findings == []
    assert sent >= {*WAITING, 3, 4} - {Action.DIAGNOSTICS_STATUS_NOTIFICATION}


STEPS = st.sampled_from(
    [
        *("plugged", "unplugged", "ev_asked", "ev_paused", "feedback_closed", "feedback_opened"),
        *("card_presented id_tag=CARD", "card_presented id_tag=\u00e9\U0001f600", "meter 500"),
        *(
            "card_presented id_tag=CARD",
            "wait 1",
            "wait 61",
            "wait 901",
            "meter 5000",
            "meter none",
        ),
        *("link down", "link up", "storage held", "storage free", "power cut", "inputs_read"),
        *(
            "server silent",
            "server friendly",
            "error_raised connector_id=1 error_code=GroundFailure",
        ),
        *("error_cleared connector_id=1 error_code=GroundFailure", "clock none", "clock 0"),
        *("frame [[[[", 'frame [2,"h","Reset",{"type":1}]', 'frame [3,"100000002",{}]'),
        'when StartTransaction {"transactionId":-1,"idTagInfo":{"status":"Invalid"}}',
        'when StartTransaction {"transactionId":0}',
        *("when StartTransaction", "when StopTransaction refuse InternalError"),
        'call RemoteStartTransaction {"idTag":"CARD"}',
        'call RemoteStopTransaction {"transactionId":1}',
        'call ChangeAvailability {"connectorId":0,"type":"Inoperative"}',
        'call ChangeAvailability {"connectorId":0,"type":"Operative"}',
        'call TriggerMessage {"requestedMessage":"MeterValues"}',
        'call TriggerMessage {"requestedMessage":"StatusNotification"}',
        'call ChangeConfiguration {"key":"StopTxnAlignedData",'
        '"value":"Energy.Active.Import.Register"}',
        'call ChangeConfiguration {"key":"ClockAlignedDataInterval","value":"300"}',
        "call GetConfiguration {}",
    ]
)


@settings(PLAIN, max_examples=10)
@given(st.lists(STEPS, min_size=20, max_size=30))
def test_whatever_happens_what_is_sent_keeps_to_its_schema(steps: list[str]) -> None:
    """In any order, with junk between: no fault of ours, valid frames, rising registers."""
    where = station("booted", "link up")
    for step in steps:
        word = step.partition(" ")[0]
        if word in ("call", "frame") and not where.is_online:
            continue
        lines = where.play(step)
        assert not [line for line in lines if line.startswith("FAULT")]
        frames = (json.loads(line.partition(" -> ")[2]) for line in lines if " -> [" in line[:20])
        action = step.split(" ")[1] if word == "call" else ""
        asked: dict[object, object] = {f"cs-{where._call_count}": action}
        assert mistakes(frames, asked) == []
    starts = [item.payload for item in where.server.books.messages(Action.START_TRANSACTION)]
    stops = [item.payload for item in where.server.books.messages(Action.STOP_TRANSACTION)]
    for start, stop in zip(starts, stops, strict=False):
        assert stop["meterStop"] >= start["meterStart"]  # type: ignore[operator]
