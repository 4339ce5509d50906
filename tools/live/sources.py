"""What a station tells somebody who looks on: lines of its transcript, and its state if it has one.

Theory of operation: a bench is asked over its interface, which gives lines and state and takes
commands. Any other station is read from its transcript's file; a touched file asks it to write that
out quickly. Nothing can be commanded there.
"""

import json
import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Protocol, cast

from drivers.transcript import WATCHED_FILE
from tools.desk.transcript_lines import read_lines

State = Mapping[str, object]
_TALK_S: Final = 2.0
_MOST_SEEN: Final = 400
"""So many lines of the past are shown to who begins to look at a file."""


class GoneError(Exception):
    """The station does not answer; it may come back."""


@dataclass(frozen=True, slots=True)
class News:
    """``lines`` since the last question. ``leaves`` is filled when what came before is not known:
    the leaf of each machine before the lines. ``state`` as the bench tells it, or None."""

    lines: Sequence[str] = ()
    leaves: Mapping[str, str] | None = None
    state: State | None = None


class Source(Protocol):
    """A station to look at; ``can_drive``: it takes commands of the bench."""

    can_drive: bool

    def ask(self, wants_state: bool) -> News:
        """What is new; blocks a moment at most. Raises GoneError."""

    def close(self) -> None:
        """Look away."""


# ---- bench ---------------------------------------------------------------------------------------


class BenchSource:
    """The interface of a bench: one connection for looking; each command has its own."""

    def __init__(self, host: str, port: int, *, can_drive: bool = True) -> None:
        self.can_drive = can_drive
        self._address = (host, port)
        self._socket: socket.socket | None = None
        self._stream: BinaryIO | None = None
        self._after = 0

    def ask(self, wants_state: bool) -> News:
        """Raises GoneError."""
        if self._stream is None:
            return self._begin()
        answer = self._talk({"cmd": "watch", "after": self._after})
        last, lines = cast("int", answer["last"]), cast("list[str]", answer["lines"])
        if last - len(lines) > self._after:
            return self._from_now()
        self._after = last
        state = self._talk({"cmd": "state"}) if wants_state or lines else None
        return News(lines, None, state)

    def _begin(self) -> News:
        self.close()
        try:
            self._socket = socket.create_connection(self._address, _TALK_S)
        except OSError as error:
            raise GoneError(str(error.strerror or error)) from None
        self._stream = cast("BinaryIO", self._socket.makefile("rwb"))
        return self._from_now()

    def _from_now(self) -> News:
        """Lines from now on, and the state that they change: asked in this order, a line may be
        told twice, and none is lost."""
        self._after = cast("int", self._talk({"cmd": "watch", "after": 2**53 - 1})["last"])
        state = self._talk({"cmd": "state"})
        machines = cast("Mapping[str, Sequence[str]]", state["machines"])
        return News((), {name: active[-1] for name, active in machines.items() if active}, state)

    def _talk(self, command: Mapping[str, object]) -> dict[str, object]:
        assert self._stream is not None
        try:
            answer = talk(self._stream, command)
        except (OSError, ValueError) as error:
            self.close()
            raise GoneError(str(error)) from None
        if not answer.get("ok"):
            self.close()
            raise GoneError(f"no bench of this release: {answer.get('error')}")
        return answer

    def drive(self, command: Mapping[str, object]) -> dict[str, object]:
        """The answer of the bench to one command. Raises GoneError; a power cut has no answer."""
        try:
            with (
                socket.create_connection(self._address, _TALK_S) as talking,
                talking.makefile("rwb") as stream,
            ):
                return talk(cast("BinaryIO", stream), command)
        except (OSError, ValueError) as error:
            if command.get("cmd") == "power_cut":
                return {"ok": True}
            raise GoneError(str(error)) from None

    def close(self) -> None:
        """Hang up."""
        for item in (self._stream, self._socket):
            if item is not None:
                item.close()
        self._stream = self._socket = None


def talk(stream: BinaryIO, command: Mapping[str, object]) -> dict[str, object]:
    """One line to the bench and its answer. Raises OSError and ValueError."""
    stream.write(json.dumps(command).encode() + b"\n")
    stream.flush()
    line = stream.readline()
    if not line:
        raise ConnectionError("the station hung up")
    answer = json.loads(line)
    if not isinstance(answer, dict):
        raise ValueError("this is no bench")
    return answer


# ---- file ----------------------------------------------------------------------------------------


class FileSource:
    """The transcript's file in a storage folder, followed over rotations."""

    can_drive = False

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: BinaryIO | None = None
        self._rest = b""

    def ask(self, wants_state: bool) -> News:
        """Raises GoneError."""
        try:
            if wants_state:
                (self._folder / WATCHED_FILE).touch()
            if self._file is None:
                return self._begin()
            data = self._file.read()
            if not data and self._is_rotated():
                self._file.close()
                self._file = self._path.open("rb")
                data = self._file.read()
        except OSError as error:
            self._file = None
            raise GoneError(f"{error.filename or self._folder}: {error.strerror}") from None
        *lines, self._rest = (self._rest + data).split(b"\n")
        return News([line.decode(errors="replace") for line in lines])

    @property
    def _path(self) -> Path:
        return self._folder / "transcript.txt"

    def _is_rotated(self) -> bool:
        assert self._file is not None
        try:
            return not os.path.samestat(self._path.stat(), os.fstat(self._file.fileno()))
        except FileNotFoundError:
            return False

    def _begin(self) -> News:
        """The last lines, and what all before them led to."""
        self._file = self._path.open("rb")
        *whole, self._rest = self._file.read().split(b"\n")
        lines = [line.decode(errors="replace") for line in whole]
        past, seen = lines[:-_MOST_SEEN], lines[-_MOST_SEEN:]
        anchors = [line for line in past if line.startswith("# boot ")]
        leaves: dict[str, str] = {}
        for boot in read_lines(past)[-1:]:
            for turn in boot.turns:
                leaves |= {step.machine: step.now for step in turn.steps if step.now}
        return News([*anchors[-1:], *seen], leaves)

    def close(self) -> None:
        """Let the station be lazy again."""
        if self._file is not None:
            self._file.close()
        (self._folder / WATCHED_FILE).unlink(missing_ok=True)
