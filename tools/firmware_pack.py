"""Making an image of a folder, so that the same folder always gives the same bytes.

Theory of operation: paths are sorted, times and owners left out, the mode is one bit. What cannot
be in an image (links, devices, other names at the top) is refused by name instead of left out.
Charts are checked as a start would check them, unless the folder brings packages of its own, whose
names they may use. The image is read back before it gets its name.
"""

import hashlib
import os
import stat
import zlib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from cp.reading import build_house, read_charts
from cp.vocabulary.context import Product
from cp.vocabulary.errors import Finding, SettingsError
from cp.vocabulary.keys import GENERIC
from drivers.installer.backend import InstallError
from drivers.installer.image import CHUNK, header, signed_bytes, trailer
from drivers.installer.manifest import (
    PARTS,
    File,
    Manifest,
    is_version,
    manifest_text,
    path_fault,
)
from drivers.installer.slots import VERSION
from drivers.installer.unpack import verify

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_LEFT_OUT = "__pycache__"


def pack(
    folder: Path, image: Path, version: str | None, key: "Ed25519PrivateKey | None"
) -> Manifest:
    """Write the image of this folder; ``version`` None: the folder's ``VERSION`` says it.

    Raises SettingsError for everything that a person has to mend, ChartError for the charts.
    """
    if not folder.is_dir():
        raise mistake(folder, "is no folder")
    if image.exists():
        raise mistake(image, "exists already: remove it, or choose another name")
    try:
        manifest = Manifest(_version(folder, version), tuple(_files(folder)))
        if not manifest.files:
            raise mistake(folder, f"holds neither {' nor '.join(f'{part}/' for part in PARTS)}")
        _check_charts(folder)
        image.parent.mkdir(parents=True, exist_ok=True)
        _write(folder, image, manifest, key)
    except OSError as error:
        name = Path(error.filename or image)
        raise mistake(name, f"cannot be read or written ({error.strerror})") from None
    return manifest


def mistake(file: Path, message: str) -> SettingsError:
    """One finding about a file."""
    return SettingsError((Finding(str(file), 0, message),))


def _version(folder: Path, version: str | None) -> str:
    file = folder / VERSION
    if version is None:
        if not file.is_file():
            raise mistake(file, "is missing: write the version into it, or give --version")
        version = file.read_text(encoding="utf-8", errors="replace").strip()
    if not is_version(version):
        raise mistake(file, f"{version!r:.60} is no version: 1 to 50 ASCII characters, no blanks")
    return version


def _files(folder: Path) -> Iterator[File]:
    for entry in sorted(folder.iterdir()):
        if entry.name not in (*PARTS, VERSION):
            raise mistake(entry, f"has no place in an image: only {', '.join(PARTS)}, {VERSION}")
        if entry.name in PARTS and (entry.is_symlink() or not entry.is_dir()):
            raise mistake(entry, "is no folder")
    paths = (path for part in PARTS for path in (folder / part).rglob("*"))
    for path in sorted(paths, key=lambda path: path.relative_to(folder).parts):
        name = path.relative_to(folder)
        mode = path.lstat().st_mode
        if _LEFT_OUT in name.parts or stat.S_ISDIR(mode):
            continue
        if not stat.S_ISREG(mode):
            kind = "a link" if stat.S_ISLNK(mode) else "no regular file"
            raise mistake(path, f"is {kind}: put a copy of the file there")
        fault = path_fault(name.as_posix())
        if fault:
            raise mistake(folder, fault)
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            size = stream.tell()
        yield File(name.as_posix(), size, digest, bool(mode & stat.S_IXUSR))


def _check_charts(folder: Path) -> None:
    charts = folder / "charts"
    if charts.is_dir() and not (folder / "lib").is_dir():
        build_house(read_charts(str(charts)), GENERIC, Product())


def _write(folder: Path, image: Path, manifest: Manifest, key: "Ed25519PrivateKey | None") -> None:
    text = manifest_text(manifest)
    signature = b"" if key is None else key.sign(signed_bytes(text))
    part = image.with_name(f"{image.name}.part")
    try:
        with part.open("wb") as stream:
            digest = hashlib.sha256()
            for piece in chain((header(text, signature),), _packed(folder, manifest)):
                stream.write(piece)
                digest.update(piece)
            _finish(stream, digest.hexdigest())
        verify(part)
        part.rename(image)
    except InstallError as error:
        raise mistake(folder, f"cannot be packed: {error}") from None
    finally:
        part.unlink(missing_ok=True)


def _finish(stream: BinaryIO, sha256: str) -> None:
    stream.write(trailer(sha256))
    stream.flush()
    os.fsync(stream.fileno())


def _packed(folder: Path, manifest: Manifest) -> Iterator[bytes]:
    packer = zlib.compressobj(9)
    for file in manifest.files:
        with (folder / file.path).open("rb") as stream:
            while chunk := stream.read(CHUNK):
                yield packer.compress(chunk)
    yield packer.flush()
