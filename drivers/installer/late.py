"""An installer that is imported and built when it is started: BootNotification goes first."""

from collections.abc import Callable

from cp.vocabulary.ports import Installer, Post


class LateInstaller:
    """``ports.Installer``; until ``start`` it is nothing but the promise of one."""

    def __init__(self, build: Callable[[], Installer]) -> None:
        self._build = build
        self._installer: Installer | None = None

    async def start(self, post: Post) -> None:
        """Build the installer and start it."""
        self._installer = self._build()
        await self._installer.start(post)

    async def stop(self) -> None:
        """Stop it, if it was ever started."""
        if self._installer is not None:
            await self._installer.stop()

    def install(self, number: int) -> None:
        """As ``ports.Installer``."""
        self._real.install(number)

    def stop_install(self) -> None:
        """As ``ports.Installer``; without one nothing is being installed."""
        if self._installer is not None:
            self._installer.stop_install()

    def activate(self, number: int, slot: str) -> None:
        """As ``ports.Installer``."""
        self._real.activate(number, slot)

    def mark_good(self, slot: str) -> None:
        """As ``ports.Installer``."""
        self._real.mark_good(slot)

    def revert(self, slot: str) -> None:
        """As ``ports.Installer``."""
        self._real.revert(slot)

    @property
    def _real(self) -> Installer:
        if self._installer is None:
            raise RuntimeError("an installer was used before it was started")
        return self._installer
