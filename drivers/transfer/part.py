"""The image as far as it came: ``image.part``, and beside it what resuming needs to know.

Theory of operation: every mebibyte is synced, and only then noted in ``image.part.json``; after a
power cut the file counts up to there, whatever its length says. Syncing often also keeps the file
system from saving up writes that the next commit of the journal would have to wait for. The note
carries a digest of the location and the validator of the server: another location or another
version of the file starts anew. A note that is torn or missing means to start anew, too.
"""

import contextlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from drivers.transfer.config import TransferConfig
from drivers.transfer.one_try import Try, TryFailed
from drivers.transfer.words import is_full, why_disk

_SYNCED_EVERY: Final = 1024 * 1024
_MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Kept:
    """What is on disk of a file: the first ``size`` bytes of ``total``, or of a length that is not
    known; ``validator`` is the server's word for this version of it."""

    size: int
    validator: str
    total: int | None


class Part:
    """The image of one location, while it is fetched; leaving the context keeps what came."""

    def __init__(self, folder: Path, digest: str, config: TransferConfig, one_try: Try) -> None:
        self._folder = folder
        self._digest = digest
        self._config = config
        self._try = one_try
        self._validator = ""
        self._stream: BinaryIO | None = None
        self._synced = 0
        self.kept: Kept | None = None
        """What an earlier try left; None: nothing that can be gone on with."""

    def __enter__(self) -> Self:
        """Raises TryFailed when the folder cannot be used."""
        with self._disk():
            self._folder.mkdir(parents=True, exist_ok=True)
            image_of(self._folder).unlink(missing_ok=True)  # void: another one is ordered
        self.kept = self._read_note()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._stream is not None:
            with contextlib.suppress(OSError), self._stream:
                self._sync()

    def begin(self, offset: int, validator: str, total: int | None) -> None:
        """The next byte is that at ``offset`` of ``total``. Raises TryFailed, final, when the image
        is too large for the product or for the disk."""
        self._validator = validator
        self._try.done, self._try.total = offset, total
        self._refuse_large(total or 0)
        with self._disk():
            if offset == 0:
                drop_image(self._folder)
            self._refuse_full((total or 0) - offset)
            self._stream = _part_of(self._folder).open("r+b" if offset else "wb")
            self._stream.truncate(offset)
            self._stream.seek(offset)
        self._synced = offset

    def write(self, data: bytes) -> None:
        """Append. Raises TryFailed."""
        self._try.check()
        self._refuse_large(self._try.done + len(data))
        with self._disk():
            self._opened().write(data)
            self._try.count(len(data))
            if self._try.done - self._synced >= _SYNCED_EVERY:
                self._sync()
                self._refuse_full(0)

    def finish(self) -> None:
        """The server has sent all: make it the image. Raises TryFailed when bytes are missing."""
        done, total = self._try.done, self._try.total
        if total is not None and done != total:
            raise TryFailed(f"the server sent {done} of {total} bytes")
        with self._disk():
            self._sync()
            self._try.check()
            self._opened().close()
            self._stream = None
            _part_of(self._folder).replace(image_of(self._folder))
            _note_of(self._folder).unlink(missing_ok=True)
            _sync_folder(self._folder)

    # ---- the note --------------------------------------------------------------------------------

    def _sync(self) -> None:
        stream = self._opened()
        stream.flush()
        os.fdatasync(stream.fileno())
        self._synced = self._try.done
        note = {
            "location": self._digest,
            "validator": self._validator,
            "total": self._try.total,
            "size": self._synced,
        }
        new = _new_note_of(self._folder)
        new.write_text(json.dumps(note), encoding="utf-8")
        new.replace(_note_of(self._folder))

    def _read_note(self) -> Kept | None:
        """Nothing without a validator: the file may have changed at the server."""
        try:
            note = json.loads(_note_of(self._folder).read_text(encoding="utf-8"))
            length = _part_of(self._folder).stat().st_size
            kept = Kept(int(note["size"]), str(note["validator"]), note["total"])
            is_ours = note["location"] == self._digest
        except (OSError, ValueError, KeyError, TypeError):
            return None
        is_whole = kept.validator and 0 < kept.size <= length
        return kept if is_ours and is_whole else None

    # ---- limits ----------------------------------------------------------------------------------

    def _refuse_large(self, size: int) -> None:
        if size > self._config.max_image_bytes:
            limit = self._config.max_image_bytes // _MIB
            self._give_up(f"the image is larger than the {limit} MiB that this station takes")

    def _refuse_full(self, needed: int) -> None:
        if shutil.disk_usage(self._folder).free < needed + self._config.reserve_bytes:
            self._give_up("the disk of the station has no room for the image")

    def _give_up(self, why: str) -> None:
        """Nothing is kept of what can never become an image."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None
        drop_image(self._folder)
        raise TryFailed(why, is_final=True)

    def _opened(self) -> BinaryIO:
        if self._stream is None:
            raise RuntimeError("bytes came before the image was begun")
        return self._stream

    @contextlib.contextmanager
    def _disk(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if is_full(error):
                self._give_up("the disk of the station has no room for the image")
            raise TryFailed(why_disk(error, "the image")) from error


def image_of(folder: Path) -> Path:
    """The whole image."""
    return folder / "image"


def drop_image(folder: Path) -> None:
    """Remove the image and what there is of one. Raises OSError."""
    for name in (image_of, _new_note_of, _note_of, _part_of):
        name(folder).unlink(missing_ok=True)


def _part_of(folder: Path) -> Path:
    return folder / "image.part"


def _note_of(folder: Path) -> Path:
    return folder / "image.part.json"


def _new_note_of(folder: Path) -> Path:
    return folder / "image.part.new"


def _sync_folder(folder: Path) -> None:
    """A new name survives a power cut only when its folder is synced."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
