"""What the thread of one try does: fetch an image, or make the diagnostics file and send it."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from drivers.transfer.archive import Build
from drivers.transfer.config import TransferConfig, missing_library
from drivers.transfer.location import Location, read_location
from drivers.transfer.one_try import Try, TryFailed
from drivers.transfer.part import Part
from drivers.transfer.words import why_disk, why_failed

# The file and what it is made from, at most; see packing.
_ARCHIVE_BYTES: Final = 40 * 1024 * 1024


class Way(Protocol):
    """How files go to and come from a server; raises TryFailed, or what its library raises."""

    def fetch(self, location: Location, part: Part) -> None:
        """Fetch the file, or the rest of it."""

    def send(self, location: Location, file: Path, name: str) -> None:
        """Bring ``file`` there, under ``name`` where the location leaves that open."""


def outcome_of(one_try: Try, work: Callable[[], None]) -> TryFailed | None:
    """Do the work of a try; why it failed, or None. Whatever it meets, it has one outcome."""
    try:
        work()
    except TryFailed as failed:
        found = failed
    except Exception as error:
        found = TryFailed(why_failed(error))
    else:
        return None
    finally:
        one_try.let_go()
    return TryFailed(one_try.why_cut) if one_try.why_cut else found


def fetch(folder: Path, location: str, config: TransferConfig, one_try: Try) -> None:
    """Make ``folder/image`` of what is at ``location``. Raises TryFailed."""
    source = read_location(location, config.schemes)
    if source.is_directory:
        raise TryFailed("the location is a directory, and no image in it is named", is_final=True)
    way = _way(source, config, one_try)
    with Part(folder, source.digest, config, one_try) as part:
        kept = part.kept
        if kept is not None and kept.size == kept.total:
            part.begin(kept.size, kept.validator, kept.total)  # only the last step was missing
        else:
            way.fetch(source, part)
        part.finish()


def send(
    folder: Path, location: str, name: str, build: Build, config: TransferConfig, one_try: Try
) -> None:
    """Bring the diagnostics file to ``location``; it is made for each try, and removed after it.

    Its name on this disk is always the same, so that a power cut leaves one file and no more.
    Raises TryFailed.
    """
    target = read_location(location, config.schemes)
    way = _way(target, config, one_try)
    file = folder / "archive.tar.gz"
    try:
        _build(file, build, config, one_try)
        way.send(target, file, name)
    finally:
        file.unlink(missing_ok=True)


def _build(file: Path, build: Build, config: TransferConfig, one_try: Try) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(file.parent).free < _ARCHIVE_BYTES + config.reserve_bytes:
            raise TryFailed("the disk of the station has no room for the diagnostics file")
        build(file, one_try.check)
    except OSError as error:
        raise TryFailed(why_disk(error, "the diagnostics file")) from error


def _way(location: Location, config: TransferConfig, one_try: Try) -> Way:
    """The libraries are loaded by the first try that needs them."""
    if location.scheme in ("ftp", "ftps"):
        from drivers.transfer.ftp import FtpWay

        return FtpWay(config, one_try)
    if problem := missing_library():
        raise TryFailed(problem, is_final=True)
    from drivers.transfer.web import WebWay

    return WebWay(config, one_try)
