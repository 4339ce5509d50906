"""Where a transcript comes from: a file, the rotated files of a station, or a diagnostics file.

Theory of operation: a device keeps ``transcript.txt`` and older files beside it; a diagnostics file
(``drivers/transfer/packing``) holds one, with the hashes of the charts that ran. What is cut off or
damaged is read as far as it can be, and ``notes`` say what is missing.
"""

import hashlib
import io
import json
import re
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cp.reading import load_settings
from cp.settings import Settings

_ROTATED: Final = re.compile(r"transcript(?:\.(\d+))?\.txt")
_LINES: Final = "transcript.txt"
_DOCUMENTS: Final = ("charts.json", "configuration.json", "manifest.json", "station.json")
_SET_KEY: Final = re.compile(r"^\S+   record key_set name=(\w+) ", re.MULTILINE)
_BLOCK_BYTES: Final = 256
"""Bytes unpacked at once: so much is lost before a damage, at most."""
_MOST_BYTES: Final = 256 * 1024 * 1024
"""A station keeps 64 MiB; more is no transcript of ours."""


class SourceError(Exception):
    """Nothing can be read; the text names the file and tells the mend."""


@dataclass(frozen=True, slots=True)
class Source:
    """``text`` of all files, oldest first; ``notes`` what is missing of it.

    ``settings``  of the station file that was named, else None.
    ``charts``    SHA-256 of the charts that ran by name; empty where nobody says.
    ``keys``      configuration keys of a new device; empty where nobody says.
    ``profile``   of the station; empty where nobody says.
    """

    name: str
    text: str
    notes: tuple[str, ...] = ()
    settings: Settings | None = None
    charts: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)
    profile: str = ""


def read_source(path: Path) -> Source:
    """What a file, a folder, a diagnostics file or a station file (``.toml``) leads to.

    Raises SourceError, and SettingsError for a station file with mistakes.
    """
    if path.suffix == ".toml":
        settings = load_settings(str(path))
        text, notes = _read_folder(Path(settings.storage_dir))
        return Source(str(path), text, notes, settings)
    try:
        if path.is_dir():
            return Source(str(path), *_read_folder(path))
        with path.open("rb") as stream:
            is_packed = stream.read(2) == b"\x1f\x8b"
        return _read_packed(path) if is_packed else Source(str(path), *_decoded(_bytes(path)))
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror or error}") from None


def _read_folder(folder: Path) -> tuple[str, tuple[str, ...]]:
    """All rotated files, oldest first."""
    found = {
        int(match[1] or 0): path
        for path in (folder.iterdir() if folder.is_dir() else ())
        if (match := _ROTATED.fullmatch(path.name))
    }
    if not found:
        raise SourceError(f"{folder} holds no transcript.txt: has the station run?")
    missing = sorted(set(range(max(found))) - set(found))
    gaps = tuple(f"transcript.{number}.txt is missing: a part is not there" for number in missing)
    text, notes = _decoded(b"".join(_bytes(found[key]) for key in sorted(found, reverse=True)))
    return text, gaps + notes


def _bytes(path: Path) -> bytes:
    if path.stat().st_size > _MOST_BYTES:
        raise SourceError(f"{path} is longer than {_MOST_BYTES >> 20} MiB: it is no transcript")
    return path.read_bytes()


def _decoded(data: bytes) -> tuple[str, tuple[str, ...]]:
    """Lines; a last one without an end was cut off."""
    text = data.decode(errors="replace")
    if not text or text.endswith("\n"):
        return text, ()
    whole, _, rest = text.rpartition("\n")
    note = f"the last line is cut off after {len(rest)} characters and left out"
    return f"{whole}\n" if whole else "", (note,)


# ---- diagnostics ---------------------------------------------------------------------------------


def _read_packed(path: Path) -> Source:
    """A tar.gz, read until its end or its damage."""
    data, damage = _unzipped(path.read_bytes())
    contents: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(data)) as bundle:
            for member in bundle:
                if member.name in (_LINES, *_DOCUMENTS):
                    # Sliced, not read: of a file that is cut off the beginning counts too.
                    end = member.offset_data + member.size
                    contents[member.name] = data[member.offset_data : end]
                    damage = damage or ("is cut off" if end > len(data) else "")
    except tarfile.TarError:
        damage = damage or "is damaged"
    notes = [f"the archive {damage}: it is read as far as it goes"] if damage else []
    if _LINES not in contents:
        raise SourceError(f"{path} holds no transcript.txt{f': it {damage}' if damage else ''}")
    text, cut = _decoded(contents[_LINES])
    notes += [*_hash_notes(contents), *cut]
    charts = _texts(_document(contents, "charts.json"))
    return Source(str(path), text, tuple(notes), None, charts, *_new_device(contents, text))


def _new_device(contents: Mapping[str, bytes], text: str) -> tuple[dict[str, str], str]:
    """Keys and profile. An archive without them has the values of its upload only: of those that
    the transcript sets, what they were at first is not known."""
    station = _document(contents, "station.json")
    if keys := _texts(station.get("keys")):
        return keys, str(station.get("profile", ""))
    keys, changed = _texts(_document(contents, "configuration.json")), set(_SET_KEY.findall(text))
    return {name: value for name, value in keys.items() if name not in changed}, ""


def _unzipped(packed: bytes) -> tuple[bytes, str]:
    """All that can be unpacked, and what is wrong with the rest; empty: nothing."""
    unzip = zlib.decompressobj(wbits=31)  # the format of gzip
    found = bytearray()
    try:
        for at in range(0, len(packed), _BLOCK_BYTES):
            found += unzip.decompress(packed[at : at + _BLOCK_BYTES])
            if len(found) > _MOST_BYTES:
                raise SourceError(f"it unpacks to more than {_MOST_BYTES >> 20} MiB")
    except zlib.error:
        return bytes(found), "is damaged"
    return bytes(found), "" if unzip.eof else "is cut off"


def _hash_notes(contents: Mapping[str, bytes]) -> Iterator[str]:
    """Whether the lines are those that the station packed."""
    try:
        packed = json.loads(contents["manifest.json"])["files"][_LINES]["sha256"]
    except (KeyError, TypeError, ValueError):
        yield "manifest.json is missing or damaged: whether the lines are whole is not known"
        return
    if packed != hashlib.sha256(contents[_LINES]).hexdigest():
        yield "transcript.txt is not what the station packed: its hash differs"


def _document(contents: Mapping[str, bytes], name: str) -> dict[str, object]:
    try:
        found = json.loads(contents.get(name, b"{}"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _texts(found: object) -> dict[str, str]:
    items = found.items() if isinstance(found, dict) else ()
    return {str(key): item for key, item in items if isinstance(item, str)}
