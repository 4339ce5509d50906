"""When timed transitions are due: three kinds of timers, as values.

Theory of operation: the alternatives of one state with the same kind and key share one timer. A
timer holds a deadline on the monotonic clock and nothing else; the controller sleeps until the
earliest one and hands it back to ``Chart.expire``. Nothing here waits.
"""

import math
from collections.abc import Callable
from typing import Final

from cp.chart.document import StateDocument, TimerKind
from cp.vocabulary.constants import CONSTANTS, REAL_TIME
from cp.vocabulary.context import Context
from cp.vocabulary.lean import dataclass, replace

_DAY_S: Final = 86400.0
_HAIR_S: Final = 0.001
"""An ``at`` that fires this little too early, by rounding, must not fire again at its instant."""

Durations = Callable[[str], Callable[[], float | None] | None]
"""The duration method of a behavior by its name, or None if it has none of that name."""


@dataclass(frozen=True, slots=True)
class Timer:
    """One armed timer of a state; ``deadline_s`` on ``Now.monotonic_s``."""

    event: str
    state: str
    kind: TimerKind
    key: str
    deadline_s: float


def timers_of(state: StateDocument) -> tuple[Timer, ...]:
    """The timers that a state arms when it is entered, in document order, never due as yet."""
    found = {
        item.event: Timer(item.event, state.id, item.timer, item.timer_key, math.inf)
        for item in state.transitions
        if item.timer is not None
    }
    return tuple(found.values())


class Clockwork:
    """Computes deadlines; ``durations`` answers from a behavior whose context is loaded."""

    def __init__(self, durations: Durations) -> None:
        self._durations = durations

    def armed(self, timer: Timer, context: Context) -> Timer | None:
        """The timer as it runs from now on, or None if its value is 0 or not known."""
        now_s = context.now.monotonic_s
        if timer.kind is TimerKind.AT:
            wait_s = self._until_instant(timer.key, context)
        else:
            wait_s = self._period_s(timer.key, context)
        return None if wait_s is None else replace(timer, deadline_s=now_s + wait_s)

    def rearmed(self, due: Timer, context: Context, was_utc_s: float | None) -> Timer | None:
        """What becomes of a timer that has fired: ``after`` is consumed.

        ``every`` counts from its last deadline: a late step does not shift the later ones. ``at``
        a method's instant is over when the method still names ``was_utc_s``, the one that fired.
        """
        if due.kind is TimerKind.EVERY:
            period_s = self._period_s(due.key, context)
            return None if period_s is None else replace(due, deadline_s=due.deadline_s + period_s)
        is_over = was_utc_s is not None and self.instant_utc_s(due) == was_utc_s
        return None if due.kind is TimerKind.AFTER or is_over else self.armed(due, context)

    def instant_utc_s(self, timer: Timer) -> float | None:
        """The instant that the method of an ``at`` names, in UTC seconds; None for all others."""
        method = self._durations(timer.key) if timer.kind is TimerKind.AT else None
        return None if method is None else method()

    def _period_s(self, key: str, context: Context) -> float | None:
        """A duration in seconds as the bench scales it, or None for off."""
        method = self._durations(key)
        value: float | None
        if method is not None:
            value = method()
        elif key in CONSTANTS:
            value = CONSTANTS[key]
        else:
            value = context.keys.number(key)
        if not value:
            return None
        return value if key in REAL_TIME else value / context.product.time_scale

    def _until_instant(self, key: str, context: Context) -> float | None:
        utc_s = context.now.utc_s
        if utc_s is None:
            return None
        method = self._durations(key)
        if method is not None:
            instant_s = method()
            wait_s = None if instant_s is None else max(0.0, instant_s - utc_s)
            return None if wait_s is None else wait_s / context.product.time_scale
        period_s = self._period_s(key, context)
        if period_s is None:
            return None
        # Multiples are counted from 00:00:00 UTC of each day (``T 071``).
        of_day_s = (utc_s + _HAIR_S) % _DAY_S
        return min((of_day_s // period_s + 1) * period_s, _DAY_S) - of_day_s + _HAIR_S
