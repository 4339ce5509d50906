"""One try, as the loop's thread and its own thread know it.

Theory of operation: the worker registers each socket here; ``cut`` shuts the connection down from
the loop's thread. It works on duplicates: the worker may close or wrap its own socket at any time,
and a descriptor that was closed and given out again must never be hit. Whatever a cut makes the
worker stumble over, the reason of the cut is what counts. A worker rests for a moment after every
64 KiB: both threads run Python, and an answer to the central system must not queue for the
interpreter. That leaves 40 MiB a second, more than a station's network has.
"""

import contextlib
import ipaddress
import os
import socket
import threading
import time
from typing import Final

_RESTS_AFTER: Final = 64 * 1024
_REST_S: Final = 0.001


class TryFailed(Exception):
    """A try has failed; ``why`` without credentials, for the log and the central system.

    ``is_final``: another try cannot do better.
    """

    def __init__(self, why: str, *, is_final: bool = False) -> None:
        super().__init__(why)
        self.why = why
        self.is_final = is_final


class Try:
    """``done`` and ``total`` are bytes, written by the worker; ``total`` None: not known."""

    def __init__(self, number: int, *, is_local_refused: bool) -> None:
        self.number = number
        self.done = 0
        self.total: int | None = None
        self._is_local_refused = is_local_refused
        self._lock = threading.Lock()
        self._twins: list[socket.socket] = []
        self._why_cut = ""
        self._unrested = 0

    @property
    def why_cut(self) -> str:
        """Why the try was ended from outside; empty while it was not."""
        return self._why_cut

    def check(self) -> None:
        """Before every chunk. Raises TryFailed when the try was cut."""
        if self._why_cut:
            raise TryFailed(self._why_cut)

    def count(self, size: int) -> None:
        """So many bytes more are done."""
        self.done += size
        self._unrested += size
        if self._unrested >= _RESTS_AFTER:
            self._unrested = 0
            time.sleep(_REST_S)

    def take(self, connection: socket.socket) -> None:
        """Make this connection one that can be cut, before anything is sent over it.

        Raises TryFailed when the try was cut already, or the server must not be talked to.
        """
        if self._is_local_refused and is_local(connection.getpeername()[0]):
            raise TryFailed("the location leads to this machine itself or its own links")
        twin = socket.socket(fileno=os.dup(connection.fileno()))
        with self._lock:
            self._twins.append(twin)
        self.check()

    def let_go(self) -> None:
        """All connections are closed: a duplicate must not keep one open."""
        with self._lock:
            for twin in self._twins:
                twin.close()
            self._twins.clear()

    def cut(self, why: str) -> None:
        """End the try now; the first reason counts. Never blocks."""
        with self._lock:
            self._why_cut = self._why_cut or why
            for twin in self._twins:
                with contextlib.suppress(OSError):  # the server may be gone already
                    twin.shutdown(socket.SHUT_RDWR)


def is_local(address: str) -> bool:
    """Whether a numeric address is of this machine or of its own links only."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return found.is_loopback or found.is_link_local or found.is_unspecified
