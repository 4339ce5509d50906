"""An image becomes a slot: everything is checked first, then written beside, then renamed.

Theory of operation: the image is read twice. The first time nothing is written; the second time
every byte is checked again, for the file could have changed. The new slot is complete and on disk
under another name before the old content of that slot is moved out of the way.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from drivers.installer import disk
from drivers.installer.backend import InstallError
from drivers.installer.config import MOST_BYTES
from drivers.installer.image import Image, each_file, read_image
from drivers.installer.manifest import Manifest, read_manifest
from drivers.installer.signature import check_signature, read_public_key
from drivers.installer.slots import MANIFEST, VERSION

_SPARE_BYTES: Final = 1024 * 1024

Step = Callable[[int], None]
"""Called with each piece's bytes; what it raises ends the work."""


def verify(
    file: Path,
    public_key_file: Path | None = None,
    most_bytes: int = MOST_BYTES,
    step: Step = lambda _bytes: None,
) -> Image:
    """The image in this file, every byte of it checked; nothing is written.

    Raises InstallError for an image that is refused, SettingsError for the key, OSError.
    """
    key = None if public_key_file is None else read_public_key(public_key_file)
    image = read_image(file, most_bytes)
    if key is not None:
        check_signature(key, image.signed, image.signature)
    for _, chunks in each_file(image):
        for chunk in chunks:
            step(len(chunk))
    return image


def unpack(image: Image, slot: Path, step: Step = lambda _bytes: None) -> None:
    """Write a verified image to this slot; when it raises, the slot is as it was.

    Raises InstallError, OSError, and what ``step`` raises.
    """
    new, old = slot.with_name(f"{slot.name}.new"), slot.with_name(f"{slot.name}.old")
    disk.make_folder(slot.parent)
    for left in (*slot.parent.glob("*.new"), *slot.parent.glob("*.old")):
        disk.remove_tree(left)  # what a power cut left
    _need_room(slot.parent, image.manifest.size)
    try:
        _write(image, new, step)
        _exchange(new, slot, old)
    except (InstallError, OSError):
        disk.remove_tree(new)
        raise
    disk.remove_tree(old)


def check_slot(slot: Path) -> Manifest:
    """The manifest of this slot, with which every file agrees. Raises InstallError, OSError."""
    try:
        manifest = read_manifest((slot / MANIFEST).read_bytes())
        version = (slot / VERSION).read_text(encoding="utf-8", errors="replace")
        for file in manifest.files:
            with (slot / file.path).open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
            if digest != file.sha256:
                raise InstallError(f"{slot / file.path} has changed since it was installed")
    except FileNotFoundError as error:
        raise InstallError(f"slot {slot.name} is not whole: {error.filename} is missing") from None
    if version != f"{manifest.version}\n":
        raise InstallError(f"{slot / VERSION} has changed since it was installed")
    return manifest


def _write(image: Image, new: Path, step: Step) -> None:
    new.mkdir()
    folders = {new}
    for file, chunks in each_file(image):
        path = new / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        folders.update(parent for parent in path.parents if parent.is_relative_to(new))
        disk.write_file(path, _stepped(chunks, step), is_executable=file.is_executable)
    disk.write_file(new / VERSION, (f"{image.manifest.version}\n".encode(),))
    disk.write_file(new / MANIFEST, (image.text,))
    for folder in folders:
        disk.sync_folder(folder)


def _exchange(new: Path, slot: Path, old: Path) -> None:
    try:
        if slot.exists():
            slot.rename(old)
        new.rename(slot)
        disk.sync_folder(slot.parent)
    except OSError:
        if not new.exists():
            slot.rename(new)
        if old.exists():
            old.rename(slot)
        raise


def _stepped(chunks: Iterator[bytes], step: Step) -> Iterator[bytes]:
    for chunk in chunks:
        step(len(chunk))
        yield chunk


def _need_room(folder: Path, size: int) -> None:
    facts = os.statvfs(folder)
    free = facts.f_bavail * facts.f_frsize
    if free < size + _SPARE_BYTES:
        raise InstallError(f"there is no room: {size + _SPARE_BYTES} bytes are needed, {free} free")
