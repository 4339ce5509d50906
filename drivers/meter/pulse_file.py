"""The register of a meter that only pulses: a count that survives the end of the power.

Theory of operation: one small JSON file, written anew, synced and renamed, so that a power cut
leaves the old count or the new one, never half of either. Writing waits for the disk: it is done in
a thread. A file that cannot be read is not replaced by a count of 0: somebody has to decide.
"""

import json
import os
import threading
from pathlib import Path
from typing import Final

from drivers.device_faults import DeviceError

_KEYS: Final = ("pulses", "pulses_per_kwh")


class PulseFile:
    """The count of one meter; ``pulses_per_kwh`` is written beside it."""

    def __init__(self, file: Path, pulses_per_kwh: int) -> None:
        self._file = file
        self._pulses_per_kwh = pulses_per_kwh
        self._lock = threading.Lock()

    def load(self) -> int:
        """The pulses counted so far, 0 without a file; with another ``pulses_per_kwh`` the same
        energy in pulses of now. Raises DeviceError when the file is damaged or unreadable.
        """
        try:
            content = json.loads(self._file.read_text(encoding="utf-8"))
            pulses, per_kwh = (int(content[key]) for key in _KEYS)
            if pulses < 0 or per_kwh < 1:
                raise ValueError("out of range")
        except FileNotFoundError:
            return 0
        except OSError as error:
            saw = f"{self._file} cannot be read ({error.strerror})"
            raise DeviceError(saw, "give it to the user of the station") from error
        except (ValueError, TypeError, KeyError) as error:
            mend = "put the register of the meter into it, or remove it to begin with 0"
            raise DeviceError(f"{self._file} is damaged", mend) from error
        return round(pulses * self._pulses_per_kwh / per_kwh)

    def save(self, pulses: int) -> None:
        """On disk when it returns; blocking. Raises DeviceError."""
        text = json.dumps(dict(zip(_KEYS, (pulses, self._pulses_per_kwh), strict=True)))
        # A driver that is stopped saves while its last thread may still be at it.
        with self._lock:
            try:
                self._replace(text + "\n")
            except OSError as error:
                saw = f"{self._file} cannot be written ({error.strerror})"
                mend = "make room on its file system, and check who may write there"
                raise DeviceError(saw, mend) from error

    def _replace(self, text: str) -> None:
        fresh = self._file.with_name(self._file.name + ".new")
        with fresh.open("w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        fresh.replace(self._file)
        folder = os.open(self._file.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
