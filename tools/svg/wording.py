"""What a picture says about each transition and state; overlays that say more override this."""

from collections.abc import Callable

from cp.chart.document import ChartDocument, StateDocument, TransitionDocument
from tools.svg.notation import (
    Atom,
    Run,
    TextLine,
    action_atoms,
    else_ids,
    end_atoms,
    guard_atoms,
    listed,
    state_lines,
    trigger_atoms,
    unmarked,
)

ValueOf = Callable[[TransitionDocument], str]
"""What a timer's key is worth, as text; empty for an event or a computed duration."""


def numbers(chart: ChartDocument) -> dict[str, int]:
    """Transition id to its number: 1, 2, ... in document order; they tie drawing to table."""
    return {item.id: index for index, item in enumerate(chart.transitions, 1)}


class Wording:
    """The words of the chart alone: ``number event [guard] / actions requirements``."""

    def __init__(self, chart: ChartDocument, value_of: ValueOf) -> None:
        self.value_of = value_of
        self.numbers = numbers(chart)
        self._else = else_ids(chart)

    def entry(self, item: TransitionDocument, ends: tuple[str, str]) -> list[Atom]:
        """One transition; ``ends`` names the inner states that an overview hides."""
        trigger = trigger_atoms(item, self.value_of(item))
        return [
            (Run(f"{self.numbers[item.id]} ", "no"), *trigger[0]),
            *trigger[1:],
            *guard_atoms(item.guard),
            *([(Run("[else]", "kw"),)] if item.id in self._else else []),
            *action_atoms(unmarked(item.actions)),
            *end_atoms(ends),
            *listed(unmarked(item.req), "rq"),
        ]

    def state(self, state: StateDocument, limit: int) -> tuple[TextLine, ...]:
        """What stands below the name of a state, not wider than ``limit`` user units."""
        return state_lines(unmarked(state.enter), unmarked(state.exit), unmarked(state.req), limit)
