"""Our frames: payloads keep to the public schemas, fields stand in the order of the schemas."""

import json

import pytest
from hypothesis import given, settings
from jsonschema import Draft4Validator
from ocppj_cases import NEW_YEAR_UTC_S, NOW, REQUESTS, queued, sample

from cp.ocppj.outbound import NO_TRANSACTION, encode_call, encode_error, encode_reply
from cp.vocabulary.instants import Now, Stamp
from cp.vocabulary.requests import (
    Authorize,
    BootNotification,
    DiagnosticsStatusNotification,
    FirmwareStatusNotification,
    Heartbeat,
    MeterValues,
    Request,
    StartTransaction,
    StatusNotification,
    StopTransaction,
)
from cp.vocabulary.words import (
    CallErrorCode,
    ChargePointErrorCode,
    ChargePointStatus,
    DiagnosticsStatus,
    FirmwareStatus,
    ReadingContext,
    Reason,
)
from tools.make_validators import schema_of

KNOWN = Stamp(1, 5.0, NEW_YEAR_UTC_S + 0.25)
KNOWN_TEXT = "2026-01-01T00:00:00.250Z"
VALUE = {
    "value": "1234",
    "context": "Sample.Periodic",
    "format": "Raw",
    "measurand": "Energy.Active.Import.Register",
    "location": "Outlet",
    "unit": "Wh",
}
METER_VALUE = {"timestamp": "2025-12-31T23:59:00.000Z", "sampledValue": [VALUE]}

CASES: list[tuple[Request, int | None, dict[str, object]]] = [
    (
        BootNotification("Vendor", "Model", "S1", "1.0", "Meter", "M1"),
        None,
        {
            "chargePointVendor": "Vendor",
            "chargePointModel": "Model",
            "chargePointSerialNumber": "S1",
            "firmwareVersion": "1.0",
            "meterType": "Meter",
            "meterSerialNumber": "M1",
        },
    ),
    (
        BootNotification("Vendor", "Model", "", "", "", ""),
        None,
        {"chargePointVendor": "Vendor", "chargePointModel": "Model"},
    ),
    (Heartbeat(), None, {}),
    (Authorize("A"), None, {"idTag": "A"}),
    (
        StatusNotification(
            1, ChargePointStatus.AVAILABLE, ChargePointErrorCode.NO_ERROR, KNOWN, "info", "E7"
        ),
        None,
        {
            "connectorId": 1,
            "errorCode": "NoError",
            "info": "info",
            "status": "Available",
            "timestamp": KNOWN_TEXT,
            "vendorErrorCode": "E7",
        },
    ),
    (
        StatusNotification(
            0, ChargePointStatus.FAULTED, ChargePointErrorCode.INTERNAL_ERROR, KNOWN
        ),
        None,
        {
            "connectorId": 0,
            "errorCode": "InternalError",
            "status": "Faulted",
            "timestamp": KNOWN_TEXT,
        },
    ),
    (
        StartTransaction("uid", 1, "A", 1000, KNOWN),
        77,
        {"connectorId": 1, "idTag": "A", "meterStart": 1000, "timestamp": KNOWN_TEXT},
    ),
    (
        MeterValues(1, "uid", (sample(),)),
        0,
        {"connectorId": 1, "transactionId": 0, "meterValue": [METER_VALUE]},
    ),
    (MeterValues(1, None, (sample(),)), None, {"connectorId": 1, "meterValue": [METER_VALUE]}),
    (MeterValues(1, "uid", (sample(),)), None, {"connectorId": 1, "meterValue": [METER_VALUE]}),
    (
        StopTransaction("uid", "A", 1300, KNOWN, Reason.LOCAL),
        NO_TRANSACTION,
        {
            "idTag": "A",
            "meterStop": 1300,
            "timestamp": KNOWN_TEXT,
            "transactionId": -1,
            "reason": "Local",
        },
    ),
    (
        StopTransaction("uid", "A", 1300, KNOWN, Reason.EV_DISCONNECTED, (sample(),)),
        77,
        {
            "idTag": "A",
            "meterStop": 1300,
            "timestamp": KNOWN_TEXT,
            "transactionId": 77,
            "reason": "EVDisconnected",
            "transactionData": [METER_VALUE],
        },
    ),
    (FirmwareStatusNotification(FirmwareStatus.IDLE), None, {"status": "Idle"}),
    (DiagnosticsStatusNotification(DiagnosticsStatus.UPLOADED), None, {"status": "Uploaded"}),
]


