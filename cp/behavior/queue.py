"""Retries of the first transaction message."""

from cp.behavior.base import Behavior
from cp.vocabulary.events import HeadDiscarded, OutboxChanged
from cp.vocabulary.lean import dataclass


@dataclass(frozen=True, slots=True)
class QueueFields:
    """``attempts`` that failed so far; may restart at a boot (``operations.md`` 1)."""

    attempts: int = 0


class Queue(Behavior[QueueFields]):
    """Owns ``is_head_ready``."""

    Fields = QueueFields

    def is_last_attempt(self) -> bool:
        """With this failure all attempts are used up (``S 3.7.1``)."""
        return self._fields.attempts + 1 >= self._keys.number("TransactionMessageAttempts")

    def retry_wait_s(self) -> float:
        """Before attempt n+1: the key's seconds times n (``S 3.7.1``); a moment if the key is 0,
        since a timer of 0 s is not armed."""
        interval_s = self._keys.number("TransactionMessageRetryInterval")
        return max(float(interval_s * self._fields.attempts), 0.1)

    def count_attempt(self) -> None:
        """One more failure."""
        self._set(attempts=self._fields.attempts + 1)

    def forget_attempts(self) -> None:
        """The next message starts anew."""
        self._set(attempts=0)

    def note_head_ready(self) -> None:
        """The first message may be sent."""
        self._know("is_head_ready", True)

    def note_head_waiting(self) -> None:
        """The first message waits for its retry."""
        self._know("is_head_ready", False)

    def tell_head_discarded(self) -> None:
        """Give the first message up."""
        self._tell(HeadDiscarded())

    def check_outbox(self) -> None:
        """Something may be sent now."""
        self._tell(OutboxChanged())
