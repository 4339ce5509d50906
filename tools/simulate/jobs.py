"""Transfers and firmware slots on paper: outcomes come after a drawn time, some of them bad.

Theory of operation: ``Workshop`` outlives the process: two slots, which one starts next, which one
holds a whole image, and whether the image is there. What must never be is noted: a byte downloaded
during a transaction, a start from half an image, a foreign slot called good.
"""

from dataclasses import dataclass, field

from cp.vocabulary.events import (
    DownloadFailed,
    DownloadFinished,
    Event,
    InstallFailed,
    InstallFinished,
    SlotRead,
    UploadFailed,
    UploadFinished,
)
from cp.vocabulary.ports import Progress
from tools.simulate.chance import Chance
from tools.simulate.clock import VirtualLoop
from tools.simulate.devices import Board, Device

OTHER_SLOT = {"a": "b", "b": "a"}
DOWNLOAD_S, UPLOAD_S, INSTALL_S = 90.0, 30.0, 40.0


@dataclass(slots=True)
class Workshop:
    """``slot`` runs, ``next_slot`` starts next, ``good`` are slots with a whole image.

    ``failures``: how often a job fails.
    """

    chance: Chance
    failures: float = 0.0
    slot: str = "a"
    next_slot: str = "a"
    on_trial: str = ""
    good: tuple[str, ...] = ("a",)
    has_image: bool = False
    findings: list[str] = field(default_factory=list)

    def start(self) -> None:
        """Power comes on, or the process starts again; a slot on trial may not start at all."""
        if self.on_trial and self.on_trial != self.slot and self.is_failing():
            self.next_slot, self.on_trial = self.slot, ""
        self.slot = self.next_slot
        if self.slot not in self.good:
            self.findings.append(f"started from slot {self.slot}, which is half written")

    def is_failing(self) -> bool:
        """Draws whether this job fails."""
        return self.chance.is_so(self.failures)


class _Job(Device):
    """One job at a time; ``_end`` posts its outcome unless it was stopped meanwhile."""

    def __init__(self, board: Board, shop: Workshop, loop: VirtualLoop) -> None:
        super().__init__(board)
        self._shop = shop
        self._loop = loop
        self._running: dict[str, int] = {}

    def _begin(self, kind: str, number: int, outcome: Event, mean_s: float) -> None:
        self._running[kind] = number
        self._loop.call_later(self._shop.chance.span_s(mean_s), self._end, kind, number, outcome)

    def _end(self, kind: str, number: int, outcome: Event) -> None:
        if self._running.get(kind) == number:
            del self._running[kind]
            self._done(outcome)
            self.tell(outcome)

    def _done(self, outcome: Event) -> None:
        """What the outcome leaves behind."""


class SimulatedTransfer(_Job):
    """``ports.Transfer``."""

    def download(self, number: int, location: str) -> None:
        """One try."""
        fails, is_final = self._shop.is_failing(), self._shop.is_failing()
        failed = DownloadFailed(number, "it failed", is_final)
        self._begin("download", number, failed if fails else DownloadFinished(number), DOWNLOAD_S)
        self.look()

    def look(self) -> None:
        """Not one byte is downloaded during a transaction (``AQ-4``)."""
        if "download" in self._running and self._board.outlet.has_session:
            self._shop.findings.append("downloaded during a transaction")

    def stop_download(self) -> None:
        """Not one byte more."""
        self._running.pop("download", None)

    def drop_image(self) -> None:
        """Remove the image."""
        self._shop.has_image = False

    def upload(
        self,
        number: int,
        location: str,
        file_name: str,
        start_utc_s: float | None,
        stop_utc_s: float | None,
    ) -> None:
        """One try."""
        fails = self._shop.is_failing()
        failed = UploadFailed(number, "it failed", self._shop.is_failing())
        self._begin("upload", number, failed if fails else UploadFinished(number), UPLOAD_S)

    def stop_upload(self) -> None:
        """Not one byte more."""
        self._running.pop("upload", None)

    def progress(self) -> Progress | None:
        """Nobody looks."""
        return None

    def _done(self, outcome: Event) -> None:
        if isinstance(outcome, DownloadFinished):
            self._shop.has_image = True


class SimulatedInstaller(_Job):
    """``ports.Installer``."""

    def notice(self) -> None:
        """Which slot runs."""
        self.tell(SlotRead(self._shop.slot, self._shop.slot == self._shop.on_trial))

    def install(self, number: int) -> None:
        """The slot that does not run is half written from now on."""
        shop = self._shop
        other = OTHER_SLOT[shop.slot]
        shop.good = (shop.slot,)
        is_refused = not shop.has_image or shop.is_failing()
        failed = InstallFailed(number, "the image is refused")
        finished = InstallFinished(number, shop.slot, other, "v2")
        self._begin("install", number, failed if is_refused else finished, INSTALL_S)

    def stop_install(self) -> None:
        """The slot stays half written."""
        self._running.pop("install", None)

    def activate(self, number: int, slot: str) -> None:
        """The next start is from this slot, on trial."""
        if self._shop.is_failing():
            self.tell(InstallFailed(number, "the slot cannot be made the next"))
        else:
            self._shop.next_slot = self._shop.on_trial = slot

    def mark_good(self, slot: str) -> None:
        """All starts are from this slot."""
        self._shop.on_trial = ""
        if slot != self._shop.slot:
            self._shop.findings.append(f"slot {slot} called good, {self._shop.slot} runs")

    def revert(self, slot: str) -> None:
        """The next start is from this slot."""
        self._shop.next_slot, self._shop.on_trial = slot, ""

    def _done(self, outcome: Event) -> None:
        if isinstance(outcome, InstallFinished):
            self._shop.good = (outcome.from_slot, outcome.to_slot)
