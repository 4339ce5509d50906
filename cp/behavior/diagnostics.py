"""GetDiagnostics: one file, brought to its location."""

import re
from dataclasses import replace
from datetime import UTC, datetime

from cp.behavior.base import Behavior
from cp.domain.locations import serves
from cp.vocabulary.effects_jobs import StartUpload, StopUpload
from cp.vocabulary.events import (
    DiagnosticsRequested,
    JournalReplayed,
    ProgressMade,
    UploadFailed,
    UploadFinished,
)
from cp.vocabulary.jobs import UploadJob
from cp.vocabulary.lean import dataclass
from cp.vocabulary.records import UploadKept
from cp.vocabulary.requests import DiagnosticsStatusNotification, Lane
from cp.vocabulary.words import DiagnosticsStatus

RETRIES = 3
"""Our own choice when GetDiagnostics names none."""

RETRY_INTERVAL_S = 60
"""Likewise, in seconds."""


@dataclass(frozen=True, slots=True)
class DiagnosticsFields:
    """``job``: the upload under way; ``number`` of the present try, of this boot."""

    job: UploadJob | None = None
    number: int = 0


class Diagnostics(Behavior[DiagnosticsFields]):
    """One upload at a time."""

    Fields = DiagnosticsFields

    def has_upload(self) -> bool:
        """An upload was under way when the power went."""
        return self._fields.job is not None

    def has_served_scheme(self) -> bool:
        """The location is one of SupportedFileTransferProtocols (ORS-16)."""
        return serves(self._keys, self._event(DiagnosticsRequested).location)

    def is_this_try(self) -> bool:
        """The outcome is that of the present try, not of one that was stopped."""
        event = self._context.event
        if not isinstance(event, UploadFinished | UploadFailed):
            raise TypeError(f"an outcome expected, got {event!r}")
        return event.number == self._fields.number

    def may_try_again(self) -> bool:
        """Another try may do better, and one is left (``E 6.25``)."""
        return not self._event(UploadFailed).is_final and self._job().tries_left > 0

    def retry_interval_s(self) -> float:
        """retryInterval, at least a second."""
        return float(self._job().retry_interval_s)

    def restore_upload(self) -> None:
        """The upload that was under way, if any."""
        self._set(job=self._event(JournalReplayed).restored.upload)

    def accept_request(self) -> None:
        """Answer with the name of the one file that will be uploaded, and keep it."""
        event = self._event(DiagnosticsRequested)
        retries = RETRIES if event.retries is None else event.retries
        interval_s = RETRY_INTERVAL_S if event.retry_interval_s is None else event.retry_interval_s
        name = self._file_name()
        self._keep(
            UploadJob(
                event.location,
                name,
                event.start_utc_s,
                event.stop_utc_s,
                max(retries, 0),
                max(interval_s, 1),
            )
        )
        self._reply(fileName=name)

    def count_try(self) -> None:
        """One try less."""
        job = self._job()
        self._keep(replace(job, tries_left=job.tries_left - 1))

    def start_upload(self) -> None:
        """Make the file and bring it to its location."""
        job, number = self._job(), self._fields.number + 1
        self._set(number=number)
        self._emit(
            StartUpload(number, job.location, job.file_name, job.start_utc_s, job.stop_utc_s)
        )

    def stop_upload(self) -> None:
        """Nothing more is sent."""
        self._emit(StopUpload())

    def end_upload(self) -> None:
        """Nothing is left of it."""
        self._keep(None)

    def tell_uploading(self) -> None:
        """Once for a request."""
        self._tell_status(DiagnosticsStatus.UPLOADING)

    def tell_uploaded(self) -> None:
        """The file is there."""
        self._tell_status(DiagnosticsStatus.UPLOADED)

    def tell_upload_failed(self) -> None:
        """Once, after the last try, or when a newer request takes its place."""
        self._tell_status(DiagnosticsStatus.UPLOAD_FAILED)

    def send_diagnostics_status(self) -> None:
        """TriggerMessage asked: Uploading or Idle (``S 5.17``)."""
        is_busy = self._fields.job is not None
        status = DiagnosticsStatus.UPLOADING if is_busy else DiagnosticsStatus.IDLE
        self._call(Lane.TRIGGERED, DiagnosticsStatusNotification(status))

    # ---- helpers ---------------------------------------------------------------------------------

    def _tell_status(self, status: DiagnosticsStatus) -> None:
        self._tell(ProgressMade(DiagnosticsStatusNotification(status)))

    def _file_name(self) -> str:
        """Of our own making: station, boot and time, in plain letters."""
        station = re.sub(r"[^A-Za-z0-9.-]", "_", self._context.product.station_id)[:48]
        now = self._now
        when = f"{now.monotonic_s:.0f}s"
        if now.utc_s is not None:
            when = datetime.fromtimestamp(now.utc_s, UTC).strftime("%Y%m%dT%H%M%SZ")
        return f"diagnostics-{station}-{now.boot}-{when}.tar.gz"

    def _job(self) -> UploadJob:
        if self._fields.job is None:
            raise ValueError("no upload is under way: the chart asked too early")
        return self._fields.job

    def _keep(self, job: UploadJob | None) -> None:
        self._set(job=job)
        self._record(UploadKept(job))
