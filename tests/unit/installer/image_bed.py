"""Images for tests: right ones, and ones that are wrong in exactly one way."""

import asyncio
import hashlib
import json
import zlib
from collections.abc import Mapping
from pathlib import Path

from cp.vocabulary.event import Event
from drivers.installer.folders import FolderSlots
from drivers.installer.image import MAGIC, header, trailer
from drivers.installer.installer import SlotInstaller
from tools.firmware_pack import pack

FILES: Mapping[str, bytes] = {
    "lib/product/__init__.py": b"",
    "lib/product/words.py": b"WORD = 'new'\n" * 40,
    "lib/tool": b"#!/bin/sh\n",
}


def source(folder: Path, version: str, files: Mapping[str, bytes] = FILES) -> Path:
    """A folder to be packed."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (folder / "VERSION").write_text(f"{version}\n")
    return folder


def packed(place: Path, version: str, files: Mapping[str, bytes] = FILES) -> Path:
    """A good image of this version."""
    image = place / f"{version}.image"
    if not image.exists():
        pack(source(place / f"source-{version}", version, files), image, None, None)
    return image


def entry(path: str, content: bytes, **other: object) -> dict[str, object]:
    """A file of a manifest; ``other`` fields as they are."""
    digest = hashlib.sha256(content).hexdigest()
    right = {"path": path, "size": len(content), "sha256": digest, "executable": False}
    return {**right, **other}


def written(place: Path, manifest: object, payload: bytes, behind: bytes = b"") -> Path:
    """An image with this manifest, right or wrong, and these bytes for all files."""
    text = manifest if isinstance(manifest, bytes) else json.dumps(manifest).encode()
    return sealed(place, header(text, b"") + zlib.compress(payload) + behind)


def sealed(place: Path, body: bytes) -> Path:
    """The last line put behind these bytes, which need not be an image."""
    file = place / "crafted.image"
    file.write_bytes(body + trailer(hashlib.sha256(body).hexdigest()))
    return file


def manifest(*entries: object, **other: object) -> dict[str, object]:
    """A manifest of these files."""
    return {"format": 1, "version": "9", "files": list(entries), **other}


def started_with(text: bytes) -> bytes:
    """An image's beginning with this line behind the first."""
    return MAGIC + text


async def run_install(folder: Path, image: Path, running: str = "a", **more: object) -> Event:
    """The event that one installation ends with."""
    installer = SlotInstaller(FolderSlots(folder, running, **more), image)  # type: ignore[arg-type]
    events: asyncio.Queue[Event] = asyncio.Queue()
    await installer.start(events.put_nowait)
    await events.get()
    installer.install(7)
    event = await events.get()
    await installer.stop()
    assert events.empty()
    return event


def install(folder: Path, image: Path, running: str = "a", **more: object) -> Event:
    """The same, from outside a loop."""
    return asyncio.run(run_install(folder, image, running, **more))


def tree(folder: Path) -> dict[str, bytes | str]:
    """Everything below a folder."""
    found: dict[str, bytes | str] = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = str(path.readlink())
        else:
            found[name] = path.read_bytes() if path.is_file() else ""
    return found
