"""The power goes after any system call of an update: the next start is from a whole, good slot.

Theory of operation: one life of a station with two good and three bad versions is recorded. Every
state that the disk may be in after every call is started: the slot has to be whole, its version
one that the moment allows, and a version that never proves itself has to be left after three
starts. Four mistakes in the installer have to be found by the same life.
"""

import asyncio
import itertools
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cut_disk import Recorder, states
from image_bed import install, packed, tree

from cp.vocabulary.events_jobs import InstallFinished
from drivers.installer import disk, slots, unpack
from drivers.installer.folders import FolderSlots
from drivers.installer.slots import select_slot

SMALL = {"lib/x.py": b"content", "charts/y.toml": b"y = 1\n" * 9}
Versions = frozenset[str | None]


@dataclass(frozen=True)
class Phase:
    """A piece of life: up to the call ``end``; what a start may give during it and after it."""

    name: str
    end: int
    during: Versions
    after: Versions
    proven: Versions
    proven_after: Versions


class Life:
    """Does one thing after the other and notes where each ends."""

    def __init__(self, folder: Path, place: Path, recorder: Recorder) -> None:
        self.folder = folder
        self.place = place
        self.recorder = recorder
        self.phases: list[Phase] = []

    def do(self, name: str, act: Callable[[], object], *sets: str) -> None:
        """Each set: versions by their letters, ``-`` for the factory's; during, after, proven."""
        act()
        during, after, proven, proven_after = (
            frozenset(None if letter == "-" else letter for letter in letters)
            for letters in (*sets, *sets[2:] * (4 - len(sets)))
        )
        end = len(self.recorder.calls)
        self.phases.append(Phase(name, end, during, after, proven, proven_after))

    def install(self, version: str, running: str) -> Callable[[], object]:
        image = packed(self.place, version, SMALL)
        work = FolderSlots(self.folder, running)
        return lambda: asyncio.run(work.install(image, lambda _percent: None))

    def activate(self, slot: str, running: str) -> Callable[[], object]:
        return lambda: asyncio.run(FolderSlots(self.folder, running).activate(slot))

    def live(self) -> None:
        start = lambda: select_slot(self.folder)  # noqa: E731
        self.do("first version", self.install("1", "a"), "-", "-", "-")
        self.do("activate it", self.activate("b", "a"), "-1", "1", "-")
        self.do("its start", start, "1", "1", "-")
        self.do("it is good", lambda: slots.mark_good(self.folder, "b"), "1", "1", "-1", "1")
        self.do("a bad version", self.install("2", "b"), "1", "1", "1")
        self.do("activate that", self.activate("a", "b"), "12", "2", "1")
        self.do("its first start", start, "2", "2", "1")
        self.do("its second start", start, "2", "2", "1")
        self.do("its third start", start, "12", "1", "1")
        self.do("it is left", start, "1", "1", "1")
        self.do("one that cannot register", self.install("3", "b"), "1", "1", "1")
        self.do("activate that", self.activate("a", "b"), "13", "3", "1")
        self.do("its start", start, "3", "3", "1")
        self.do("it gives up", lambda: slots.revert(self.folder, "b"), "13", "1", "1")
        self.do("one that is never started", self.install("4", "b"), "1", "1", "1")
        self.do("activate that", self.activate("a", "b"), "14", "4", "1")
        self.do("the next good one", self.install("5", "b"), "14", "1", "1")
        self.do("activate that", self.activate("a", "b"), "15", "5", "1")
        self.do("its start", start, "5", "5", "1")
        self.do("it is good", lambda: slots.mark_good(self.folder, "a"), "5", "5", "15", "5")


def recorded(tmp_path: Path, patch: pytest.MonkeyPatch, *, has_sync: bool = True) -> Life:
    folder = tmp_path / "cp"
    folder.mkdir()
    for version in "12345":
        packed(tmp_path, version, SMALL)
    recorder = Recorder(folder, has_sync=has_sync)
    life = Life(folder, tmp_path, recorder)
    with patch.context() as patched:
        recorder.patch(patched)
        life.live()
    return life


def fault_of(place: Path, allowed: Versions, proven: Versions) -> str:
    """What is wrong with starting from this disk; empty when nothing is."""
    selected = select_slot(place)
    if selected.version not in allowed:
        return f"starts {selected.version}"
    if selected.path is not None:
        try:
            unpack.check_slot(selected.path)
        except Exception as error:
            return str(error)
    for _ in range(3):
        last = select_slot(place)
    return "" if last.version in proven else f"is stuck with {last.version}"


