"""Lines that come out of the guest, and the instants at which its power goes.

Theory of operation: ``tell`` enters a line into the books of ``tools.crash.told``. Some cuts come
at any time from the mount on; most at a promise, or soon after it. A promise is what the station
says for the first time: a transaction message, or the answer to an order.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

from tools.crash.station import CLOSED, OPENED, QUEUED
from tools.crash.told import LOG, Told
from tools.crash.trace import Said, Synced

SAID: Final = "> "
HEARD: Final = "< "
COMMITTED: Final = "committed"
MOUNTED: Final = "mounted"
"""What the last power cut has left lies in the exchange."""

SURE_AFTER: Final = 3
"""Commits that return after an answer until its message is gone for good: one that is under way,
one that began before the turn of the answer, and the one with its rows."""

_RELAY: Final = {line.decode().rstrip(): line for line in (CLOSED, OPENED)}
_KINDS: Final = ("any time", "at once", "at once", "soon", "soon")
_LONGEST_S: Final = 4.0
_MOST_PROMISES: Final = 12
_SOON_S: Final = 0.1


class GuestError(Exception):
    """The guest did not live until its cut, or said what nobody knows: nothing may be proven from
    it."""


@dataclass(frozen=True, slots=True)
class Cut:
    """So many promises after the mount, 0: at once, and then so many seconds."""

    promises: int
    delay_s: float


def tell(told: Told, line: str) -> None:
    """Enter one line of the log. Raises GuestError."""
    if line.startswith(SAID):
        told.say(line.removeprefix(SAID))
    elif line.startswith(HEARD):
        told.hear(line.removeprefix(HEARD))
    elif line == COMMITTED:
        told.see(Synced(LOG))
    elif line in _RELAY:
        told.see(Said(1, _RELAY[line]))
    else:
        raise GuestError(f"the guest wrote a line that nobody knows: {line[:80]!r}")


def draw_cuts(random: Random) -> Iterator[Cut]:
    """One after the other, without end."""
    while True:
        promises = random.randint(1, _MOST_PROMISES)
        match random.choice(_KINDS):
            case "any time":
                yield Cut(0, random.uniform(0.0, _LONGEST_S))
            case "at once":
                yield Cut(promises, 0.0)
            case _:
                yield Cut(promises, random.uniform(0.0, _SOON_S))


def is_promise(told: Told, line: str) -> bool:
    """Whether this line, which is not in the books yet, is one."""
    if not line.startswith(SAID):
        return False
    match json.loads(line.removeprefix(SAID)):
        case [2, str(message_id), str(action), _]:
            return action in QUEUED and int(message_id) not in told.sent
        case [3, *_]:
            return True
    return False
