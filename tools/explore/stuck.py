"""No machine is stuck: from every state each can leave its own, without a power cut.

Theory of operation: two searches say it for all states at once. Backward from the idle states, in
which every machine is at home: from everywhere all machines get home, so none is stuck elsewhere.
Forward from each idle state until each machine has left home: none is stuck there, and since every
state leads to an idle one, none is stuck at home in any other. A machine that is nowhere else in a
whole run, but for the beginning after power-on, is no matter of that run.
"""

from array import array
from collections.abc import Callable, Iterator

from tools.explore.cells import View
from tools.explore.search import Graph


def stuck(graph: Graph) -> tuple[int, str] | None:
    """A state, the first one found, and the machines that are stuck there; None: there is none."""
    lost = dead_ends(graph)
    if lost:
        return lost[0], f"{_lost_machines(graph, lost[0])} ({len(lost)} such states)"
    return _stuck_at_home(graph)


def dead_ends(graph: Graph) -> list[int]:
    """States from which no idle state can be reached without a power cut, in order found.

    Backward from the idle states over the edges turned around.
    """
    count = len(graph.ends)
    into = _turned(graph, count)
    is_fine = bytearray(count)
    waiting = _idle(graph)
    for state in waiting:
        is_fine[state] = True
    while waiting:
        for before in into(waiting.pop()):
            if not is_fine[before]:
                is_fine[before] = True
                waiting.append(before)
    return [state for state in range(count) if not is_fine[state]]


def _turned(graph: Graph, count: int) -> Callable[[int], "array[int]"]:
    """The states that lead to a state, for all states in two rows (counting sort)."""
    starts = array("L", bytes(8 * (count + 2)))
    for target in graph.edges:
        if target < count:
            starts[target + 2] += 1
    for state in range(2, count + 2):
        starts[state] += starts[state - 1]
    sources = array("I", bytes(4 * len(graph.edges)))
    begin = 0
    for state in range(count):
        for target in graph.edges[begin : graph.ends[state]]:
            if target < count:
                sources[starts[target + 1]] = state
                starts[target + 1] += 1
        begin = graph.ends[state]
    return lambda state: sources[starts[state] : starts[state + 1]]


def _successors(graph: Graph, state: int) -> "array[int]":
    begin = graph.ends[state - 1] if state else 0
    return graph.edges[begin : graph.ends[state]]


def _reached(graph: Graph, start: int) -> Iterator[int]:
    """The states that ``start`` leads to, nearest first, with itself."""
    known, waiting = {start}, [start]
    for state in waiting:
        yield state
        new = [target for target in _successors(graph, state) if target not in known]
        known.update(new)
        waiting += new


def _leaves(graph: Graph, state: int) -> dict[str, str]:
    view, model = View(graph.states[state], graph.model.layout.values), graph.model
    return {name: model.leaf(view, name) for name in model.room.machines}


def _lost_machines(graph: Graph, start: int) -> str:
    """Machines that never get home again."""
    lost = _home(graph)
    for state in _reached(graph, start):
        leaves = _leaves(graph, state)
        lost = {name: leaf for name, leaf in lost.items() if leaf != leaves[name]}
    return f"never home again: {', '.join(sorted(lost)) or 'all at a time'}"


def _idle(graph: Graph) -> list[int]:
    return [n for n, state in enumerate(graph.states) if graph.model.is_idle(state)]


def _home(graph: Graph) -> dict[str, str]:
    """Where the machines are in an idle state: the same in all of them."""
    return next((_leaves(graph, state) for state in _idle(graph)), {})


def _stuck_at_home(graph: Graph) -> tuple[int, str] | None:
    away = {name: _away(graph, name, leaf) for name, leaf in _home(graph).items()}
    moving = {name for name, numbers in away.items() if numbers}
    cells = graph.model.room.machines
    fine: set[int] = set()
    for start in _idle(graph):
        left = set(moving)
        for state in _reached(graph, start):
            if state in fine:
                left.clear()
            left -= {name for name in left if graph.states[state][cells[name].index] in away[name]}
            if not left:
                break
        if left:
            return start, f"never left again: {', '.join(sorted(left))}"
        fine.add(start)
    return None


def _away(graph: Graph, name: str, home: str) -> set[int]:
    """What the machine's cell holds where it is neither at home nor where power-on leaves it."""
    cell, model = graph.model.room.machines[name], graph.model
    examples = {state[cell.index]: state for state in graph.states}
    leaves = {
        number: model.leaf(View(state, model.layout.values), name)
        for number, state in examples.items()
    }
    first = {leaves[state[cell.index]] for state in model.starts()}
    return {number for number, leaf in leaves.items() if leaf != home and leaf not in first}
