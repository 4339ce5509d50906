"""One SVG document: caption, drawing, transition table."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap
from xml.sax.saxutils import escape

from cp.chart.document import ChartDocument, TransitionDocument
from tools.svg import shapes, table
from tools.svg.markup import element, opening, plain
from tools.svg.metrics import text_width
from tools.svg.notation import sentence
from tools.svg.paper import print_rule
from tools.svg.picture import Picture
from tools.svg.placement import Placement
from tools.svg.style import Theme, css
from tools.svg.views import FOCUS, FULL, OVERVIEW, numbers

_EDGE = 16
"""Distance of caption and table from the border, in user units."""
_LEAST_WIDTH = 560
_NAME_SIZE = 20
LEGEND = (
    "event [guard] / action. Same event in one state: the lowest number whose guard holds; "
    "inner states before outer ones. Clock: timer. Dot: entered first."
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """How a picture is written down."""

    theme: Theme = Theme.AUTO
    has_table: bool = True


def write(
    chart: ChartDocument,
    picture: Picture,
    place: Placement,
    value_of: Callable[[TransitionDocument], str],
    sheet: Sheet,
) -> str:
    """The SVG text, ending with a newline."""
    number_of = numbers(chart)
    rows = None
    width = max(place.width, _LEAST_WIDTH)
    if sheet.has_table:
        room = max(place.width, 960) - 2 * _EDGE
        rows = table.build_table(chart, number_of, value_of, room)
        width = max(width, rows.width + 2 * _EDGE)
    caption = list(_caption(chart, picture, width))
    top = 34 + 15 * len(caption)
    bottom = top + place.height
    height = bottom + (rows.height + 24 if rows else 0)
    sentences = {
        item.id: sentence(item, number_of[item.id], value_of(item)) for item in chart.transitions
    }
    words = shapes.Words(sentences, sheet.has_table)
    parts = [
        *_head(chart, picture, sheet, width, height),
        *_caption_elements(chart, picture, caption, width),
        opening("g", id_="drawing", transform=f"translate({(width - place.width) // 2} {top})"),
        *shapes.states(chart, picture, place, words),
        *shapes.lines(picture, place, words),
        "</g>",
        *(table.draw(rows, (width - rows.width) // 2, bottom + 8) if rows else ()),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def sheet_size(chart: ChartDocument, picture: Picture, place: Placement) -> tuple[int, int]:
    """Width and height of the drawing with its caption but without table, in user units."""
    width = max(place.width, _LEAST_WIDTH)
    return width, 34 + 15 * len(list(_caption(chart, picture, width))) + place.height


def _subtitle(picture: Picture) -> str:
    if picture.view == OVERVIEW:
        return "overview"
    return picture.view.removeprefix(FOCUS) if picture.view != FULL else ""


def _head(
    chart: ChartDocument, picture: Picture, sheet: Sheet, width: int, height: int
) -> Iterator[str]:
    part = _subtitle(picture)
    name = f"{chart.name}: {part}" if part else chart.name
    theme = "" if sheet.theme is Theme.AUTO else f" {sheet.theme}"
    yield opening(
        "svg",
        xmlns="http://www.w3.org/2000/svg",
        id_=f"chart-{chart.name}",
        class_=f"sc{theme}",
        viewBox=f"0 0 {width} {height}",
        width=width,
        height=height,
        xml_space="preserve",
        role="graphics-document document",
        aria_labelledby="title desc",
        data_chart=chart.name,
        data_view=picture.view,
        data_sha256=chart.sha256,
    )
    yield element("title", escape(f"Statechart {name}"), id_="title")
    yield element("desc", escape(f"{chart.doc} {_counts(chart)}."), id_="desc")
    yield element("style", f"\n{css(sheet.theme)}\n{print_rule(width, height)}\n")
    yield element("rect", class_="bg", width=width, height=height)


def _counts(chart: ChartDocument) -> str:
    return f"{len(chart.states)} states, {len(chart.transitions)} transitions"


def _name(chart: ChartDocument, picture: Picture) -> str:
    part = _subtitle(picture)
    return f"{chart.name} \u2013 {part}" if part else chart.name


def _file(chart: ChartDocument) -> str:
    name = chart.file.rpartition("/")[2]
    return f"{name} \u00b7 sha256 {chart.sha256[:12]} \u00b7 {_counts(chart)}"


def _is_wide(chart: ChartDocument, picture: Picture, width: int) -> bool:
    """Whether name and file have room side by side."""
    name = text_width(_name(chart, picture), _NAME_SIZE, is_bold=True)
    return name + text_width(_file(chart)) + 3 * _EDGE <= width


def _caption(chart: ChartDocument, picture: Picture, width: int) -> Iterator[str]:
    """The lines below the name."""
    letters = int((width - 2 * _EDGE) / 5.4)
    if not _is_wide(chart, picture, width):
        yield _file(chart)
    yield from wrap(chart.doc, letters)
    if picture.view.startswith(FOCUS):
        state_id = picture.view.removeprefix(FOCUS)
        outer = chart.state(state_id).parent
        text = f"{state_id} and all transitions to and from it; dashed states are on other pages."
        text += f" What {outer} declares holds here too." if outer else ""
        yield from wrap(text, letters)
    yield from wrap(LEGEND, letters)


def _caption_elements(
    chart: ChartDocument, picture: Picture, lines: Sequence[str], width: int
) -> Iterator[str]:
    yield opening("g", id_="caption")
    yield plain(_name(chart, picture), _EDGE, 30, "h1", _NAME_SIZE, is_bold=True)
    if _is_wide(chart, picture, width):
        file = _file(chart)
        yield plain(file, width - _EDGE - text_width(file), 30, "mut")
    for index, line in enumerate(lines):
        yield plain(line, _EDGE, 48 + 15 * index, "mut")
    yield "</g>"
