"""The routes as one picture: who tells what to whom, and who answers which CALL.

A grid: one row for each event, one column for each chart. A number says that the chart gets the
event, and as which one in order; a triangle that it tells the event; a ring around the number that
it decides on this CALL. The list beside it holds the answer of every CALL of the central system.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from textwrap import wrap
from xml.sax.saxutils import escape

from cp.chart import CallRoute, Routes
from cp.chart.routes import Payload
from tools.svg.markup import element, opening, plain, rectangle
from tools.svg.metrics import text_width, units
from tools.svg.paper import print_rule
from tools.svg.placement import Box
from tools.svg.style import Theme, css

_EDGE = 16
_COLUMN = 31
_ROW = 17
_TOP = 96
_HEAD = 96
"""Height of the column heads, whose names run upwards, in user units."""
LEGEND = (
    "Number: gets the event, in this order. Ring: answers the CALL. Triangle: tells the event. "
    "Rows without a triangle come from drivers, link, dialogue or controller."
)


@dataclass(frozen=True, slots=True)
class RoutesPicture:
    """What is drawn. ``told_by`` maps events to the charts that tell them."""

    routes: Routes
    text: str
    told_by: Mapping[str, Sequence[str]]

    @property
    def charts(self) -> tuple[str, ...]:
        """The columns."""
        return tuple(self.routes.connectors)

    @property
    def events(self) -> tuple[str, ...]:
        """The rows: every event that a chart gets or tells."""
        return tuple(
            event for event, names in self.routes.events.items() if names or event in self.told_by
        )


def draw_routes(picture: RoutesPicture, theme: Theme = Theme.AUTO) -> str:
    """The SVG text, ending with a newline."""
    names = max(text_width(event, is_bold=True) for event in picture.events)
    left = _EDGE + units(names) + 12
    right = left + _COLUMN * len(picture.charts) + 24
    calls = [call_lines(route) for route in picture.routes.calls.values()]
    width = right + units(max(text_width(line) for lines in calls for line in lines)) + 12 + _EDGE
    grid_height = _TOP + _HEAD + _ROW * len(picture.events)
    call_height = _TOP + _HEAD + sum(14 * len(lines) + 6 for lines in calls)
    height = max(grid_height, call_height) + _EDGE
    parts = [
        *_head(picture, theme, width, height),
        opening("g", id_="drawing"),
        *_columns(picture, left, grid_height),
        *(
            line
            for index, event in enumerate(picture.events)
            for line in _event_row(picture, event, left, _TOP + _HEAD + _ROW * index)
        ),
        "</g>",
        *_calls(picture.routes, right),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def routes_size(text: str) -> tuple[int, int]:
    """Width and height of a drawn picture in user units."""
    found = re.search(r'viewBox="0 0 (\d+) (\d+)"', text)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _head(picture: RoutesPicture, theme: Theme, width: int, height: int) -> Iterator[str]:
    yield opening(
        "svg",
        xmlns="http://www.w3.org/2000/svg",
        id_="routes",
        class_="sc" if theme is Theme.AUTO else f"sc {theme}",
        viewBox=f"0 0 {width} {height}",
        width=width,
        height=height,
        xml_space="preserve",
        role="graphics-document document",
        aria_labelledby="title desc",
    )
    yield element("title", "Routes: who tells whom", id_="title")
    yield element("desc", escape(f"Which chart gets and tells which event. {LEGEND}"), id_="desc")
    yield element("style", f"\n{css(theme)}\n{print_rule(width, height)}\n")
    yield element("rect", class_="bg", width=width, height=height)
    yield opening("g", id_="caption")
    yield plain("routes", _EDGE, 30, "h1", 20, is_bold=True)
    digest = sha256(picture.text.encode()).hexdigest()[:12]
    counts = f"{len(picture.charts)} charts, {len(picture.events)} events"
    file = f"routes.toml \u00b7 sha256 {digest} \u00b7 {counts}"
    yield plain(file, width - _EDGE - text_width(file), 30, "mut")
    yield plain("Who tells what to whom, and who answers which CALL.", _EDGE, 50, "mut")
    for index, line in enumerate(wrap(LEGEND, int((width - 2 * _EDGE) / 5.4))):
        yield plain(line, _EDGE, 66 + 15 * index, "mut")
    yield "</g>"


def _columns(picture: RoutesPicture, left: int, bottom: int) -> Iterator[str]:
    for index, chart in enumerate(picture.charts):
        x = left + _COLUMN * index
        ids = ", ".join(str(item) for item in picture.routes.connectors[chart])
        yield opening("g", id_=f"column-{chart}", class_="column", role="columnheader")
        yield element("title", f"chart {chart}, connector {ids}")
        if index % 2 == 0:
            yield rectangle("band", Box(x, _TOP, _COLUMN, bottom - _TOP))
        turn = f"translate({x + _COLUMN // 2 + 4} {_TOP + _HEAD - 6}) rotate(-90)"
        yield opening("g", transform=turn)
        yield plain(chart, 0, 0, "th", is_bold=True)
        yield "</g>"
        yield "</g>"


def _event_row(picture: RoutesPicture, event: str, left: int, y: int) -> Iterator[str]:
    gets = picture.routes.events[event]
    tells = picture.told_by.get(event, ())
    decides = {route.decides for route in picture.routes.calls.values() if route.event == event}
    yield opening("g", id_=f"event-{event}", class_="route", role="row")
    told = f", told by {', '.join(tells)}" if tells else ""
    yield element("title", escape(f"{event}: to {', '.join(gets) or 'nobody'}{told}"))
    end = left + _COLUMN * len(picture.charts)
    yield element("path", class_="rule", d=f"M{_EDGE} {y + _ROW}H{end}")
    yield plain(event, _EDGE, y + 12.5, "ev", is_bold=True)
    for index, chart in enumerate(picture.charts):
        middle = left + _COLUMN * index + _COLUMN / 2
        if chart in gets:
            number = str(gets.index(chart) + 1)
            shift = 7 if chart in tells else 0
            if chart in decides:
                yield element("circle", class_="ring", cx=middle - shift, cy=y + 8.5, r=7)
            x = middle - shift - text_width(number, is_bold=True) / 2
            yield plain(number, x, y + 12.5, "th", is_bold=True)
        if chart in tells:
            x = middle + (5 if chart in gets else -4)
            yield element("path", class_="eye", d=f"M{x:.1f} {y + 4}v9l8 -4.5z")
    yield "</g>"


# ---- CALLs ---------------------------------------------------------------------------------------


def call_lines(route: CallRoute) -> tuple[str, ...]:
    """The action and how it is answered."""
    if route.event:
        decision = f"{route.event}: {route.decides} decides"
        refusal = f"else {_payload(route.refusal)}" if route.refusal is not None else ""
        return tuple(line for line in (route.action, decision, refusal) if line)
    if route.answer is not None:
        return route.action, f"always {_payload(route.answer)}"
    if route.error is not None:
        return (f"{route.action}: {route.error}",)
    return route.action, f"computed: {route.domain}"


def _payload(payload: Payload) -> str:
    return json.dumps(dict(payload), ensure_ascii=False)


def _calls(routes: Routes, x: int) -> Iterator[str]:
    yield opening("g", id_="calls", role="table", aria_label="CALLs")
    yield plain("CALLs of the central system", x, _TOP + _HEAD - 8, "th", is_bold=True)
    y = _TOP + _HEAD
    for route in routes.calls.values():
        lines = call_lines(route)
        yield opening("g", id_=f"call-{route.action}", class_="call", role="row")
        yield plain(lines[0], x, y + 12, "th" if len(lines) > 1 else "mut", is_bold=len(lines) > 1)
        for index, line in enumerate(lines[1:], 1):
            yield plain(line, x + 10, y + 12 + 14 * index, "mut")
        yield "</g>"
        y += 14 * len(lines) + 6
    yield "</g>"
