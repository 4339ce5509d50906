"""Junk frames of every kind: no effect but a counter, and the next CALL is answered as ever."""

import json

import pytest
from hostile_stand import STATES, call, receive, received, station
from hypothesis import example, given, settings, strategies as st

from cp.vocabulary.events import FrameReceived

PLAIN = settings(derandomize=True, database=None, deadline=None, max_examples=150)

NOT_ANSWERED = {
    "empty": "",
    "blanks": " \r\n\t",
    "no JSON": "hello",
    "an HTTP request": "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "an XML envelope": "<soap:Envelope/>",
    "a byte order mark": '\ufeff[2,"h-1","ClearCache",{}]',
    "null bytes": "\x00" * 100,
    "half a frame": '[2,"h-1","Reset",{"type":"Hard"}',
    "two frames": '[2,"h-1","ClearCache",{}][2,"h-2","ClearCache",{}]',
    "an object": '{"0":2}',
    "a string": '"[2]"',
    "a number": "2",
    "null": "null",
    "an empty array": "[]",
    "only a type": "[2]",
    "nested 100,000 deep": "[" * 100_000,
    "an integer of 5,000 digits": "[" + "9" * 5000 + "]",
    "an unknown type": '[5,"h-1",{}]',
    "a type that is a string": '["2","h-1","ClearCache",{}]',
    "a type that is 2.0": '[2.0,"h-1","ClearCache",{}]',
    "a type that is true": '[true,"h-1","ClearCache",{}]',
    "a type of 20 digits": '[22222222222222222222,"h-1","ClearCache",{}]',
    "an id that is a number": '[2,1,"ClearCache",{}]',
    "an id that is null": '[2,null,"ClearCache",{}]',
    "an id that is a list": '[2,["h-1"],"ClearCache",{}]',
    "an id that is an object": '[2,{"a":1},"ClearCache",{}]',
    "an id with a lone surrogate": '[2,"\\ud800","ClearCache",{}]',
    "an id of 1 MB": json.dumps([2, "i" * 1_000_000, "ClearCache", {}]),
}
ANSWERED = {
    "an array of two": '[2,"h-1"]',
    "an array of three": '[2,"h-1","ClearCache"]',
    "an array of five": '[2,"h-1","ClearCache",{},{}]',
    "an action that is an object": '[2,"h-1",{"a":1},{}]',
    "an action that is a list": '[2,"h-1",["Reset"],{}]',
    "an action that is a number": '[2,"h-1",7,{}]',
    "an action that is null": '[2,"h-1",null,{}]',
    "duplicate keys": '[2,"h-1","Reset",{"type":"Soft","type":"Hard"}]',
    "NaN": '[2,"h-1","UnlockConnector",{"connectorId":NaN}]',
    "Infinity": '[2,"h-1","UnlockConnector",{"connectorId":-Infinity}]',
    "a number without end": '[2,"h-1","SetChargingProfile",{"connectorId":1e99999}]',
    "a number of 40 digits": f'[2,"h-1","UnlockConnector",{{"connectorId":{"9" * 40}}}]',
    "a lone surrogate": '[2,"h-1","DataTransfer",{"vendorId":"\\ud800"}]',
    "a payload nested 17 deep": f'[2,"h-1","DataTransfer",{"[" * 17}{"]" * 17}]',
    "a frame of 1 MB": call("DataTransfer", {"vendorId": "a", "data": "x" * 1_000_000}),
}
ANSWERS_TO_NOTHING = {
    "an answer": '[3,"h-1",{}]',
    "an answer without payload": '[3,"h-1"]',
    "an answer with junk": '[3,"h-1",[[[]]]]',
    "an error": '[4,"h-1","InternalError","",{}]',
    "an error without anything": '[4,"h-1"]',
    "an answer with a long id": json.dumps([3, "i" * 1000, {}]),
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", NOT_ANSWERED)
def test_frames_without_an_answer(name: str, state: str) -> None:
    outcome = receive(state, NOT_ANSWERED[name])
    assert outcome.frames == []
    assert outcome.is_without_effect()
    assert outcome.counted == {"frames_refused": 1}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", ANSWERED)
def test_frames_with_an_error_for_an_answer(name: str, state: str) -> None:
    outcome = receive(state, ANSWERED[name])
    assert [frame[:3] for frame in outcome.frames] == [[4, "h-1", "FormationViolation"]]
    assert outcome.is_without_effect()
    assert outcome.counted == {"frames_refused": 1, "errors_sent": 1}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", ANSWERS_TO_NOTHING)
def test_answers_to_calls_that_were_never_made(name: str, state: str) -> None:
    outcome = receive(state, ANSWERS_TO_NOTHING[name])
    assert outcome.frames == []
    assert outcome.is_without_effect()
    assert outcome.counted == {"answers_unknown": 1}


def test_after_any_junk_the_next_call_is_answered() -> None:
    """One frame of some of these kinds ended the receive loop of other stations."""
    where = station("charging")
    for text in (*NOT_ANSWERED.values(), *ANSWERED.values(), *ANSWERS_TO_NOTHING.values()):
        where.take(FrameReceived(text))
        outcome = received(where, call("ClearCache", {}))
        assert outcome.frames == [[3, "h-1", {"status": "Rejected"}]]


def test_nothing_is_read_while_rejected() -> None:
    """T 001: a CALL is dropped before it is decoded; other junk is counted as ever."""
    answer = {"status": "Rejected", "currentTime": "2026-01-01T12:00:00Z", "interval": 600}
    where = station(
        "booted",
        "power off",
        f"when BootNotification {json.dumps(answer)}",
        *("power on", "inputs_read", "link_opened"),
    )
    assert not where.controller.condition.dialogue.is_answering
    for text in (*ANSWERED.values(), call("Reset", {"type": "Hard"}), call("Nonsense", 7)):
        outcome = received(where, text)
        assert outcome.frames == []
        assert outcome.is_without_effect()
    assert received(where, "junk").counted == {"frames_refused": 1}


# ---- anything at all -----------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
ACTIONS = st.sampled_from(
    [
        "Reset",
        "ChangeAvailability",
        "RemoteStartTransaction",
        "UpdateFirmware",
        "SetChargingProfile",
    ]
)
LEGAL = (
    call("Reset", {"type": "Hard"}),
    call("ChangeConfiguration", {"key": "HeartbeatInterval", "value": "60"}),
    call("RemoteStartTransaction", {"idTag": "CARD", "connectorId": 1}),
    call("ChangeAvailability", {"connectorId": 0, "type": "Inoperative"}),
    '[3,"100000004",{"idTagInfo":{"status":"Accepted"},"transactionId":1}]',
)


@PLAIN
@given(st.text(st.characters(exclude_categories=())) | st.text('[]{}",:0123456789.eE+-\\un \ud800'))
def test_no_text_is_a_fault(text: str) -> None:
    outcome = receive("charging", text)
    assert outcome.is_without_effect()
    assert len(outcome.frames) <= 1


@PLAIN
@given(st.lists(st.sampled_from([2, 3, 4, "h-1"]) | ACTIONS | JSON, max_size=6))
@example([2, "h-1", "Reset", {"type": "Hard"}])
def test_no_array_is_a_fault(items: list[object]) -> None:
    outcome = receive("charging", json.dumps(items))
    assert len([frame for frame in outcome.frames if frame[0] in (3, 4)]) <= 1


@PLAIN
@given(ACTIONS, JSON)
def test_no_payload_is_a_fault(action: str, payload: object) -> None:
    outcome = receive("charging", call(action, payload))
    assert len([frame for frame in outcome.frames if frame[0] in (3, 4)]) == 1


@PLAIN
@given(st.sampled_from(LEGAL), st.integers(0, 80), st.integers(0, 4), st.text(max_size=4))
def test_no_mutated_frame_is_a_fault(text: str, start: int, length: int, put: str) -> None:
    outcome = receive("asking", text[:start] + put + text[start + length :])
    assert len([frame for frame in outcome.frames if frame[0] in (3, 4)]) <= 1
