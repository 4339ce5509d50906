"""Changes of the disk that a power cut leaves done or undone, never half done.

Theory of operation: a file is written under a name that nobody reads, synced, and renamed; a link
is made beside the old one and renamed over it. A name is on disk when its folder is synced.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

_NEW_FILE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def write_file(path: Path, chunks: Iterable[bytes], *, is_executable: bool = False) -> None:
    """A new file whose content is on disk when this returns; its name is not. Raises OSError."""
    handle = os.open(path, _NEW_FILE, 0o755 if is_executable else 0o644)
    try:
        for chunk in chunks:
            rest = memoryview(chunk)
            while rest:
                rest = rest[os.write(handle, rest) :]
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_folder(folder: Path) -> None:
    """The names in this folder are on disk when this returns. Raises OSError."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(folder: Path) -> None:
    """This folder and those above it, all on disk; one that exists stays. Raises OSError."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir()
        sync_folder(folder.parent)


def replace_file(path: Path, content: bytes) -> None:
    """The file holds this content, or after a power cut the old one. Raises OSError."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    write_file(new, (content,))
    new.rename(path)
    sync_folder(path.parent)


def replace_link(path: Path, target: str) -> None:
    """The link leads to this target, or after a power cut to the old one. Raises OSError."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    new.symlink_to(target)
    new.rename(path)
    sync_folder(path.parent)


def remove_file(path: Path) -> None:
    """The file is gone for good; nothing if there is none. Raises OSError."""
    if path.exists():
        path.unlink()
        sync_folder(path.parent)


def remove_tree(folder: Path) -> None:
    """A folder with all that is in it; nothing if there is none. Raises OSError."""
    for place, folders, files in os.walk(folder, topdown=False):
        for name in files:
            (Path(place) / name).unlink()
        for name in folders:
            inner = Path(place) / name
            inner.unlink() if inner.is_symlink() else inner.rmdir()
    if folder.is_dir():
        folder.rmdir()
