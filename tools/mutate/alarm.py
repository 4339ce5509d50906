"""An alarm clock for what a bug may keep from coming to an end."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Alarm(KeyboardInterrupt):
    """The time is over; no ``except Exception`` on the way takes it for its own, and no loop of
    asyncio keeps it."""


@contextmanager
def alarm(seconds: float) -> Iterator[None]:
    """Raises Alarm when it takes longer; in the main thread of a process only."""

    def ring(*_: object) -> None:
        raise Alarm

    before: Callable[..., object] | int | None = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
