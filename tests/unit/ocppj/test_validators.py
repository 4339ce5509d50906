"""The generated validators: up to date, cheap, and of one mind with jsonschema."""

import json
import subprocess
import sys
from collections.abc import Callable

import pytest
from hypothesis import given, settings, strategies as st
from jsonschema import Draft4Validator, FormatChecker

from cp.ocppj.formats import is_date_time, is_uri
from cp.ocppj.validators import CONFIRMATIONS, REQUESTS
from cp.ocppj.violations import Validator, Violation
from cp.vocabulary.requests import Request
from cp.vocabulary.words import CallErrorCode
from tools.make_validators import TARGET, generate, schema_of

VALIDATORS = {**REQUESTS, **{f"{name}Response": item for name, item in CONFIRMATIONS.items()}}


def violation_of(validator: Validator, payload: object) -> Violation | None:
    try:
        validator(payload)
    except Violation as violation:
        return violation
    return None


def test_the_committed_file_is_what_the_tool_generates() -> None:
    assert TARGET.read_text(encoding="utf-8") == generate()


def test_every_call_of_ours_has_a_validator_for_its_answer() -> None:
    assert set(CONFIRMATIONS) == {str(kind.action) for kind in Request.__subclasses__()}


def test_nothing_of_the_development_is_imported() -> None:
    code = (
        "import sys, cp.ocppj.dialogue, cp.ocppj.inbound\n"
        "print(sorted({'ocpp', 'fastjsonschema', 'jsonschema', 'decimal'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


# ---- the code of each violation (J 4.2.3) --------------------------------------------------------

PROFILE = {"chargingProfileId": 1, "stackLevel": 0}
START = {"idTag": "A", "chargingProfile": PROFILE}


@pytest.mark.parametrize(
    ("action", "payload", "code", "text"),
    [
        ("Reset", [], "FormationViolation", "payload has the wrong type"),
        ("Reset", "Soft", "FormationViolation", "payload has the wrong type"),
        ("Reset", {}, "ProtocolError", "payload.type is required"),
        (
            "Reset",
            {"type": "Soft", "secret": 1},
            "FormationViolation",
            "payload has a field that the schema does not know",
        ),
        ("Reset", {"type": "soft"}, "PropertyConstraintViolation", "payload.type is none of"),
        ("Reset", {"type": 1}, "TypeConstraintViolation", "payload.type has the wrong type"),
        ("Reset", {"type": None}, "TypeConstraintViolation", "payload.type has the wrong type"),
        (
            "ChangeConfiguration",
            {"key": "k" * 51, "value": "1"},
            "PropertyConstraintViolation",
            "payload.key is too long",
        ),
        (
            "ChangeConfiguration",
            {"key": "k", "value": "v" * 501},
            "PropertyConstraintViolation",
            "payload.value is too long",
        ),
        (
            "ChangeConfiguration",
            {"key": "k", "value": 60},
            "TypeConstraintViolation",
            "payload.value has the wrong type",
        ),
        (
            "GetConfiguration",
            {"key": ["a", "k" * 51]},
            "PropertyConstraintViolation",
            "payload.key[1] is too long",
        ),
        (
            "UnlockConnector",
            {"connectorId": True},
            "TypeConstraintViolation",
            "payload.connectorId",
        ),
        ("UnlockConnector", {"connectorId": 1.5}, "TypeConstraintViolation", "payload.connectorId"),
        (
            "GetDiagnostics",
            {"location": "nowhere"},
            "PropertyConstraintViolation",
            "payload.location is malformed",
        ),
        (
            "UpdateFirmware",
            {"location": "http://a/b", "retrieveDate": "1000000"},
            "PropertyConstraintViolation",
            "payload.retrieveDate is malformed",
        ),
        (
            "RemoteStartTransaction",
            {"idTag": "A", "chargingProfile": PROFILE},
            "ProtocolError",
            "payload.chargingProfile.chargingProfileKind is required",
        ),
    ],
)
def test_codes(action: str, payload: object, code: str, text: str) -> None:
    violation = violation_of(REQUESTS[action], payload)
    assert violation is not None
    assert violation.error_code == CallErrorCode(code)
    assert str(violation).startswith(text)
    assert "secret" not in str(violation)


def test_every_rule_of_the_schemas_has_a_code() -> None:
    source = TARGET.read_text(encoding="utf-8")
    rules = {line.split("'")[1] for line in source.splitlines() if "raise Violation(" in line}
    assert rules == {"type", "required", "additionalProperties", "enum", "maxLength", "format"}
    for rule in (*rules, "minItems", "maxItems", "minimum"):
        assert Violation(rule, "payload.x").error_code in CallErrorCode


# ---- the same verdict as jsonschema --------------------------------------------------------------

CHECKER = FormatChecker(())
CHECKER.checks("date-time")(lambda value: not isinstance(value, str) or is_date_time(value))
CHECKER.checks("uri")(lambda value: not isinstance(value, str) or is_uri(value))

JUNK = st.sampled_from(
    [None, True, 0, 1, -1, 1.0, 1.5, "", "x", "x" * 600, [], {}, ["x"], {"x": 1}]
)
FORMATS = {
    "date-time": st.sampled_from(["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.1+02:00"]),
    "uri": st.sampled_from(["http://example.com/a", "ftp://h/d/"]),
}

Schema = dict[str, object]
Payloads = st.SearchStrategy[object]


def valid(schema: Schema) -> Payloads:
    """Values that keep to a schema: deep payloads are to be reached."""
    return _fitting(schema, valid)


def noisy(schema: Schema) -> Payloads:
    """Values that keep to a schema but here and there."""
    wrong = [JUNK]
    match schema:
        case {"format": str()}:
            wrong.append(st.sampled_from(["soon", "a b"]))
        case {"maxLength": int(most)}:
            wrong.append(st.just("a" * (most + 1)))
        case {"properties": dict(members)}:
            extra = st.dictionaries(st.sampled_from([*members, "x"]), JUNK, max_size=1)
            whole = _fitting(schema, noisy)
            wrong.append(st.builds(lambda a, b: dict(list(a.items())[1:]) | b, whole, extra))
    return st.one_of(*[_fitting(schema, noisy)] * 8, *wrong)


def _fitting(schema: Schema, inner: Callable[[Schema], Payloads]) -> Payloads:
    match schema:
        case {"type": "object", "properties": dict(members)}:
            fields = {name: inner(item) for name, item in members.items()}
            required = {name: fields.pop(name) for name in schema.get("required", [])}
            return st.fixed_dictionaries(required, optional=fields)
        case {"type": "array", "items": dict(item)}:
            return st.lists(inner(item), max_size=3)
        case {"enum": list(words)}:
            return st.sampled_from(words)
        case {"format": str(name)}:
            return FORMATS[name]
        case {"type": "string", "maxLength": int(most)}:
            return st.sampled_from(["", "a", "a" * most, "\U0001f600" * most])
        case {"type": "string"}:
            return st.text(max_size=3)
        case {"type": "integer"}:
            return st.integers()
        case {"type": "number"}:
            return st.floats(allow_nan=False)
    raise AssertionError(f"the test knows no such schema: {json.dumps(schema)}")


@pytest.mark.parametrize("name", sorted(VALIDATORS))
def test_the_verdict_is_that_of_jsonschema(name: str) -> None:
    schema = schema_of(name)
    judge = Draft4Validator(schema, format_checker=CHECKER)
    verdicts = set()

    @settings(derandomize=True, database=None, deadline=None, max_examples=60)
    @given(valid(schema) | noisy(schema))
    def compare(payload: object) -> None:
        is_valid = judge.is_valid(payload)
        verdicts.add(is_valid)
        assert (violation_of(VALIDATORS[name], payload) is None) == is_valid

    compare()
    assert verdicts == {True, False}


def test_huge_numbers_do_not_raise_anything_else() -> None:
    """``multipleOf`` of the public schema raises decimal.InvalidOperation for these."""
    period = {"startPeriod": 0, "limit": 1e300}
    schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": [period]}
    profile = PROFILE | {"chargingProfilePurpose": "TxProfile", "chargingProfileKind": "Relative"}
    payload = {"idTag": "A", "chargingProfile": profile | {"chargingSchedule": schedule}}
    assert violation_of(REQUESTS["RemoteStartTransaction"], payload) is None
