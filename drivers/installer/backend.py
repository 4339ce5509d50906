"""What ``SlotInstaller`` asks of a pair of slots."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from cp.vocabulary.errors import StatechargeError
from cp.vocabulary.lean import dataclass

Tell = Callable[[int], None]
"""Takes how far an installation is, in percent; called from any thread."""


class InstallError(StatechargeError):
    """An image is refused or a slot cannot be written or chosen; the text goes into a log."""


@dataclass(frozen=True, slots=True)
class Running:
    """The slot that runs; ``is_on_trial``: it wants to be marked good, again or at last."""

    slot: str
    is_on_trial: bool


@dataclass(frozen=True, slots=True)
class Installed:
    """``to_slot`` holds ``version`` whole; ``from_slot`` runs as before."""

    from_slot: str
    to_slot: str
    version: str


class Slots(Protocol):
    """Two slots. Every method raises ``InstallError``; none is called while another runs."""

    async def running(self) -> Running:
        """The slot that runs."""

    async def install(self, image: Path, tell: Tell) -> Installed:
        """Check the image and write it whole. When cancelled: return only when the slots are
        left alone, with the slot that runs still the next one to start."""

    async def activate(self, slot: str) -> None:
        """The next start is from this slot, on trial."""

    async def mark_good(self, slot: str) -> None:
        """All starts are from this slot; nothing if it is not on trial."""

    async def revert(self, slot: str) -> None:
        """The next start is from this slot, which ran before."""
