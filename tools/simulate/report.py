"""The summary of many worlds, and what a person gets of a failing one.

Theory of operation: outcomes are added up as they come; of a world with findings the transcript is
written at once, with the command that plays it again.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tools.scenario_house import URL
from tools.simulate.run import Outcome

_TOLD = ("starts", "power cuts", "kills", "visits", "contactor closed", "messages", "repeats")


def command(outcome: Outcome) -> str:
    """What plays this world again."""
    return f"make simulate SEED={outcome.seed} HOURS={outcome.hours:g}"


def folder_of(folder: Path, outcome: Outcome) -> Path:
    """Where the files of a failing world are written."""
    return folder / f"seed-{outcome.seed}-{outcome.hours:g}h"


def write(folder: Path, outcome: Outcome) -> None:
    """A station file with the transcript beside it, for ``statecharge replay``, and the world."""
    place = folder_of(folder, outcome)
    place.mkdir(parents=True, exist_ok=True)
    keys = "".join(f'{name} = "{text}"\n' for name, text in outcome.draw.keys.items())
    station = (
        f'[station]\nid = "CP001"\nprofile = "{outcome.draw.profile or "generic"}"\n'
        f'[csms]\nurl = "{URL.rpartition("/")[0]}"\n[storage]\ndir = "."\n'
        f'[drivers]\nset = "bench"\n[ocpp]\n{keys}'
    )
    (place / "station.toml").write_text(station, encoding="utf-8")
    (place / "transcript.txt").write_text("\n".join((*outcome.lines, "")), encoding="utf-8")
    (place / "world.txt").write_text("\n".join((*outcome.world, "")), encoding="utf-8")


@dataclass(slots=True)
class Total:
    """All worlds so far; ``core_s`` seconds of processor time."""

    hours: float = 0.0
    core_s: float = 0.0
    worlds: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    failed: list[Outcome] = field(default_factory=list)
    digests: dict[int, str] = field(default_factory=dict)

    def add(self, outcome: Outcome, core_s: float) -> None:
        """One more."""
        self.hours += outcome.hours
        self.core_s += core_s
        self.worlds += 1
        self.counts.update(outcome.counts)
        self.digests[outcome.seed] = outcome.digest
        if outcome.findings:
            self.failed.append(outcome)

    @property
    def speed(self) -> float:
        """Simulated hours per second of one core."""
        return self.hours / self.core_s if self.core_s else 0.0

    def kinds(self, title: str) -> dict[str, int]:
        """How often there was each kind of ``trouble``, ``manner`` or ``exit``."""
        return {
            name.removeprefix(f"{title}: "): count
            for name, count in sorted(self.counts.items())
            if name.startswith(title)
        }

    def lines(self) -> Iterator[str]:
        """The summary."""
        counts = self.counts
        yield (
            f"{self.hours:,.0f} simulated hours in {self.worlds} worlds,"
            f" {self.speed:.1f} hours per core-second"
        )
        yield f"{counts['sessions']} sessions, {counts['energy Wh']} Wh; " + ", ".join(
            f"{counts[name]} {name}" for name in _TOLD
        )
        for title in ("trouble", "manner", "exit"):
            shown = ", ".join(f"{name} {count}" for name, count in self.kinds(title).items())
            yield f"{title}: {shown or 'none'}"
        if self.worlds == 1:
            yield f"digest {next(iter(self.digests.values()))}"
        yield f"{len(self.failed)} worlds with findings"
