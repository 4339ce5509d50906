"""What the scenarios reach: transitions taken, and outcomes of every leaf of every guard.

Theory of operation: all scenarios are played with two observers, one on the steps and one on the
guards. A leaf counts for its own transition: the same question in two guards is two leaves. Both
outcomes of a leaf are demanded, so a guard that never mattered shows.
"""

import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cp.chart import ChartDocument, Step
from cp.chart.guards import conjuncts, parse
from tools.certificate_proofs import TESTS
from tools.scenario import FOLDER, Scenario, load, played, player
from tools.scenario_house import ScenarioError, house

Leaf = tuple[str, str, str]
"""Chart, transition id, leaf of its guard as text."""


@dataclass(slots=True)
class Coverage:
    """``taken``: how often, by chart and transition id; ``outcomes`` of each leaf, how often."""

    documents: Mapping[str, ChartDocument]
    taken: Counter[tuple[str, str]] = field(default_factory=Counter)
    outcomes: Counter[tuple[Leaf, bool]] = field(default_factory=Counter)

    def step(self, step: Step) -> None:
        """One step of one machine."""
        chart = step.machine.rpartition(".")[0]
        self.taken.update((chart, transition) for transition in step.taken)

    def leaves(self, chart: str) -> list[Leaf]:
        """Every leaf of the chart's guards, in document order."""
        return [
            (chart, transition.id, leaf)
            for transition in self.documents[chart].transitions
            if transition.guard
            for leaf in conjuncts(parse(transition.guard))
        ]

    def untaken(self, chart: str) -> list[str]:
        """Transitions of the chart that no scenario takes."""
        ids = [transition.id for transition in self.documents[chart].transitions]
        return [item for item in ids if not self.taken[chart, item]]

    def unseen(self, chart: str) -> list[tuple[Leaf, bool]]:
        """Outcomes of the chart's leaves that no scenario shows."""
        both = [(leaf, outcome) for leaf in self.leaves(chart) for outcome in (True, False)]
        return [item for item in both if not self.outcomes[item]]

    def is_whole(self) -> bool:
        """Whether every transition is taken and every leaf was true and false."""
        return not any(self.untaken(chart) or self.unseen(chart) for chart in self.documents)

    def table(self) -> str:
        """Per chart what is reached and what is not, as text."""
        lines = [f"{'chart':<16}{'transitions':>14}{'leaf outcomes':>16}"]
        for chart, document in self.documents.items():
            count = len(document.transitions)
            taken = count - len(self.untaken(chart))
            outcomes = 2 * len(self.leaves(chart))
            seen = outcomes - len(self.unseen(chart))
            lines.append(f"{chart:<16}{f'{taken}/{count}':>14}{f'{seen}/{outcomes}':>16}")
        for chart in self.documents:
            lines += [f"not taken: {chart} {item}" for item in self.untaken(chart)]
            for (_, transition, leaf), outcome in self.unseen(chart):
                lines.append(f"never {str(outcome).lower()}: {chart} {transition}: {leaf}")
        return "\n".join(lines)


def measure(paths: Iterable[Path]) -> tuple[Coverage, list[tuple[Scenario, Scenario]]]:
    """Play the scenarios; what they reach, and each as written and as played."""
    charts = house().charts
    coverage = Coverage({name: chart.document for name, chart in charts.items()})

    def observe(chart: str) -> None:
        def note(transition: str, leaf: str, outcome: bool) -> None:
            coverage.outcomes[(chart, transition, leaf), outcome] += 1

        charts[chart].observe(note)

    for name in charts:
        observe(name)
    try:
        scenarios = [load(path) for path in paths]
        pairs = [(item, played(item, player(item, watch=coverage.step))) for item in scenarios]
    finally:
        for chart in charts.values():
            chart.observe(None)
    return coverage, pairs


def shipped(folder: Path = FOLDER) -> list[Path]:
    """Every scenario of the folder."""
    return sorted(folder.glob("*.txt"))


def main(words: Sequence[str]) -> int:
    """Print what all scenarios, or the named ones, reach; with ``-o`` paint it on the charts.

    Exit code 0, 1 when all of them together do not reach everything or a picture cannot be drawn,
    2 for scenarios with mistakes. Raises ChartError, and SettingsError for ``-o``.
    """
    parser = ArgumentParser(
        "statecharge charts coverage", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("files", nargs="*", type=Path, metavar="SCENARIO", help="all by default")
    parser.add_argument("-o", "--out", type=Path, metavar="FOLDER", help="a picture of each chart")
    arguments = parser.parse_args(words)
    if not arguments.files and not TESTS.is_dir():
        print("an installation has no tests: run this in the source tree", file=sys.stderr)
        return 2
    paths = arguments.files or shipped(TESTS / FOLDER.name)
    try:
        coverage, _ = measure(paths)
    except (ScenarioError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    print(coverage.table())
    drawn = _draw(coverage, arguments.out, len(paths)) if arguments.out else 0
    return drawn if arguments.files or coverage.is_whole() else 1


def _draw(coverage: Coverage, folder: Path, played: int) -> int:
    """Exit code 0, or 1 when a picture cannot be drawn."""
    from tools.chart_files import CHARTS
    from tools.desk.coverage_picture import write_pictures
    from tools.svg.export import ExportError, load_lock

    locks = {name: load_lock(CHARTS / "layout", name) for name in coverage.documents}
    try:
        for path in write_pictures(coverage, locks, folder, played):
            print(f"drawn: {path}")
    except ExportError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
