"""The auxiliary contact of the contactor."""

from cp.behavior.base import Behavior
from cp.vocabulary.lean import dataclass


@dataclass(frozen=True, slots=True)
class FeedbackFields:
    """Nothing but its state."""


class Feedback(Behavior[FeedbackFields]):
    """Owns ``is_feedback_closed``."""

    Fields = FeedbackFields

    def note_closed(self) -> None:
        """The contact says closed."""
        self._know("is_feedback_closed", True)

    def note_opened(self) -> None:
        """The contact says open."""
        self._know("is_feedback_closed", False)
