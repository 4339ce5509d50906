"""Restarting by ending: the service manager, or ``run --respawn``, starts the process again."""

from collections.abc import Callable
from typing import Final

RESTART_WANTED: Final = 75
"""Exit code that asks for a new start (DESIGN, exit codes)."""


class ProcessRestarter:
    """``ports.Restarter`` whose board is the process: soft and hard reset are the same."""

    def __init__(self, on_restart: Callable[[int], None]) -> None:
        """``on_restart`` gets the exit code with which the process is to end."""
        self._on_restart = on_restart

    def restart(self, is_hard: bool) -> None:
        """Ask for the end of the process; never fails."""
        self._on_restart(RESTART_WANTED)
