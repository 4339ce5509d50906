"""What may be on the disk when the power goes.

Theory of operation: bytes that were not synced are there, not there, or there in part: single
sectors of 512 bytes, in any order, and a file may have grown over what is missing (zeros). A name
is there for sure only when the folder was synced; names that were not are there up to one of them,
as a journal of a file system writes them, whatever became of the bytes behind them.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Final

from tools.crash.trace import Created, Removed, Renamed, Resized, Synced, Written

FileAct = Created | Removed | Renamed | Written | Resized | Synced
Image = Mapping[str, bytes]
"""Content by name."""

_SECTOR: Final = 512
_NameAct = Created | Removed | Renamed


@dataclass(slots=True)
class _File:
    durable: bytes = b""
    pending: list[Written | Resized] = field(default_factory=list)
    _current: bytearray | None = None

    def add(self, act: Written | Resized) -> None:
        self.pending.append(act)
        if self._current is not None:
            _do(self._current, act)

    @property
    def current(self) -> bytes:
        if self._current is None:
            self._current = bytearray(self.durable)
            for act in self.pending:
                _do(self._current, act)
        return bytes(self._current)

    def sync(self) -> None:
        self.durable = self.current
        self.pending.clear()

    def torn(self, random: Random) -> bytes:
        """Each change: not there, there, or parts of it."""
        content = bytearray(self.durable)
        for act in self.pending:
            match random.choice(("none", "all", "all", "part")), act:
                case "part", Written():
                    _do_partly(content, act, random)
                case "all" | "part", _:
                    _do(content, act)
        return bytes(content)


@dataclass(slots=True)
class Disk:
    """Files by name, as the process sees them and as they are sure to be.

    ``has_sync`` False: as if the process had synced nothing.
    """

    has_sync: bool = True
    _names: dict[str, _File] = field(default_factory=dict)
    _durable: dict[str, _File] = field(default_factory=dict)
    _pending: list[tuple[_NameAct, _File]] = field(default_factory=list)

    def do(self, act: FileAct) -> None:
        """The process did this."""
        match act:
            case Written(name) | Resized(name):
                self._names[name].add(act)
            case Synced(name) if self.has_sync:
                self._sync(name)
            case Created() | Removed() | Renamed():
                file = _File() if isinstance(act, Created) else self._names[_old(act)]
                self._pending.append((act, file))
                _rename(self._names, act, file)

    def _sync(self, name: str) -> None:
        if name:
            self._names[name].sync()
        else:
            self._durable = dict(self._names)
            self._pending.clear()

    def images(self, random: Random, count: int) -> Iterator[Image]:
        """At most ``count`` different images, the corners first: nothing that was not synced, the
        names alone, everything."""
        yielded: set[int] = set()
        for image in self._some(random, count):
            digest = hash(tuple(sorted(image.items())))
            if digest not in yielded:
                yielded.add(digest)
                yield image

    def _some(self, random: Random, count: int) -> Iterator[Image]:
        yield self._image(0, lambda file: file.durable)
        yield self._image(len(self._pending), lambda file: file.current)
        yield self._image(len(self._pending), lambda file: file.durable)
        for _ in range(count - 3):
            names = random.randint(0, len(self._pending))
            yield self._image(names, lambda file: file.torn(random))

    def _image(self, names: int, content: "Callable[[_File], bytes]") -> Image:
        """With the first ``names`` changes of names that were not synced."""
        files = dict(self._durable)
        for act, file in self._pending[:names]:
            _rename(files, act, file)
        return {name: content(file) for name, file in files.items()}


def _old(act: Removed | Renamed) -> str:
    return act.old if isinstance(act, Renamed) else act.name


def _rename(files: dict[str, _File], act: _NameAct, file: _File) -> None:
    match act:
        case Created(name):
            files[name] = file
        case Removed(name):
            files.pop(name, None)
        case Renamed(old, new):
            files.pop(old, None)
            files[new] = file


def _do(content: bytearray, act: Written | Resized) -> None:
    if isinstance(act, Resized):
        del content[act.size :]
        content.extend(bytes(act.size - len(content)))
        return
    content.extend(bytes(max(0, act.offset - len(content))))
    content[act.offset : act.offset + len(act.data)] = act.data


def _do_partly(content: bytearray, act: Written, random: Random) -> None:
    """Sectors end at multiples of 512 of the file."""
    first = act.offset
    end = act.offset + len(act.data)
    while first < end:
        last = min(end, (first // _SECTOR + 1) * _SECTOR)
        if random.random() < 0.5:
            part = act.data[first - act.offset : last - act.offset]
            _do(content, Written(act.name, first, part))
        first = last
