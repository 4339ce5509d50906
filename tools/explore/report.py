"""What an exploration tells: numbers, the shortest way to a violation, what was never reached."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from cp.chart import ChartDocument
from cp.chart.guards import conjuncts, parse
from tools.explore.model import RAISES, Model, Move
from tools.explore.promises import NOT_STUCK
from tools.explore.room import outcome_of
from tools.explore.search import Graph
from tools.explore.stuck import stuck

METER_WH: Final = 1000
"""What the meter of a scenario shows at first."""

Element = tuple[str, str]
"""Chart, and the id of a state, a transition, or an outcome of a leaf of its guard."""


@dataclass(frozen=True, slots=True)
class Violation:
    """``moves`` lead to it by the shortest way; ``scenario`` is the text of a scenario file."""

    invariant: str
    seen: str
    moves: tuple[str, ...]
    scenario: str


@dataclass(frozen=True, slots=True)
class Report:
    """One run, as plain data. ``told_away`` are events that went to machines outside."""

    title: str
    states: int
    turns: int
    depth: int
    longest: int
    seconds: float
    is_complete: bool
    violations: tuple[Violation, ...]
    seen: frozenset[Element]
    told_away: frozenset[str]

    @property
    def part(self) -> str:
        """The letter of the composition."""
        return self.title.partition(" ")[0]

    def lines(self) -> Iterator[str]:
        """For the terminal."""
        completeness = "complete" if self.is_complete else "not complete"
        yield (
            f"{self.title}: {self.states} states, {self.turns} turns, depth {self.depth}, "
            f"longest turn {self.longest} events, {self.seconds:.1f} s, {completeness}, "
            f"{len(self.violations)} violations"
        )
        for violation in self.violations:
            yield f"  {violation.invariant}: {violation.seen}"
            yield from (f"    {number}. {move}" for number, move in enumerate(violation.moves, 1))


def report_of(graph: Graph) -> Report:
    """The report of an explored graph."""
    model = graph.model
    violations = [
        _violation(graph, finding.invariant, finding.seen, state, move)
        for finding, state, move in graph.found.values()
    ]
    # In a graph that is cut off, or that has turns which raise, dead ends mean nothing.
    found = stuck(graph) if graph.is_complete and RAISES not in graph.found else None
    if found is not None:
        violations.append(_violation(graph, NOT_STUCK, found[1], found[0], None))
    return Report(
        model.title,
        len(graph.states),
        graph.turns,
        graph.depth,
        graph.longest[0],
        graph.seconds,
        graph.is_complete,
        tuple(violations),
        frozenset(model.room.seen),
        frozenset(model.room.told_away),
    )


def _violation(graph: Graph, invariant: str, seen: str, state: int, last: int | None) -> Violation:
    numbers = [*reversed([*graph.path(state)]), *([] if last is None else [last])]
    moves = [graph.model.moves[number] for number in numbers]
    keys = graph.model.key_sets[graph.root(state)]
    text = scenario_text(graph.model, f"{invariant}: {seen}", keys.items(), moves)
    return Violation(invariant, seen, tuple(move.name for move in moves), text)


def scenario_text(
    model: Model, title: str, keys: Iterable[tuple[str, str]], moves: Iterable[Move]
) -> str:
    """A scenario file; what its steps cannot say stands as a remark below the step before.

    A rise counts as used, so that the meter of the scenario never shows less than the move asked.
    """
    values = " ".join(f"{name}={text}" for name, text in keys)
    lines = [f"# Found by exploration ({model.title}). {title}"]
    lines += [f"keys: {values}"] if values else []
    lines += [line for line in model.head if not line.startswith("*")]
    lines += ["", *(line for line in model.head if line.startswith("*")), "* power on"]
    register_wh, shown = METER_WH, f"{METER_WH}"
    for move in moves:
        register_wh += max(move.meter_wh or 0, 0)
        words = "none" if move.meter_wh is None else f"{register_wh + min(move.meter_wh, 0)}"
        lines += [f"* meter {words}"] if words != shown else []
        shown = words
        lines += [f"* {line}" for line in move.lines] or [f"    ({move.name})"]
    return "\n".join(lines) + "\n"


def elements(document: ChartDocument) -> Iterator[Element]:
    """Every state, every transition, and both outcomes of every leaf of its guard."""
    for state in document.states:
        yield document.name, state.id
    for transition in document.transitions:
        yield document.name, transition.id
        for leaf in conjuncts(parse(transition.guard)) if transition.guard else ():
            yield document.name, outcome_of(transition.id, leaf, True)
            yield document.name, outcome_of(transition.id, leaf, False)


def unreached(
    documents: Iterable[ChartDocument], reports: Iterable[Report]
) -> tuple[list[str], list[str]]:
    """Elements that no run has seen, ``chart: id``, and charts that no run has looked at."""
    seen = {element for report in reports for element in report.seen}
    charts = {chart for chart, _ in seen}
    missing: list[str] = []
    unknown: list[str] = []
    for document in documents:
        if document.name not in charts:
            unknown.append(document.name)
            continue
        missing += [": ".join(item) for item in elements(document) if item not in seen]
    return missing, unknown
