"""Inputs that are read again and again, settle, survive their chip, and wake the event loop.

Theory of operation: a wake-up says only that something may have changed; then *all* levels are
read, in the order of the names, so that what drops the contactor is seen before what it causes.
A change counts when it has lasted for ``debounce_ms``, by looks of our own: the kernel would wait
for one or two of its ticks more. A line that has woken us is looked at by the clock until it has
settled, so that a storm of edges costs no more than that. A line that cannot be read has no level:
it is closed and opened again with back-off.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

from drivers.device_faults import DeviceError
from drivers.gpio.line import Chips, InputLine, Line
from drivers.trouble import Trouble

_LONGEST_BACK_OFF: Final = 8
_LOOKED_AGAIN_S: Final = 0.002


class Inputs:
    """Levels and troubles by name; ``on_woken`` is called when ``look`` is worth while."""

    def __init__(self, lines: Mapping[str, Line], on_woken: Callable[[], None]) -> None:
        self._watched = {name: _Watched(line) for name, line in lines.items()}
        self._on_woken = on_woken

    def look(self, chips: Chips, retry_s: float) -> None:
        """Read all levels; open what is due. Back-off is 1 to 8 times ``retry_s``."""
        for watched in self._watched.values():
            watched.look(chips, retry_s, self._on_woken)

    def close(self) -> None:
        """Give all lines back."""
        for watched in self._watched.values():
            watched.close()

    def level(self, name: str) -> bool | None:
        """Whether this input is active; None: nobody knows, or there is no such line."""
        watched = self._watched.get(name)
        return None if watched is None else watched.level

    def troubles(self) -> dict[str, Trouble]:
        """Why a level is not known, by name."""
        return {
            name: watched.trouble
            for name, watched in self._watched.items()
            if watched.trouble is not None
        }


class _Watched:
    """One input."""

    def __init__(self, line: Line) -> None:
        self.level: bool | None = None
        self.trouble: Trouble | None = None
        self._line = line
        self._settle_s = line.debounce_ms / 1000
        self._opened: InputLine | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._seen, self._since_s = False, 0.0
        self._retries = 0
        self._retry_at_s = 0.0

    def look(self, chips: Chips, retry_s: float, on_woken: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        if self._opened is None and loop.time() < self._retry_at_s:
            return
        try:
            if self._opened is None:
                self._opened = chips.open_input(self._line, is_waking=True)
                self._listen(on_woken)
            self._see(self._opened.read(), loop.time())
        except DeviceError as error:
            self.close()
            self.trouble = error.trouble
            self._retry_at_s = loop.time() + retry_s * min(2**self._retries, _LONGEST_BACK_OFF)
            self._retries += 1
        else:
            self.trouble, self._retries = None, 0
            if self._seen != self.level:
                self._look_again(on_woken)

    def close(self) -> None:
        if self._opened is not None:
            # First: a chip that is gone leaves a file that is readable for ever.
            self._listen_no_more()
            self._opened.close()
        self._opened, self.level = None, None

    def _see(self, seen: bool, now_s: float) -> None:
        """The first look counts at once."""
        if seen != self._seen:
            self._seen, self._since_s = seen, now_s
        if self.level is None or now_s - self._since_s >= self._settle_s:
            self.level = seen

    # ---- when it is looked at --------------------------------------------------------------------

    def _listen(self, on_woken: Callable[[], None]) -> None:
        def wake() -> None:
            self._look_again(on_woken)
            on_woken()

        if self._opened is not None:
            asyncio.get_running_loop().add_reader(self._opened.fileno(), wake)

    def _listen_no_more(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        if self._opened is not None:
            asyncio.get_running_loop().remove_reader(self._opened.fileno())

    def _look_again(self, on_woken: Callable[[], None]) -> None:
        """By the clock; edges are not waited for meanwhile."""
        if self._timer is None:
            self._listen_no_more()
            loop = asyncio.get_running_loop()
            due_s = loop.time() + _LOOKED_AGAIN_S
            if self._seen != self.level:
                due_s = min(due_s, self._since_s + self._settle_s)
            self._timer = loop.call_at(due_s, self._look_again_now, on_woken)

    def _look_again_now(self, on_woken: Callable[[], None]) -> None:
        self._timer = None
        on_woken()
        if self._timer is None:
            self._listen(on_woken)
