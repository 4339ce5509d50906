"""The scribe: turns become lines of the transcript, when nothing else waits for the loop."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from cp.controller import Done
from cp.vocabulary.effects import SendFrame
from cp.vocabulary.events import FrameReceived
from cp.vocabulary.ports import Transcript

_WRITTEN_EVERY_S: Final = 0.05
"""BootNotification has left by then; who looks on is at most 100 ms behind."""
_TURNS_MAX: Final = 2000
_TURNS_AT_ONCE: Final = 32
"""3 ms of work: what comes meanwhile does not wait longer."""
_MESSAGES_SHOWN: Final = 20


class Scribe:
    """Keeps turns and writes them a moment later; ``mask`` hides id tags.

    ``messages`` are the last that crossed the wire, oldest first, masked too.
    """

    def __init__(self, transcript: Transcript, mask: Callable[[str], str]) -> None:
        self._transcript = transcript
        self._mask = mask
        self._turns: deque[tuple[float, Done]] = deque(maxlen=_TURNS_MAX)
        self._writer: asyncio.Handle | None = None
        self._messages: deque[str] = deque(maxlen=_MESSAGES_SHOWN)

    @property
    def messages(self) -> Sequence[str]:
        """Grows while the station runs."""
        return self._messages

    def keep(self, time_s: float, done: Done) -> None:
        """Take one turn; ``time_s`` seconds of the monotonic clock."""
        self._turns.append((time_s, done))
        if self._writer is None:
            loop = asyncio.get_running_loop()
            self._writer = loop.call_later(_WRITTEN_EVERY_S, self._write)

    def close(self) -> None:
        """Write what is kept."""
        if self._writer is not None:
            self._writer.cancel()
        while self._turns:
            self._write_some()
        self._transcript.close()

    def _write(self) -> None:
        self._write_some()
        loop = asyncio.get_running_loop()
        self._writer = loop.call_soon(self._write) if self._turns else None

    def _write_some(self) -> None:
        for _ in range(min(len(self._turns), _TURNS_AT_ONCE)):
            time_s, done = self._turns.popleft()
            lines = done.lines(time_s, self._mask)
            self._transcript.write(lines)
            for item, line in zip(done.trace, lines, strict=True):
                if isinstance(item, FrameReceived | SendFrame):
                    self._messages.append(line)
