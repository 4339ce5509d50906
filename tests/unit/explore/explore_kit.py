"""What the tests of the exploration share."""

from collections.abc import Mapping
from functools import cache

from cp.house import House, load_house
from cp.vocabulary.context import Product
from cp.vocabulary.keys import GENERIC
from tools.explore.cells import State, View
from tools.explore.model import Model, Move
from tools.explore.turn import LeanTurn
from tools.scenario_house import URL, house, texts

SHIPPED = house


@cache
def seeded(chart: str, old: str, new: str) -> House:
    """The shipped charts with one change; the text must be there exactly once."""
    charts, routes = texts()
    assert charts[chart].count(old) == 1, (
        f"{chart}: {old!r} occurs {charts[chart].count(old)} times"
    )
    changed: Mapping[str, str] = {**charts, chart: charts[chart].replace(old, new)}
    return load_house(changed, routes, GENERIC, Product(url=URL), checked=True)


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
