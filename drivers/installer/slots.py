"""Which of two folders is started: the link, the trial, and the way back.

Theory of operation: ``current`` names the slot. Before it is turned to another one, ``trial.json``
names that slot, the one before, and how often it was started; a trial of a slot that ``current``
does not name is void, so that either of the two writes may be the last before a power cut. Each
start on trial is counted on disk *before* the slot runs. The third one that did not end in
``mark_good`` was the last: the next start is from the slot before. Whatever cannot be read or
counted is decided for the older slot, and a slot that is not there is the installed package.
"""

import json
from pathlib import Path
from typing import Final

from cp.vocabulary.lean import dataclass
from drivers.installer import disk

FACTORY: Final = "a"
"""The slot that runs before anything was installed."""

MANIFEST: Final = "manifest.json"
VERSION: Final = "VERSION"
STARTS_ON_TRIAL: Final = 3

_OTHER: Final = {"a": "b", "b": "a"}


@dataclass(frozen=True, slots=True)
class Selected:
    """The slot that runs; without a path it is the package that was installed with the system."""

    slot: str
    path: Path | None = None
    version: str | None = None

    @property
    def charts(self) -> Path | None:
        """The charts of this slot; None: those of the package that runs."""
        return self._part("charts")

    @property
    def lib(self) -> Path | None:
        """Packages of this slot that go before the installed ones."""
        return self._part("lib")

    def _part(self, name: str) -> Path | None:
        if self.path is None or not (self.path / name).is_dir():
            return None
        return self.path / name


@dataclass(frozen=True, slots=True)
class _Trial:
    slot: str
    previous: str
    starts: int


def select_slot(folder: Path) -> Selected:
    """The slot to run now. A start of a slot on trial is counted; never raises."""
    slot = linked_slot(folder)
    trial = _read_trial(folder, slot)
    if trial is None:
        return find_slot(folder, slot)
    try:
        if trial.starts < STARTS_ON_TRIAL and _version(folder, slot) is not None:
            _write_trial(folder, _Trial(slot, trial.previous, trial.starts + 1))
            return find_slot(folder, slot)
        revert(folder, trial.previous)
    except OSError:
        pass  # a start that cannot be counted could be one of too many
    return find_slot(folder, trial.previous)


def find_slot(folder: Path, slot: str) -> Selected:
    """This slot as it is on disk, or the factory's if it is not there; nothing is counted."""
    version = _version(folder, slot)
    if version is not None:
        return Selected(slot, slot_path(folder, slot), version)
    return Selected(slot) if slot == FACTORY else find_slot(folder, FACTORY)


def slot_path(folder: Path, slot: str) -> Path:
    """Where the content of a slot is."""
    return folder / "slots" / slot


def other_slot(slot: str) -> str:
    """The slot that does not run. Raises KeyError for a name that is none."""
    return _OTHER[slot]


def linked_slot(folder: Path) -> str:
    """The slot that ``current`` names."""
    try:
        name = (folder / "current").readlink().name
    except OSError:
        return FACTORY
    return name if name in _OTHER else FACTORY


def is_on_trial(folder: Path, slot: str) -> bool:
    """Whether this slot is started, and has not proved itself."""
    return linked_slot(folder) == slot and _read_trial(folder, slot) is not None


def activate(folder: Path, slot: str, previous: str) -> None:
    """The next start is from ``slot``, on trial; ``previous`` is where it goes back to.

    Raises OSError; then ``previous`` is started.
    """
    _write_trial(folder, _Trial(slot, previous, 0))
    _link(folder, slot)


def mark_good(folder: Path, slot: str) -> None:
    """The trial of this slot is over; nothing if there is none. Raises OSError."""
    if is_on_trial(folder, slot):
        disk.remove_file(folder / "trial.json")


def revert(folder: Path, slot: str) -> None:
    """The next start is from this slot, not on trial. Raises OSError."""
    _link(folder, slot)
    disk.remove_file(folder / "trial.json")


def settle(folder: Path, running: str) -> None:
    """What runs is what is started next: an activation that nobody stands for is undone.

    Raises OSError.
    """
    if linked_slot(folder) != running:
        revert(folder, running)


def _version(folder: Path, slot: str) -> str | None:
    """What was installed to a slot; None: nothing, or not whole."""
    path = slot_path(folder, slot)
    try:
        if (path / MANIFEST).is_file():
            return (path / VERSION).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        pass  # as if it were not there
    return None


def _link(folder: Path, slot: str) -> None:
    disk.replace_link(folder / "current", f"slots/{slot}")


def _write_trial(folder: Path, trial: _Trial) -> None:
    content = {"slot": trial.slot, "previous": trial.previous, "starts": trial.starts}
    disk.replace_file(folder / "trial.json", json.dumps(content).encode())


def _read_trial(folder: Path, slot: str) -> _Trial | None:
    """The trial of this slot; one that cannot be read is over."""
    try:
        content = json.loads((folder / "trial.json").read_bytes())
        trial = _Trial(content["slot"], content["previous"], int(content["starts"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return _Trial(slot, other_slot(slot), STARTS_ON_TRIAL)
    if trial.previous not in _OTHER:
        return _Trial(slot, other_slot(slot), STARTS_ON_TRIAL)
    return trial if trial.slot == slot else None
