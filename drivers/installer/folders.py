"""``Slots`` over two folders; all work on the disk is done in a thread."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from cp.vocabulary.errors import SettingsError
from drivers.installer import slots
from drivers.installer.backend import Installed, InstallError, Running, Tell
from drivers.installer.config import MOST_BYTES

T = TypeVar("T")


class FolderSlots:
    """The two slots of ``folder``, of which ``running`` was selected at the start."""

    def __init__(
        self,
        folder: Path,
        running: str,
        public_key_file: Path | None = None,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        """With ``public_key_file`` only images that are signed with that key are taken."""
        self._folder = folder
        self._running = running
        self._public_key_file = public_key_file
        self._most_bytes = most_bytes

    async def running(self) -> Running:
        """As ``Slots``; a slot that is still chosen though it does not run is given up."""
        await _in_thread(lambda: slots.settle(self._folder, self._running))
        return Running(self._running, slots.is_on_trial(self._folder, self._running))

    async def install(self, image: Path, tell: Tell) -> Installed:
        """As ``Slots``; cancelled, it waits until the thread has come to its next piece."""
        stopping = threading.Event()
        work = asyncio.ensure_future(_in_thread(lambda: self._install(image, tell, stopping)))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            stopping.set()
            await asyncio.wait((work,))
            work.exception()  # is known: it was stopped
            raise

    async def activate(self, slot: str) -> None:
        """As ``Slots``; the slot is checked once more."""
        await _in_thread(lambda: self._activate(slot))

    async def mark_good(self, slot: str) -> None:
        """As ``Slots``."""
        await _in_thread(lambda: slots.mark_good(self._folder, slot))

    async def revert(self, slot: str) -> None:
        """As ``Slots``."""
        await _in_thread(lambda: slots.revert(self._folder, slot))

    def _install(self, file: Path, tell: Tell, stopping: threading.Event) -> Installed:
        from drivers.installer.unpack import unpack, verify

        target = slots.other_slot(self._running)
        step = _Progress(stopping, tell)
        image = verify(file, self._public_key_file, self._most_bytes, step.count)
        if slots.is_on_trial(self._folder, self._running):
            raise InstallError(f"slot {self._running} is on trial: {target} may be needed again")
        slots.settle(self._folder, self._running)
        step.will_be(image.manifest.size)
        unpack(image, slots.slot_path(self._folder, target), step.count)
        return Installed(self._running, target, image.manifest.version)

    def _activate(self, slot: str) -> None:
        from drivers.installer.unpack import check_slot

        if slot != slots.other_slot(self._running):
            raise InstallError(f"slot {slot} cannot be the next: {self._running} runs")
        check_slot(slots.slot_path(self._folder, slot))
        slots.activate(self._folder, slot, self._running)


class _Progress:
    """Percent of the writing; the checking before it takes a fraction of the time."""

    def __init__(self, stopping: threading.Event, tell: Tell) -> None:
        self._stopping = stopping
        self._tell = tell
        self._done = 0
        self._total = 0

    def will_be(self, total: int) -> None:
        """From now on so many bytes are written."""
        self._done, self._total = 0, total

    def count(self, size: int) -> None:
        """One more piece. Raises InstallError when the work is to stop."""
        if self._stopping.is_set():
            raise InstallError("the installation was stopped")
        self._done += size
        if self._total:
            self._tell(100 * self._done // self._total)


async def _in_thread(work: Callable[[], T]) -> T:
    """``work`` in a thread; whatever the disk or the key refuses is an InstallError."""
    try:
        return await asyncio.to_thread(work)
    except OSError as error:
        raise InstallError(f"{error.filename or 'the disk'}: {error.strerror}") from error
    except SettingsError as error:
        raise InstallError(str(error)) from error
