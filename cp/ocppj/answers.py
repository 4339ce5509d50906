"""The CALLRESULT of one of our CALLs becomes a confirmation."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from cp.ocppj.formats import utc_s_of
from cp.ocppj.validators import CONFIRMATIONS
from cp.ocppj.violations import Violation
from cp.vocabulary.confirmations import (
    AuthorizeConfirmation,
    BootConfirmation,
    Confirmation,
    HeartbeatConfirmation,
    StartConfirmation,
)
from cp.vocabulary.words import Action, AuthorizationStatus, RegistrationStatus

_MUST_BE_VALID: Final = frozenset(
    {
        Action.AUTHORIZE,
        Action.BOOT_NOTIFICATION,
        Action.METER_VALUES,
        Action.START_TRANSACTION,
        Action.STOP_TRANSACTION,
    }
)
"""A bad answer to one of these is a failure to process; to any other it is an answer still."""


_CLOCK_UTC_S: Final = (1_262_304_000.0, 253_370_764_800.0)
"""2010 to 9998: a server whose clock shows another year has never set it. OCPP 1.6 is younger, and
an unset date (``0001-01-01``) would put stamps of 1970 on the wire."""

_KNOWN: Final = frozenset(
    {
        "currentTime",
        "expiryDate",
        "idTagInfo",
        "interval",
        "parentIdTag",
        "status",
        "transactionId",
    }
)
"""Every field of the answers to our CALLs."""


def read_answer(action: Action, payload: object) -> Confirmation:
    """The confirmation that a CALLRESULT carries.

    A field that 1.6 does not know, or that is null, is passed over: the server did process the
    CALL, and a StartTransaction sent again for such a trifle would be a second transaction.
    Raises ``Violation`` when the rest breaks its schema and the action needs its content.
    """
    payload = _usable(payload)
    try:
        CONFIRMATIONS[action](payload)
    except Violation:
        if action in _MUST_BE_VALID:
            raise
        return Confirmation()
    build = _BUILDERS.get(action)
    return build(payload) if build is not None and isinstance(payload, dict) else Confirmation()


def _usable(value: object) -> object:
    if not isinstance(value, dict):
        return value
    return {
        name: _usable(item) for name, item in value.items() if name in _KNOWN and item is not None
    }


def _clock_utc_s(payload: Mapping[str, object]) -> float | None:
    value = utc_s_of(str(payload["currentTime"]))
    if value is None:
        raise Violation("format", "payload.currentTime")
    return value if _CLOCK_UTC_S[0] <= value < _CLOCK_UTC_S[1] else None


def _number(payload: Mapping[str, object], name: str) -> int:
    value = payload[name]
    if not isinstance(value, int):
        raise Violation("type", f"payload.{name}")
    return value


def _id_tag_info(payload: Mapping[str, object]) -> tuple[AuthorizationStatus, str | None]:
    """The status and the group; an empty parentIdTag is none, or strangers would be a group."""
    info = payload["idTagInfo"]
    if not isinstance(info, dict):
        raise Violation("type", "payload.idTagInfo")
    parent = str(info.get("parentIdTag", ""))
    return AuthorizationStatus(info["status"]), parent or None


def _boot(payload: Mapping[str, object]) -> Confirmation:
    """A negative interval says as little as 0: the station takes its own (``S 4.2``)."""
    status = RegistrationStatus(str(payload["status"]))
    return BootConfirmation(status, _clock_utc_s(payload), max(0, _number(payload, "interval")))


def _heartbeat(payload: Mapping[str, object]) -> Confirmation:
    return HeartbeatConfirmation(_clock_utc_s(payload))


def _authorize(payload: Mapping[str, object]) -> Confirmation:
    return AuthorizeConfirmation(*_id_tag_info(payload))


def _start(payload: Mapping[str, object]) -> Confirmation:
    status, parent_id_tag = _id_tag_info(payload)
    return StartConfirmation(status, _number(payload, "transactionId"), parent_id_tag)


_BUILDERS: Final[Mapping[Action, Callable[[Mapping[str, object]], Confirmation]]] = (
    MappingProxyType(
        {
            Action.AUTHORIZE: _authorize,
            Action.BOOT_NOTIFICATION: _boot,
            Action.HEARTBEAT: _heartbeat,
            Action.START_TRANSACTION: _start,
        }
    )
)
