"""What the tests of the exploration share."""

from collections.abc import Mapping
from functools import cache

from cp.chart import Step
from cp.house import House, load_house
from cp.vocabulary.context import Product
from cp.vocabulary.effects import Effect
from cp.vocabulary.events import Event
from cp.vocabulary.keys import GENERIC
from tools.explore.cells import State, View
from tools.explore.model import Model, Move
from tools.explore.turn import LeanTurn
from tools.scenario_house import URL, house, texts

SHIPPED = house
Item = Step | Effect | Event


@cache
def seeded(chart: str, old: str, new: str) -> House:
    """The shipped charts with one change; the text must be there exactly once."""
    charts, routes = texts()
    assert charts[chart].count(old) == 1, (
        f"{chart}: {old!r} occurs {charts[chart].count(old)} times"
    )
    changed: Mapping[str, str] = {**charts, chart: charts[chart].replace(old, new)}
    return load_house(changed, routes, GENERIC, Product(url=URL), checked=True)


def changed_line(chart: str, words: tuple[str, ...], old: str, new: str) -> tuple[str, str]:
    """The one line of a chart that has all these words, and the same with a change."""
    lines = texts()[0][chart].splitlines(keepends=True)
    (line,) = (line for line in lines if all(word in line for word in words))
    assert old in line
    return line, line.replace(old, new)


def raw(model: Model, move: Move, state: State) -> State | None:
    """The state after a move as the turn left it, not normalized; None: not possible."""
    view = View(state, model.layout.values)
    turn = LeanTurn(model.room, view)
    if not move.run(turn):
        return None
    model.observe(turn)
    return tuple(view[cell.index] for cell in model.layout.cells)


def normal(model: Model, state: State) -> State:
    """The state without what makes no difference."""
    view = View(state, model.layout.values)
    for cell in model.layout.cells:
        view.writes[cell.index] = state[cell.index]
    model.normalize(view)
    return tuple(view[cell.index] for cell in model.layout.cells)


def after(model: Model, cells: Mapping[str, object], trace: tuple[Item, ...]) -> LeanTurn:
    """A turn that found a booted station with these cells and did this."""
    state = list(model.starts()[0])
    index = {cell.name: cell.index for cell in model.layout.cells}
    for name, value in cells.items():
        state[index[name]] = model.layout.values.number(value)
    turn = LeanTurn(model.room, View(tuple(state), model.layout.values))
    turn.trace += trace
    return turn


def broken(model: Model, turn: LeanTurn) -> set[str]:
    """The invariants that the turn breaks."""
    turn.length = sum(isinstance(item, Event) for item in turn.trace)
    return {finding.invariant for finding in model.findings(turn)}
