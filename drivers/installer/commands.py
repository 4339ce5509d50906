"""``Slots`` of any other updater, by commands of the station file.

Theory of operation: each command is a list of arguments, run without a shell; ``{image}`` and
``{slot}`` in an argument are replaced. Exit code 0 is success, else the last line that was printed
is the reason; ``NN%`` is progress. ``slot`` prints the name of the slot that runs. ``install``
writes the other slot, leaves the next start alone, and says at its end, on a line of its own:

    installed SLOT VERSION
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from drivers.installer.backend import Installed, InstallError, Running, Tell
from drivers.installer.config import Commands
from drivers.installer.process import Ended, run_command

_ANSWER_WITHIN_S: Final = 60.0
_SLOT: Final = r"[A-Za-z0-9._-]{1,40}"
_INSTALLED: Final = re.compile(rf"^installed ({_SLOT}) ([!-~]{{1,50}})\s*$", re.MULTILINE)


class CommandSlots:
    """Two slots behind commands."""

    def __init__(self, commands: Commands, within_s: float = 1800.0) -> None:
        """An installation may take ``within_s``, every other command a minute."""
        self._commands = commands
        self._within_s = within_s

    async def running(self) -> Running:
        """As ``Slots``; nobody says whether it is on trial, so it is marked good at each start."""
        said = await self._call(self._commands.slot)
        name = said.output.strip()
        if not re.fullmatch(_SLOT, name):
            raise InstallError(f"{said.name} did not print the name of a slot")
        return Running(name, is_on_trial=True)

    async def install(self, image: Path, tell: Tell) -> Installed:
        """As ``Slots``; cancelled, the command and its children are ended."""
        running = (await self.running()).slot
        words = _filled(self._commands.install, image=str(image))
        said = (await run_command(words, within_s=self._within_s, tell=tell)).succeeded()
        match = _INSTALLED.search(said.output)
        if match is None or match[1] == running:
            raise InstallError(f"{said.name} did not say which other slot and version it installed")
        return Installed(running, match[1], match[2])

    async def activate(self, slot: str) -> None:
        """As ``Slots``."""
        await self._call(self._commands.activate, slot=slot)

    async def mark_good(self, slot: str) -> None:
        """As ``Slots``."""
        await self._call(self._commands.mark_good, slot=slot)

    async def revert(self, slot: str) -> None:
        """As ``Slots``."""
        await self._call(self._commands.revert, slot=slot)

    async def _call(self, template: Sequence[str], **values: str) -> Ended:
        ended = await run_command(_filled(template, **values), within_s=_ANSWER_WITHIN_S)
        return ended.succeeded()


def _filled(template: Sequence[str], **values: str) -> tuple[str, ...]:
    """The arguments with their values; a value that looks like a placeholder stays what it is."""

    def value(match: re.Match[str]) -> str:
        return values.get(match[1], match[0])

    return tuple(re.sub(r"\{(\w+)\}", value, word) for word in template)
