"""What hardware keeps without power: the register, the plug and a welded contact.

Theory of operation: one small JSON file, replaced atomically. Saving makes it survive the end of
the process; ``sync`` makes it survive the end of the machine and may take the disk's time, so it
is called in a thread.
"""

import contextlib
import json
import os
from dataclasses import asdict
from pathlib import Path

from cp.vocabulary.errors import HardwareError
from cp.vocabulary.lean import dataclass


@dataclass(frozen=True, slots=True)
class Kept:
    """The content of the file; the defaults are those of a new bench."""

    register_wh: int = 0
    is_plugged: bool = False
    is_ev_ready: bool = False
    is_contact_closed: bool = False


class Memory:
    """``FOLDER/bench.json``."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "bench.json"
        self._saved: Kept | None = None
        self._synced: Kept | None = None

    def load(self) -> Kept:
        """What was kept. Raises ``HardwareError`` when the file is not one of ours.

        An empty file is a new bench: a power cut of the machine may leave the name of a file that
        was saved and not its bytes.
        """
        try:
            text = self._file.read_text(encoding="utf-8")
            if not text:
                return Kept()
            kept = Kept(**json.loads(text))
            kinds = [type(value) for value in asdict(kept).values()]
            if kinds != [int, bool, bool, bool]:
                raise ValueError("wrong types")
        except FileNotFoundError:
            return Kept()
        except (OSError, ValueError, TypeError) as error:
            raise HardwareError(
                f"the memory of the bench, {self._file}, cannot be read ({error}): remove it to"
                " start with a new bench"
            ) from error
        self._saved = self._synced = kept
        return kept

    def save(self, kept: Kept) -> None:
        """Replace the file when something changed; a full disk costs the memory, no more."""
        if kept == self._saved:
            return
        fresh = self._file.with_name(self._file.name + ".new")
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(exist_ok=True)
            fresh.write_text(json.dumps(asdict(kept)) + "\n", encoding="utf-8")
            fresh.replace(self._file)
            self._saved = kept

    @property
    def is_urgent(self) -> bool:
        """More than the register differs from what a power cut of the machine would leave."""
        saved, synced = self._saved or Kept(), self._synced or Kept()
        return self.is_behind and (
            saved.is_plugged != synced.is_plugged
            or saved.is_contact_closed != synced.is_contact_closed
        )

    @property
    def is_behind(self) -> bool:
        """Something was saved since the last ``sync``."""
        return self._saved != self._synced

    def sync(self) -> None:
        """Bring the saved file and its name to the disk."""
        saved = self._saved
        with contextlib.suppress(OSError):
            for path in (self._file, self._file.parent):
                handle = os.open(path, os.O_RDONLY)
                try:
                    os.fsync(handle)
                finally:
                    os.close(handle)
        self._synced = saved
