"""``ports.Installer`` over any pair of slots: order, numbers, and silence after a stop.

Theory of operation: each order is a task; a lock lets one after the other touch the slots, in the
order given. The task of an installation posts its outcome itself, on the loop, so that one that
was cancelled posts nothing. ``stop`` waits for what was ordered, a while: the process may end only
when the next slot is really chosen.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Final

from cp.vocabulary.events_jobs import InstallFailed, InstallFinished, SlotRead
from cp.vocabulary.ports import Post
from drivers.installer.backend import InstallError, Running, Slots

_LOG: Final = logging.getLogger(__name__)
_STOP_WITHIN_S: Final = 30.0
_MOST_WORDS: Final = 300

Change = Callable[[str], Coroutine[None, None, None]]


class SlotInstaller:
    """``ports.Installer``; ``image`` is where a downloaded one lies."""

    def __init__(self, slots: Slots, image: Path) -> None:
        self._slots = slots
        self._image = image
        self._turn = asyncio.Lock()
        self._orders: set[asyncio.Task[None]] = set()
        self._installation: asyncio.Task[None] | None = None
        self._number: int | None = None
        self._percent: int | None = None
        self._post: Post = lambda _event: None

    @property
    def percent(self) -> int | None:
        """How far the installation is, in percent; None: none is under way, or it is not known."""
        return self._percent

    async def start(self, post: Post) -> None:
        """Post the slot that runs; an empty one, and a line in the log, when that is unknown."""
        self._post = post
        running = Running("", is_on_trial=False)
        try:
            running = await self._slots.running()
        except InstallError as error:
            _LOG.warning("the slot that runs is unknown: %s", error)
        post(SlotRead(running.slot, running.is_on_trial))

    async def stop(self) -> None:
        """Stop an installation, and wait until every other order was carried out."""
        self.stop_install()
        if self._orders:
            await asyncio.wait(self._orders, timeout=_STOP_WITHIN_S)

    def install(self, number: int) -> None:
        """Check the downloaded image and write it; an installation under way is stopped."""
        self.stop_install()
        self._number = number
        self._installation = self._order(self._install(number))

    def stop_install(self) -> None:
        """Give the installation up; nothing of it is posted from now on."""
        if self._installation is not None:
            self._installation.cancel()
            self._installation = None
        self._number = self._percent = None

    def activate(self, number: int, slot: str) -> None:
        """The next start is from this slot, on trial; posts ``InstallFailed`` if not."""
        self._order(self._activate(number, slot))

    def mark_good(self, slot: str) -> None:
        """All starts are from this slot."""
        self._order(self._change(self._slots.mark_good, slot, "is not marked good"))

    def revert(self, slot: str) -> None:
        """The next start is from this slot, which ran before."""
        self._order(self._change(self._slots.revert, slot, "is not the next"))

    def _order(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._orders.add(task)
        task.add_done_callback(self._orders.discard)
        return task

    async def _install(self, number: int) -> None:
        def tell(percent: int) -> None:
            if number == self._number:
                self._percent = percent

        try:
            async with self._turn:
                done = await self._slots.install(self._image, tell)
        except Exception as error:
            self._post(InstallFailed(number, _words(error)))
        else:
            self._post(InstallFinished(number, done.from_slot, done.to_slot, done.version))
        self._number = self._percent = None

    async def _activate(self, number: int, slot: str) -> None:
        try:
            async with self._turn:
                await self._slots.activate(slot)
        except Exception as error:
            self._post(InstallFailed(number, _words(error)))

    async def _change(self, change: Change, slot: str, failure: str) -> None:
        try:
            async with self._turn:
                await change(slot)
        except Exception as error:
            _LOG.warning("slot %s %s: %s", slot, failure, _words(error))


def _words(error: Exception) -> str:
    """Why; of a fault of our own only its kind, for its text may hold anything."""
    if isinstance(error, InstallError):
        return str(error)[:_MOST_WORDS]
    return f"a fault of our own: {type(error).__name__}"
