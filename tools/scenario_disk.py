"""Storage of a scenario: commits that wait, a disk that is full, and the next try."""

from collections.abc import Sequence
from dataclasses import dataclass

from cp.commits import RETRIED_AFTER_S
from cp.domain.faults import STORAGE_LOW
from cp.vocabulary.events import ErrorCleared, ErrorRaised, Event, StorageFilled
from cp.vocabulary.records import Row
from cp.vocabulary.words import ChargePointErrorCode
from drivers.bench.full_disk import FullDisk
from tools.scenario_house import ScenarioError


@dataclass(slots=True)
class Disk:
    """Does what ``cp.commits`` does, in virtual time.

    ``full``        the disk of the bench, while there is no room.
    ``next_try_s``  when rows that found no room are tried again.
    """

    full: FullDisk | None = None
    next_try_s: float | None = None
    _is_held: bool = False
    _is_low: bool = False

    def turn(self, what: str) -> None:
        """``held``: commits wait; ``full``: they find no room; ``free``: neither. Raises
        ScenarioError."""
        if what not in ("held", "full", "free"):
            raise ScenarioError("storage held, storage full, or storage free")
        self._is_held = what == "held"
        self.full = FullDisk() if what == "full" else None

    def forget(self) -> None:
        """The process ends; the disk stays as it is."""
        self.next_try_s = None
        self._is_low = False

    @property
    def is_ready(self) -> bool:
        """A commit may be tried now."""
        return not self._is_held and self.next_try_s is None

    def takes(self, rows: Sequence[Row]) -> bool:
        """Whether there is room for these rows."""
        return self.full is None or self.full.takes(rows)

    def told(self, time_s: float, *, is_stored: bool) -> list[Event]:
        """What the station is told of a commit at ``time_s``."""
        was_low, self._is_low = self._is_low, not is_stored
        change = ErrorCleared if is_stored else ErrorRaised
        error = change(0, ChargePointErrorCode.OTHER_ERROR, STORAGE_LOW)
        events: list[Event] = [] if self._is_low is was_low else [error]
        if not is_stored:
            self.next_try_s = time_s + RETRIED_AFTER_S
            events.append(StorageFilled())
        return events
