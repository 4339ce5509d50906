"""UpdateFirmware: download, installation, the other slot, the last status."""

from dataclasses import replace

from cp.behavior.base import Behavior
from cp.domain.locations import serves
from cp.vocabulary.effects_jobs import (
    ActivateSlot,
    DropImage,
    MarkSlotGood,
    RevertSlot,
    StartDownload,
    StartInstall,
    StopDownload,
    StopInstall,
)
from cp.vocabulary.events import (
    DownloadFailed,
    DownloadFinished,
    InstallFailed,
    InstallFinished,
    JournalReplayed,
    ProgressMade,
    RestartOrdered,
    ReturnedToService,
    SlotRead,
    TakenOutOfService,
    UpdateRequested,
)
from cp.vocabulary.jobs import UpdateJob
from cp.vocabulary.lean import dataclass
from cp.vocabulary.records import UpdateKept
from cp.vocabulary.requests import FirmwareStatusNotification, Lane
from cp.vocabulary.words import FirmwareStatus

OUTLET = 1

RETRIES = 3
"""Our own choice when UpdateFirmware names none (``operations.md`` 6)."""

RETRY_INTERVAL_S = 60
"""Likewise, in seconds."""

INSTALLS_MAX = 2
"""An installation that a power cut ended is tried once more, not for ever."""

SCHEDULED, BEGUN, DOWNLOADED = "scheduled", "begun", "downloaded"
INSTALLING, ACTIVATING = "installing", "activating"
OUTCOMES = (DownloadFinished, DownloadFailed, InstallFinished, InstallFailed)
NO_JOB = UpdateJob("", "", 0.0, 0, 0)


@dataclass(frozen=True, slots=True)
class FirmwareFields:
    """``job``: the update under way; ``number`` of the present try, of this boot."""

    job: UpdateJob = NO_JOB
    number: int = 0


