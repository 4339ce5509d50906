"""The strict decoder: rows of OCPP-J 4.1 and 4.2, and the hostile frames that are public."""

import json

import pytest
from hypothesis import given, settings, strategies as st

from cp.ocppj.decoder import (
    MAX_FRAME_CHARACTERS,
    CallFrame,
    Decoded,
    ErrorFrame,
    Ignored,
    Malformed,
    ResultFrame,
    decode,
)
from cp.vocabulary.words import CallErrorCode

FORMATION = CallErrorCode.FORMATION_VIOLATION
PLAIN = settings(derandomize=True, database=None, deadline=None)


def frame(*items: object) -> str:
    return json.dumps(items)


def call(payload: str) -> str:
    return f'[2,"id-1","Reset",{payload}]'


# ---- framing -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "decoded"),
    [
        (frame(2, "a", "Reset", {"type": "Soft"}), CallFrame("a", "Reset", {"type": "Soft"})),
        (frame(2, "a", "ClearCache", None), CallFrame("a", "ClearCache", {})),
        (frame(2, "a", "Nonsense", [1]), CallFrame("a", "Nonsense", [1])),
        (frame(2, "", "Reset", {}), CallFrame("", "Reset", {})),
        (frame(2, "i" * 36, "Reset", {}), CallFrame("i" * 36, "Reset", {})),
        (' \n[ 2 ,"a" , "Reset" ,{} ]\t', CallFrame("a", "Reset", {})),
        (frame(3, "a", {"x": 1}), ResultFrame("a", {"x": 1})),
        (frame(3, "a", None), ResultFrame("a", {})),
        (frame(3, "a"), ResultFrame("a", None)),
        (frame(3, "a", {}, {}), ResultFrame("a", None)),
        (
            frame(4, "a", "NotSupported", "no", {"x": 1}),
            ErrorFrame("a", CallErrorCode.NOT_SUPPORTED, "no"),
        ),
        (
            frame(4, "a", "OccurrenceConstraintViolation", "", {}),
            ErrorFrame("a", CallErrorCode.GENERIC_ERROR, ""),
        ),
        (frame(4, "a"), ErrorFrame("a", CallErrorCode.GENERIC_ERROR, "")),
        (frame(4, "a", None, None, None), ErrorFrame("a", CallErrorCode.GENERIC_ERROR, "")),
        (
            frame(4, "a", "GenericError", "d" * 300, {}),
            ErrorFrame("a", CallErrorCode.GENERIC_ERROR, "d" * 255),
        ),
    ],
)
def test_frames(text: str, decoded: Decoded) -> None:
    assert decode(text) == decoded


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "\ufeff[2]",
        '[2,"a","Reset",{}',
        '[2,"a","Reset",{}] x',
        "[2,'a','Reset',{}]",
        '[2,"a\x00","Reset",{}]',
        "{}",
        '"text"',
        "2",
        "null",
        "[]",
        "[2]",
        frame(1, "a", "Reset", {}),
        frame(5, "a", {}),
        frame("2", "a", "Reset", {}),
        frame(2.0, "a", "Reset", {}),
        frame(True, "a", "Reset", {}),
        frame(None, "a", "Reset", {}),
        frame([2], "a", "Reset", {}),
        frame(2, 7, "Reset", {}),
        frame(2, None, "Reset", {}),
        frame(2, ["a"], "Reset", {}),
        frame(2, {"a": 1}, "Reset", {}),
        frame(3, 7, {}),
    ],
)
def test_frames_that_cannot_be_answered(text: str) -> None:
    assert isinstance(decode(text), Ignored)


@pytest.mark.parametrize(
    "text",
    [
        frame(2, "id-1", "Reset"),
        frame(2, "id-1"),
        frame(2, "id-1", "Reset", {}, {}),
        frame(2, "id-1", 7, {}),
        frame(2, "id-1", None, {}),
        frame(2, "id-1", {"Reset": 1}, {}),
    ],
)
def test_calls_without_the_structure_of_a_call(text: str) -> None:
    decoded = decode(text)
    assert isinstance(decoded, Malformed)
    assert (decoded.id, decoded.error_code) == ("id-1", FORMATION)


def test_a_message_id_longer_than_36_characters_is_refused_with_that_id() -> None:
    decoded = decode(frame(2, "i" * 37, "Reset", {}))
    assert isinstance(decoded, Malformed)
    assert decoded.id == "i" * 37


# ---- hostile frames that are public --------------------------------------------------------------

