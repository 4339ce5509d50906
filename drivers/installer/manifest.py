"""The manifest of an image: its version and every file, strictly read.

Theory of operation: JSON with exactly these keys, whatever else is refused; the form can express
neither links nor devices nor owners. A path lies below ``charts/`` or ``lib/``, has only plain
parts, and is no folder of another one, so that unpacking cannot leave its slot.

    {"format": 1, "version": "1.2.0",
     "files": [{"path": "lib/cp/daemon.py", "size": 1234, "sha256": "...", "executable": false}]}
"""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Final, cast

from cp.vocabulary.lean import dataclass
from drivers.installer.backend import InstallError

FORMAT: Final = 1
PARTS: Final = ("charts", "lib")
"""What an image may bring: a set of charts, and packages that go before the installed ones."""

MOST_FILES: Final = 20_000
_MOST_PATH: Final = 255
_VERSION: Final = re.compile(r"[!-~]{1,50}")  # CiString50 of BootNotification, without blanks
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class File:
    """One regular file; ``size`` in bytes, ``path`` with slashes, below the slot."""

    path: str
    size: int
    sha256: str
    is_executable: bool


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an image holds."""

    version: str
    files: tuple[File, ...]

    @property
    def size(self) -> int:
        """All files together, in bytes."""
        return sum(file.size for file in self.files)


def manifest_text(manifest: Manifest) -> bytes:
    """The one text of a manifest: the same manifest, the same bytes."""
    files = [
        {
            "path": file.path,
            "size": file.size,
            "sha256": file.sha256,
            "executable": file.is_executable,
        }
        for file in manifest.files
    ]
    content = {"format": FORMAT, "version": manifest.version, "files": files}
    return json.dumps(content, indent=1).encode() + b"\n"


def read_manifest(text: bytes) -> Manifest:
    """The manifest of this text. Raises InstallError, which names the first mistake."""
    try:
        content = json.loads(text, object_pairs_hook=_without_duplicates)
    except (ValueError, RecursionError):
        raise InstallError("the manifest is no JSON text of ours") from None
    fields = _fields(content, {"format", "version", "files"}, "the manifest")
    if fields["format"] != FORMAT:
        raise InstallError(f"the manifest has format {fields['format']!r:.20}, not {FORMAT}")
    version, files = fields["version"], fields["files"]
    if not is_version(version):
        raise InstallError("the version has to be 1 to 50 ASCII characters without blanks")
    if not isinstance(files, list) or not files or len(files) > MOST_FILES:
        raise InstallError(f"the manifest has to name 1 to {MOST_FILES} files")
    manifest = Manifest(str(version), tuple(_file(item) for item in files))
    _refuse_clashes([file.path for file in manifest.files])
    return manifest


def is_version(text: object) -> bool:
    """Whether this can be a version."""
    return isinstance(text, str) and _VERSION.fullmatch(text) is not None


def path_fault(path: object) -> str:
    """Why this is no path of a file in an image; empty when it is one."""
    if not isinstance(path, str) or not path.isprintable() or "\\" in path:
        return f"the path {path!r:.60} has characters that a path may not have"
    if len(path.encode()) > _MOST_PATH:
        return f"the path {path:.60}... is longer than {_MOST_PATH} bytes"
    if path.startswith("/"):
        return f"the path {path} is absolute"
    parts = path.split("/")
    if ".." in parts:
        return f"the path {path} leads out of the slot"
    if len(parts) < 2 or parts[0] not in PARTS or {"", "."} & {*parts}:
        return f"the path {path} does not lie below {' or '.join(f'{part}/' for part in PARTS)}"
    return ""


def _file(item: object) -> File:
    fields = _fields(item, {"path", "size", "sha256", "executable"}, "a file of the manifest")
    path, size, sha256 = fields["path"], fields["size"], fields["sha256"]
    fault = path_fault(path)
    if fault:
        raise InstallError(fault)
    if type(size) is not int or size < 0:
        raise InstallError(f"the size of {path} is no number of bytes")
    if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
        raise InstallError(f"the sha256 of {path} is none")
    if not isinstance(fields["executable"], bool):
        raise InstallError(f"executable of {path} has to be true or false")
    return File(str(path), size, sha256, fields["executable"])


def _fields(content: object, names: set[str], what: str) -> Mapping[str, object]:
    if not isinstance(content, dict) or content.keys() != names:
        raise InstallError(f"{what} has to have exactly the keys {', '.join(sorted(names))}")
    return cast("Mapping[str, object]", content)


def _refuse_clashes(paths: Sequence[str]) -> None:
    folders = {str(parent) for path in paths for parent in PurePosixPath(path).parents}
    seen: set[str] = set()
    for path in paths:
        if path in seen or path in folders:
            raise InstallError(f"the path {path} is there twice")
        seen.add(path)


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("a key is there twice")
    return content
