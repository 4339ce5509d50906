"""Plays a trace up to each moment, and starts a station from what the disk may hold there."""

import hashlib
import math
import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

from tools.crash.day import STORAGE, TRACE
from tools.crash.disk import Disk
from tools.crash.oracle import Oracle, scratch
from tools.crash.strace import traces
from tools.crash.told import Told
from tools.crash.trace import Act, Heard, Reader, Renamed, Said

WORKERS: Final = 2
_SHOWN: Final = 3
_BENCH: Final = "bench.json"
_MEMORY: Final = Path("/dev/shm")


@dataclass(frozen=True, slots=True)
class Plan:
    """``samples`` images at each point of this worker: every ``of``-th, beginning with ``first``.

    ``has_sync`` False: as if nothing had been synced. ``enough``: end at so many findings.
    """

    folder: Path
    samples: int
    first: int = 0
    of: int = 1
    has_sync: bool = True
    enough: int = 1_000_000


@dataclass(slots=True)
class Outcome:
    """``points`` where the power went, ``states`` of the disk that were started from."""

    points: int = 0
    states: int = 0
    findings: Counter[str] = field(default_factory=Counter)
    shown: list[str] = field(default_factory=list)

    def add(self, other: "Outcome") -> None:
        """One more worker's share."""
        self.points += other.points
        self.states += other.states
        self.findings.update(other.findings)
        self.shown = (self.shown + other.shown)[:_SHOWN]


def acts(folder: Path) -> Iterator[Act | None]:
    """All that the processes of a day did; None: one has ended. Raises TraceError."""
    sizes: dict[str, int] = {}
    streams = 1
    for path in traces(folder / TRACE):
        reader = Reader(folder / STORAGE, sizes, streams)
        with path.open(encoding="ascii") as lines:
            yield from reader.acts(lines)
        yield None
        streams = reader.streams


def points(folder: Path) -> int:
    """How many moments there are where the power may go."""
    told = Told()
    return sum(_is_point(act, told) for act in acts(folder))


def replay(plan: Plan) -> Outcome:
    """The states of one worker."""
    outcome, told, disk = Outcome(), Told(), Disk(plan.has_sync)
    place = _MEMORY if os.access(_MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="statecharge-crash-", dir=place) as name:
        oracle = Oracle(scratch(Path(name) / "storage"))
        number = 0
        for act in acts(plan.folder):
            if act is None:
                told.died()
            elif not isinstance(act, Said | Heard):
                disk.do(act)
            if not _is_point(act, told):
                continue
            number += 1
            if number % plan.of == plan.first:
                _check(plan, number, disk, told, oracle, outcome)
            if outcome.findings.total() >= plan.enough:
                break
    return outcome


def replay_all(folder: Path, states: int) -> Outcome:
    """About so many states of a day, in two processes."""
    # Much of what is drawn is equal to something drawn before, where little is pending.
    samples = max(3, math.ceil(1.8 * states / points(folder)))
    plans = [Plan(folder, samples, number, WORKERS) for number in range(WORKERS)]
    outcome = Outcome()
    with ProcessPoolExecutor(WORKERS) as pool:
        for part in pool.map(replay, plans):
            outcome.add(part)
    return outcome


def _is_point(act: Act | None, told: Told) -> bool:
    """The disk or the world changed, and the power may go. What the bench keeps of its hardware is
    in every image, but makes no moments of its own: it is saved with every Wh."""
    if act is None or told.see(act):
        return True
    is_of_bench = isinstance(act, Renamed) or getattr(act, "name", "").startswith(_BENCH)
    return not isinstance(act, Said | Heard) and not is_of_bench


def _check(
    plan: Plan, number: int, disk: Disk, told: Told, oracle: Oracle, outcome: Outcome
) -> None:
    seed = hashlib.blake2b(f"{number}".encode(), digest_size=8).digest()
    outcome.points += 1
    for image in disk.images(Random(seed), plan.samples):
        outcome.states += 1
        for finding in oracle.findings(image, told):
            outcome.findings[finding.partition(":")[0]] += 1
            if len(outcome.shown) < _SHOWN:
                outcome.shown.append(f"point {number}: {finding}")
