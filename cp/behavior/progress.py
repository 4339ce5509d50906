"""Statuses of firmware and diagnostics, told once each and in order."""

from cp.behavior.base import Behavior
from cp.vocabulary.events import JournalReplayed, ProgressMade
from cp.vocabulary.lean import dataclass
from cp.vocabulary.records import NoticesKept
from cp.vocabulary.requests import Lane, Request

NOTICES_MAX = 64
"""Bound on what waits in an outage; the oldest goes first."""


@dataclass(frozen=True, slots=True)
class ProgressFields:
    """``notices``: what the central system has not been told yet, oldest first."""

    notices: tuple[Request, ...] = ()


class Progress(Behavior[ProgressFields]):
    """Keeps the notices; the chart says when the first of them is told."""

    Fields = ProgressFields

    def has_notice(self) -> bool:
        """Something is to be told."""
        return bool(self._fields.notices)

    def has_more_notices(self) -> bool:
        """Something is to be told after the one under way."""
        return len(self._fields.notices) > 1

    def restore_notices(self) -> None:
        """What was not told before the power went."""
        self._set(notices=self._event(JournalReplayed).restored.notices)

    def add_notice(self) -> None:
        """One more, durable."""
        notices = (*self._fields.notices, self._event(ProgressMade).notice)
        self._keep(notices[-NOTICES_MAX:])

    def drop_notice(self) -> None:
        """The first one is done."""
        self._keep(self._fields.notices[1:])

    def send_notice(self) -> None:
        """The first one."""
        self._call(Lane.OTHER, self._fields.notices[0])

    def _keep(self, notices: tuple[Request, ...]) -> None:
        self._set(notices=notices)
        self._record(NoticesKept(notices))
