"""Our CALLs and answers as text frames; fields in the order of the specification.

Everything that is sent is ASCII: other characters are escaped by JSON (``S 7.15``).
"""

import json
from collections.abc import Mapping
from typing import Final

from cp.ocppj.formats import date_time_of
from cp.vocabulary.instants import Now, Stamp
from cp.vocabulary.metering import Sample
from cp.vocabulary.requests import (
    Authorize,
    BootNotification,
    DiagnosticsStatusNotification,
    FirmwareStatusNotification,
    Heartbeat,
    MeterValues,
    QueuedCall,
    Request,
    StartTransaction,
    StatusNotification,
    StopTransaction,
)
from cp.vocabulary.words import ENERGY_REGISTER, CallErrorCode

Payload = Mapping[str, object]

NO_TRANSACTION: Final = -1
"""The transaction id that says: StartTransaction was discarded (``E 4.8``)."""


def encode_call(call: QueuedCall, transaction_id: int | None, now: Now) -> str:
    """The CALL frame of a request.

    ``transaction_id`` fills its place in MeterValues and StopTransaction, -1 after StartTransaction
    was discarded (``E 4.8``); without one they cannot be sent: ValueError, a fault of our own.
    """
    payload = _payload(call.request, transaction_id, now)
    return _frame(2, call.message_id, str(call.request.action), payload)


def encode_reply(call_id: str, payload: Payload) -> str:
    """The CALLRESULT frame of an answer."""
    return _frame(3, call_id, payload)


def encode_error(call_id: str, error_code: CallErrorCode, description: str) -> str:
    """The CALLERROR frame of a refusal: five elements always (``J 4.2.3``)."""
    return _frame(4, call_id, str(error_code), description[:255], {})


def _frame(*items: object) -> str:
    return json.dumps(items, separators=(",", ":"), allow_nan=False)


def _time(stamp: Stamp, now: Now) -> str:
    """A stamp whose clock was never known gets the present time: the best that is known."""
    utc_s = stamp.resolved_s(now)
    if utc_s is None:
        utc_s = now.utc_s
    return date_time_of(0.0 if utc_s is None else utc_s)


def _filled(**fields: str) -> dict[str, object]:
    """Optional texts are left out when they are empty."""
    return {name: text for name, text in fields.items() if text}


def _meter_value(sample: Sample, now: Now) -> dict[str, object]:
    value = {
        "value": str(sample.register_wh),
        "context": str(sample.context),
        "format": "Raw",
        "measurand": ENERGY_REGISTER,
        "location": "Outlet",
        "unit": "Wh",
    }
    return {"timestamp": _time(sample.stamp, now), "sampledValue": [value]}


def _known(transaction_id: int | None) -> int:
    if transaction_id is None:
        raise ValueError("the transaction id is not known yet: StartTransaction goes first")
    return transaction_id


def _payload(request: Request, transaction_id: int | None, now: Now) -> Payload:
    match request:
        case BootNotification():
            return _boot(request)
        case Heartbeat():
            return {}
        case Authorize():
            return {"idTag": request.id_tag}
        case StatusNotification():
            return _status(request, now)
        case StartTransaction():
            return {
                "connectorId": request.connector_id,
                "idTag": request.id_tag,
                "meterStart": request.meter_start_wh,
                "timestamp": _time(request.started, now),
            }
        case MeterValues():
            # Outside a transaction, or before its id is known, there is none to name (``E 4.7``).
            ids = {} if transaction_id is None else {"transactionId": transaction_id}
            values = [_meter_value(sample, now) for sample in request.samples]
            return {"connectorId": request.connector_id, **ids, "meterValue": values}
        case StopTransaction():
            return _stop(request, _known(transaction_id), now)
        case FirmwareStatusNotification() | DiagnosticsStatusNotification():
            return {"status": str(request.status)}
        case _:
            raise TypeError(f"{type(request).__name__} has no payload")


def _boot(request: BootNotification) -> Payload:
    return {
        "chargePointVendor": request.vendor,
        "chargePointModel": request.model,
        **_filled(
            chargePointSerialNumber=request.serial,
            firmwareVersion=request.firmware_version,
            meterType=request.meter_type,
            meterSerialNumber=request.meter_serial,
        ),
    }


def _status(request: StatusNotification, now: Now) -> Payload:
    return {
        "connectorId": request.connector_id,
        "errorCode": str(request.error_code),
        **_filled(info=request.info),
        "status": str(request.status),
        "timestamp": _time(request.changed, now),
        **_filled(vendorErrorCode=request.vendor_error_code),
    }


def _stop(request: StopTransaction, transaction_id: int, now: Now) -> Payload:
    """Without samples the field transactionData is left out (``S 3.16.5``)."""
    values = [_meter_value(sample, now) for sample in request.samples]
    return {
        **_filled(idTag=request.id_tag),
        "meterStop": request.meter_stop_wh,
        "timestamp": _time(request.stopped, now),
        "transactionId": transaction_id,
        "reason": str(request.reason),
        **({"transactionData": values} if values else {}),
    }
