"""Every request of Core, Remote Trigger and Firmware Management with every field spoiled (J 4.2.3).

Exactly one CALLERROR of the right code, nothing changes, the connection stays. Where two codes
overlap, either is right.
"""

import json
from collections.abc import Iterator

import pytest
from hostile_stand import STATES, Payload, Schema, call, receive, schemas_of

REQUESTS = (
    *("ChangeAvailability", "ChangeConfiguration", "ClearCache", "DataTransfer"),
    *("GetConfiguration", "RemoteStartTransaction", "RemoteStopTransaction", "Reset"),
    *("UnlockConnector", "TriggerMessage", "GetDiagnostics", "UpdateFirmware"),
)
SCHEMAS = schemas_of(REQUESTS)

MISSING = {"ProtocolError", "OccurenceConstraintViolation"}
WRONG_TYPE = {"TypeConstraintViolation"}
WRONG_VALUE = {"PropertyConstraintViolation"}
TOO_LONG = {"PropertyConstraintViolation", "TypeConstraintViolation"}
WRONG_FORM = {"FormationViolation"}

Spoiled = tuple[str, object, set[str]]
"""What was done, the value, the codes that are right."""

OTHER_TYPES: tuple[object, ...] = (True, 7, 1.5, "text", [], {}, ["text"], {"a": 1})


def valid(schema: Schema) -> object:
    """A value with every field."""
    match schema:
        case {"type": "object"}:
            return {name: valid(item) for name, item in members(schema).items()}
        case {"type": "array", "items": dict(item)}:
            return [valid(item)]
        case {"enum": list(words)}:
            return words[0]
        case {"format": "date-time"}:
            return "2026-01-01T12:00:00Z"
        case {"format": "uri"}:
            return "http://example.com/a"
        case {"type": "string"}:
            return "a"
    return 1


def members(schema: Schema) -> dict[str, Schema]:
    found = schema.get("properties", {})
    assert isinstance(found, dict)
    return found


def fits(value: object, kind: object) -> bool:
    match kind:
        case "string":
            return isinstance(value, str)
        case "integer":
            return type(value) is int
        case "number":
            return type(value) in (int, float)
        case "array":
            return isinstance(value, list)
        case "object":
            return isinstance(value, dict)
    raise AssertionError(kind)


def spoiled(schema: Schema, what: str = "") -> Iterator[Spoiled]:
    """The valid value, spoiled in one place; deeper places too."""
    whole = valid(schema)
    is_root = not what
    for value in (None, *OTHER_TYPES):
        if not fits(value, schema["type"]) and not (is_root and value is None):
            yield f"{what} is {json.dumps(value)}", value, WRONG_FORM if is_root else WRONG_TYPE
    match schema:
        case {"type": "object"}:
            assert isinstance(whole, dict)
            yield from spoiled_members(schema, whole, what)
        case {"type": "array", "items": dict(item)}:
            for name, value, codes in spoiled(item, f"{what}[1]"):
                yield name, [valid(item), value], codes
        case _:
            yield from spoiled_words(schema, what)


def spoiled_words(schema: Schema, what: str) -> Iterator[Spoiled]:
    """Strings of the right type that are wrong."""
    match schema:
        case {"enum": [str(first), *_]}:
            for value in ("", first.swapcase(), f"{first} ", "Nonsense"):
                yield f"{what} is {value!r}", value, WRONG_VALUE
        case {"format": str()}:
            for value in ("", "soon", "1000000", "a b", "2026-13-01T00:00:00Z"):
                yield f"{what} is {value!r}", value, WRONG_VALUE
        case {"maxLength": int(most)}:
            for length in (most + 1, 10 * most + 1):
                yield f"{what} has {length} characters", "a" * length, TOO_LONG


def spoiled_members(schema: Schema, whole: Payload, what: str) -> Iterator[Spoiled]:
    required = schema.get("required", [])
    assert isinstance(required, list)
    for name, member in members(schema).items():
        place = f"{what}.{name}"
        if name in required:
            rest = {key: value for key, value in whole.items() if key != name}
            yield f"{place} is missing", rest, MISSING
        for words, value, codes in spoiled(member, place):
            yield words, whole | {name: value}, codes
    for extra in ("extra", "customData", ""):
        yield f"{what} has {extra!r}", whole | {extra: 1}, WRONG_FORM


def is_answered_otherwise(action: str, words: str) -> bool:
    """TriggerMessage has a status for a message that it does not know (S 5.17)."""
    is_text = words.startswith(".requestedMessage is") and '"' not in words
    return action == "TriggerMessage" and (
        (is_text and "'" in words) or words == '.requestedMessage is "text"'
    )


CASES = [
    pytest.param(action, payload, codes, id=f"{action}{words}")
    for action, schema in SCHEMAS.items()
    for words, payload, codes in spoiled(schema)
    if not is_answered_otherwise(action, words)
]


