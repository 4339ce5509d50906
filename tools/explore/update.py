"""The third composition: a firmware update, with two slots on paper.

Theory of operation, besides ``job``: the slot that runs is called ``a``, the other one ``b``; after
a start from the other one the names change places, in the journal too, so that nothing is said
twice. An installer that begins to write makes the slot that runs the next one, and the other
one half written until it is done; it refuses while the slot that runs is on trial: the other one
may be needed again. The next slot is chosen by orders that wait like every effect; a boot loader
may give a slot on trial up and start the one before. What is told of an update is compared with
the slots.

A request names one further try or none, so that every guard sees both.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from cp.behavior.firmware import NO_JOB, SCHEDULED, FirmwareFields
from cp.house import House
from cp.vocabulary.effects import Effect
from cp.vocabulary.effects_jobs import (
    ActivateSlot,
    MarkSlotGood,
    RevertSlot,
    StartDownload,
    StartInstall,
    StopDownload,
    StopInstall,
)
from cp.vocabulary.events import ProgressMade, UpdateRequested
from cp.vocabulary.jobs import UpdateJob
from cp.vocabulary.records import Entry, Restored, UpdateKept
from tools.explore.cells import Cell, State, View
from tools.explore.finding import Finding
from tools.explore.job import JobModel
from tools.explore.model import cells_of
from tools.explore.turn import LeanTurn
from tools.explore.update_invariants import update_findings

OTHER: Final = {"a": "b", "b": "a", "": ""}
ASKED: Final = "asked"

FOLLOWS: Final = {
    ASKED: ("Downloading", "DownloadFailed"),
    "Downloading": ("Downloaded", "DownloadFailed"),
    "Downloaded": ("Installing", "InstallationFailed"),
    "Installing": ("Installed", "InstallationFailed"),
}
"""What may be told next (``S 5.19``); a job that breaks fails where it is."""

FINAL: Final = ("DownloadFailed", "Installed", "InstallationFailed")


@dataclass(frozen=True, slots=True)
class Slots:
    """``a`` runs. ``chosen`` starts next; ``on_trial`` has not been called good; ``is_whole``: the
    other one, ``b``, holds a whole image."""

    chosen: str = "a"
    on_trial: str = ""
    is_whole: bool = False


@dataclass(frozen=True, slots=True)
class UpdateCells:
    """What the environment remembers.

    ``update``           is durable, and so is ``is_here``: the whole image.
    ``is_downloading``   the transfer is at work, ``is_writing`` the installer.
    ``read``             slot_read was told since power came on, with a slot or unknown.
    ``is_half_started``  power came on with a half written slot.
    """

    update: Cell[UpdateJob | None]
    is_here: Cell[bool]
    slots: Cell[Slots]
    is_downloading: Cell[bool]
    is_writing: Cell[bool]
    read: Cell[str]
    is_half_started: Cell[bool]


class UpdateModel(JobModel):
    """Composition C; ``update_moves`` has its alphabets."""

    job = "firmware.0"

    def __init__(self, house: House, title: str) -> None:
        super().__init__(house, title)
        add = self.layout.add
        nothing: UpdateJob | None = None
        self.own = UpdateCells(
            update=add("update", nothing),
            is_here=add("is_here", False),
            slots=add("slots", Slots()),
            is_downloading=add("is_downloading", False),
            is_writing=add("is_writing", False),
            read=add("read", ""),
            is_half_started=add("is_half_started", False),
        )

    # ---- power -----------------------------------------------------------------------------------

    def durable(self) -> tuple[Cell[object], ...]:
        """As ``JobModel``."""
        own = self.own
        return cells_of(own.update, own.is_here, own.slots, own.is_half_started)

    def restored(self, view: View, common: Restored) -> Restored:
        """As ``JobModel``."""
        return replace(common, update=view.get(self.own.update))

    def boot(self, turn: LeanTurn) -> bool:
        """From the slot that was chosen."""
        self._start(turn.view, turn.view.get(self.own.slots).chosen)
        return super().boot(turn)

    def fall_back(self, turn: LeanTurn) -> bool:
        """The boot loader gives the slot on trial up."""
        slots = turn.view.get(self.own.slots)
        if not slots.on_trial:
            return False
        turn.view.put(self.own.slots, replace(slots, on_trial=""))
        self._start(turn.view, OTHER[slots.chosen])
        return super().boot(turn)

    def _start(self, view: View, started: str) -> None:
        """The slot that has started is called ``a`` from now on."""
        slots, update = view.get(self.own.slots), view.get(self.own.update)
        if started == "a":
            view.put(self.own.slots, replace(slots, chosen="a"))
            return
        view.put(self.own.is_half_started, not slots.is_whole)
        view.put(self.own.slots, Slots("a", OTHER[slots.on_trial], is_whole=True))
        if update is not None:
            from_slot, to_slot = OTHER[update.from_slot], OTHER[update.to_slot]
            view.put(self.own.update, replace(update, from_slot=from_slot, to_slot=to_slot))

    # ---- what the environment sees ---------------------------------------------------------------

    def observe_record(self, view: View, entry: Entry) -> None:
        """As ``JobModel``."""
        if isinstance(entry, UpdateKept):
            view.put(self.own.update, entry.job)
            if entry.job is None or entry.job.stage == SCHEDULED:
                view.put(self.own.is_here, False)

    def observe_effect(self, view: View, effect: Effect) -> None:
        """As ``JobModel``."""
        match effect:
            case StartDownload():
                self.send(view, "download")
            case StopDownload():
                view.put(self.own.is_downloading, False)
                self.cancel(view, "download")
            case StartInstall():
                self.send(view, "install")
            case StopInstall():
                view.put(self.own.is_writing, False)
                self.cancel(view, "install")
            case ActivateSlot(_, slot):
                self.send(view, f"activate {slot}")
            case MarkSlotGood(slot):
                self.send(view, f"good {slot}")
            case RevertSlot(slot):
                self.send(view, f"revert {slot}")

    def carry_out(self, view: View, order: str) -> None:
        """An order to the slots."""
        slots = view.get(self.own.slots)
        view.put(self.own.slots, ordered(slots, order))

    def is_about_job(self, turn: LeanTurn) -> bool:
        """As ``JobModel``."""
        return any(isinstance(item, UpdateRequested | ProgressMade) for item in turn.trace)

    def retold(self, turn: LeanTurn) -> tuple[str, str | None]:
        """A request replaces the one before, but not while firmware is installed."""
        story, wrong = turn.view.was(self.cells.story), None
        for item in turn.trace:
            match item:
                case UpdateRequested():
                    is_late = turn.view.was(self.room.facts["is_installing"])
                    story = story if is_late else ASKED
                case ProgressMade(notice):
                    status = str(getattr(notice, "status"))  # noqa: B009
                    if status not in FOLLOWS.get(story, ()):
                        wrong = wrong or f"{status} is told after {story or 'the end'}"
                    story = "" if status in FINAL else status
        return story, wrong

    def findings(self, turn: LeanTurn) -> Iterable[Finding]:
        """See ``update_invariants``."""
        return update_findings(self, turn)

    # ---- what makes no difference ----------------------------------------------------------------

    def forget(self, view: View) -> None:
        """The number of the try, and what the stage of a job does not need any more."""
        own = self.own
        if view.is_written(self.room.machines[self.job]):
            job = self.fields(view, self.job, FirmwareFields).job
            self.set_fields(view, self.job, FirmwareFields(needed(job), 1))
        if view.is_written(own.update):
            update = view.get(own.update)
            view.put(own.update, None if update is None else needed(update))

    def is_idle(self, state: State) -> bool:
        """No slot is on trial."""
        slots = View(state, self.layout.values).get(self.own.slots)
        return slots.chosen == "a" and not slots.on_trial and super().is_idle(state)


def ordered(slots: Slots, order: str) -> Slots:
    """The slots after an order to them."""
    word, _, slot = order.partition(" ")
    match word:
        case "activate":
            return replace(slots, chosen=slot, on_trial=slot)
        case "revert":
            return replace(slots, chosen=slot, on_trial="")
        case "good":
            return replace(slots, on_trial="" if slots.on_trial == slot else slots.on_trial)
        case "install":
            return Slots("a", is_whole=False)
    return slots


def needed(job: UpdateJob) -> UpdateJob:
    """Tries matter until the image is here, installations until they are over."""
    if job == NO_JOB or job.stage in (SCHEDULED, "begun"):
        return job
    installs = 0 if job.stage == "activating" else job.installs
    return replace(job, tries_left=0, installs=installs)
