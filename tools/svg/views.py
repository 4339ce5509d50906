"""Which part of a chart a picture shows: everything, the top level, or one compound state.

``full``        every state and transition.
``overview``    the top level; compounds are collapsed and labels name the inner end of a line.
``focus:STATE`` one compound in the same way, with every transition that begins or ends in it;
                states of other pages are dashed boxes with a name only.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cp.chart.document import ChartDocument, StateDocument, TransitionDocument
from tools.svg.notation import Run, TextLine, flow
from tools.svg.picture import HUES, Arc, Entry, Kind, Node, Picture
from tools.svg.wording import Wording

FULL = "full"
OVERVIEW = "overview"
FOCUS = "focus:"

WRAP = 124
"""Usual width at which the text of a label is broken, in user units, unless one word is wider."""
_CARD_WRAP = 1.85
"""Text in a state may be so much wider than in a label."""


def inside(chart: ChartDocument, state_id: str) -> frozenset[str]:
    """A state and everything that lies in it."""
    found = {state_id}
    for child in chart.state(state_id).children:
        found |= inside(chart, child)
    return frozenset(found)


def around(chart: ChartDocument, state_id: str) -> tuple[str, ...]:
    """The compounds that a state lies in, innermost first."""
    parent = chart.state(state_id).parent
    return () if parent is None else (parent, *around(chart, parent))


def build(chart: ChartDocument, view: str, wording: Wording, wrap: int = WRAP) -> Picture:
    """The picture of one view. Raises KeyError for a focus on a state that does not exist."""
    selection = _select(chart, view)
    entries = _Entries(wording, selection, wrap)
    hues = {state.id: index % HUES for index, state in enumerate(chart.states)}
    nodes = tuple(
        _node(chart.state(box.partition("-")[0]), box, selection, entries, hues)
        for box in selection.kinds
    )
    arcs = _arcs(chart, selection, entries, hues)
    initials: tuple[tuple[str | None, str], ...] = tuple(
        (state.id, state.children[0])
        for state in chart.states
        if selection.kinds.get(state.id) is Kind.COMPOUND
    )
    if not view.startswith(FOCUS):
        initials = ((None, chart.initial), *initials)
    return Picture(chart.name, view, nodes, arcs, initials, _crossed(arcs, nodes))


@dataclass(frozen=True, slots=True)
class _Selection:
    """What a view draws.

    ``kinds``    box id to the way it is drawn; a box is named after its state.
    ``sources``  state to the box at which its outgoing lines begin; ``targets`` likewise.
    ``hidden``   collapsed state to the number of states and transitions inside.
    """

    kinds: dict[str, Kind]
    sources: dict[str, str]
    targets: dict[str, str]
    transitions: tuple[TransitionDocument, ...]
    hidden: dict[str, tuple[int, int]]


def _kind(state: StateDocument) -> Kind:
    if state.children:
        return Kind.COMPOUND
    return Kind.FINAL if state.is_final else Kind.ATOMIC


def _select(chart: ChartDocument, view: str) -> _Selection:
    if view == FULL:
        boxes = {state.id: state.id for state in chart.states}
        kinds = {state.id: _kind(state) for state in chart.states}
        return _Selection(kinds, boxes, boxes, chart.transitions, {})
    if view == OVERVIEW:
        return _select_level(chart, None)
    return _select_level(chart, view.removeprefix(FOCUS))


def _select_level(chart: ChartDocument, focus: str | None) -> _Selection:
    """The children of ``focus``, or of the chart, with collapsed compounds and ghosts around."""
    own = inside(chart, focus) if focus else frozenset(state.id for state in chart.states)
    boxes = {key: level_box(chart, focus, key) for key in own}
    kinds = {
        state.id: Kind.COLLAPSED if state.children and state.id != focus else _kind(state)
        for state in chart.states
        if boxes.get(state.id) == state.id
    }
    shown: list[TransitionDocument] = []
    counts: Counter[str] = Counter()
    for item in chart.transitions:
        if not {item.source, item.target} & own:
            continue
        box = boxes.get(item.source)
        is_within = item.target is None or boxes.get(item.target) == box
        if box is not None and is_within and kinds[box] is Kind.COLLAPSED:
            counts[box] += 1
        else:
            shown.append(item)
    hidden = {
        key: (len(inside(chart, key)) - 1, counts[key])
        for key, kind in kinds.items()
        if kind is Kind.COLLAPSED
    }
    sources, targets = dict(boxes), dict(boxes)
    for item in shown:
        if item.source not in own:
            sources[item.source] = f"{item.source}-from"
            kinds[sources[item.source]] = Kind.GHOST
        if item.target is not None and item.target not in own:
            targets[item.target] = f"{item.target}-to"
            kinds[targets[item.target]] = Kind.GHOST
    return _Selection(kinds, sources, targets, tuple(shown), hidden)


def level_box(chart: ChartDocument, focus: str | None, state_id: str) -> str:
    """Whose box stands for a state inside ``focus`` when one level is drawn."""
    if state_id == focus:
        return state_id
    parent = chart.state(state_id).parent
    return state_id if parent == focus or parent is None else level_box(chart, focus, parent)


class _Entries:
    """Makes the text of transitions."""

    def __init__(self, wording: Wording, selection: _Selection, wrap: int) -> None:
        self.wrap = wrap
        self.wording = wording
        self._selection = selection

    def entry(self, item: TransitionDocument, limit: int) -> Entry:
        """One transition in lines not wider than ``limit`` user units, unless one word is."""
        kinds = self._selection.kinds
        source = self._selection.sources[item.source]
        target = self._selection.targets[item.target] if item.target else source
        ends = (
            item.source if kinds[source] is Kind.COLLAPSED and source != item.source else "",
            item.target or "" if kinds[target] is Kind.COLLAPSED and target != item.target else "",
        )
        lines = flow(self.wording.entry(item, ends), limit, 8, item.timer is not None)
        return Entry(item.id, self.wording.numbers[item.id], lines)


def _node(
    state: StateDocument,
    box: str,
    selection: _Selection,
    entries: _Entries,
    hues: dict[str, int],
) -> Node:
    kind, hue = selection.kinds[box], hues[state.id]
    parent = state.parent if selection.kinds.get(state.parent or "") is Kind.COMPOUND else None
    if kind is Kind.GHOST:
        return Node(box, state.id, None, kind, "", (), (), hue)
    limit = round(entries.wrap * _CARD_WRAP)
    lines: tuple[TextLine, ...] = entries.wording.state(state, limit)
    inner = tuple(
        entries.entry(item, limit)
        for item in selection.transitions
        if item.source == state.id and item.target is None
    )
    if kind is Kind.COLLAPSED:
        states, transitions = selection.hidden[state.id]
        inner = ()
        lines = flow([(Run(f"{states} states, {transitions} transitions inside", "hi"),)], 999, 0)
    badge = state.status or ("no status" if state.is_silent else "")
    return Node(box, state.id, parent, kind, badge, lines, inner, hue)


def _arcs(
    chart: ChartDocument,
    selection: _Selection,
    entries: _Entries,
    hues: dict[str, int],
) -> tuple[Arc, ...]:
    groups: dict[tuple[str, str], list[Entry]] = {}
    for item in selection.transitions:
        if item.target is not None:
            ends = (selection.sources[item.source], selection.targets[item.target])
            groups.setdefault(ends, []).append(entries.entry(item, entries.wrap))
    return tuple(
        _arc(chart, selection, source, target, found, hues[source.partition("-")[0]])
        for (source, target), found in groups.items()
    )


def _arc(
    chart: ChartDocument,
    selection: _Selection,
    source: str,
    target: str,
    entries: Sequence[Entry],
    hue: int,
) -> Arc:
    drawn = [key for key, kind in selection.kinds.items() if kind is Kind.COMPOUND]

    def chain(box: str) -> list[str]:
        """A box and the compounds drawn around it, innermost first."""
        state_id, _, ghost = box.partition("-")
        return [box, *(key for key in around(chart, state_id) if key in drawn and not ghost)]

    is_loop = source in chain(target) or target in chain(source)
    common = [key for key in chain(source)[1:] if key in chain(target)[1:]]
    holder = common[0] if common else None
    return Arc(f"l-{source}-{target}", source, target, tuple(entries), hue, is_loop, holder)


def _crossed(arcs: Iterable[Arc], nodes: Iterable[Node]) -> frozenset[str]:
    parents = {node.id: node.parent for node in nodes}

    def chain(state_id: str) -> frozenset[str]:
        parent = parents[state_id]
        return frozenset() if parent is None else frozenset({parent}) | chain(parent)

    found: set[str] = set()
    for arc in arcs:
        found |= chain(arc.source) ^ chain(arc.target)
    return frozenset(found)
