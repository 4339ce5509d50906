"""A dead man's hold: what is held drops by itself when nobody renews the hold in time.

Theory of operation: the daemon renews from its event loop; a thread of the driver watches. A hung
event loop renews nothing, and the thread, which needs no loop, lets go. Drivers whose hardware has
such a hold of its own do not need this.
"""

import threading
import time
from collections.abc import Callable
from typing import Final

HOLD_S: Final = 2.0
"""Seconds without a renewal after which the contactor drops."""


class Hold:
    """Watches one held thing from ``start`` to ``stop``."""

    def __init__(self, on_expired: Callable[[], None], timeout_s: float = HOLD_S) -> None:
        """``on_expired`` is called in the watching thread and must be short."""
        self._on_expired = on_expired
        self._timeout_s = timeout_s
        self._changed = threading.Condition()
        self._deadline_s: float | None = None
        self._is_stopped = False
        self._thread = threading.Thread(target=self._watch, name="hold", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """End the watching; nothing is held any more."""
        with self._changed:
            self._deadline_s = None
            self._is_stopped = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()

    def pull(self) -> None:
        """Hold from now on."""
        with self._changed:
            self._deadline_s = time.monotonic() + self._timeout_s
            self._changed.notify()

    def renew(self) -> None:
        """Hold on; does nothing when nothing is held, also when the hold has just expired."""
        with self._changed:
            if self._deadline_s is not None:
                self._deadline_s = time.monotonic() + self._timeout_s

    def release(self) -> None:
        """Hold no more."""
        with self._changed:
            self._deadline_s = None

    def _watch(self) -> None:
        with self._changed:
            while not self._is_stopped:
                if self._deadline_s is None:
                    self._changed.wait()
                    continue
                rest_s = self._deadline_s - time.monotonic()
                if rest_s > 0:
                    self._changed.wait(rest_s)
                    continue
                self._deadline_s = None
                # With the lock held: a pull that comes now happens after the drop, not before.
                self._on_expired()
