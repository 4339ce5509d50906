"""One step judged by today's chart alone: state and event are known, guards are not.

Theory of operation: where the controller cannot be played again, because the transcript begins in
the middle or today's charts have parted from it, each step still says from which state and on which
event a machine went where. Today's chart is asked which transitions that can be: those of the state
and its ancestors, up to the first without a guard. A step that none of them allows is a difference;
one that some of them allow is taken as the same, for what the guard answered was not written.
"""

from collections.abc import Iterator, Mapping

from cp.chart import POWER_ON, ChartDocument, TransitionDocument
from tools.desk.rerun import NOTHING, Difference
from tools.desk.transcript_lines import SeenStep
from tools.svg.views import around


def judge(charts: Mapping[str, ChartDocument], leaf: str, step: SeenStep) -> Difference | None:
    """How today's chart must part from a step; ``leaf`` it was made from, empty: not known."""
    chart = charts.get(step.chart)
    if chart is None:
        return _differs(step, "there is no such machine")
    states = {state.id for state in chart.states}
    if step.event == POWER_ON:
        first = entered(chart, chart.initial)
        return None if step.now == first else _differs(step, f"power_on: -> {first}")
    leaf = step.was or leaf
    if not leaf:
        return None
    if leaf not in states:
        return _differs(step, f"there is no state {leaf}")
    moves = tuple(possible(chart, leaf, step.event))
    if any(arrival(chart, leaf, move) == (step.now or leaf) for move in moves):
        return None
    return _differs(step, " or ".join(_told(move) for move in moves) or NOTHING)


def possible(chart: ChartDocument, leaf: str, event: str) -> Iterator[TransitionDocument]:
    """What a leaf can do on an event, innermost state first, up to the first without a guard."""
    for state in (leaf, *around(chart, leaf)):
        for item in chart.state(state).transitions:
            if item.event == event:
                yield item
                if not item.guard:
                    return


def arrival(chart: ChartDocument, leaf: str, move: TransitionDocument) -> str:
    """The leaf that is active after a transition from ``leaf``."""
    return leaf if move.target is None else entered(chart, move.target)


def entered(chart: ChartDocument, state: str) -> str:
    """The leaf that is entered with a state."""
    children = chart.state(state).children
    return entered(chart, children[0]) if children else state


def _differs(step: SeenStep, now: str) -> Difference:
    return Difference(step.line, step.machine, step.text, now)


def _told(move: TransitionDocument) -> str:
    guard = f" if {move.guard}" if move.guard else ""
    return f"{f'-> {move.target}' if move.target else 'stays'}{guard} [{move.id}]"
