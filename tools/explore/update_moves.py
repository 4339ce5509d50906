"""What may happen to a firmware update: the alphabets of the third composition."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from cp.behavior.firmware import FirmwareFields
from cp.vocabulary.events import (
    DownloadFailed,
    DownloadFinished,
    Event,
    FirmwareBroken,
    InstallFailed,
    InstallFinished,
    SlotRead,
    UpdateRequested,
)
from tools.explore.cells import Cell, View
from tools.explore.job import RESTART
from tools.explore.job_moves import CALL_ID, JobMoves, move
from tools.explore.model import Move
from tools.explore.turn import LeanTurn
from tools.explore.update import UpdateModel
from tools.scenario_house import NOON_S

SERVED: Final = "http://127.0.0.1/image"
UNSERVED: Final = "sftp://127.0.0.1/image"
OUTCOMES: Final[tuple[tuple[str, Callable[[int], Event]], ...]] = (
    ("download_finished", DownloadFinished),
    ("download_failed", DownloadFailed),
    ("install_finished", lambda number: InstallFinished(number, "a", "b", "v2")),
    ("install_failed", InstallFailed),
)


class UpdateMoves(JobMoves):
    """Builds the moves of one model."""

    def __init__(self, model: UpdateModel) -> None:
        super().__init__(model)
        self.update = model
        self.own = model.own

    def charging(self) -> tuple[Move, ...]:
        """Everything that happens at the outlet; the central system accepts."""
        return (
            *self.power(),
            *self._orders(),
            *self._reading()[:1],
            *self.line()[2:],
            *self.line()[:1],
            *self._requests()[:1],
            *self._transfer(),
            *self.timers(),
            *self.outlet(),
            *self.disturbances(),
        )

    def registration(self) -> tuple[Move, ...]:
        """Everything that the central system does, and a charge now and then."""
        return (*self._always(), *self.outlet(), *self.refusals())

    def _always(self) -> tuple[Move, ...]:
        return (
            *self.power(),
            *self._orders(),
            *self._reading(),
            *self._boot_loader(),
            *self.line(),
            *self._requests(),
            *self._transfer(),
            *self._stale(),
            *self.timers(),
            move("firmware broken", "", lambda _view: FirmwareBroken()),
        )

    def _requests(self) -> tuple[Move, ...]:
        def update(name: str, location: str, retries: int) -> Move:
            line = f'UpdateFirmware {{"location":"{location}","retries":{retries},'
            line += '"retrieveDate":"2026-01-01T12:00:00Z"}'
            return self.call(name, line, UpdateRequested(CALL_ID, location, NOON_S, retries, 60))

        return (
            update("update", SERVED, 1),
            update("update that is not served", UNSERVED, 0),
            self.trigger("FirmwareStatusNotification"),
        )

    # ---- transfer and installer ------------------------------------------------------------------

    def _number(self, view: View) -> int:
        return self.model.fields(view, self.model.job, FirmwareFields).number

    def _transfer(self) -> tuple[Move, ...]:
        def downloaded(view: View) -> Event:
            view.put(self.own.is_here, True)
            return DownloadFinished(self._number(view))

        def failed(view: View, *, is_final: bool = False) -> Event:
            return DownloadFailed(self._number(view), is_final=is_final)

        loading = self.own.is_downloading
        line = "download_failed number=1"
        return (
            self._ended("download finished", "download_finished number=1", loading, downloaded),
            self._ended("download failed", line, loading, failed),
            self._ended(
                "download failed for good",
                f"{line} is_final=true",
                loading,
                lambda view: failed(view, is_final=True),
            ),
            *self._installer(),
        )

    def _installer(self) -> tuple[Move, Move]:
        def installed(view: View) -> Event:
            view.put(self.own.slots, replace(view.get(self.own.slots), is_whole=True))
            return InstallFinished(self._number(view), "a", "b", "v2")

        def failed(view: View) -> Event:
            return InstallFailed(self._number(view))

        line = "install_finished number=2 from_slot=a to_slot=b version=v2"
        writing = self.own.is_writing
        return (
            self._ended("installed", line, writing, installed),
            self._ended("installation failed", "install_failed number=2", writing, failed),
        )

    def _ended(
        self, name: str, line: str, is_busy: Cell[bool], outcome: Callable[[View], Event]
    ) -> Move:
        """The work that is under way ends."""

        def run(view: View) -> Event | None:
            if not view.get(is_busy):
                return None
            view.put(is_busy, False)
            return outcome(view)

        return move(name, line, run)

    def _stale(self) -> tuple[Move, ...]:
        """Outcomes of a try that was stopped when they were on their way already."""

        def outcome(kind: Callable[[int], Event]) -> Callable[[View], Event | None]:
            return lambda view: kind(self._number(view) - 1)

        return tuple(
            move(f"{name} of an older try", f"{name} number=0", outcome(kind))
            for name, kind in OUTCOMES
        )

    # ---- slots -----------------------------------------------------------------------------------

    def _orders(self) -> tuple[Move, ...]:
        own, update = self.own, self.update

        def written(turn: LeanTurn) -> bool:
            view = turn.view
            if not self.taken(view, "install"):
                return False
            if view.get(own.slots).on_trial == "a":
                turn.take(InstallFailed(self._number(view)))
                return True
            view.put(own.is_writing, True)
            update.carry_out(view, "install")
            return True

        def order(word: str) -> Move:
            return self.carried_out(word, lambda view: update.carry_out(view, word))

        def refused(view: View) -> Event | None:
            return InstallFailed(self._number(view)) if self.taken(view, "activate b") else None

        return (
            self.carried_out("download", lambda view: view.put(own.is_downloading, True)),
            Move("carried out: install", written),
            *(order(word) for word in ("activate b", "revert a", "revert b", "good a")),
            move("slot is not activated", "install_failed number=2", refused),
        )

    def _boot_loader(self) -> tuple[Move, ...]:
        """It may give a slot on trial up."""

        def restart(turn: LeanTurn) -> bool:
            return self.is_next(turn.view, RESTART) and self.update.fall_back(turn)

        return (
            Move("power cut, the slot falls back", self.update.fall_back, ("power cut",), True),
            Move("restart, the slot falls back", restart, ("power on",)),
        )

    def _reading(self) -> tuple[Move, ...]:
        """Once after power came on, before or after the other inputs; the installer may not
        know."""

        def read(how: str) -> Callable[[View], Event | None]:
            def run(view: View) -> Event | None:
                if view.get(self.own.read):
                    return None
                view.put(self.own.read, how)
                is_on_trial = view.get(self.own.slots).on_trial == "a"
                return SlotRead("a", is_on_trial) if how == "told" else SlotRead("")

            return run

        return (
            move("slot_read", "slot_read", read("told")),
            move("slot_read, unknown", "slot_read slot=", read("unknown")),
        )
