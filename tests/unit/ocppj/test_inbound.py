"""A CALL of the central system: event, checked payload, unread, or CALLERROR (J 4.2)."""

import pytest

from cp.ocppj.inbound import CheckedCall, RefusedCall, UnreadCall, read_call
from cp.vocabulary.events import (
    AvailabilityRequested,
    DiagnosticsRequested,
    Event,
    MessageRequested,
    RemoteStartRequested,
    RemoteStopRequested,
    ResetRequested,
    UpdateRequested,
)
from cp.vocabulary.words import Action, AvailabilityType, CallErrorCode, ResetType

URL = "http://example.com/f"
NEW_YEAR = "2026-01-01T01:00:00+01:00"
NEW_YEAR_UTC_S = 1767225600.0


@pytest.mark.parametrize(
    ("action", "payload", "event"),
    [
        ("RemoteStartTransaction", {"idTag": "A"}, RemoteStartRequested("c", 1, "A")),
        (
            "RemoteStartTransaction",
            {"idTag": "", "connectorId": 0},
            RemoteStartRequested("c", 0, ""),
        ),
        (
            "RemoteStartTransaction",
            {"idTag": "A", "connectorId": -7},
            RemoteStartRequested("c", -7, "A"),
        ),
        ("RemoteStopTransaction", {"transactionId": 0}, RemoteStopRequested("c", 0)),
        ("RemoteStopTransaction", {"transactionId": -1}, RemoteStopRequested("c", -1)),
        (
            "ChangeAvailability",
            {"connectorId": 0, "type": "Inoperative"},
            AvailabilityRequested("c", 0, AvailabilityType.INOPERATIVE),
        ),
        ("Reset", {"type": "Hard"}, ResetRequested("c", ResetType.HARD)),
        (
            "TriggerMessage",
            {"requestedMessage": "Heartbeat", "connectorId": 99},
            MessageRequested("c", "Heartbeat", 99),
        ),
        (
            "TriggerMessage",
            {"requestedMessage": "LogStatusNotification"},
            MessageRequested("c", "LogStatusNotification", None),
        ),
        ("TriggerMessage", {"requestedMessage": ""}, MessageRequested("c", "", None)),
        (
            "UpdateFirmware",
            {"location": URL, "retrieveDate": NEW_YEAR},
            UpdateRequested("c", URL, NEW_YEAR_UTC_S, None, None),
        ),
        (
            "UpdateFirmware",
            {"location": URL, "retrieveDate": NEW_YEAR, "retries": 0, "retryInterval": 5},
            UpdateRequested("c", URL, NEW_YEAR_UTC_S, 0, 5),
        ),
        (
            "GetDiagnostics",
            {"location": URL},
            DiagnosticsRequested("c", URL, None, None, None, None),
        ),
        (
            "GetDiagnostics",
            {"location": URL, "stopTime": NEW_YEAR, "retries": 2},
            DiagnosticsRequested("c", URL, None, NEW_YEAR_UTC_S, 2, None),
        ),
    ],
)
def test_events(action: str, payload: object, event: Event) -> None:
    assert read_call("c", action, payload) == event


@pytest.mark.parametrize(
    ("action", "payload"),
    [
        ("GetConfiguration", {}),
        ("GetConfiguration", {"key": ["a", "b"]}),
        ("ChangeConfiguration", {"key": "a", "value": ""}),
        ("DataTransfer", {"vendorId": "v", "data": "x" * 9999}),
        ("ClearCache", {}),
        ("UnlockConnector", {"connectorId": 5}),
        ("GetLocalListVersion", {}),
        ("SendLocalList", {"listVersion": 1, "updateType": "Full"}),
    ],
)
def test_calls_without_a_chart_are_checked(action: str, payload: dict[str, object]) -> None:
    assert read_call("c", action, payload) == CheckedCall("c", Action(action), payload)


@pytest.mark.parametrize(
    "action",
    ["SetChargingProfile", "ReserveNow", "SignedUpdateFirmware", "GetLog", "BootNotification"],
)
def test_known_actions_that_we_do_not_process_are_not_read(action: str) -> None:
    """E 5.16: NotSupported comes before any complaint about the payload; the routes say it."""
    assert read_call("c", action, ["junk"]) == UnreadCall("c", Action(action))


@pytest.mark.parametrize("action", ["Nonsense", "reset", "RESET", "Reset.req", "", "\ud800"])
def test_unknown_actions_are_not_implemented(action: str) -> None:
    answer = read_call("c", action, ["junk"])
    assert answer == RefusedCall("c", CallErrorCode.NOT_IMPLEMENTED, "unknown action")


@pytest.mark.parametrize(
    ("action", "payload", "code"),
    [
        ("Reset", [], "FormationViolation"),
        ("Reset", {}, "ProtocolError"),
        ("RemoteStartTransaction", {"idTag": "A" * 21}, "PropertyConstraintViolation"),
        ("RemoteStartTransaction", {"idTag": "A", "connectorId": "1"}, "TypeConstraintViolation"),
        ("TriggerMessage", {}, "ProtocolError"),
        ("TriggerMessage", {"requestedMessage": 7}, "TypeConstraintViolation"),
        ("TriggerMessage", {"requestedMessage": "X", "x": 1}, "FormationViolation"),
        (
            "TriggerMessage",
            {"requestedMessage": "X", "connectorId": "1"},
            "TypeConstraintViolation",
        ),
        ("GetDiagnostics", {"location": URL, "retries": -1}, "PropertyConstraintViolation"),
        (
            "UpdateFirmware",
            {"location": URL, "retrieveDate": NEW_YEAR, "retryInterval": -1},
            "PropertyConstraintViolation",
        ),
    ],
)
def test_payloads_that_are_refused(action: str, payload: object, code: str) -> None:
    answer = read_call("c", action, payload)
    assert isinstance(answer, RefusedCall)
    assert (answer.call_id, answer.error_code) == ("c", CallErrorCode(code))
    assert answer.description
