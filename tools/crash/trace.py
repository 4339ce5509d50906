"""Lines of strace to what a program did: to its files, and before the eyes of the world.

Theory of operation: what is said counts from the entry of its call, what is durable from the return
of its: between the two another thread may have done anything. Files are those directly in one
folder; the ballast and the transcript hold nothing that is promised to anybody. A process that ends
takes its file descriptors with it and leaves the page cache.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

LEFT_OUT: Final = ("ballast", "transcript", "charts.checked")


class TraceError(Exception):
    """A line that this reader cannot make sense of: nothing may be proven from it."""


@dataclass(frozen=True, slots=True)
class Created:
    """A name appears, with an empty file."""

    name: str


@dataclass(frozen=True, slots=True)
class Removed:
    """A name is gone."""

    name: str


@dataclass(frozen=True, slots=True)
class Renamed:
    """A file has another name; whatever had it is gone."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Written:
    """Bytes at an offset."""

    name: str
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Resized:
    """Cut, or filled with zeros."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Synced:
    """A file is on the disk; with an empty name the folder is: all its names."""

    name: str


@dataclass(frozen=True, slots=True)
class Said:
    """Bytes leave on a stream; ``stream`` 1 is what an eye sees of the station."""

    stream: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Heard:
    """Bytes arrive on a stream."""

    stream: int
    data: bytes


Act = Created | Removed | Renamed | Written | Resized | Synced | Said | Heard

_LINE: Final = re.compile(r"(\d+) +(.*)")
_WHOLE: Final = re.compile(r"(\w+)\((.*)\)\s+= (-?\d+|0x[0-9a-f]+)")
_BEGUN: Final = re.compile(r"(\w+)\((.*?),? *<unfinished \.\.\.>$")
_RESUMED: Final = re.compile(r"<\.\.\. (\w+) resumed>(.*)")
_TEXT: Final = re.compile(r'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')
_SAYING: Final = ("sendto", "sendmsg")
_UNKNOWN: Final = (
    "writev",
    "pwritev",
    "pwritev2",
    "link",
    "linkat",
    "fallocate",
    "sync_file_range",
)


@dataclass(slots=True)
class _Open:
    name: str | None
    place: int = 0
    is_appending: bool = False


@dataclass(slots=True)
class Reader:
    """Reads the trace of one process whose files are in ``folder``."""

    folder: Path
    sizes: dict[str, int] = field(default_factory=dict)
    """Of the files that exist: they outlive a process, so one dictionary serves all traces."""
    streams: int = 1
    _open: dict[int, _Open] = field(default_factory=dict)
    _lines: dict[int, int] = field(default_factory=dict)
    _begun: dict[str, str] = field(default_factory=dict)

    def acts(self, lines: Iterable[str]) -> Iterator[Act]:
        """What the process did, in order. Raises TraceError."""
        for line in lines:
            match = _LINE.match(line)
            if match is not None:
                yield from self._line(match[1], match[2])

    def _line(self, thread: str, text: str) -> Iterator[Act]:
        if begun := _BEGUN.match(text):
            self._begun[thread] = text.removesuffix("<unfinished ...>")
            if begun[1] in _SAYING:
                yield from self._say(begun[2], None)
            return
        is_said = False
        if resumed := _RESUMED.match(text):
            is_said = resumed[1] in _SAYING
            text = self._begun.pop(thread) + resumed[2]
        whole = _WHOLE.match(text)
        if whole is not None and int(whole[3], 0) >= 0 and not is_said:
            yield from self._call(whole[1], whole[2], int(whole[3], 0))

    def _call(self, call: str, rest: str, result: int) -> Iterator[Act]:
        match call:
            case "sendto" | "sendmsg":
                yield from self._say(rest, result)
            case "recvfrom" | "recvmsg":
                if (stream := self._lines.get(_fd(rest))) is not None:
                    yield Heard(stream, _joined(rest)[:result])
            case "unlink" | "unlinkat" | "rename" | "renameat" | "renameat2":
                yield from self._named(call, _texts(rest))
            case "open" | "openat" | "creat":
                yield from self._opened(rest, result, is_new=call == "creat")
            case _:
                yield from self._handled(call, rest, result)

    def _handled(self, call: str, rest: str, result: int) -> Iterator[Act]:
        """A call about an open file."""
        number = _fd(rest)
        match call:
            case "close":
                self._open.pop(number, None)
                self._lines.pop(number, None)
            case "write" | "pwrite64":
                yield from self._written(call, rest, result)
            case "lseek":
                self._open.setdefault(number, _Open(None)).place = result
            case "truncate" | "ftruncate":
                yield from self._resized(call, rest)
            case "fsync" | "fdatasync":
                yield from self._synced(number)
            case _ if number in self._open and self._open[number].name is not None:
                raise TraceError(f"{call}({rest[:80]}: this reader does not know it")

    # ---- files -----------------------------------------------------------------------------------

    def _name(self, path: bytes) -> str | None:
        """The name of a file that counts; empty: the folder itself; None: none of ours."""
        found = Path(path.decode(errors="replace"))
        if found == self.folder:
            return ""
        is_ours = found.parent == self.folder and not found.name.startswith(LEFT_OUT)
        return found.name if is_ours else None

    def _opened(self, rest: str, number: int, *, is_new: bool) -> Iterator[Act]:
        name = self._name(_texts(rest)[0])
        self._lines.pop(number, None)
        self._open[number] = _Open(name, is_appending="O_APPEND" in rest)
        if not name:
            return
        if name not in self.sizes:
            self.sizes[name] = 0
            yield Created(name)
        elif is_new or "O_TRUNC" in rest:
            self.sizes[name] = 0
            yield Resized(name, 0)

    def _written(self, call: str, rest: str, result: int) -> Iterator[Act]:
        number = _fd(rest)
        if number == 1:
            yield Said(1, _joined(rest))
        found = self._open.get(number)
        if found is None or not found.name:
            return
        offset = found.place
        if call == "pwrite64":
            offset = int(rest.rpartition(",")[2])
        elif found.is_appending:
            offset = self.sizes[found.name]
        data = _joined(rest)[:result]
        if len(data) != result:
            raise TraceError(f"{found.name}: {result} bytes were written, {len(data)} are shown")
        self.sizes[found.name] = max(self.sizes[found.name], offset + result)
        if call == "write":
            found.place = offset + result
        yield Written(found.name, offset, data)

    def _resized(self, call: str, rest: str) -> Iterator[Act]:
        size = int(rest.rpartition(",")[2])
        if call == "truncate":
            name = self._name(_texts(rest)[0])
        else:
            found = self._open.get(_fd(rest))
            name = found.name if found is not None else None
        if name:
            self.sizes[name] = size
            yield Resized(name, size)

    def _synced(self, number: int) -> Iterator[Act]:
        found = self._open.get(number)
        if found is not None and found.name is not None:
            yield Synced(found.name)

    def _named(self, call: str, paths: list[bytes]) -> Iterator[Act]:
        """A name is gone, or changes."""
        old, new = self._name(paths[0]), self._name(paths[-1])
        if (old is None) != (new is None):
            raise TraceError(f"a file crosses the border of the folder: {paths}")
        if not old or not new:
            return
        size = self.sizes.pop(old, 0)
        if call.startswith("unlink"):
            yield Removed(old)
            return
        self.sizes[new] = size
        for found in self._open.values():
            found.name = new if found.name == old else found.name
        yield Renamed(old, new)

    # ---- streams ---------------------------------------------------------------------------------

    def _say(self, rest: str, result: int | None) -> Iterator[Act]:
        """What is said on a connection to the central system: it begins with a GET."""
        number, data = _fd(rest), _joined(rest)
        if result is not None and result != len(data) and number in self._lines:
            raise TraceError(f"{len(data)} bytes were to be sent, {result} were")
        if data.startswith(b"GET "):
            self.streams += 1
            self._lines[number] = self.streams
        stream = self._lines.get(number)
        if stream is not None:
            yield Said(stream, data)


def _fd(rest: str) -> int:
    first = re.match(r"-?\d+", rest)
    return -1 if first is None else int(first[0])


def _texts(rest: str) -> list[bytes]:
    return [bytes.fromhex(text.replace("\\x", "")) for text, _ in _TEXT.findall(rest)]


def _joined(rest: str) -> bytes:
    return b"".join(_texts(rest))
