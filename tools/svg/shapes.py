"""States, lines and initial pseudo-states as SVG elements."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape

from cp.chart.document import ChartDocument, StateDocument
from cp.vocabulary.words import ChargePointStatus
from tools.svg.markup import arrow, element, opening, plain, rectangle, rounded_path, text_line
from tools.svg.metrics import PITCH, TITLE, text_width
from tools.svg.picture import (
    BADGE_PAD,
    GLYPH,
    HEAD,
    LABEL_X,
    LABEL_Y,
    PAD_X,
    PAD_Y,
    Arc,
    Entry,
    Kind,
    Node,
    Picture,
)
from tools.svg.placement import Box, Path, Placement
from tools.svg.style import status_class


@dataclass(frozen=True, slots=True)
class Words:
    """Tooltips by transition id, whether there is a table whose rows the labels link to, and the
    classes that an overlay gives to elements."""

    sentences: Mapping[str, str]
    has_table: bool
    classes: Mapping[str, str]

    def style(self, svg_id: str, style: str) -> str:
        """The classes of an element."""
        return f"{style} {self.classes.get(svg_id, '')}".rstrip()


def states(chart: ChartDocument, picture: Picture, place: Placement, words: Words) -> Iterator[str]:
    """All states, parents before what lies in them."""
    yield opening("g", id_="states", role="graphics-object", aria_label="states")
    for node in sorted(picture.nodes, key=lambda item: len(picture.ancestors(item.id))):
        yield from _state(chart.state(node.name), node, place, words)
    yield "</g>"


def _state(state: StateDocument, node: Node, place: Placement, words: Words) -> Iterator[str]:
    yield opening(
        "g",
        id_=f"s-{node.id}",
        class_=words.style(f"s-{node.id}", f"state {node.kind} c{node.hue}"),
        data_state=node.name,
        data_line=str(state.line),
        role="graphics-symbol",
        aria_roledescription=f"{node.kind} state",
    )
    yield element("title", escape(_tooltip(state, node)))
    box = place.boxes[node.id]
    card = place.headers.get(node.id, box)
    yield rectangle("box", box, 9)
    yield from _header(node, box, card)
    yield from _title(node, card)
    y = card.y + HEAD + PAD_Y
    for line in node.lines:
        yield from text_line(line, card.x + PAD_X, y + 10)
        y += PITCH
    for entry in node.inner:
        yield from _inner(entry, card, y + 1, words)
        y += 2 + PITCH * len(entry.lines)
    yield "</g>"


def _tooltip(state: StateDocument, node: Node) -> str:
    if node.kind is Kind.GHOST:
        return f"{state.id} is on another page"
    kind = "final state" if state.is_final else "state"
    parts = [f"{kind} {state.id}{f': {state.status}' if state.status else ''}."]
    parts += [state.doc] if state.doc else []
    for word, actions in (("Entry", state.enter), ("Exit", state.exit)):
        parts += [f"{word}: {', '.join(actions)}."] if actions else []
    parts += [f"({', '.join(state.req)})"] if state.req else []
    return " ".join(parts)


def _header(node: Node, box: Box, card: Box) -> Iterator[str]:
    """The shaded title band or card and the rule below the title."""
    is_card = node.kind is Kind.COMPOUND and card.width < box.width
    height = card.height if node.kind is Kind.COMPOUND else HEAD
    at_corner = (card.x, card.y) == (box.x, box.y)
    has_body = box.height > HEAD
    if is_card and not at_corner:
        yield rectangle("head card", Box(card.x, card.y, card.width, height), 6)
        return
    if node.kind is Kind.GHOST:
        return
    yield element("path", class_="head", d=_head_path(card, height, is_card, has_body))
    if has_body and not is_card:
        yield element("path", class_="sep", d=f"M{card.x} {card.y + height}h{card.width}")
    if is_card:
        lower = f"M{card.x} {card.y + height}h{card.width - 6}a6 6 0 0 0 6 -6v{6 - height}"
        yield element("path", class_="sep", d=lower)


def _head_path(card: Box, height: int, is_card: bool, has_body: bool) -> str:
    """The ground of a title; its corners follow the box where they lie on the box's corners."""
    x, y, width = card.x + 0.8, card.y + 0.8, card.width - 1.6
    depth = height - 0.8 if has_body or is_card else height - 1.6
    right = "a8 8 0 0 1 8 8" if not is_card else "h8v8"
    if is_card:
        end = f"V{y + depth - 6}a6 6 0 0 1 -6 6H{x}"
    elif has_body:
        end = f"V{y + depth}H{x}"
    else:
        end = f"V{y + depth - 8}a8 8 0 0 1 -8 8H{x + 8}a8 8 0 0 1 -8 -8"
    return f"M{x} {y + 8}a8 8 0 0 1 8 -8H{x + width - 8}{right}{end}Z"


