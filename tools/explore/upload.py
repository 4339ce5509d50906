"""The fourth composition: an upload of diagnostics.

Everything is said in ``job``; the transfer is at work or not. A request names one further try or
none, so that every guard sees both.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from cp.behavior.diagnostics import DiagnosticsFields
from cp.chart import Step
from cp.house import House
from cp.vocabulary.effects import Effect, Record, Reply, Tell
from cp.vocabulary.effects_jobs import StartUpload, StopUpload
from cp.vocabulary.events import (
    CallCreated,
    DiagnosticsBroken,
    DiagnosticsRequested,
    Event,
    ProgressMade,
    UploadFailed,
    UploadFinished,
)
from cp.vocabulary.jobs import UploadJob
from cp.vocabulary.records import Entry, Restored, UploadKept
from tools.explore.cells import Cell, View
from tools.explore.finding import Finding
from tools.explore.invariants import Invariant, findings
from tools.explore.job import JobModel
from tools.explore.job_invariants import JOB, made
from tools.explore.job_moves import CALL_ID, JobMoves, move
from tools.explore.model import Move, cells_of

if TYPE_CHECKING:
    from tools.explore.turn import LeanTurn

SERVED: Final = "http://127.0.0.1/logs"
UNSERVED: Final = "sftp://127.0.0.1/logs"
UPLOADING: Final = "Uploading"
HARMLESS: Final = (StartUpload, StopUpload, Reply)


@dataclass(frozen=True, slots=True)
class UploadCells:
    """``upload`` is durable; ``uploads`` that the transfer is at work on."""

    upload: Cell[UploadJob | None]
    uploads: Cell[int]


class UploadModel(JobModel):
    """Composition D; ``UploadMoves`` has its alphabet."""

    job = "diagnostics.0"

    def __init__(self, house: House, title: str) -> None:
        super().__init__(house, title)
        nothing: UploadJob | None = None
        self.own = UploadCells(
            upload=self.layout.add("upload", nothing), uploads=self.layout.add("uploads", 0)
        )

    def durable(self) -> tuple[Cell[object], ...]:
        """As ``JobModel``."""
        return cells_of(self.own.upload)

    def restored(self, view: View, common: Restored) -> Restored:
        """As ``JobModel``."""
        return replace(common, upload=view.get(self.own.upload))

    def observe_record(self, view: View, entry: Entry) -> None:
        """As ``JobModel``."""
        if isinstance(entry, UploadKept):
            view.put(self.own.upload, entry.job)

    def observe_effect(self, view: View, effect: Effect) -> None:
        """As ``JobModel``."""
        match effect:
            case StartUpload():
                self.send(view, "upload")
            case StopUpload():
                view.put(self.own.uploads, 0)
                self.cancel(view, "upload")

    def is_about_job(self, turn: "LeanTurn") -> bool:
        """As ``JobModel``."""
        return any(isinstance(item, DiagnosticsRequested | ProgressMade) for item in turn.trace)

    def retold(self, turn: "LeanTurn") -> tuple[str, str | None]:
        """Uploading once for each request, then exactly one of Uploaded and UploadFailed."""
        story, wrong = turn.view.was(self.cells.story), None
        for status in made(turn):
            if (status == UPLOADING) is (story == UPLOADING):
                wrong = wrong or f"{status} is told after {story or 'the end'}"
            story = UPLOADING if status == UPLOADING else ""
        asked = sum(isinstance(item, DiagnosticsRequested) for item in turn.trace)
        begun = sum(status == UPLOADING for status in made(turn))
        if asked != begun:
            wrong = wrong or f"{asked} requests, Uploading is told {begun} times"
        return story, wrong

    def findings(self, turn: "LeanTurn") -> Iterable[Finding]:
        """The invariants of every job and those of an upload."""
        return upload_findings(self, turn)

    def forget(self, view: View) -> None:
        """The number of the try."""
        if view.is_written(self.room.machines[self.job]):
            fields = self.fields(view, self.job, DiagnosticsFields)
            self.set_fields(view, self.job, replace(fields, number=1))


class UploadMoves(JobMoves):
    """Builds the moves of one model."""

    def __init__(self, model: UploadModel) -> None:
        super().__init__(model)
        self.own = model.own

    def everything(self) -> tuple[Move, ...]:
        """All that happens to an upload, to the outlet and to the line."""
        return (
            *self.power(),
            self.carried_out("upload", self._begin),
            *self.line(),
            *self.refusals(),
            *self.outlet(),
            *self.disturbances(),
            *self._requests(),
            *self._transfer(),
            *self.timers(),
            move("diagnostics broken", "", lambda _view: DiagnosticsBroken()),
        )

    def _begin(self, view: View) -> None:
        view.put(self.own.uploads, view.get(self.own.uploads) + 1)

    def _requests(self) -> tuple[Move, ...]:
        def request(name: str, location: str, retries: int) -> Move:
            line = f'GetDiagnostics {{"location":"{location}","retries":{retries}}}'
            event = DiagnosticsRequested(CALL_ID, location, None, None, retries, 60)
            return self.call(name, line, event)

        return (
            request("diagnostics", SERVED, 1),
            request("diagnostics that are not served", UNSERVED, 0),
            self.trigger("DiagnosticsStatusNotification"),
        )

    def _transfer(self) -> tuple[Move, ...]:
        def ended(kind: Callable[[int], Event]) -> Callable[[View], Event | None]:
            def run(view: View) -> Event | None:
                if not view.get(self.own.uploads):
                    return None
                view.put(self.own.uploads, 0)
                return kind(self._number(view))

            return run

        def stale(kind: Callable[[int], Event]) -> Callable[[View], Event | None]:
            return lambda view: kind(self._number(view) - 1)

        def for_good(number: int) -> Event:
            return UploadFailed(number, is_final=True)

        failed = "upload_failed number=1"
        return (
            move("uploaded", "upload_finished number=1", ended(UploadFinished)),
            move("upload failed", failed, ended(UploadFailed)),
            move("upload failed for good", f"{failed} is_final=true", ended(for_good)),
            move("uploaded, an older try", "upload_finished number=0", stale(UploadFinished)),
            move("upload failed, an older try", "upload_failed number=0", stale(UploadFailed)),
        )

    def _number(self, view: View) -> int:
        return self.model.fields(view, self.model.job, DiagnosticsFields).number


# ---- what must never happen ----------------------------------------------------------------------


def journal_knows_the_upload(model: UploadModel, turn: "LeanTurn") -> str | None:
    """What a power cut leaves: the request that is not over."""
    view = turn.view
    machine = model.room.machines[model.job]
    if not view.is_written(model.own.upload, model.cells.story, machine):
        return None
    upload, story = view.get(model.own.upload), view.get(model.cells.story)
    if model.fields(view, model.job, DiagnosticsFields).job != upload:
        return "the upload in memory is not the one on disk"
    is_known = upload is not None
    return None if is_known is bool(story) else f"after {story or 'the end'} is_known={is_known}"


def one_upload_at_a_time(model: UploadModel, turn: "LeanTurn") -> str | None:
    """The transfer has one upload, and none that nobody waits for."""
    view, own = turn.view, model.own
    cells = (own.uploads, model.cells.outward, model.room.machines[model.job])
    if not view.is_written(*cells):
        return None
    uploads = view.get(own.uploads) + view.get(model.cells.outward).count("upload")
    is_wanted = model.leaf(view, model.job) == "uploading"
    return None if uploads <= is_wanted else f"{uploads} uploads, is_wanted={is_wanted}"


def charging_is_not_disturbed(model: UploadModel, turn: "LeanTurn") -> str | None:
    """``diagnostics`` acts on its own transfer and its own record alone."""
    for item in turn.trace:
        if not isinstance(item, Step) or item.machine != model.job:
            continue
        for effect in item.effects:
            match effect:
                case Tell(ProgressMade() | CallCreated()) | Record(UploadKept()):
                    continue
            if not isinstance(effect, HARMLESS):
                return f"diagnostics emits {type(effect).__name__}"
    return None


UPLOAD: Final[tuple[Invariant[UploadModel], ...]] = (
    Invariant(
        "journal", "The journal knows the request that is not over.", journal_knows_the_upload
    ),
    Invariant("one upload", "One upload is under way, and it is wanted.", one_upload_at_a_time),
    Invariant("apart", "Charging is not disturbed.", charging_is_not_disturbed),
)
"""The invariants of an upload, besides those of every job."""


def upload_findings(model: UploadModel, turn: "LeanTurn") -> Iterator[Finding]:
    """The invariants of an upload that do not hold after a turn."""
    yield from findings(JOB, model, turn)
    yield from findings(UPLOAD, model, turn)
