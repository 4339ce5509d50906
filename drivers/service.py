"""The service manager: told when the station is ready, alive or stopping, in the words of systemd.

Theory of operation: one datagram for each message (sd_notify(3)); a socket of the standard library
is all it takes. ``Feeder`` is a task of the event loop: it says READY once the inputs are read and
the link is being opened, and feeds the watchdog only while nothing vital stands still. A hung loop
says nothing at all. The journal takes the priority of a line from its first characters and stamps
the time itself (sd-daemon(3)).
"""

import asyncio
import logging
import os
import socket
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Final

from cp.vocabulary.lean import dataclass
from cp.vocabulary.vital import Vital

_LOG: Final = logging.getLogger("statecharge")
_LOOKED_EVERY_S: Final = 0.05
_TOLD_EVERY_S: Final = 5.0
_PERIODS: Final = 3
"""The watchdog is fed so many times in the time that it allows."""

_PRIORITIES: Final = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4))
_NOTICE: Final = 6

Snapshot = Callable[[], Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Manager:
    """What listens to this process.

    ``address``    of its socket; an abstract one begins with @.
    ``watchdog_s`` the process is ended after so many seconds without a sign of life; None: never.
    """

    address: str
    watchdog_s: float | None

    def tell(self, *lines: str) -> None:
        """Send these assignments; a manager that is gone is no fault of ours."""
        address = f"\0{self.address[1:]}" if self.address.startswith("@") else self.address
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as talk:
            talk.setblocking(False)
            talk.sendto("\n".join(lines).encode(), address)


def manager_of(environ: Mapping[str, str] = os.environ) -> Manager:
    """The service manager that started this process. Raises KeyError without NOTIFY_SOCKET."""
    allowed_us, pid = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", "")
    is_watched = allowed_us.isdecimal() and pid in ("", str(os.getpid()))
    return Manager(environ["NOTIFY_SOCKET"], int(allowed_us) / 1e6 if is_watched else None)


class Feeder:
    """Tells one manager about one station."""

    def __init__(
        self, manager: Manager, snapshot: Snapshot, vitals: Callable[[], Iterable[Vital]]
    ) -> None:
        """``vitals`` is asked each time: a driver that is made late has its own."""
        self._manager = manager
        self._snapshot = snapshot
        self._vitals = vitals
        self._status = ""
        self._hung: tuple[str, ...] = ()

    async def run(self) -> None:
        """Until it is canceled."""
        while not _is_ready(self._snapshot()):
            await asyncio.sleep(_LOOKED_EVERY_S)
        self._manager.tell("READY=1")
        allowed_s = self._manager.watchdog_s
        wait_s = _TOLD_EVERY_S if allowed_s is None else min(_TOLD_EVERY_S, allowed_s / _PERIODS)
        while True:
            self._feed()
            await asyncio.sleep(wait_s)

    def stop(self) -> None:
        """The process is about to end."""
        self._manager.tell("STOPPING=1", "STATUS=Stopping")

    def _feed(self) -> None:
        now_s = time.monotonic()
        hung = tuple(vital.name for vital in self._vitals() if vital.is_hung(now_s))
        if hung != self._hung and hung:
            _LOG.error("stands still: %s; the service manager will restart us", ", ".join(hung))
        self._hung = hung
        status = f"Hung: {', '.join(hung)}" if hung else status_of(self._snapshot())
        lines = [] if hung else ["WATCHDOG=1"]
        if status != self._status:
            self._status = status
            lines.append(f"STATUS={status}")
        if lines:
            self._manager.tell(*lines)


def status_of(snapshot: Mapping[str, object]) -> str:
    """One line for ``systemctl status``."""
    statuses = snapshot.get("statuses")
    outlet = statuses.get("1", "starting") if isinstance(statuses, Mapping) else "starting"
    registration = snapshot.get("registration") or "not registered"
    waiting = f", {snapshot['queue']} messages wait" if snapshot.get("queue") else ""
    return f"{outlet}, {snapshot.get('link')}, {registration}{waiting}"


def _is_ready(snapshot: Mapping[str, object]) -> bool:
    """The outlet has a status when the inputs are read; the link leaves ``offline`` to try."""
    statuses = snapshot.get("statuses")
    is_read = isinstance(statuses, Mapping) and "1" in statuses
    return is_read and snapshot.get("link") != "offline"


# ---- the journal ---------------------------------------------------------------------------------


def has_journal(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether standard error is the journal's: a terminal may inherit the variable."""
    try:
        facts = os.fstat(sys.stderr.fileno())
    except (OSError, ValueError):
        return False
    return environ.get("JOURNAL_STREAM") == f"{facts.st_dev}:{facts.st_ino}"


class JournalFormatter(logging.Formatter):
    """Each line with its priority, and nothing that the journal knows itself."""

    def format(self, record: logging.LogRecord) -> str:
        """As ``logging.Formatter``."""
        priority = next((to for level, to in _PRIORITIES if record.levelno >= level), _NOTICE)
        return for_journal(super().format(record), priority)


def for_journal(text: str, priority: int = 3) -> str:
    """Each line with this priority: 3 error, 4 warning, 6 information."""
    return "\n".join(f"<{priority}>{line}" for line in text.splitlines())