def _title(node: Node, card: Box) -> Iterator[str]:
    x, y = card.x + PAD_X, card.y
    yield element("rect", class_="bar", x=x, y=y + 7, width=5, height=13, rx=2)
    x += GLYPH
    yield plain(node.name, x, y + 18, "ti", TITLE, is_bold=True)
    after = x + text_width(node.name, TITLE, is_bold=True) + 10
    if node.kind is Kind.FINAL:
        yield element("circle", class_="ring", cx=after + 7, cy=y + 13, r=7)
        yield element("circle", class_="eye", cx=after + 7, cy=y + 13, r=4)
        after += 24
    if node.kind is Kind.COLLAPSED:
        yield element("path", class_="ring", d=_decomposition(after, y + 13))
        after += 24
    if node.badge:
        yield from _badge(node, after, y + 5)


def _decomposition(x: float, y: float) -> str:
    """UML's sign for a state whose inside is on another page: two linked circles."""
    circle = "a3.5 3.5 0 1 1 7 0a3.5 3.5 0 1 1 -7 0"
    return f"M{x:.1f} {y}{circle}M{x + 7:.1f} {y}h4M{x + 11:.1f} {y}{circle}"


def _badge(node: Node, x: float, y: float) -> Iterator[str]:
    statuses = {str(status): status for status in ChargePointStatus}
    status = statuses.get(node.badge)
    style = "silent" if status is None else status_class(status)
    yield opening("g", class_=f"status {style}", data_status=node.badge)
    yield element("rect", x=x, y=y, width=node.badge_width, height=16, rx=8)
    word = "ns" if status is None else "st"
    yield plain(node.badge, x + BADGE_PAD, y + 11.8, word, is_bold=status is not None)
    yield "</g>"


def _inner(entry: Entry, card: Box, y: int, words: Words) -> Iterator[str]:
    yield _transition_group(entry.id, words.style(f"t-{entry.id}", "trans inner"))
    yield element("title", escape(words.sentences[entry.id]))
    yield _link(entry.id, words)
    yield rectangle("hit", Box(card.x + 4, y, card.width - 8, PITCH * len(entry.lines)), 3)
    for index, line in enumerate(entry.lines):
        yield from text_line(line, card.x + PAD_X, y + 10 + PITCH * index)
    yield "</a>" if words.has_table else "</g>"
    yield "</g>"


def _link(transition_id: str, words: Words) -> str:
    return opening("a", href=f"#row-t-{transition_id}") if words.has_table else "<g>"


def _transition_group(transition_id: str, style: str) -> str:
    return opening(
        "g",
        id_=f"t-{transition_id}",
        class_=style,
        role="graphics-symbol",
        aria_roledescription="transition",
    )


# ---- lines ---------------------------------------------------------------------------------------


def lines(picture: Picture, place: Placement, words: Words) -> Iterator[str]:
    """All lines with their labels, and the initial pseudo-states."""
    yield opening("g", id_="lines", role="graphics-object", aria_label="transitions")
    for parent, child in picture.initials:
        yield from _initial(parent or "", child, place, words)
    for arc in picture.arcs:
        yield from _arc(arc, place, words)
    yield "</g>"


def _initial(parent: str, child: str, place: Placement, words: Words) -> Iterator[str]:
    dot = place.dots[parent]
    style = words.style(f"i-{parent}", "initial")
    yield opening("g", id_=f"i-{parent}", class_=style, data_target=child)
    yield element("title", f"{parent or 'the chart'} begins in {child}")
    yield element("circle", class_="dot", cx=dot.x + 6, cy=dot.y + 6, r=6)
    yield from _edge((place.starts[parent],))
    yield "</g>"


def _edge(paths: tuple[Path, ...]) -> Iterable[str]:
    tip, last = arrow(paths[-1])
    data = "".join(rounded_path(path) for path in (*paths[:-1], last))
    return element("path", class_="edge", d=data), element("path", class_="tip", d=tip)


def _arc(arc: Arc, place: Placement, words: Words) -> Iterator[str]:
    yield opening(
        "g",
        id_=arc.id,
        class_=words.style(arc.id, f"line c{arc.hue}"),
        data_source=arc.source,
        data_target=arc.target,
    )
    yield from _edge(place.lines[arc.id])
    label = place.labels[arc.id]
    yield rectangle("lab", label, 4)
    y = label.y
    for index, entry in enumerate(arc.entries):
        yield _transition_group(entry.id, words.style(f"t-{entry.id}", "trans"))
        yield element("title", escape(words.sentences[entry.id]))
        yield _link(entry.id, words)
        height = entry.height if entry is not arc.entries[-1] else label.bottom - y
        yield rectangle("hit", Box(label.x + 1, y + 1, label.width - 2, height - 2), 3)
        if index:
            yield element("path", class_="cut", d=f"M{label.x} {y}h{label.width}")
        for count, line in enumerate(entry.lines):
            yield from text_line(line, label.x + LABEL_X, y + LABEL_Y + 10 + PITCH * count)
        yield "</a>" if words.has_table else "</g>"
        yield "</g>"
        y += entry.height
    yield "</g>"