class Firmware(Behavior[FirmwareFields]):
    """Owns the fact that firmware is being installed."""

    Fields = FirmwareFields

    # ---- what the journal says -------------------------------------------------------------------

    def is_kept_scheduled(self) -> bool:
        """Nothing has been told of the kept update."""
        return self._fields.job.stage == SCHEDULED

    def is_kept_begun(self) -> bool:
        """Downloading was told."""
        return self._fields.job.stage == BEGUN

    def is_kept_downloaded(self) -> bool:
        """The image is here."""
        return self._fields.job.stage == DOWNLOADED

    def is_kept_installing(self) -> bool:
        """The image was being written."""
        return self._fields.job.stage == INSTALLING

    def is_kept_activating(self) -> bool:
        """The other slot was to be started."""
        kept = self._event(JournalReplayed).restored.update
        return kept is not None and kept.stage == ACTIVATING

    def may_install_again(self) -> bool:
        """It was not cut off before."""
        return self._fields.job.installs < INSTALLS_MAX

    def restore_update(self) -> None:
        """The update that was under way, if any."""
        self._set(job=self._event(JournalReplayed).restored.update or NO_JOB)

    # ---- the request -----------------------------------------------------------------------------

    def accept_update(self) -> None:
        """The answer is empty: statuses tell what becomes of it (``S 6.20``)."""
        self._reply()

    def keep_update(self) -> None:
        """Durable: what was asked for."""
        event = self._event(UpdateRequested)
        retries = RETRIES if event.retries is None else event.retries
        interval_s = RETRY_INTERVAL_S if event.retry_interval_s is None else event.retry_interval_s
        self._keep(
            UpdateJob(
                SCHEDULED, event.location, event.retrieve_utc_s, max(retries, 0), max(interval_s, 1)
            )
        )

    def send_firmware_status(self) -> None:
        """TriggerMessage asked: what was told last, or Idle (``S 5.17``)."""
        self._call(Lane.TRIGGERED, FirmwareStatusNotification(self._fields.job.status))

    def has_served_scheme(self) -> bool:
        """The location is one of SupportedFileTransferProtocols (ORS-16)."""
        return serves(self._keys, self._fields.job.location)

    # ---- the download ----------------------------------------------------------------------------

    def retrieve_utc_s(self) -> float:
        """retrieveDate, in UTC seconds."""
        return self._fields.job.retrieve_utc_s

    def retry_interval_s(self) -> float:
        """retryInterval, at least a second."""
        return float(self._fields.job.retry_interval_s)

    def is_this_try(self) -> bool:
        """The outcome is that of the present try, not of one that was stopped."""
        event = self._context.event
        if not isinstance(
            event, DownloadFinished | DownloadFailed | InstallFinished | InstallFailed
        ):
            raise TypeError(f"an outcome expected, got {event!r}")
        return event.number == self._fields.number

    def may_try_again(self) -> bool:
        """Another download may do better, and one is left."""
        return not self._event(DownloadFailed).is_final and self._fields.job.tries_left > 0

    def count_try(self) -> None:
        """One try less."""
        self._keep(replace(self._fields.job, tries_left=self._fields.job.tries_left - 1))

    def start_download(self) -> None:
        """Fetch the image, or the rest of it."""
        self._begin_try()
        self._emit(StartDownload(self._fields.number, self._fields.job.location))

    def stop_download(self) -> None:
        """Not one byte more (AQ-4)."""
        self._emit(StopDownload())

    def keep_downloaded(self) -> None:
        """Durable: the image is here."""
        self._keep(replace(self._fields.job, stage=DOWNLOADED))

    # ---- the installation ------------------------------------------------------------------------

    def note_installing(self) -> None:
        """Nothing may start, no reset is accepted."""
        self._know("is_installing", True)

    def note_not_installing(self) -> None:
        """The outcome is known."""
        self._know("is_installing", False)

    def take_out_of_service(self) -> None:
        """Unavailable; the flags of ChangeAvailability stay as they are."""
        self._tell(TakenOutOfService(OUTLET))

    def return_to_service(self) -> None:
        """Available, unless ChangeAvailability says otherwise."""
        self._tell(ReturnedToService(OUTLET))

    def count_install(self) -> None:
        """Durable: the image is being written."""
        job = self._fields.job
        self._keep(replace(job, stage=INSTALLING, installs=job.installs + 1))

    def start_install(self) -> None:
        """Check the image and write it."""
        self._begin_try()
        self._emit(StartInstall(self._fields.number))

    def stop_install(self) -> None:
        """Give it up, if it still runs."""
        self._emit(StopInstall())

    def keep_slots(self) -> None:
        """Durable before the restart: which slot ran, which one is to be started."""
        event = self._event(InstallFinished)
        self._keep(
            replace(
                self._fields.job,
                stage=ACTIVATING,
                from_slot=event.from_slot,
                to_slot=event.to_slot,
                version=event.version,
            )
        )

    def activate_slot(self) -> None:
        """The new slot is the next to start, on trial."""
        self._emit(ActivateSlot(self._fields.number, self._fields.job.to_slot))

    def order_restart(self) -> None:
        """The whole station restarts."""
        self._tell(RestartOrdered())

    def is_new_slot(self) -> bool:
        """The slot that was to be started has started."""
        return self._event(SlotRead).slot == self._fields.job.to_slot

    def mark_slot_good(self) -> None:
        """The new firmware has proved itself."""
        self._emit(MarkSlotGood(self._fields.job.to_slot))

    def is_on_trial(self) -> bool:
        """The slot that runs has not been called good."""
        return self._event(SlotRead).is_on_trial

    def mark_this_slot_good(self) -> None:
        """The outcome was told, and then the power went."""
        self._emit(MarkSlotGood(self._event(SlotRead).slot))

    def revert_slot(self) -> None:
        """The old slot is the next to start, if another one had been made that."""
        if self._fields.job.from_slot:
            self._emit(RevertSlot(self._fields.job.from_slot))

    # ---- statuses --------------------------------------------------------------------------------

    def tell_downloading(self) -> None:
        """Once, before the first byte; durable."""
        self._tell_status(FirmwareStatus.DOWNLOADING)
        self._keep(replace(self._fields.job, stage=BEGUN))

    def tell_downloaded(self) -> None:
        """The whole image is here."""
        self._tell_status(FirmwareStatus.DOWNLOADED)

    def tell_download_failed(self) -> None:
        """Once, after the last try."""
        self._tell_status(FirmwareStatus.DOWNLOAD_FAILED)

    def tell_installing(self) -> None:
        """Once, also when it has to be begun again."""
        self._tell_status(FirmwareStatus.INSTALLING)

    def tell_installed(self) -> None:
        """The new firmware runs and is accepted."""
        self._tell_status(FirmwareStatus.INSTALLED)

    def tell_installation_failed(self) -> None:
        """The old firmware runs."""
        self._tell_status(FirmwareStatus.INSTALLATION_FAILED)

    def end_update(self) -> None:
        """Nothing is left of it."""
        self._set(job=NO_JOB)
        self._record(UpdateKept(None))
        self._emit(DropImage())

    # ---- helpers ---------------------------------------------------------------------------------

    def _tell_status(self, status: FirmwareStatus) -> None:
        """What follows in the same step makes it durable."""
        self._set(job=replace(self._fields.job, status=status))
        self._tell(ProgressMade(FirmwareStatusNotification(status)))

    def _begin_try(self) -> None:
        self._set(number=self._fields.number + 1)

    def _keep(self, job: UpdateJob) -> None:
        if job != self._fields.job:
            self._set(job=job)
            self._record(UpdateKept(job))
