"""A CALL of the central system becomes an event, a checked payload, or a CALLERROR.

Theory of operation: an action that OCPP 1.6 does not know is NotImplemented, letter case included.
A CALL that a chart decides becomes its event, one that needs no chart a checked payload; every
other known action is handed back unread: the routes say how it is refused.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, TypeVar

from cp.ocppj.formats import utc_s_of
from cp.ocppj.validators import REQUESTS
from cp.ocppj.violations import ROOT, Validator, Violation
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
from cp.vocabulary.lean import dataclass
from cp.vocabulary.words import Action, AvailabilityType, CallErrorCode, ResetType

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CheckedCall:
    """A CALL that no chart needs to see; ``payload`` keeps to its schema."""

    call_id: str
    action: Action
    payload: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class UnreadCall:
    """A known action that this station does not process; its payload was not looked at."""

    call_id: str
    action: Action


@dataclass(frozen=True, slots=True)
class RefusedCall:
    """The CALLERROR to send."""

    call_id: str
    error_code: CallErrorCode
    description: str


class _Fields:
    """Typed reading of a payload that its schema has already accepted.

    Raises ``Violation`` for what a schema cannot say; a TypeError is a fault of our own.
    """

    def __init__(self, payload: Mapping[str, object]) -> None:
        self._payload = payload

    def text(self, name: str) -> str:
        value = self._payload[name]
        if not isinstance(value, str):
            raise TypeError(f"{name} is not a string")
        return value

    def number(self, name: str) -> int:
        value = self._payload[name]
        if not isinstance(value, int):
            raise TypeError(f"{name} is not an integer")
        return value

    def count(self, name: str) -> int:
        """A number of times or seconds: not negative."""
        value = self.number(name)
        if value < 0:
            raise Violation("minimum", f"payload.{name}")
        return value

    def utc_s(self, name: str) -> float:
        value = utc_s_of(self.text(name))
        if value is None:
            raise TypeError(f"{name} is not a date-time")
        return value

    def optional(self, name: str, read: Callable[[str], T]) -> T | None:
        return read(name) if name in self._payload else None


def _remote_start(call_id: str, fields: _Fields) -> Event:
    """Without connectorId the station chooses: its only outlet (``S 5.11``)."""
    connector_id = fields.optional("connectorId", fields.number)
    id_tag = fields.text("idTag")
    return RemoteStartRequested(call_id, 1 if connector_id is None else connector_id, id_tag)


def _remote_stop(call_id: str, fields: _Fields) -> Event:
    return RemoteStopRequested(call_id, fields.number("transactionId"))


def _availability(call_id: str, fields: _Fields) -> Event:
    type_ = AvailabilityType(fields.text("type"))
    return AvailabilityRequested(call_id, fields.number("connectorId"), type_)


def _reset(call_id: str, fields: _Fields) -> Event:
    return ResetRequested(call_id, ResetType(fields.text("type")))


def _message(call_id: str, fields: _Fields) -> Event:
    connector_id = fields.optional("connectorId", fields.number)
    return MessageRequested(call_id, fields.text("requestedMessage"), connector_id)


def _update(call_id: str, fields: _Fields) -> Event:
    return UpdateRequested(
        call_id,
        fields.text("location"),
        fields.utc_s("retrieveDate"),
        fields.optional("retries", fields.count),
        fields.optional("retryInterval", fields.count),
    )


def _diagnostics(call_id: str, fields: _Fields) -> Event:
    return DiagnosticsRequested(
        call_id,
        fields.text("location"),
        fields.optional("startTime", fields.utc_s),
        fields.optional("stopTime", fields.utc_s),
        fields.optional("retries", fields.count),
        fields.optional("retryInterval", fields.count),
    )


_EVENTS: Final[Mapping[Action, Callable[[str, _Fields], Event]]] = MappingProxyType(
    {
        Action.REMOTE_START_TRANSACTION: _remote_start,
        Action.REMOTE_STOP_TRANSACTION: _remote_stop,
        Action.CHANGE_AVAILABILITY: _availability,
        Action.RESET: _reset,
        Action.TRIGGER_MESSAGE: _message,
        Action.UPDATE_FIRMWARE: _update,
        Action.GET_DIAGNOSTICS: _diagnostics,
    }
)

_ACTIONS: Final[Mapping[str, Action]] = MappingProxyType({str(item): item for item in Action})


def read_call(
    call_id: str, action_name: str, payload: object
) -> Event | CheckedCall | UnreadCall | RefusedCall:
    """What a CALL of the central system means (``J 4.2``)."""
    action = _ACTIONS.get(action_name)
    if action is None:
        return RefusedCall(call_id, CallErrorCode.NOT_IMPLEMENTED, "unknown action")
    validator = REQUESTS.get(action)
    if validator is None:
        return UnreadCall(call_id, action)
    try:
        return _checked(call_id, action, validator, payload)
    except Violation as violation:
        return RefusedCall(call_id, violation.error_code, str(violation))


def _checked(
    call_id: str, action: Action, validator: Validator, payload: object
) -> Event | CheckedCall:
    if not isinstance(payload, dict):
        raise Violation("type", ROOT)
    # A message that we do not know gets an answer, no CALLERROR (``S 5.17``): the chart decides.
    is_trigger = action == Action.TRIGGER_MESSAGE
    is_forgiven = is_trigger and isinstance(payload.get("requestedMessage"), str)
    validator({**payload, "requestedMessage": "Heartbeat"} if is_forgiven else payload)
    build = _EVENTS.get(action)
    return (
        CheckedCall(call_id, action, payload) if build is None else build(call_id, _Fields(payload))
    )
