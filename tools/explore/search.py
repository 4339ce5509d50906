"""Breadth first through all states of a composition, and back from the goal."""

import gc
import time
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field

from tools.explore.cells import State
from tools.explore.finding import Finding
from tools.explore.model import Model


@dataclass(slots=True)
class Graph:
    """What was explored. States are numbered in the order found, so each level is a run of them.

    ``parents`` and ``by_move`` lead back to a start; ``edges`` holds the successors of all states
    in one row, those of state n end at ``ends[n]``; edges of power cuts are left out.
    """

    model: Model
    states: list[State] = field(default_factory=list)
    parents: "array[int]" = field(default_factory=lambda: array("l"))
    by_move: "array[int]" = field(default_factory=lambda: array("h"))
    edges: "array[int]" = field(default_factory=lambda: array("I"))
    ends: "array[int]" = field(default_factory=lambda: array("L"))
    found: dict[str, tuple[Finding, int, int]] = field(default_factory=dict)
    turns: int = 0
    depth: int = 0
    longest: tuple[int, int, int] = (0, 0, 0)
    is_complete: bool = True
    seconds: float = 0.0

    def path(self, state: int) -> Iterator[int]:
        """The moves that lead to a state from its start, last first."""
        while self.parents[state] >= 0:
            yield self.by_move[state]
            state = self.parents[state]

    def root(self, state: int) -> int:
        """The number of the start that a state was reached from."""
        while self.parents[state] >= 0:
            state = self.parents[state]
        return state


def explore(model: Model, limit: int | None = None) -> Graph:
    """Every state that can be reached, or the first ``limit`` of them."""
    begun = time.perf_counter()
    graph = Graph(model)
    was_enabled = gc.isenabled()
    gc.disable()  # nothing that is kept here is a cycle; looking for them costs a third of the time
    try:
        _search(graph, limit)
    finally:
        if was_enabled:
            gc.enable()
    graph.seconds = time.perf_counter() - begun
    return graph


def _search(graph: Graph, limit: int | None) -> None:
    model = graph.model
    index: dict[State, int] = {}
    for number, state in enumerate(model.starts()):
        index.setdefault(state, number)
        graph.states.append(state)
        graph.parents.append(-1)
        graph.by_move.append(-1)
    current, level_end = 0, len(graph.states)
    while current < len(graph.states):
        if limit is not None and current >= limit:
            graph.is_complete = False
            break
        if current == level_end:
            graph.depth += 1
            level_end = len(graph.states)
        _expand(graph, index, current)
        current += 1


def _expand(graph: Graph, index: dict[State, int], current: int) -> None:
    """All turns from one state."""
    model, states = graph.model, graph.states
    state = states[current]
    successors: set[int] = set()
    for number, move in enumerate(model.moves):
        outcome = model.outcome(number, state)
        if not outcome.is_possible:
            continue
        graph.turns += 1
        if outcome.findings:
            for finding in outcome.findings:
                graph.found.setdefault(finding.invariant, (finding, current, number))
        if outcome.length > graph.longest[0]:
            graph.longest = (outcome.length, current, number)
        if not outcome.writes:
            continue
        cells = list(state)
        for cell, value in outcome.writes:
            cells[cell] = value
        after = tuple(cells)
        known = index.get(after)
        if known is None:
            known = index[after] = len(states)
            states.append(after)
            graph.parents.append(current)
            graph.by_move.append(number)
        if not move.is_cut:
            successors.add(known)
    graph.edges.extend(successors)
    graph.ends.append(len(graph.edges))
