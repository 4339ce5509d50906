"""Transcripts in a small ring of text files.

Theory of operation: ``write`` only appends to a list; a thread writes the list out every few
seconds, or earlier when much has come together, so that neither flash nor the event loop feels
it. The newest file is ``transcript.txt``, older ones are ``transcript.1.txt`` and so on. A disk
that is full or slow costs lines, which are counted, never an error.

Lines carry seconds of the monotonic clock. What these mean is said by anchors between them: at the
start, whenever the OCPP clock becomes known or moves, and again at the top of every file.

Who looks on gets the lines at once: over the bench's interface (``watch``), or from the file, which
is written out quickly as long as somebody touches ``watched`` in its folder. Nobody there: no cost.
"""

import contextlib
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final

from cp.vocabulary.instants import Stamp

_FILES: Final = 8
_FILE_BYTES: Final = 8 * 1024 * 1024
_FLUSH_BYTES: Final = 64 * 1024
_FLUSH_S: Final = 5.0
_WATCHED_FLUSH_S: Final = 0.02
# So long after the last question or touch nobody looks on any more.
WATCHED_S: Final = 10.0
WATCHED_FILE: Final = "watched"
_MOST_RECENT: Final = 4000
# What may wait for a disk that hangs.
_MOST_BYTES: Final = 1024 * 1024
# A clock that is set by every heartbeat wavers; who filters by period does not care.
_MOVED_S: Final = 1.0
_ANCHOR: Final = re.compile(rb"# boot (\d+): (\d+\.\d+) is (?:(\S+Z)|no known time)")


class NullTranscript:
    """``ports.Transcript`` that keeps nothing."""

    def write(self, lines: Sequence[str]) -> None:
        """Forget these lines."""

    def watch(self, _after: int) -> tuple[int, list[str]]:
        """There is nothing to see."""
        return 0, []

    def close(self) -> None:
        """Nothing is open."""


