"""Vitals: what of the daemon must not stand still, for the service manager's watchdog.

Theory of operation: whoever asks is a task of the event loop, so a loop that hangs asks nothing.
Here is what can hang while the loop turns: a deadline that nobody keeps, a commit that does not
come back, a contactor that is held and not renewed.
"""

from typing import Final

from cp.commits import Commits
from cp.controller import Controller
from cp.hands import Hands
from cp.vocabulary.vital import Vital

_DEADLINE_S: Final = 10.0
_COMMIT_S: Final = 60.0
"""A worn SD card may take many seconds for one sync."""
_HOLD_S: Final = 5.0

Vitals = tuple[Vital, ...]


def vitals_of(controller: Controller, commits: Commits, hands: Hands) -> Vitals:
    """Of one running daemon."""
    return (
        Vital("the timers of the charts", _DEADLINE_S, lambda: controller.next_deadline_s),
        Vital("a commit of the journal", _COMMIT_S, lambda: commits.busy_since_s),
        Vital("the hold of the contactor", _HOLD_S, lambda: hands.renewed_at_s),
    )
