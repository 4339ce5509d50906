"""A station whose power goes at one point of an update, for ``tools.net.update_cuts``.

Theory of operation: ``python -m tools.net.cut_points FILE POINT FLAW WORDS...`` is ``statecharge
WORDS...`` with an eye on everything that is durable or leaves the station: each outward effect,
each commit of the journal, each change of the slots, each sync of the image. There is a point
before and after each, from the first download on; FILE holds the names of those that were passed,
over all restarts. At POINT, a number from 1 or the first with a name, the process kills itself,
which nothing in it can catch; ``-``: it lives. FLAW is what the judge has to notice: ``forgetful``
never marks the new slot good, ``hasty`` lets effects go long before their records, ``-`` is none.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from cp.__main__ import main
from cp.commits import Commits
from cp.daemon import Daemon
from cp.vocabulary.records import Row
from drivers.installer import disk, slots
from drivers.storage import SqliteStorage
from drivers.transfer.part import Part

_FIRST: Final = "before StartDownload"
FORGETFUL: Final = "forgetful"
HASTY: Final = "hasty"
NOTHING: Final = "-"

_LATE_S: Final = 0.3

_PLACES: Final[tuple[tuple[object, str], ...]] = (
    (Daemon, "go_out"),
    (SqliteStorage, "commit"),
    (Part, "_sync"),
    (Part, "finish"),
    (disk, "write_file"),
    (disk, "replace_file"),
    (disk, "replace_link"),
    (disk, "remove_file"),
    (disk, "remove_tree"),
)


class Points:
    """The points that were passed, kept in a file."""

    def __init__(self, file: Path, last: str) -> None:
        self._file = file
        self._last = last
        self._lock = threading.Lock()
        self._passed = file.read_text().splitlines() if file.exists() else []

    def pass_one(self, name: str) -> None:
        """Another point; the process may end here."""
        with self._lock:
            if not self._passed and name != _FIRST:
                return
            is_last = self._last in (name, str(len(self._passed) + 1))
            is_new = name not in self._passed or self._last.isdecimal()
            self._passed.append(name)
            with self._file.open("a") as file:
                file.write(f"{name}\n")
            if is_last and is_new:
                os.kill(os.getpid(), signal.SIGKILL)


def watch(owner: object, name: str, points: Points) -> None:
    """Every call of this function is a point before and a point after it."""
    original: Callable[..., object] = getattr(owner, name)

    def watched(*words: object, **more: object) -> object:
        label = type(words[1]).__name__ if name == "go_out" else name
        points.pass_one(f"before {label}")
        result = original(*words, **more)
        points.pass_one(f"after {label}")
        return result

    setattr(owner, name, watched)


def _make_hasty() -> None:
    take, commit = Commits.take, SqliteStorage.commit

    def take_hastily(self: Commits, rows: object, outward: object, **_: object) -> None:
        take(self, rows, outward, is_awaited=False)  # type: ignore[arg-type]

    def commit_late(self: SqliteStorage, rows: Sequence[Row]) -> None:
        time.sleep(_LATE_S)
        commit(self, rows)

    setattr(Commits, "take", take_hastily)  # noqa: B010
    setattr(SqliteStorage, "commit", commit_late)  # noqa: B010


def run(words: list[str]) -> int:
    """The station; see above."""
    file, last, flaw, *rest = words
    points = Points(Path(file), last)
    if flaw == FORGETFUL:
        setattr(slots, "mark_good", lambda _folder, _slot: None)  # noqa: B010
    if flaw == HASTY:
        _make_hasty()
    for owner, name in _PLACES:
        watch(owner, name, points)
    sys.argv[1:] = rest
    return main()


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