@pytest.mark.parametrize(("request_", "transaction_id", "payload"), CASES)
def test_calls(request_: Request, transaction_id: int | None, payload: dict[str, object]) -> None:
    text = encode_call(queued(request_), transaction_id, NOW)
    action = str(request_.action)
    assert json.loads(text) == [2, "m-1", action, payload]
    # Text equality holds the order of the fields, too.
    assert text == json.dumps([2, "m-1", action, payload], separators=(",", ":"))
    schema = schema_of(action)
    Draft4Validator(schema).validate(payload)
    members = schema["properties"]
    assert isinstance(members, dict)
    assert [name for name in members if name in payload] == list(payload)


def test_every_request_is_a_case() -> None:
    assert {request.action for request, _, _ in CASES} == {
        kind.action for kind in Request.__subclasses__()
    }


@settings(derandomize=True, database=None, deadline=None)
@given(REQUESTS)
def test_every_request_becomes_an_ascii_frame(request: Request) -> None:
    text = encode_call(queued(request), 1, NOW)
    assert text.isascii()
    assert json.loads(text)[:3] == [2, "m-1", request.action]


def test_a_missing_transaction_id_is_a_fault_of_our_own() -> None:
    stop = StopTransaction("u", "A", 1, KNOWN, Reason.LOCAL)
    with pytest.raises(ValueError, match="StartTransaction goes first"):
        encode_call(queued(stop), None, NOW)


@pytest.mark.parametrize("context", ReadingContext)
def test_context_is_sent(context: ReadingContext) -> None:
    """S 7.37, E 3.16: each with its own word, and the value as a string."""
    text = encode_call(queued(MeterValues(1, None, (sample(context),))), None, NOW)
    (value,) = json.loads(text)[3]["meterValue"][0]["sampledValue"]
    assert (value["context"], value["value"]) == (str(context), "1234")


@pytest.mark.parametrize(
    ("stamp", "now", "text"),
    [
        (Stamp(1, 5.0, NEW_YEAR_UTC_S), NOW, "2026-01-01T00:00:00.000Z"),
        (Stamp(3, 999.0, None), NOW, "2025-12-31T23:59:59.000Z"),
        (Stamp(2, 999.0, None), NOW, "2026-01-01T00:00:00.000Z"),
        (Stamp(3, 999.0, None), Now(1000.0, None, 3), "1970-01-01T00:00:00.000Z"),
    ],
    ids=["known", "same boot", "boot whose clock was never known", "no clock at all"],
)
def test_stamps(stamp: Stamp, now: Now, text: str) -> None:
    frame = json.loads(encode_call(queued(StartTransaction("u", 1, "A", 0, stamp)), None, now))
    assert frame[3]["timestamp"] == text


def test_reply() -> None:
    assert encode_reply("c", {"status": "Accepted"}) == '[3,"c",{"status":"Accepted"}]'
    assert encode_reply('"\u00e9', {}) == '[3,"\\"\\u00e9",{}]'


def test_error_has_five_elements_always() -> None:
    """J 4.2.3: never null, never missing; description at most 255 characters."""
    code = CallErrorCode.OCCURENCE_CONSTRAINT_VIOLATION
    assert encode_error("c", code, "") == '[4,"c","OccurenceConstraintViolation","",{}]'
    assert json.loads(encode_error("c", code, "d" * 300))[3] == "d" * 255