def test_every_kind_of_damage_is_among_the_cases() -> None:
    names = [str(case.id) for case in CASES]
    for words in (
        *("ChangeConfiguration.key is missing", "ChangeConfiguration.key has 51 characters"),
        *("ChangeConfiguration.value has 501 characters", "Reset.type is null"),
        *("Reset.type is 7", "Reset.type is 'hARD'", "Reset has 'extra'", "ClearCache has 'extra'"),
        *("GetConfiguration.key[1] has 51 characters", "UpdateFirmware.retrieveDate is '1000000'"),
        *("RemoteStartTransaction.idTag has 21 characters", "ClearCache is []"),
        "RemoteStartTransaction.chargingProfile.chargingSchedule.chargingSchedulePeriod[1].limit"
        " is null",
    ):
        assert words in names
    assert len(names) > 500


@pytest.mark.parametrize("state", STATES)
def test_spoiled_requests_get_one_error_and_change_nothing(state: str) -> None:
    findings = []
    for case in CASES:
        action, payload, codes = case.values
        outcome = receive(state, call(str(action), payload))
        answers = [(frame[0], frame[1], frame[2]) for frame in outcome.frames]
        if not outcome.is_without_effect():
            findings.append(f"{case.id}: changes something")
        if len(answers) != 1 or answers[0][:2] != (4, "h-1") or answers[0][2] not in codes:  # type: ignore[operator]
            findings.append(f"{case.id}: {answers}, not {codes}")
        elif len(outcome.frames[0]) != 5 or not isinstance(outcome.frames[0][3], str):
            findings.append(f"{case.id}: no CALLERROR of five elements")
    assert findings == []


@pytest.mark.parametrize("word", ["Nonsense", "heartbeat", "LogStatusNotification", "", "x" * 500])
def test_a_message_that_cannot_be_triggered_has_a_status(word: str) -> None:
    """S 5.17: NotImplemented, and no CALLERROR."""
    outcome = receive("idle", call("TriggerMessage", {"requestedMessage": word}))
    assert outcome.frames == [[3, "h-1", {"status": "NotImplemented"}]]
    assert outcome.is_without_effect()


@pytest.mark.parametrize("action", REQUESTS)
def test_the_text_of_an_error_repeats_nothing_of_the_peer(action: str) -> None:
    outcome = receive("idle", call(action, {"PASSWORD": "SECRET", "idTag": "SECRET"}))
    ((_, _, _, description, details),) = outcome.frames
    assert not {"PASSWORD", "SECRET"} & set(str(description).split())
    assert details == {}


@pytest.mark.parametrize("action", ["Nonsense", "reset", "RESET", "Reset.req", "", "x" * 1000])
def test_unknown_actions(action: str) -> None:
    outcome = receive("charging", call(action, {"type": "Hard"}))
    assert [frame[:3] for frame in outcome.frames] == [[4, "h-1", "NotImplemented"]]
    assert outcome.is_without_effect()


@pytest.mark.parametrize(
    "action", ["Authorize", "BootNotification", "Heartbeat", "StartTransaction", "SignCertificate"]
)
def test_requests_of_a_station_are_not_for_a_station(action: str) -> None:
    outcome = receive("charging", call(action, {}))
    assert [frame[:3] for frame in outcome.frames] == [[4, "h-1", "NotSupported"]]
    assert outcome.is_without_effect()


@pytest.mark.parametrize("value", [10**30, -(10**30), 2**31, 2**63, -1])
@pytest.mark.parametrize(
    ("action", "name", "rest"),
    [
        ("ChangeAvailability", "connectorId", {"type": "Inoperative"}),
        ("RemoteStartTransaction", "connectorId", {"idTag": "CARD"}),
        ("RemoteStopTransaction", "transactionId", {}),
        ("TriggerMessage", "connectorId", {"requestedMessage": "MeterValues"}),
        ("UnlockConnector", "connectorId", {}),
    ],
)
def test_numbers_of_nothing(action: str, name: str, rest: Payload, value: int) -> None:
    """An unknown number is no damage: the status says no, and nothing happens."""
    outcome = receive("charging", call(action, rest | {name: value}))
    ((kind, _, answer),) = outcome.frames
    status = "NotSupported" if action == "UnlockConnector" else "Rejected"
    assert (kind, answer) == (3, {"status": status})
    assert outcome.is_without_effect()


@pytest.mark.parametrize("name", ["retries", "retryInterval"])
def test_negative_counts(name: str) -> None:
    """No schema forbids them; a number outside its range is a wrong value (J 4.2.3)."""
    for action, schema in schemas_of(("GetDiagnostics", "UpdateFirmware")).items():
        payload = valid(schema)
        assert isinstance(payload, dict)
        outcome = receive("idle", call(action, payload | {name: -1}))
        assert [frame[:3] for frame in outcome.frames] == [
            [4, "h-1", "PropertyConstraintViolation"]
        ]
        assert outcome.is_without_effect()
