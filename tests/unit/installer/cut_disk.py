"""A disk whose power can be cut: system calls are recorded, and played up to any of them.

Theory of operation: while ``Recorder`` is on, the calls of ``os`` that change files below a folder
are written down as they are made. ``states`` then gives what may be on the disk when the power went
after a call. Two kinds of file systems are modeled: one that keeps the order of names and writes
them with any sync, and one where a name is there for sure only when its own folder was synced, so
that all others, or any one of them, may be lost. Bytes that were not synced are all there, not
there, or half there.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

Call = tuple[str, ...]
Node = str | int | None
"""What a name is: a link to a text, the file of this number, or a folder."""


@dataclass
class Disk:
    """Names below the folder, and the bytes of the files behind them."""

    names: dict[str, Node] = field(default_factory=dict)
    files: dict[int, bytes] = field(default_factory=dict)

    def put(self, folder: Path) -> Path:
        """Make it real."""
        folder.mkdir()
        for name, node in sorted(self.names.items()):
            path = folder / name
            if node is None:
                path.mkdir()
            elif isinstance(node, str):
                path.symlink_to(node)
            else:
                path.write_bytes(self.files[node])
        return folder

    def name(self, call: Call) -> None:
        """A change of names; one whose ground is missing is lost with it."""
        match call:
            case ("create", path, number) if self._has_parent(path):
                self.names[path] = int(number)
                self.files.setdefault(int(number), b"")
            case ("mkdir", path) if self._has_parent(path):
                self.names[path] = None
            case ("symlink", target, path) if self._has_parent(path):
                self.names[path] = target
            case ("unlink", path):
                self.names.pop(path, None)
            case ("rmdir", path) if not any(name.startswith(f"{path}/") for name in self.names):
                self.names.pop(path, None)
            case ("rename", old, new) if old in self.names:
                self._rename(old, new)

    def _has_parent(self, path: str) -> bool:
        return "/" not in path or path.rpartition("/")[0] in self.names

    def _rename(self, old: str, new: str) -> None:
        moved = {
            new + name[len(old) :]: self.names.pop(name)
            for name in list(self.names)
            if name == old or name.startswith(f"{old}/")
        }
        for name in list(self.names):
            if name == new or name.startswith(f"{new}/"):
                del self.names[name]
        self.names |= moved


class Recorder:
    """Writes down the calls below ``folder``; ``has_sync`` False: as if nothing were synced."""

    def __init__(self, folder: Path, *, has_sync: bool = True) -> None:
        self._folder = f"{folder}/"
        self._has_sync = has_sync
        self._handles: dict[int, Call] = {}
        self._last_file = 0
        self.calls: list[Call] = []
        self.bytes: list[bytes] = []

    def patch(self, patch: pytest.MonkeyPatch) -> None:
        """Record from now on."""
        for name in ("mkdir", "unlink", "rmdir", "rename", "symlink"):
            patch.setattr(os, name, self._naming(name, getattr(os, name)))
        for name in ("open", "write", "fsync"):
            patch.setattr(os, name, getattr(self, f"_{name}")(getattr(os, name)))

    def _below(self, path: object) -> str | None:
        text = os.fspath(path) if isinstance(path, str | os.PathLike) else ""
        text = f"{text}/" if f"{text}/" == self._folder else str(text)
        return text[len(self._folder) :] if text.startswith(self._folder) else None

    def _naming(self, name: str, real: Callable[..., object]) -> Callable[..., object]:
        def call(*words: object, **named: object) -> object:
            result = real(*words, **named)
            paths = [self._below(word) for word in words]
            if name == "symlink" and paths[1] is not None:
                self.calls.append((name, str(words[0]), paths[1]))
            elif name == "rename" and paths[0] is not None:
                self.calls.append((name, paths[0], str(paths[1])))
            elif name not in ("rename", "symlink") and paths[0] is not None:
                self.calls.append((name, paths[0]))
            return result

        return call

    def _open(self, real: Callable[..., int]) -> Callable[..., int]:
        def call(path: object, flags: int, *words: object, **named: object) -> int:
            handle = real(path, flags, *words, **named)
            below = self._below(path)
            if below is not None and flags & os.O_CREAT:
                self._last_file += 1
                self._handles[handle] = ("fsync", str(self._last_file))
                self.calls.append(("create", below, str(self._last_file)))
            else:
                self._handles[handle] = ("sync", below) if below is not None else ()
            return handle

        return call

    def _write(self, real: Callable[..., int]) -> Callable[..., int]:
        def call(handle: int, data: bytes) -> int:
            size = real(handle, data)
            if self._handles.get(handle):
                self.bytes.append(bytes(data[:size]))
                number = self._handles[handle][1]
                self.calls.append(("write", number, str(len(self.bytes) - 1)))
            return size

        return call

    def _fsync(self, real: Callable[[int], None]) -> Callable[[int], None]:
        def call(handle: int) -> None:
            real(handle)
            if self._handles.get(handle) and self._has_sync:
                self.calls.append(self._handles[handle])

        return call


def states(recorder: Recorder) -> Iterator[tuple[int, Disk]]:
    """Each number of calls, with what may be on the disk when the power went after so many."""
    calls = recorder.calls
    safe_from = [_synced_at(calls, place) for place in range(len(calls))]
    for count in range(len(calls) + 1):
        syncs = [place for place in range(count) if calls[place][0] in ("sync", "fsync")]
        unsynced = {place for place in range(count) if safe_from[place] >= count}
        lost: list[set[int]] = [set(), {*range(syncs[-1] if syncs else 0, count)}, unsynced]
        named: list[Disk] = []
        for missing in (*lost, *({place} for place in unsynced)):
            named.append(Disk())
            for place, call in enumerate(calls[:count]):
                if place not in missing:
                    named[-1].name(call)
        for disk in named:
            for contents in _contents(recorder, count):
                yield count, Disk(disk.names, {n: contents.get(n, b"") for n in disk.files})


def _synced_at(calls: list[Call], place: int) -> int:
    """The call after which this change of names is on any disk."""
    name, *words = calls[place]
    if name not in ("create", "mkdir", "unlink", "rmdir", "rename", "symlink"):
        return place
    path = words[0] if name == "create" else words[-1]
    wanted = ("sync", path.rpartition("/")[0])
    return next((later for later in range(place, len(calls)) if calls[later] == wanted), len(calls))


def _contents(recorder: Recorder, count: int) -> tuple[dict[int, bytes], ...]:
    """The bytes of each file: all, only what was synced, and half of the rest."""
    safe: dict[int, bytes] = {}
    every: dict[int, bytes] = {}
    for call in recorder.calls[:count]:
        number = int(call[1]) if call[0] in ("write", "fsync") else 0
        if call[0] == "write":
            every[number] = every.get(number, b"") + recorder.bytes[int(call[2])]
        elif call[0] == "fsync":
            safe[number] = every.get(number, b"")
    half = {
        number: data[: (len(data) + len(safe.get(number, b""))) // 2]
        for number, data in every.items()
    }
    return every, safe, half
