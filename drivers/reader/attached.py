"""A reader that is plugged in, unplugged and plugged in again.

Theory of operation: what cannot be opened, or ends while it is read, is an error that is posted
once, and tried again every ``retry_s`` until it is back. A card that lies on a reader is told by it
again and again: the same card is a new presentation only when it was not seen for ``repeat_s``.
"""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Final

from cp.vocabulary.events import CardPresented, ErrorCleared, ErrorRaised, Event
from cp.vocabulary.ports import Post
from cp.vocabulary.words import ChargePointErrorCode
from drivers.device_faults import DeviceError
from drivers.opening import load_library
from drivers.probe import Probe

STATION: Final = 0
_LOG: Final = logging.getLogger("statecharge.reader")


def nobody(_event: Event) -> None:
    """Takes events of a reader that is not started."""


class AttachedReader(ABC):
    """The common part of ``ports.CardReader``."""

    def __init__(self, what: str, repeat_s: float, retry_s: float, library: str = "") -> None:
        """``library``: a module of the extra ``rfid`` without which the device cannot be opened."""
        self._what = what
        self._library = library
        self._repeat_s = repeat_s
        self._retry_s = retry_s
        self._post: Post = nobody
        self._handle: int | None = None
        self._retry: asyncio.TimerHandle | None = None
        self._has_failed = False
        self._last_tag = ""
        self._seen_at_s = float("-inf")

    async def start(self, post: Post) -> None:
        """Open the device; one that is not there is told, and awaited.

        Raises HardwareError when a library is missing.
        """
        self._post = post
        await self._load_library()
        self._attach()

    async def stop(self) -> None:
        """Close the device."""
        self._post = nobody
        if self._retry is not None:
            self._retry.cancel()
        self._detach()

    def describe(self) -> str:
        """What and where the reader is."""
        return self._what

    async def probe(self) -> Probe:
        """Open the device and close it; nobody has to present a card. Raises HardwareError."""
        await self._load_library()
        try:
            self._open()
        except DeviceError as error:
            return Probe(self._what, False, error.trouble.saw, error.trouble.mend)
        self._close()
        return Probe(self._what, True, "there; present a card to see that it reads")

    @property
    @abstractmethod
    def ignored(self) -> int:
        """What came and was no card, counted."""

    # ---- what a kind of reader does --------------------------------------------------------------

    @abstractmethod
    def _open(self) -> int:
        """Open the device: what is readable when something comes. Raises DeviceError."""

    @abstractmethod
    def _tags(self, at_s: float) -> Iterable[str]:
        """Read: the id tags that came. Raises OSError when the device is gone."""

    @abstractmethod
    def _close(self) -> None:
        """Close the device; it may be gone, or not open."""

    # ---- life ------------------------------------------------------------------------------------

    async def _load_library(self) -> None:
        if self._library:
            await asyncio.to_thread(load_library, self._library, "rfid")

    def _attach(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            self._handle = self._open()
        except DeviceError as error:
            self._fail(str(error))
            return
        loop.add_reader(self._handle, self._on_readable)
        if self._has_failed:
            self._has_failed = False
            _LOG.warning("%s is back", self._what)
            self._post(ErrorCleared(STATION, ChargePointErrorCode.READER_FAILURE))

    def _detach(self) -> None:
        if self._handle is not None:
            asyncio.get_running_loop().remove_reader(self._handle)
            self._handle = None
        self._close()

    def _fail(self, words: str) -> None:
        self._retry = asyncio.get_running_loop().call_later(self._retry_s, self._attach)
        if not self._has_failed:
            self._has_failed = True
            _LOG.warning("%s has failed: %s", self._what, words)
            self._post(ErrorRaised(STATION, ChargePointErrorCode.READER_FAILURE))

    def _on_readable(self) -> None:
        at_s = asyncio.get_running_loop().time()
        try:
            for tag in self._tags(at_s):
                self._see(tag, at_s)
        except OSError:
            self._detach()
            self._fail("it was unplugged")

    def _see(self, tag: str, at_s: float) -> None:
        is_new = tag != self._last_tag or at_s - self._seen_at_s >= self._repeat_s
        self._last_tag, self._seen_at_s = tag, at_s
        if is_new:
            self._post(CardPresented(tag))
