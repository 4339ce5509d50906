"""States over time: a lane for each machine, messages and differences as marks, as SVG.

Theory of operation: a station works for milliseconds and waits for hours. The axis is therefore
compressed: the distance of two turns grows with the logarithm of the time between them, and the
labels tell the true time. Each lane has a box for each leaf; a box is named where its name fits.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from xml.sax.saxutils import escape

from cp.chart import ChartDocument
from tools.desk.moments import shown_time
from tools.desk.rerun import Difference
from tools.desk.transcript_lines import Kind, SeenTurn
from tools.svg.markup import element, opening, plain
from tools.svg.metrics import text_width
from tools.svg.style import HUE_COLORS, PALETTE

GUTTER: Final = 128
_LANE: Final = 22
_TOP: Final = 70
_LEAST: Final = 7.0
_MOST: Final = 90.0
_PER_DOUBLING: Final = 9.0
_LABEL_EVERY: Final = 150
_SMALL: Final = 9.5
_LEGEND: Final = (
    "Time is compressed: the longer a wait, the less room it gets. Above: messages from the"
    " station, below them to it. Red: today's charts would go another way."
)


@dataclass(frozen=True, slots=True)
class Timeline:
    """``svg`` and the place of each turn on its axis, in user units."""

    svg: str
    places: tuple[float, ...]


@dataclass(slots=True)
class _Lane:
    """The boxes of one machine: where each begins, and its leaf; empty: off."""

    boxes: list[tuple[float, str]] = field(default_factory=list)
    ticks: list[float] = field(default_factory=list)


def places(turns: Sequence[SeenTurn]) -> tuple[float, ...]:
    """The place of each turn."""
    found: list[float] = []
    x = GUTTER + 10.0
    for index, turn in enumerate(turns):
        if index:
            wait_s = turn.time_s - turns[index - 1].time_s
            is_start = turn.kind is Kind.POWER
            x += _MOST if is_start else _gap(wait_s)
        found.append(round(x, 1))
    return tuple(found)


def _gap(wait_s: float) -> float:
    """7 units at once, 9 more for each doubling of the milliseconds above 100."""
    return min(_MOST, _LEAST + _PER_DOUBLING * math.log2(1 + max(0.0, wait_s) * 10))


def draw(
    turns: Sequence[SeenTurn],
    machines: Sequence[str],
    documents: Mapping[str, ChartDocument],
    differences: Sequence[Difference],
    start: Mapping[str, str],
) -> Timeline:
    """The picture of these turns; ``start`` is the leaf of each machine before them."""
    at = places(turns)
    width = round((at[-1] if at else GUTTER) + 60)
    height = _TOP + _LANE * len(machines) + 30
    parts = [
        opening(
            "svg",
            xmlns="http://www.w3.org/2000/svg",
            id_="timeline",
            class_="tl",
            viewBox=f"0 0 {width} {height}",
            width=width,
            height=height,
            role="img",
            aria_label="states of all machines over time",
        ),
        element("title", "States over time"),
        element("style", f"\n{_css()}\n"),
        element("rect", class_="bg", width=width, height=height),
        *_axis(turns, at, height),
        *_differences(turns, at, differences, height),
        *_lanes(turns, at, machines, documents, start, width - 40),
        *_messages(turns, at),
        *_names(machines, height),
        plain(_LEGEND, GUTTER + 10, height - 10, "note", _SMALL),
        element("path", id_="cursor", class_="cursor", d=f"M0 18V{height - 26}"),
        "</svg>",
    ]
    return Timeline("\n".join(parts) + "\n", at)


def _css() -> str:
    def rules(index: int) -> str:
        color = {name: pair[index] for name, pair in PALETTE.items()}
        hues = "".join(f".tl .c{hue}{{color:{pair[index]}}}" for hue, pair in enumerate(HUE_COLORS))
        return (
            f".tl .bg{{fill:{color['paper']}}}.tl text{{fill:{color['ink']}}}"
            f".tl .note,.tl .tick{{fill:{color['muted']}}}.tl .grid{{stroke:{color['rule']}}}"
            f".tl .boot{{stroke:{color['ink']}}}.tl .off{{color:{color['rule']}}}"
            f".tl .wrong{{fill:{color['removed']};stroke:{color['removed']}}}{hues}"
        )

    fixed = (
        '.tl{font-family:Helvetica,Arial,"Liberation Sans",sans-serif;font-size:11px}'
        f".tl .tick,.tl .note,.tl .msg,.tl .leaf{{font-size:{_SMALL}px}}"
        ".tl .name{font-weight:700}.tl .grid,.tl .boot{fill:none;stroke-width:.8}"
        ".tl .boot{stroke-width:1.5;stroke-dasharray:4 3}"
        ".tl .box{fill:currentColor;fill-opacity:.17;stroke:currentColor}"
        ".tl .stay,.tl .mark{stroke:currentColor;fill:currentColor}"
        ".tl .cursor{fill:none}.tl .wrong{stroke-opacity:.5;stroke-width:2}"
    )
    return f"{fixed}{rules(0)}\n@media screen and (prefers-color-scheme:dark){{{rules(1)}}}"


def _names(machines: Sequence[str], height: int) -> Iterator[str]:
    """Above all else: a page keeps them in sight while the rest is scrolled."""
    yield opening("g", id_="names")
    yield element("rect", class_="bg", width=GUTTER - 4, height=height)
    yield plain("messages", 8, _TOP - 25, "name", is_bold=True)
    for index, name in enumerate(machines):
        yield plain(name, 8, _TOP + _LANE * index + 14, "name", is_bold=True)
    yield "</g>"


# ---- axis ----------------------------------------------------------------------------------------


def _axis(turns: Sequence[SeenTurn], at: Sequence[float], height: int) -> Iterator[str]:
    last = -math.inf
    for turn, x in zip(turns, at, strict=True):
        if turn.kind is Kind.POWER:
            yield element("path", class_="boot", d=f"M{x - 5:.1f} 20V{height - 26}")
        if x - last >= _LABEL_EVERY:
            last = x
            label = shown_time(turn)
            shown = label.removesuffix("Z").split(" ", 1)
            text = shown[-1] if turn.utc_s is not None else label
            yield plain(text, x, 14, "tick", _SMALL)
            yield element("path", class_="grid", d=f"M{x:.1f} 18V{height - 26}")


def _differences(
    turns: Sequence[SeenTurn], at: Sequence[float], found: Sequence[Difference], height: int
) -> Iterator[str]:
    for item in found:
        index = next((i for i, turn in reversed([*enumerate(turns)]) if turn.line <= item.line), -1)
        if index < 0:
            continue
        x = at[index]
        yield opening("g", class_="difference")
        title = f"line {item.line}: was {item.was}; today {item.now}"
        yield element("title", escape(title))
        yield element("path", class_="wrong", d=f"M{x:.1f} 24V{height - 26}")
        yield element("path", class_="wrong", d=f"M{x - 4:.1f} 20h8l-4 6Z")
        yield "</g>"


def _messages(turns: Sequence[SeenTurn], at: Sequence[float]) -> Iterator[str]:
    """Marks above and below a line at the top; CALLs are named where there is room."""
    y = _TOP - 28
    free = {True: -math.inf, False: -math.inf}
    for turn, x in zip(turns, at, strict=True):
        for line in turn.lines:
            is_sent = line.startswith("-> ")
            if not is_sent and not line.startswith("<- "):
                continue
            tip = f"M{x - 3:.1f} {y}l3 -6l3 6Z" if is_sent else f"M{x - 3:.1f} {y + 3}l3 6l3 -6Z"
            yield opening("g", class_="c0" if is_sent else "c1")
            yield element("title", escape(line[:400]))
            yield element("path", class_="mark", d=tip)
            name = _action(line[3:])
            room = text_width(name, _SMALL)
            if name and x - free[is_sent] > 0:
                free[is_sent] = x + room + 8
                yield plain(name, x - 3, y - 8 if is_sent else y + 19, "msg", _SMALL)
            yield "</g>"


def _action(frame: str) -> str:
    """The action of a CALL; empty for every other frame."""
    try:
        found = json.loads(frame)
    except ValueError:
        return ""
    is_call = isinstance(found, list) and len(found) == 4 and found[0] == 2
    return str(found[2])[:40] if is_call else ""


# ---- lanes ---------------------------------------------------------------------------------------


def _lanes(
    turns: Sequence[SeenTurn],
    at: Sequence[float],
    machines: Sequence[str],
    documents: Mapping[str, ChartDocument],
    start: Mapping[str, str],
    end: float,
) -> Iterator[str]:
    found = {name: _Lane([(float(GUTTER), start.get(name, ""))]) for name in machines}
    for turn, x in zip(turns, at, strict=True):
        if turn.kind is Kind.POWER:
            for lane in found.values():
                lane.boxes.append((x - 8, ""))
        for step in turn.steps:
            lane = found[step.machine]
            if step.now and step.now != lane.boxes[-1][1]:
                lane.boxes.append((x, step.now))
            else:
                lane.ticks.append(x)
    for index, (name, lane) in enumerate(found.items()):
        y = _TOP + _LANE * index
        chart = documents.get(name.rpartition(".")[0])
        order = {state.id: n for n, state in enumerate(chart.states)} if chart else {}
        yield element("path", class_="grid", d=f"M0 {y + _LANE - 1.5}H{end + 40}")
        yield from _boxes(lane, y, end, order)


def _boxes(lane: _Lane, y: int, end: float, order: Mapping[str, int]) -> Iterator[str]:
    ends = [x for x, _ in lane.boxes[1:]] + [end]
    for (x, leaf), until in zip(lane.boxes, ends, strict=True):
        if not leaf or until <= x:
            continue
        hue = order.get(leaf, 8) % len(HUE_COLORS)
        yield opening("g", class_=f"c{hue}")
        yield element("title", escape(leaf))
        yield element("rect", class_="box", x=x, y=y + 1, width=until - x, height=_LANE - 5, rx=2)
        if text_width(leaf, _SMALL) + 6 < until - x:
            yield plain(leaf, x + 3, y + 12.5, "leaf", _SMALL)
        yield "</g>"
    for x in lane.ticks:
        yield element("path", class_="grid", d=f"M{x:.1f} {y + _LANE - 8}v5")
