"""``Slots`` of RAUC: the whole system in two sets of partitions, behind the ``rauc`` command.

Theory of operation: RAUC checks and writes a bundle by its own service; the command waits for it
and says how far it is. The boot loader counts the starts of a slot on trial; ``mark-good`` ends
that. Unless ``activate-installed=false`` stands in RAUC's ``system.conf``, RAUC makes the new slot
the next one as soon as it is written, before the station has recorded anything: so the slot that
runs is made the next one again at once, and only ``activate`` changes that. RAUC cannot be told to
stop: an installation that was given up is waited for, with the same end.
"""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final, cast

from cp.vocabulary.lean import dataclass
from drivers.installer.backend import Installed, InstallError, Running, Tell
from drivers.installer.process import Ended, run_command

_ANSWER_WITHIN_S: Final = 30.0
_MOST_VERSION: Final = 50


@dataclass(frozen=True, slots=True)
class _Status:
    """Slots by RAUC's names: ``running``, the ``other`` one of its class, the ``next`` started."""

    running: str
    other: str
    next: str


class RaucSlots:
    """The two bootable slots that RAUC knows, by its names, such as ``rootfs.0``."""

    def __init__(self, command: tuple[str, ...] = ("rauc",), within_s: float = 1800.0) -> None:
        """``command`` begins every call; an installation may take ``within_s``."""
        self._command = command
        self._within_s = within_s

    async def running(self) -> Running:
        """As ``Slots``. Boot loaders count every start, so each one has to be called good."""
        return Running((await self._status()).running, is_on_trial=True)

    async def install(self, image: Path, tell: Tell) -> Installed:
        """As ``Slots``."""
        work = asyncio.create_task(self._install(image, tell))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            await asyncio.wait((work,))
            work.exception()  # nobody asks for it any more
            raise

    async def activate(self, slot: str) -> None:
        """As ``Slots``."""
        await self._call("status", "mark-active", slot)

    async def mark_good(self, slot: str) -> None:
        """As ``Slots``."""
        await self._call("status", "mark-good", slot)

    async def revert(self, slot: str) -> None:
        """As ``Slots``; the slot that failed is not started again before it is written anew."""
        status = await self._status()
        await self._call("status", "mark-active", slot)
        failed = status.other if slot == status.running else status.running
        await self._call("status", "mark-bad", failed)

    async def _install(self, image: Path, tell: Tell) -> Installed:
        before = await self._status()
        try:
            words = (*self._command, "install", str(image))
            (await run_command(words, within_s=self._within_s, tell=tell)).succeeded()
        finally:
            if (await self._status()).next != before.running:
                await self._call("status", "mark-active", before.running)
        return Installed(before.running, before.other, await self._version(image))

    async def _version(self, image: Path) -> str:
        said = await self._call("info", "--output-format=json", str(image))
        version = _json(said).get("version")
        return version[:_MOST_VERSION] if isinstance(version, str) else ""

    async def _status(self) -> _Status:
        return _read_status(_json(await self._call("status", "--output-format=json")))

    async def _call(self, *words: str) -> Ended:
        ended = await run_command((*self._command, *words), within_s=_ANSWER_WITHIN_S)
        return ended.succeeded()


def _json(said: Ended) -> Mapping[str, object]:
    """The object that a command printed, behind whatever else it said."""
    try:
        content = json.loads(said.output[said.output.index("{") :])
    except (ValueError, RecursionError):
        raise InstallError(f"{said.name} did not answer in JSON") from None
    return cast("Mapping[str, object]", content)


def _read_status(content: Mapping[str, object]) -> _Status:
    """Raises InstallError unless exactly two slots of one class can be started."""
    entries = content.get("slots")
    slots = {
        name: cast("Mapping[str, object]", slot)
        for entry in (entries if isinstance(entries, list) else [])
        for name, slot in entry.items()
    }
    booted = [name for name, slot in slots.items() if slot.get("state") == "booted"]
    if len(booted) != 1:
        raise InstallError("RAUC does not know which slot runs: see rauc status")
    (running,) = booted
    others = [
        name
        for name, slot in slots.items()
        if name != running
        and slot.get("bootname")
        and slot.get("class") == slots[running].get("class")
    ]
    if len(others) != 1:
        raise InstallError(f"RAUC has {len(others)} slots beside {running}, one is needed")
    return _Status(running, others[0], str(content.get("boot_primary")))
