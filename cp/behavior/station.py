"""Connector 0: the main controller."""

from cp.behavior.base import Behavior
from cp.vocabulary.lean import dataclass


@dataclass(frozen=True, slots=True)
class StationFields:
    """Nothing but its state."""


class Station(Behavior[StationFields]):
    """Its guards are facts; it has no actions."""

    Fields = StationFields
