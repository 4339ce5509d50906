"""The draw: what one seed has of people, product, requests and trouble (swarm testing).

Theory of operation: each kind is on or off by itself, so that some worlds have nearly all trouble
at once and others have one kind alone, which goes deeper.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from tools.simulate.chance import Chance

_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "AllowOfflineTxForUnknownId": ("true", "false"),
    "AuthorizeRemoteTxRequests": ("true", "false"),
    "ClockAlignedDataInterval": ("0", "0", "900"),
    "ConnectionTimeOut": ("30", "60"),
    "MaxEnergyOnInvalidId": ("0", "200"),
    "StopTransactionOnInvalidId": ("true", "false"),
    "StopTxnSampledData": ("", "Energy.Active.Import.Register"),
    # With few attempts messages are given up by the book (``S 3.7.1``); with 100 nothing is lost.
    "TransactionMessageAttempts": ("100", "100", "3", "5"),
    "TransactionMessageRetryInterval": ("5", "20"),
}


@dataclass(frozen=True, slots=True)
class Draw:
    """``gap_s`` between visits of ``stay_s``; the operator asks every ``asked_every_s``; how often
    transfers fail; ``pace`` of trouble, 1 is a few times a day for each kind."""

    profile: str
    keys: Mapping[str, str]
    gap_s: float
    stay_s: float
    asked_every_s: float
    failures: float
    pace: float
    requests: tuple[str, ...]
    trouble: tuple[str, ...]


def draw(chance: Chance, requests: Iterable[str], trouble: Iterable[str]) -> Draw:
    """The draw of one seed, out of all kinds of requests and trouble."""
    share = chance.choice((0.1, 0.3, 0.6, 0.9))
    return Draw(
        profile=chance.choice(("", "imkev7")),
        keys={name: chance.choice(values) for name, values in _KEYS.items()},
        gap_s=chance.choice((600.0, 3600.0, 5400.0)),
        stay_s=chance.choice((300.0, 2400.0, 5400.0)),
        asked_every_s=chance.choice((600.0, 1800.0, 5400.0)),
        failures=chance.choice((0.0, 0.3)),
        pace=chance.choice((0.5, 1.0, 1.0, 4.0)),
        requests=tuple(name for name in requests if chance.is_so(0.5)),
        trouble=tuple(name for name in trouble if chance.is_so(share)),
    )
