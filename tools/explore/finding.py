"""What an exploration finds: an invariant that does not hold."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """An invariant that does not hold after a turn, and what was seen instead."""

    invariant: str
    seen: str
