"""Restarting: the process ends and the service manager, or ``run --respawn``, starts it again.

Theory of operation: a board restarts when its service manager is asked to; the process ends then
too. What cannot be asked raises, and the charts try again (``S 9.1.22``, ResetRetries).
"""

import subprocess
from collections.abc import Callable, Sequence
from typing import Final

from cp.vocabulary.errors import HardwareError

RESTART_WANTED: Final = 75
"""Exit code that asks for a new start (DESIGN, exit codes)."""

REBOOT: Final = ("systemctl", "reboot")
_ASKED_WITHIN_S: Final = 5.0
_MOST_WORDS: Final = 200


class ProcessRestarter:
    """``ports.Restarter`` whose board is the process: soft and hard reset are the same."""

    def __init__(self, on_restart: Callable[[int], None]) -> None:
        """``on_restart`` gets the exit code with which the process is to end."""
        self._on_restart = on_restart

    def restart(self, is_hard: bool) -> None:
        """Ask for the end of the process; never fails."""
        self._on_restart(RESTART_WANTED)


class BoardRestarter:
    """``ports.Restarter``: a soft reset restarts the process, a hard one the board."""

    def __init__(self, on_restart: Callable[[int], None], command: Sequence[str] = REBOOT) -> None:
        """``command`` asks for the restart of the board and returns at once."""
        self._on_restart = on_restart
        self._command = command

    def restart(self, is_hard: bool) -> None:
        """Ask for it; the outlet is open by now. Raises HardwareError when nobody obeys."""
        if is_hard:
            _ask(self._command)
        self._on_restart(RESTART_WANTED)


def _ask(command: Sequence[str]) -> None:
    mend = "may the user of the station restart the board? statecharge install writes a rule"
    try:
        done = subprocess.run(command, capture_output=True, timeout=_ASKED_WITHIN_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        why = error.strerror if isinstance(error, OSError) else "no answer"
        raise HardwareError(f"{command[0]} cannot restart the board ({why}): {mend}") from None
    if done.returncode:
        words = done.stderr.decode(errors="replace").strip()[-_MOST_WORDS:] or "without a word"
        said = "".join(letter if letter.isprintable() else " " for letter in words)
        raise HardwareError(f"{command[0]} does not restart the board ({said}): {mend}")
