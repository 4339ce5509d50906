"""Facts: what machines may know of each other. Each has one owner, whose actions alone write it."""

from collections.abc import Mapping
from dataclasses import field, fields
from types import MappingProxyType
from typing import Final

from cp.vocabulary.lean import dataclass, replace
from cp.vocabulary.words import ChargePointErrorCode


@dataclass(frozen=True, slots=True)
class ErrorShown:
    """The error that a StatusNotification of a connector carries (``S 7.6``)."""

    error_code: ChargePointErrorCode = ChargePointErrorCode.NO_ERROR
    vendor_error_code: str = ""


def _owned_by(machine: str) -> bool:
    """A fact that is False until the machine's actions set it."""
    value: bool = field(default=False, metadata={"owner": machine})
    return value


def _error_of(machine: str) -> ErrorShown:
    value: ErrorShown = field(default=ErrorShown(), metadata={"owner": machine})
    return value


@dataclass(frozen=True, slots=True)
class Facts:
    """One record for the whole station; every guard may read it, its owner writes it.

    The owner is named as ``chart.connector_id``; connector 1 is the outlet, 0 the main controller.
    """

    is_online: bool = _owned_by("link.0")
    is_registered: bool = _owned_by("charge_point.0")
    """Accepted since this boot; kept over reconnects (``J 5.4``)."""
    has_history: bool = _owned_by("charge_point.0")
    """Accepted at some time with the present server URL (``S 4.2.1``)."""
    is_denied: bool = _owned_by("charge_point.0")
    """The current answer is Pending or Rejected."""
    is_resetting: bool = _owned_by("charge_point.0")
    is_authorizing: bool = _owned_by("authorization.1")
    is_plugged: bool = _owned_by("vehicle.1")
    is_ev_asking: bool = _owned_by("vehicle.1")
    has_fault: bool = _owned_by("health.1")
    is_emergency_stopped: bool = _owned_by("health.1")
    has_station_fault: bool = _owned_by("health.0")
    is_storage_low: bool = _owned_by("health.0")
    is_feedback_closed: bool = _owned_by("feedback.1")
    has_open_transaction: bool = _owned_by("transaction.1")
    is_inoperative: bool = _owned_by("availability.1")
    is_leaving_service: bool = _owned_by("availability.1")
    is_station_inoperative: bool = _owned_by("availability.0")
    is_head_ready: bool = _owned_by("queue.0")
    """The first transaction message may be sent: it does not wait for its retry."""
    is_installing: bool = _owned_by("firmware.0")
    """From the first byte that is written to the other slot until the outcome is known."""
    outlet_error: ErrorShown = _error_of("health.1")
    station_error: ErrorShown = _error_of("health.0")


def with_fact(facts: Facts, name: str, value: object) -> Facts:
    """The record with one fact written; who may write it is checked by the behavior."""
    return replace(facts, **{name: value})  # type: ignore[arg-type]


OWNERS: Final[Mapping[str, str]] = MappingProxyType(
    {item.name: str(item.metadata["owner"]) for item in fields(Facts)}
)
"""Fact name to the machine that alone may write it."""

GUARD_FACTS: Final[frozenset[str]] = frozenset(
    item.name for item in fields(Facts) if item.default is False
)
"""Facts that answer yes or no and so may stand in a guard."""
