"""Transfers and firmware slots of a scenario: what the drivers would do, on paper.

Theory of operation: a scenario tells the outcome of each try itself (``download_finished
number=1``); a ``is_willing`` workshop tells it by itself, as after a power cut. Slots are real: the
one that was made the next is the one that starts. What must never be is noted: a byte downloaded
during a transaction, a slot activated that the journal does not know, a start from half an image.
"""

import json
from dataclasses import dataclass, field, replace

from cp.vocabulary.effects import Effect
from cp.vocabulary.effects_jobs import (
    ActivateSlot,
    MarkSlotGood,
    RevertSlot,
    StartDownload,
    StartInstall,
    StartUpload,
    StopDownload,
)
from cp.vocabulary.events import (
    DownloadFinished,
    Event,
    InstallFailed,
    InstallFinished,
    SlotRead,
    UploadFinished,
)
from cp.vocabulary.records import Delete, Row

OTHER_SLOT = {"a": "b", "b": "a"}


@dataclass(slots=True)
class Workshop:
    """``slot`` runs, ``next_slot`` starts next, ``good`` are slots with a whole image;
    ``ended``: updates that are over."""

    is_willing: bool = False
    slot: str = "a"
    next_slot: str = "a"
    good: tuple[str, ...] = ("a",)
    on_trial: str = ""
    stage: str = ""
    to_slot: str = ""
    ended: int = 0
    is_downloading: bool = False
    has_transaction: bool = False
    violations: list[str] = field(default_factory=list)

    def start(self) -> SlotRead:
        """Power comes on."""
        self.slot, self.is_downloading = self.next_slot, False
        if self.slot not in self.good:
            self.violations.append(f"started from slot {self.slot}, which is half written")
        return self.slot_read()

    def slot_read(self) -> SlotRead:
        """What the installer says of the slot that runs."""
        return SlotRead(self.slot, self.slot == self.on_trial)

    def row(self, row: Row) -> None:
        """A row became durable."""
        if (row.kind, row.key) == ("transaction", "open"):
            self.has_transaction = not isinstance(row, Delete)
            self._look()
        if row.kind != "update":
            return
        if isinstance(row, Delete):
            self.ended += 1
            self.stage = ""
            return
        body = json.loads(row.body)
        self.stage, self.to_slot = body["stage"], body["to_slot"]

    def do(self, effect: Effect) -> Event | None:
        """Perform an effect; the outcome of a try that is known at once."""
        match effect:
            case StartDownload():
                self.is_downloading = True
                self._look()
                return DownloadFinished(effect.number) if self.is_willing else None
            case StopDownload():
                self.is_downloading = False
            case StartInstall():
                return self._install(effect)
            case ActivateSlot():
                if (self.stage, self.to_slot) != ("activating", effect.slot):
                    self.violations.append(f"slot {effect.slot} activated without a record")
                self.next_slot = self.on_trial = effect.slot
            case RevertSlot():
                self.next_slot, self.on_trial = effect.slot, ""
            case MarkSlotGood():
                self.on_trial = ""
                if effect.slot != self.slot:
                    self.violations.append(f"slot {effect.slot} called good, {self.slot} runs")
            case StartUpload() if self.is_willing:
                return UploadFinished(effect.number)
        return None

    def _install(self, effect: StartInstall) -> Event | None:
        other = OTHER_SLOT[self.slot]
        self.good = (self.slot,)
        if not self.is_willing:
            return None
        if self.is_downloading:
            return InstallFailed(effect.number, "the image is not whole")
        self.see(InstallFinished(effect.number, self.slot, other, "v2"))
        return InstallFinished(effect.number, self.slot, other, "v2")

    def see(self, event: Event) -> None:
        """What an event of the scenario says of the slots."""
        if isinstance(event, InstallFinished):
            self.good = (event.from_slot, event.to_slot)

    def _look(self) -> None:
        if self.is_downloading and self.has_transaction:
            self.violations.append("downloaded during a transaction")

    def copy(self) -> "Workshop":
        """A willing one, after a power cut: nothing runs any more."""
        return replace(self, is_willing=True, violations=list(self.violations))
