"""Proof that a picture is the program: what can be read from the SVG is compared with the chart.

Every state, transition, guard, action, timer, status and requirement occurs exactly once, where it
belongs, and nothing else does. The expectation is made from the chart alone, not from the code
that drew.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from xml.etree import ElementTree

from cp.chart.document import ChartDocument, StateDocument, TransitionDocument
from tools.svg.notation import else_ids
from tools.svg.readback import Seen, SeenState, SeenTransition, read_svg
from tools.svg.table import STAYS
from tools.svg.views import FOCUS, FULL, around, inside
from tools.svg.wording import ValueOf

_FORBIDDEN = re.compile(r"<script|<image|<foreignObject|javascript:|url\((?!#)|@import", re.I)


def prove(chart: ChartDocument, view: str, value_of: ValueOf, text: str) -> tuple[str, ...]:
    """Everything in which the SVG and the chart differ; empty: the picture is the program."""
    try:
        seen = read_svg(text)
    except ElementTree.ParseError as error:
        return (f"the picture is no XML: {error}",)
    expected = expected_transitions(chart, value_of)
    shown = _shown(chart, view)
    return (
        *(f"{place}: text that is not in the chart" for place in seen.strange),
        *_compare_states(chart, view, seen),
        *_compare("transition", {key: expected[key] for key in shown}, seen.transitions),
        *_compare_rows(expected, seen, has_table='id="table"' in text),
        *_compare_initials(chart, view, seen),
        *_check_links(text),
    )


# ---- transitions ---------------------------------------------------------------------------------


def expected_transitions(chart: ChartDocument, value_of: ValueOf) -> dict[str, SeenTransition]:
    """Every transition as it must be read."""
    behind = else_ids(chart)
    return {
        item.id: SeenTransition(
            number=str(number),
            source=item.source,
            target=item.target or "",
            trigger=f"{item.timer} {item.timer_key}" if item.timer else item.event,
            value=value_of(item),
            guard=f"[{item.guard}]" if item.guard else "",
            is_else=item.id in behind,
            actions=item.actions,
            req=item.req,
        )
        for number, item in enumerate(chart.transitions, 1)
    }


def _shown(chart: ChartDocument, view: str) -> tuple[str, ...]:
    """Ids of the transitions that a view promises."""
    if view == FULL:
        return tuple(item.id for item in chart.transitions)
    focus = _focus(view)
    own = inside(chart, focus) if focus else frozenset(state.id for state in chart.states)
    return tuple(
        item.id
        for item in chart.transitions
        if {item.source, item.target} & own and _hidden_in(chart, focus, item) is None
    )


def _focus(view: str) -> str | None:
    return view.removeprefix(FOCUS) if view.startswith(FOCUS) else None


def _level(chart: ChartDocument, focus: str | None, state_id: str) -> str | None:
    """The child of ``focus``, or of the chart, that a state lies in; None outside of it."""
    chain = (state_id, *around(chart, state_id))
    if focus is None:
        return chain[-1]
    return chain[chain.index(focus) - 1] if focus in chain[1:] else None


def _hidden_in(chart: ChartDocument, focus: str | None, item: TransitionDocument) -> str | None:
    """The collapsed compound in which a transition is not shown, None if it is shown."""
    box = _level(chart, focus, item.source)
    is_within = item.target is None or _level(chart, focus, item.target) == box
    return box if box is not None and is_within and chart.state(box).children else None


def _compare(
    what: str, expected: Mapping[str, object], seen: list[tuple[str, SeenTransition]]
) -> Iterator[str]:
    counts = Counter(key for key, _ in seen)
    for key in sorted(expected.keys() - counts.keys()):
        yield f"{what} {key} is not drawn"
    for key in sorted(counts.keys() - expected.keys()):
        yield f"{what} {key} is drawn but not part of this view"
    for key in sorted(key for key, count in counts.items() if count > 1):
        yield f"{what} {key} is drawn {counts[key]} times"
    for key, item in seen:
        if key in expected and item != expected[key]:
            yield f"{what} {key} reads {item}, not {expected[key]}"


def _compare_rows(
    expected: Mapping[str, SeenTransition], seen: Seen, has_table: bool
) -> Iterator[str]:
    if not has_table:
        return
    rows = {
        key: SeenTransition(
            item.number,
            item.source,
            item.target or STAYS,
            item.trigger,
            item.value,
            item.guard,
            False,
            item.actions,
            item.req,
        )
        for key, item in expected.items()
    }
    yield from _compare("row", rows, seen.rows)


# ---- states --------------------------------------------------------------------------------------


def _compare_states(chart: ChartDocument, view: str, seen: Seen) -> Iterator[str]:
    expected = Counter(_expected_states(chart, view))
    drawn = Counter(seen.states)
    for state, count in (expected - drawn).items():
        yield f"state {state.id} is missing {count} times as {state}"
    for state, count in (drawn - expected).items():
        yield f"state {state.id} is drawn {count} times too often as {state}"


def _expected_states(chart: ChartDocument, view: str) -> Iterator[SeenState]:
    if view == FULL:
        yield from (_in_full(state, state.parent) for state in chart.states)
        return
    focus = _focus(view)
    for state in chart.states:
        if state.id == focus:
            yield _in_full(state, None)
        elif state.parent == focus:
            is_collapsed = bool(state.children)
            yield _collapsed(chart, focus, state) if is_collapsed else _in_full(state, focus)
    own = inside(chart, focus) if focus else frozenset(state.id for state in chart.states)
    shown = set(_shown(chart, view))
    items = [item for item in chart.transitions if item.id in shown]
    outside = {("from", item.source) for item in items if item.source not in own}
    outside |= {("to", item.target) for item in items if item.target and item.target not in own}
    yield from (SeenState(key, "", "ghost", "", (), (), (), "") for _, key in sorted(outside))


def _in_full(state: StateDocument, parent: str | None) -> SeenState:
    kind = "compound" if state.children else "final" if state.is_final else "atomic"
    badge = _badge(state)
    return SeenState(state.id, parent or "", kind, badge, state.enter, state.exit, state.req, "")


def _badge(state: StateDocument) -> str:
    return str(state.status) if state.status else "no status" if state.is_silent else ""


def _collapsed(chart: ChartDocument, focus: str | None, state: StateDocument) -> SeenState:
    inner = sum(_hidden_in(chart, focus, item) == state.id for item in chart.transitions)
    hidden = f"{len(inside(chart, state.id)) - 1} states, {inner} transitions inside"
    badge = _badge(state)
    return SeenState(state.id, focus or "", "collapsed", badge, (), (), (), hidden)


def _compare_initials(chart: ChartDocument, view: str, seen: Seen) -> Iterator[str]:
    focus = _focus(view)
    expected = [("", chart.initial)] if focus is None else [(focus, chart.state(focus).children[0])]
    if view == FULL:
        expected += [(state.id, state.children[0]) for state in chart.states if state.children]
    if Counter(seen.initials) != Counter(expected):
        yield f"initial states read {sorted(seen.initials)}, not {sorted(expected)}"


# ---- the document --------------------------------------------------------------------------------


def _check_links(text: str) -> Iterator[str]:
    """Ids are unique, links resolve, nothing is loaded or run."""
    ids = Counter(re.findall(r'\sid="([^"]*)"', text))
    yield from (f"id {key} occurs {count} times" for key, count in ids.items() if count > 1)
    if 'id="table"' in text:
        for link in re.findall(r'href="([^"]*)"', text):
            if link.removeprefix("#") not in ids:
                yield f"link {link} leads nowhere"
    if found := _FORBIDDEN.search(text):
        yield f"the picture contains {found[0]}"
