"""The base of all events."""

from cp.vocabulary.lean import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all events."""
