"""One line of the table that ``make bench`` prints."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table; ``limit`` of ``judged``, which is the value or the ratio."""

    name: str
    value: str
    floor: str
    ratio: float | None
    limit: str
    is_met: bool