@pytest.fixture
def place() -> Iterator[Path]:
    """Where states of the disk are made to be looked at: in memory where there is such a place."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder) / "state"


def faults(life: Life, place: Path, *, only: str = "", most: int = 10**6) -> tuple[int, list[str]]:
    """How many different states were started, in one phase or all, and what was wrong."""
    found: list[str] = []
    seen: set[object] = set()
    for count, after_cut in states(life.recorder):
        phase = next(phase for phase in life.phases if count <= phase.end)
        if only not in ("", phase.name):
            continue
        is_after = count == phase.end
        allowed = phase.after if is_after else phase.during
        proven = phase.proven_after if is_after else phase.proven
        named = sorted(after_cut.names.items())
        content = tuple((name, after_cut.files.get(node, node)) for name, node in named)
        if (content, allowed, proven) in seen:
            continue
        seen.add((content, allowed, proven))
        after_cut.put(place)
        fault = fault_of(place, allowed, proven)
        shutil.rmtree(place)
        if fault:
            found.append(f"{phase.name}, call {count}: {fault}")
        if len(found) >= most:
            break
    return len(seen), found


def test_every_cut_starts_a_good_slot(
    tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    life = recorded(tmp_path, monkeypatch)
    count, found = faults(life, place)
    print(f"{len(life.recorder.calls)} calls, {count} states")
    assert found == []
    assert count > 200


def test_the_record_is_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Played to its end, the record gives what is really there: nothing bypasses it."""
    life = recorded(tmp_path, monkeypatch)
    last = [after for count, after in states(life.recorder) if count == len(life.recorder.calls)]
    assert tree(last[0].put(tmp_path / "played")) == tree(life.folder)


def _activated_before_the_trial(folder: Path, slot: str, previous: str) -> None:
    slots._link(folder, slot)
    slots._write_trial(folder, slots._Trial(slot, previous, 0))


def _counted_in_place(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    disk.write_file(path, (content,))
    disk.sync_folder(path.parent)


@pytest.mark.parametrize(
    "mistake", ["no sync", "no sync of names", "no rename", "order", "not settled", "not counted"]
)
def test_a_mistake_would_be_found(
    tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch, mistake: str
) -> None:
    match mistake:
        case "no sync of names":
            monkeypatch.setattr(disk, "sync_folder", lambda _folder: None)
        case "no rename":
            monkeypatch.setattr(disk, "replace_file", _counted_in_place)
        case "order":
            monkeypatch.setattr(slots, "activate", _activated_before_the_trial)
        case "not settled":
            monkeypatch.setattr(slots, "settle", lambda _folder, _running: None)
        case "not counted":
            monkeypatch.setattr(slots, "STARTS_ON_TRIAL", 1000)
    life = recorded(tmp_path, monkeypatch, has_sync=mistake != "no sync")
    only = "the next good one" if mistake == "not settled" else ""
    _, found = faults(life, place, only=only, most=1)
    assert found


def test_an_installation_after_any_cut(
    tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a cut left behind is no obstacle, and is gone after the next installation."""
    life = recorded(tmp_path, monkeypatch)
    image = packed(tmp_path, "6", SMALL)
    for _, after_cut in itertools.islice(states(life.recorder), 0, None, 97):
        after_cut.put(place)
        running = select_slot(place).slot
        if slots.is_on_trial(place, running):
            slots.mark_good(place, running)
        event = install(place, image, running)
        assert isinstance(event, InstallFinished)
        assert {path.name for path in (place / "slots").iterdir()} <= {"a", "b"}
        shutil.rmtree(place)


KILLED = """
import asyncio, itertools, sys
from pathlib import Path
from drivers.installer import slots
from drivers.installer.folders import FolderSlots
folder, place = Path(sys.argv[1]), Path(sys.argv[2])
for number in itertools.count():
    running = slots.select_slot(folder).slot
    slots.mark_good(folder, running)
    work = FolderSlots(folder, running)
    image = place / f"{number % 5 + 1}.image"
    done = asyncio.run(work.install(image, lambda percent: None))
    asyncio.run(work.activate(done.to_slot))
    print(done.version, flush=True)
"""


def test_a_killed_process_leaves_a_good_slot(tmp_path: Path) -> None:
    """A slice of what the recorded cuts prove, with a real process and a real signal."""
    folder, dice = tmp_path / "cp", random.Random(7)
    for version in "12345":
        packed(tmp_path, version, SMALL)
    for _ in range(4):
        words = [sys.executable, "-c", KILLED, str(folder), str(tmp_path)]
        with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            signal.sigtimedwait((), dice.uniform(0.0, 0.05))
            os.kill(process.pid, signal.SIGKILL)
        assert fault_of(folder, frozenset("12345"), frozenset((*"12345", None))) == ""
