"""The port ``Transfer`` over files in the storage folder.

Theory of operation: each direction is a lane, in which one job after another runs in a thread of
its own: a job first waits for the one before, so a stopped try has left its files when the next
begins, and ``drop_image`` removes what the try before it may still be writing. Which try counts is
decided in the loop's thread alone: the one that the lane still holds when its outcome arrives. The
threads end with the process: one that waits for the resolver of names cannot be interrupted.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cp.vocabulary.events import (
    DownloadFailed,
    DownloadFinished,
    Event,
    UploadFailed,
    UploadFinished,
)
from cp.vocabulary.ports import Post, Progress
from drivers.transfer.archive import Archive
from drivers.transfer.config import TransferConfig
from drivers.transfer.one_try import Try, TryFailed

_STOPPED_WITHIN_S: Final = 2.0
_STOPPED: Final = "it was stopped"

Outcome = Callable[[TryFailed | None], Event]
Work = Callable[[Try], None]


class FileTransfer:
    """``ports.Transfer`` with ``firmware/`` and ``diagnostics/`` in ``folder``.

    ``note`` takes lines for the log, in the loop's thread: why a try failed, without credentials.
    """

    def __init__(
        self, folder: Path, config: TransferConfig, archive: Archive, note: Callable[[str], None]
    ) -> None:
        self._firmware = folder / "firmware"
        self._diagnostics = folder / "diagnostics"
        self._config = config
        self._archive = archive
        self._note = note
        self._downloads = _Lane("download")
        self._uploads = _Lane("upload")
        self._post: Post | None = None

    # ---- life ------------------------------------------------------------------------------------

    async def start(self, post: Post) -> None:
        """Remember whom to tell."""
        self._loop = asyncio.get_running_loop()
        self._post = post

    async def stop(self) -> None:
        """Stop both, and wait a moment for what came to be on disk."""
        self.stop_download()
        self.stop_upload()
        for lane in (self._downloads, self._uploads):
            await asyncio.to_thread(lane.wait, _STOPPED_WITHIN_S)

    # ---- download --------------------------------------------------------------------------------

    def download(self, number: int, location: str) -> None:
        """One try; goes on where an earlier one of the same location was stopped."""

        def work(one_try: Try) -> None:
            from drivers.transfer.work import fetch

            fetch(self._firmware, location, self._config, one_try)

        def outcome(failed: TryFailed | None) -> Event:
            if failed is None:
                return DownloadFinished(number)
            self._note(f"the download of the firmware failed: {failed.why}")
            return DownloadFailed(number, failed.why, failed.is_final)

        self.stop_download()
        self._begin(self._downloads, number, work, outcome)

    def stop_download(self) -> None:
        """Not one byte more; what came stays."""
        self._downloads.stop(_STOPPED)

    def drop_image(self) -> None:
        """Remove the image and what there is of one, once a stopped try has let go of them."""

        def job() -> None:
            from drivers.transfer.part import drop_image

            with contextlib.suppress(OSError):  # the next download says what is wrong
                drop_image(self._firmware)

        self.stop_download()
        self._downloads.run(job)

    # ---- upload ----------------------------------------------------------------------------------

    def upload(
        self,
        number: int,
        location: str,
        file_name: str,
        start_utc_s: float | None,
        stop_utc_s: float | None,
    ) -> None:
        """One try: make the file of this period and bring it to ``location``."""
        build = self._archive.begin(start_utc_s, stop_utc_s)

        def work(one_try: Try) -> None:
            from drivers.transfer.work import send

            send(self._diagnostics, location, file_name, build, self._config, one_try)

        def outcome(failed: TryFailed | None) -> Event:
            if failed is None:
                return UploadFinished(number)
            self._note(f"the upload of diagnostics failed: {failed.why}")
            return UploadFailed(number, failed.why, failed.is_final)

        self.stop_upload()
        self._begin(self._uploads, number, work, outcome)

    def stop_upload(self) -> None:
        """Not one byte more."""
        self._uploads.stop(_STOPPED)

    def progress(self) -> Progress | None:
        """The transfer that is under way; a download, if both are."""
        for lane in (self._downloads, self._uploads):
            if (one_try := lane.current) is not None:
                return Progress(lane is self._downloads, one_try.done, one_try.total)
        return None

    # ---- one try ---------------------------------------------------------------------------------

    def _begin(self, lane: "_Lane", number: int, work: Work, outcome: Outcome) -> None:
        if self._post is None:
            raise RuntimeError("a transfer was ordered before its driver was started")
        loop, post, limit_s = self._loop, self._post, self._config.total_timeout_s
        one_try = Try(number, is_local_refused=self._config.is_local_refused)
        why_late = f"it took longer than {limit_s:g} s"
        limit = loop.call_later(limit_s, one_try.cut, why_late)

        def deliver(failed: TryFailed | None) -> None:
            limit.cancel()
            if lane.current is one_try:
                lane.current = None
                post(outcome(failed))

        def job() -> None:
            from drivers.transfer.work import outcome_of

            failed = outcome_of(one_try, lambda: work(one_try))
            with contextlib.suppress(RuntimeError):  # the loop has ended before its thread
                loop.call_soon_threadsafe(deliver, failed)

        lane.current = one_try
        lane.run(job)


class _Lane:
    """Jobs of one direction, one after another; ``current`` is the try that counts."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._thread: threading.Thread | None = None
        self.current: Try | None = None

    def run(self, job: Callable[[], None]) -> None:
        before = self._thread

        def run_in_turn() -> None:
            if before is not None:
                before.join()
            job()

        self._thread = threading.Thread(target=run_in_turn, name=self._name, daemon=True)
        self._thread.start()

    def stop(self, why: str) -> None:
        if self.current is not None:
            self.current.cut(why)
            self.current = None

    def wait(self, timeout_s: float) -> None:
        if self._thread is not None:
            self._thread.join(timeout_s)
