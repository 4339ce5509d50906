"""No lamp: the port of a station that shows nothing."""

from cp.vocabulary.ports import Post
from cp.vocabulary.words import ChargePointStatus


class NoLamp:
    """``ports.Lamp``."""

    async def start(self, post: Post) -> None:
        """There is nothing to open."""

    async def stop(self) -> None:
        """There is nothing to close."""

    def show_status(self, status: ChargePointStatus) -> None:
        """Nobody sees it."""

    def show_refusal(self) -> None:
        """Nobody sees it."""
