"""Every request that a central system of OCPP 1.6 can send, and what the station may answer.

An answer counts by its status, by its error code, or as ``answered`` where it has no status.
"""

from collections.abc import Mapping
from typing import Final

Request = tuple[str, Mapping[str, object], frozenset[str]]


def _request(expected: str, action: str, /, **payload: object) -> Request:
    return action, payload, frozenset(expected.split("|"))


_NO_PROFILE: Final = "NotSupported|NotImplemented"
_CHARGING_PROFILE: Final = {
    "chargingProfileId": 1,
    "stackLevel": 0,
    "chargingProfilePurpose": "TxDefaultProfile",
    "chargingProfileKind": "Absolute",
    "chargingSchedule": {
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.1}],
    },
}

REQUESTS: Final = (
    _request("answered", "GetConfiguration"),
    _request("answered", "GetConfiguration", key=["HeartbeatInterval", "Nonsense"]),
    _request("Accepted", "ChangeConfiguration", key="HeartbeatInterval", value="70"),
    _request("Rejected", "ChangeConfiguration", key="HeartbeatInterval", value="-1"),
    _request("Rejected", "ChangeConfiguration", key="NumberOfConnectors", value="2"),
    _request("NotSupported", "ChangeConfiguration", key="Nonsense", value="1"),
    _request("Accepted", "ChangeAvailability", connectorId=1, type="Inoperative"),
    _request("Accepted", "ChangeAvailability", connectorId=0, type="Operative"),
    _request("Accepted", "ChangeAvailability", connectorId=1, type="Operative"),
    _request("Rejected", "ChangeAvailability", connectorId=7, type="Operative"),
    _request("Accepted|Rejected", "ClearCache"),
    _request("NotSupported", "UnlockConnector", connectorId=1),
    _request("UnknownVendorId", "DataTransfer", vendorId="example.com", data="x"),
    _request("Rejected", "TriggerMessage", requestedMessage="BootNotification"),
    _request("Accepted", "TriggerMessage", requestedMessage="Heartbeat", connectorId=99),
    _request("Accepted", "TriggerMessage", requestedMessage="FirmwareStatusNotification"),
    _request("Accepted", "TriggerMessage", requestedMessage="DiagnosticsStatusNotification"),
    _request("Accepted", "TriggerMessage", requestedMessage="MeterValues", connectorId=1),
    _request("Rejected", "TriggerMessage", requestedMessage="MeterValues", connectorId=9),
    _request("Rejected", "RemoteStartTransaction", idTag="A", connectorId=9),
    _request("Rejected", "RemoteStopTransaction", transactionId=4711),
    _request("answered", "GetDiagnostics", location="http://127.0.0.1:1/", retries=0),
    _request(
        "answered",
        "UpdateFirmware",
        location="http://127.0.0.1:1/",
        retrieveDate="2099-01-01T00:00:00Z",
    ),
    _request("answered", "GetLocalListVersion"),
    _request(_NO_PROFILE, "SendLocalList", listVersion=1, updateType="Full"),
    _request(
        _NO_PROFILE,
        "ReserveNow",
        connectorId=1,
        expiryDate="2040-01-01T00:00:00Z",
        idTag="A",
        reservationId=1,
    ),
    _request(_NO_PROFILE, "CancelReservation", reservationId=1),
    _request(_NO_PROFILE, "ClearChargingProfile"),
    _request(_NO_PROFILE, "GetCompositeSchedule", connectorId=1, duration=60),
    _request(
        _NO_PROFILE, "SetChargingProfile", connectorId=1, csChargingProfiles=_CHARGING_PROFILE
    ),
)