HOSTILE = {
    "array nested 100,000 deep": "[" * 100_000,
    "array nested 10,000 deep": "[" * 10_000,
    "nesting in a payload": call("[" * 50 + "]" * 50),
    "objects nested in a payload": call('{"a":' * 50 + "1" + "}" * 50),
    "integer of 5,000 digits": call('{"n":' + "9" * 5000 + "}"),
    "integer of 5,000 digits as a message type": "[" + "9" * 5000 + "]",
    "object as action": frame(2, "id-1", {"a": 1}, {}),
    "list as action": frame(2, "id-1", ["Reset"], {}),
    "number as action": frame(2, "id-1", 1, {}),
    "huge number": call('{"n":1e99999}'),
    "negative huge number": call('{"n":-1e400}'),
    "NaN": call('{"n":NaN}'),
    "Infinity": call('{"n":Infinity}'),
    "minus Infinity": call('{"n":-Infinity}'),
    "duplicate keys": call('{"type":"Soft","type":"Hard"}'),
    "duplicate keys further down": call('{"a":[{"b":1,"b":1}]}'),
    "lone surrogate": call('{"type":"\\ud800"}'),
    "lone surrogate in a key": call('{"\\udfff":1}'),
    "lone surrogate unescaped": call('{"type":"\ud800"}'),
    "message id of 1 MB": frame(2, "i" * 1_000_000, "Reset", {}),
    "list as message id": frame(2, ["id-1"], "Reset", {}),
    "float as message type": frame(2.0, "id-1", "Reset", {}),
    "frame of 1 MB": call('{"a":"' + "x" * 1_000_000 + '"}'),
    "unterminated string of quotes": "[" + '"\\' * 30_000,
    "backslashes": '["' + "\\" * 60_001,
    "null byte": "[2,\x00]",
}

ANSWERED = {
    "nesting in a payload": "nested too deeply",
    "objects nested in a payload": "nested too deeply",
    "integer of 5,000 digits": "number too long",
    "object as action": "the action is not a string",
    "list as action": "the action is not a string",
    "number as action": "the action is not a string",
    "huge number": "number without a finite value",
    "negative huge number": "number without a finite value",
    "NaN": "number without a finite value",
    "Infinity": "number without a finite value",
    "minus Infinity": "number without a finite value",
    "duplicate keys": "duplicate key",
    "duplicate keys further down": "duplicate key",
    "lone surrogate": "lone surrogate",
    "lone surrogate in a key": "lone surrogate",
    "lone surrogate unescaped": "lone surrogate",
    "frame of 1 MB": "frame too long",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_frames(name: str) -> None:
    decoded = decode(HOSTILE[name])
    if name in ANSWERED:
        assert decoded == Malformed("id-1", FORMATION, ANSWERED[name])
    else:
        assert isinstance(decoded, Ignored)


def test_answers_with_a_flaw_cannot_be_used() -> None:
    assert decode('[3,"a",{"x":1,"x":2}]') == ResultFrame("a", None)
    assert decode('[3,"a",{"x":NaN}]') == ResultFrame("a", None)


def test_a_message_id_that_cannot_be_sent_back_is_not_answered() -> None:
    assert isinstance(decode('[2,"\\ud800","Reset",{}]'), Ignored)
    assert isinstance(decode('[3,"\\ud800",{}]'), Ignored)


def test_limits_are_not_in_the_way_of_legal_frames() -> None:
    """16 levels, 32 digits, and 64 KiB are accepted; one more of each is not."""
    assert isinstance(decode(call('{"a":' + "[" * 14 + "]" * 14 + "}")), CallFrame)
    assert isinstance(decode(call('{"a":' + "[" * 15 + "]" * 15 + "}")), Malformed)
    assert isinstance(decode(call('{"n":' + "9" * 32 + "}")), CallFrame)
    assert isinstance(decode(call('{"n":' + "9" * 33 + "}")), Malformed)
    room = MAX_FRAME_CHARACTERS - len(call('{"a":""}'))
    assert isinstance(decode(call('{"a":"' + "x" * room + '"}')), CallFrame)
    assert isinstance(decode(call('{"a":"' + "x" * (room + 1) + '"}')), Malformed)
    assert isinstance(decode(call("{}"), max_characters=10), Malformed)


def test_what_looks_dangerous_inside_a_string_is_harmless() -> None:
    text = "[[[[[[[[[[[[[[[[[[[[" + "9" * 60 + '\\"{{{'
    decoded = decode(frame(2, "a", "DataTransfer", {"data": text, "id": "\u00e9\U0001f600"}))
    assert isinstance(decoded, CallFrame)
    assert decoded.payload == {"data": text, "id": "\u00e9\U0001f600"}


# ---- no input raises -----------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
VALID = [
    frame(2, "id-1", "Reset", {"type": "Hard"}),
    frame(2, "id-1", "GetConfiguration", {"key": ["HeartbeatInterval", '\\"\u00fc']}),
    frame(2, "id-1", "SetChargingProfile", {"connectorId": 1, "limit": 16.5, "deep": [[{}]]}),
    frame(3, "id-1", {"status": "Accepted", "currentTime": "2026-01-01T00:00:00Z"}),
    frame(4, "id-1", "GenericError", "", {}),
]


@PLAIN
@given(st.text(st.characters(exclude_categories=())) | st.text('[]{}",:0123456789.eE+-\\un \ud800'))
def test_no_text_raises(text: str) -> None:
    assert isinstance(decode(text), Decoded)


@PLAIN
@given(st.lists(st.sampled_from([2, 3, 4, "id", "Reset"]) | JSON, max_size=6))
def test_no_array_raises(items: list[object]) -> None:
    assert isinstance(decode(frame(*items)), Decoded)


@PLAIN
@given(st.sampled_from(VALID), st.integers(0, 200), st.integers(0, 8), st.text(max_size=8))
def test_no_mutated_frame_raises(text: str, start: int, length: int, put: str) -> None:
    assert isinstance(decode(text[:start] + put + text[start + length :]), Decoded)
