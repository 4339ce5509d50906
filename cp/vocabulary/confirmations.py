"""Answers of the central system to our CALLs, decoded; a field that we do not use is not here."""

from cp.vocabulary.lean import dataclass
from cp.vocabulary.words import AuthorizationStatus, RegistrationStatus


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A CALLRESULT whose content carries nothing that a chart needs."""


@dataclass(frozen=True, slots=True)
class BootConfirmation(Confirmation):
    """``current_utc_s`` seconds since 1970, None if the server's clock was never set;
    ``interval_s`` as sent (D-03)."""

    status: RegistrationStatus
    current_utc_s: float | None
    interval_s: int


@dataclass(frozen=True, slots=True)
class HeartbeatConfirmation(Confirmation):
    """``current_utc_s`` seconds since 1970, None if the server's clock was never set."""

    current_utc_s: float | None


@dataclass(frozen=True, slots=True)
class AuthorizeConfirmation(Confirmation):
    """``S 6.2``; expiryDate is ignored without a cache."""

    status: AuthorizationStatus
    parent_id_tag: str | None


@dataclass(frozen=True, slots=True)
class StartConfirmation(Confirmation):
    """``S 6.46``; any integer is a transaction id (``E 6.46``)."""

    status: AuthorizationStatus
    transaction_id: int
    parent_id_tag: str | None