class FileTranscript:
    """``ports.Transcript`` of at most ``files * file_bytes`` bytes in ``folder``."""

    def __init__(
        self,
        folder: Path,
        *,
        files: int = _FILES,
        file_bytes: int = _FILE_BYTES,
        flush_s: float = _FLUSH_S,
    ) -> None:
        self._folder = folder
        self._files = files
        self._file_bytes = file_bytes
        self._flush_s = flush_s
        self._changed = threading.Condition()
        self._waiting: list[str] = []
        self._waiting_bytes = 0
        self._dropped = 0
        self._is_closed = False
        self._thread: threading.Thread | None = None
        self._disk = threading.Lock()
        self._read_clock: Callable[[], Stamp] | None = None
        self._anchor: Stamp | None = None
        self._anchor_on_disk = ""
        self._count = 0
        self._recent: deque[str] = deque(maxlen=_MOST_RECENT)
        self._watched_until_s = 0.0

    def set_clock(self, read_clock: Callable[[], Stamp]) -> None:
        """Where anchors come from: boot number and both clocks now, read by ``write``."""
        self._read_clock = read_clock

    @property
    def dropped(self) -> int:
        """Lines that were lost to a full or slow disk."""
        return self._dropped

    def write(self, lines: Sequence[str]) -> None:
        """Keep these lines; never blocks on the disk, never raises."""
        lines = [*self._new_anchor(), *lines]
        self._show(lines)
        size = sum(len(line) + 1 for line in lines)
        with self._changed:
            if self._is_closed or self._waiting_bytes + size > _MOST_BYTES:
                self._lose(lines)
                return
            self._waiting.extend(lines)
            self._waiting_bytes += size
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="transcript", daemon=True)
                self._thread.start()
            elif self._waiting_bytes >= _FLUSH_BYTES:
                self._changed.notify()

    def watch(self, after: int) -> tuple[int, list[str]]:
        """For somebody who looks on: how many lines there were since the start, and those behind
        number ``after``, as far as they are kept: only while somebody asks. The first line that
        a new viewer gets is an anchor."""
        if time.monotonic() >= self._watched_until_s:
            self._anchor = None
        self._watched_until_s = time.monotonic() + WATCHED_S
        wanted = min(max(0, self._count - after), len(self._recent))
        return self._count, list(self._recent)[len(self._recent) - wanted :]

    def _show(self, lines: Sequence[str]) -> None:
        self._count += len(lines)
        if time.monotonic() < self._watched_until_s:
            self._recent.extend(lines)
        elif self._recent:
            self._recent.clear()

    def close(self) -> None:
        """Write out what is kept."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def open_files(self) -> list[BinaryIO]:
        """All that was written until now, oldest file first; blocks. The caller closes them: what
        is open stays readable when names move on. Raises OSError."""
        with self._disk:
            self._write_out()
            names = (self._name(number) for number in range(self._files - 1, -1, -1))
            return [name.open("rb") for name in names if name.exists()]

    def _new_anchor(self) -> tuple[str, ...]:
        """The anchor of the lines to come, if the last one does not place them."""
        if self._read_clock is None:
            return ()
        now, last = self._read_clock(), self._anchor
        if last is not None and last.boot == now.boot and _is_placed(now, last):
            return ()
        self._anchor = now
        return (anchor_line(now),)

    def _run(self) -> None:
        is_last = False
        while not is_last:
            flush_s = _WATCHED_FLUSH_S if self._is_file_watched() else self._flush_s
            with self._changed:
                self._changed.wait_for(self._is_urgent, flush_s)
                is_last = self._is_closed
            with self._disk:
                self._write_out()

    def _is_file_watched(self) -> bool:
        """Whether somebody touched the file a moment ago, by the clock that stamps files."""
        try:
            touched_s = (self._folder / WATCHED_FILE).stat().st_mtime
        except OSError:
            return False
        return abs(time.time() - touched_s) < WATCHED_S

    def _is_urgent(self) -> bool:
        return self._is_closed or self._waiting_bytes >= _FLUSH_BYTES

    def _write_out(self) -> None:
        with self._changed:
            lines, self._waiting, self._waiting_bytes = self._waiting, [], 0
        if lines:
            self._append(lines)
            self._anchor_on_disk = next(filter(_is_anchor, reversed(lines)), self._anchor_on_disk)

    def _append(self, lines: list[str]) -> None:
        text = _encoded(lines)
        file = self._name(0)
        try:
            with file.open("ab") as stream:
                if stream.tell() + len(text) > self._file_bytes and stream.tell() > 0:
                    stream.close()
                    self._rotate()
                    again = [self._anchor_on_disk] if self._anchor_on_disk else []
                    file.write_bytes(_encoded(again) + text)
                else:
                    stream.write(text)
        except OSError:
            with self._changed:
                self._lose(lines)

    def _lose(self, lines: Sequence[str]) -> None:
        """An anchor may be lost with them, so the next lines get a new one."""
        self._dropped += len(lines)
        self._anchor = None

    def _rotate(self) -> None:
        for number in range(self._files - 1, 0, -1):
            with contextlib.suppress(FileNotFoundError):
                self._name(number - 1).replace(self._name(number))

    def _name(self, number: int) -> Path:
        return self._folder / (f"transcript.{number}.txt" if number else "transcript.txt")


def anchor_line(now: Stamp) -> str:
    """What the seconds of the following lines mean."""
    utc = "no known time"
    if now.utc_s is not None:
        moment = datetime.fromtimestamp(now.utc_s, UTC).isoformat(timespec="milliseconds")
        utc = f"{moment.removesuffix('+00:00')}Z"
    return f"# boot {now.boot}: {now.monotonic_s:.3f} is {utc}"


def read_anchor(line: bytes) -> Stamp | None:
    """The anchor that this line of a file is; None: it is another line."""
    found = _ANCHOR.match(line) if line.startswith(b"#") else None
    if found is None:
        return None
    boot, monotonic_s, utc = found.groups()
    try:
        utc_s = None if utc is None else datetime.fromisoformat(utc.decode()).timestamp()
    except ValueError:  # a damaged file
        return None
    return Stamp(int(boot), float(monotonic_s), utc_s)


def _is_placed(now: Stamp, anchor: Stamp) -> bool:
    """Whether the anchor says of the present moment what the clock says."""
    if now.utc_s is None or anchor.utc_s is None:
        return now.utc_s is anchor.utc_s
    moved_s = (now.utc_s - anchor.utc_s) - (now.monotonic_s - anchor.monotonic_s)
    return abs(moved_s) <= _MOVED_S


def _is_anchor(line: str) -> bool:
    return line.startswith("# boot ")


def _encoded(lines: Sequence[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode(errors="replace")
