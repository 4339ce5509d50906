"""Transcripts in a small ring of text files.

Theory of operation: ``write`` only appends to a list; a thread writes the list out every few
seconds, or earlier when much has come together, so that neither flash nor the event loop feels
it. The newest file is ``transcript.txt``, older ones are ``transcript.1.txt`` and so on. A disk
that is full or slow costs lines, which are counted, never an error.
"""

import contextlib
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

_FILES: Final = 8
_FILE_BYTES: Final = 8 * 1024 * 1024
_FLUSH_BYTES: Final = 64 * 1024
_FLUSH_S: Final = 5.0
# What may wait for a disk that hangs.
_MOST_BYTES: Final = 1024 * 1024


class NullTranscript:
    """``ports.Transcript`` that keeps nothing."""

    def write(self, lines: Sequence[str]) -> None:
        """Forget these lines."""

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

    @property
    def dropped(self) -> int:
        """Lines that were lost to a full or slow disk."""
        return self._dropped

    def write(self, lines: Sequence[str]) -> None:
        """Keep these lines; never blocks on the disk, never raises."""
        size = sum(len(line) + 1 for line in lines)
        with self._changed:
            if self._is_closed or self._waiting_bytes + size > _MOST_BYTES:
                self._dropped += len(lines)
                return
            self._waiting.extend(lines)
            self._waiting_bytes += size
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="transcript", daemon=True)
                self._thread.start()
            elif self._waiting_bytes >= _FLUSH_BYTES:
                self._changed.notify()

    def close(self) -> None:
        """Write out what is kept."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        is_last = False
        while not is_last:
            with self._changed:
                self._changed.wait_for(self._is_urgent, self._flush_s)
                is_last = self._is_closed
                lines, self._waiting, self._waiting_bytes = self._waiting, [], 0
            if lines:
                self._append(lines)

    def _is_urgent(self) -> bool:
        return self._is_closed or self._waiting_bytes >= _FLUSH_BYTES

    def _append(self, lines: list[str]) -> None:
        text = "".join(f"{line}\n" for line in lines).encode(errors="replace")
        file = self._name(0)
        try:
            with file.open("ab") as stream:
                if stream.tell() + len(text) > self._file_bytes and stream.tell() > 0:
                    stream.close()
                    self._rotate()
                    file.write_bytes(text)
                else:
                    stream.write(text)
        except OSError:
            with self._changed:
                self._dropped += len(lines)

    def _rotate(self) -> None:
        for number in range(self._files - 1, 0, -1):
            with contextlib.suppress(FileNotFoundError):
                self._name(number - 1).replace(self._name(number))

    def _name(self, number: int) -> Path:
        return self._folder / (f"transcript.{number}.txt" if number else "transcript.txt")
