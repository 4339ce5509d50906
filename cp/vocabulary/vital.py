"""What has to go on while the station lives: the words of the service manager's watchdog."""

from collections.abc import Callable

from cp.vocabulary.lean import dataclass


@dataclass(frozen=True, slots=True)
class Vital:
    """One thing that must not stand still.

    ``since_s``  monotonic seconds since when it owes progress; None: it owes none now.
    ``limit_s``  seconds after which it counts as hung; above what a slow disk may take.
    """

    name: str
    limit_s: float
    since_s: Callable[[], float | None]

    def is_hung(self, now_s: float) -> bool:
        """Whether progress is owed for too long."""
        since_s = self.since_s()
        return since_s is not None and now_s - since_s > self.limit_s
