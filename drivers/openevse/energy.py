"""The register of a board that forgets: energy that only rises, and survives the board.

Theory of operation: ``$GU`` tells the watt seconds of the present session and the total of all
sessions that have ended (``EnergyMeter.cpp``). The total is too late, for it rises when the EV is
unplugged, and the two together are too much, for the session stays on show after it was added. So
the rises of the session's counter are added up here; a counter that fell began anew at 0, with the
next EV or after a restart of the board. Sum and counter are kept in one small file, so that the
next start adds what flowed meanwhile: a power cut takes at most what was not saved *and* the board
forgot. A file that cannot be read is not replaced by a register of 0: somebody has to decide.
"""

import json
from pathlib import Path
from typing import Final

from cp.vocabulary.lean import dataclass
from drivers.device_faults import DeviceError
from drivers.installer.disk import replace_file

_KEYS: Final = ("counted_ws", "session_ws")


@dataclass(frozen=True, slots=True)
class Energy:
    """In watt seconds: ``counted_ws`` is the register, ``session_ws`` the board's counter then."""

    counted_ws: int
    session_ws: int

    def after(self, session_ws: int) -> "Energy":
        """The register when the board's counter shows this."""
        is_new = session_ws < self.session_ws
        fresh_ws = session_ws if is_new else session_ws - self.session_ws
        return Energy(self.counted_ws + fresh_ws, session_ws)


class EnergyFile:
    """One board's energy; blocking."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def load(self) -> Energy | None:
        """None without a file. Raises DeviceError when it is damaged or unreadable."""
        try:
            content = json.loads(self._file.read_text(encoding="utf-8"))
            energy = Energy(*(int(content[key]) for key in _KEYS))
            if energy.counted_ws < 0 or energy.session_ws < 0:
                raise ValueError("out of range")
        except FileNotFoundError:
            return None
        except OSError as error:
            saw = f"{self._file} cannot be read ({error.strerror})"
            raise DeviceError(saw, "give it to the user of the station") from error
        except (ValueError, TypeError, KeyError) as error:
            mend = "put the register into it (counted_ws, 3600 each Wh), or remove it"
            raise DeviceError(f"{self._file} is damaged", mend) from error
        return energy

    def save(self, energy: Energy) -> None:
        """On disk when it returns. Raises DeviceError."""
        content = dict(zip(_KEYS, (energy.counted_ws, energy.session_ws), strict=True))
        try:
            replace_file(self._file, (json.dumps(content) + "\n").encode("ascii"))
        except OSError as error:
            saw = f"{self._file} cannot be written ({error.strerror})"
            mend = "make room on its file system, and check who may write there"
            raise DeviceError(saw, mend) from error
