"""One SVG document: caption, drawing, transition table."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap
from xml.sax.saxutils import escape

from cp.chart.document import ChartDocument
from tools.svg import shapes, table
from tools.svg.markup import element, opening, plain
from tools.svg.metrics import text_width
from tools.svg.notation import sentence
from tools.svg.overlay import NO_OVERLAY, Overlay, Remark
from tools.svg.paper import print_rule
from tools.svg.picture import Picture
from tools.svg.placement import Placement
from tools.svg.style import Theme, css
from tools.svg.views import FOCUS, FULL, OVERVIEW
from tools.svg.wording import Wording

_EDGE = 16
"""Distance of caption and table from the border, in user units."""
_LEAST_WIDTH = 560
_NAME_SIZE = 20
_PITCH = 15
"""Distance of two lines of text outside of the drawing, in user units."""
LEGEND = (
    "event [guard] / action. Same event in one state: the lowest number whose guard holds; "
    "inner states before outer ones. Clock: timer. Dot: entered first."
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """How a picture is written down."""

    theme: Theme = Theme.AUTO
    has_table: bool = True
    overlay: Overlay = NO_OVERLAY


def write(
    chart: ChartDocument, picture: Picture, place: Placement, wording: Wording, sheet: Sheet
) -> str:
    """The SVG text, ending with a newline."""
    overlay = sheet.overlay
    rows = None
    width = max(place.width, _LEAST_WIDTH)
    if sheet.has_table:
        room = max(place.width, 960) - 2 * _EDGE
        numbers, value_of = wording.numbers, wording.value_of
        rows = table.build_table(chart, numbers, value_of, room, overlay.columns)
        width = max(width, rows.width + 2 * _EDGE)
    remarks = tuple(_wrapped(overlay.remarks, width))
    caption = list(_caption(chart, picture, overlay, width))
    top = 34 + _PITCH * len(caption)
    bottom = top + place.height
    low = bottom + (rows.height + 24 if rows else 0)
    height = low + (_PITCH * len(remarks) + _EDGE if remarks else 0)
    words = shapes.Words(_sentences(chart, wording, overlay), sheet.has_table, overlay.classes)
    parts = [
        *_head(chart, picture, sheet, width, height),
        *_caption_elements(chart, picture, overlay, caption, width),
        opening("g", id_="drawing", transform=f"translate({(width - place.width) // 2} {top})"),
        *shapes.states(chart, picture, place, words),
        *shapes.lines(picture, place, words),
        "</g>",
        *(table.draw(rows, (width - rows.width) // 2, bottom + 8, overlay.classes) if rows else ()),
        *(plain(text, _EDGE, y, style) for text, style, y in _placed(remarks, low)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _sentences(chart: ChartDocument, wording: Wording, overlay: Overlay) -> dict[str, str]:
    """Tooltips of the transitions."""
    found = {}
    for item in chart.transitions:
        text = sentence(item, wording.numbers[item.id], wording.value_of(item))
        found[item.id] = f"{text} {overlay.notes.get(f't-{item.id}', '')}".rstrip()
    return found


def _wrapped(remarks: Sequence[Remark], width: int) -> Iterator[Remark]:
    letters = int((width - 2 * _EDGE) / 5.4)
    for remark in remarks:
        for line in wrap(remark.text, letters, subsequent_indent="    "):
            yield Remark(line, remark.style)


def _placed(remarks: Sequence[Remark], top: int) -> Iterator[tuple[str, str, int]]:
    for index, remark in enumerate(remarks, 1):
        yield remark.text, remark.style, top + _PITCH * index


def sheet_size(chart: ChartDocument, picture: Picture, place: Placement) -> tuple[int, int]:
    """Width and height of the drawing with its caption but without table, in user units."""
    width = max(place.width, _LEAST_WIDTH)
    lines = len(list(_caption(chart, picture, NO_OVERLAY, width)))
    return width, 34 + _PITCH * lines + place.height


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
    rules = css(sheet.theme, has_overlay=sheet.overlay is not NO_OVERLAY)
    yield element("style", f"\n{rules}\n{print_rule(width, height)}\n")
    yield element("rect", class_="bg", width=width, height=height)


def _counts(chart: ChartDocument) -> str:
    return f"{len(chart.states)} states, {len(chart.transitions)} transitions"


def _name(chart: ChartDocument, picture: Picture, overlay: Overlay) -> str:
    return " \u2013 ".join(part for part in (chart.name, _subtitle(picture), overlay.title) if part)


def _file(chart: ChartDocument, overlay: Overlay) -> str:
    if overlay.caption:
        return overlay.caption
    name = chart.file.rpartition("/")[2]
    return f"{name} \u00b7 sha256 {chart.sha256[:12]} \u00b7 {_counts(chart)}"


def _is_wide(chart: ChartDocument, picture: Picture, overlay: Overlay, width: int) -> bool:
    """Whether name and file have room side by side."""
    name = text_width(_name(chart, picture, overlay), _NAME_SIZE, is_bold=True)
    return name + text_width(_file(chart, overlay)) + 3 * _EDGE <= width


def _caption(chart: ChartDocument, picture: Picture, overlay: Overlay, width: int) -> Iterator[str]:
    """The lines below the name."""
    letters = int((width - 2 * _EDGE) / 5.4)
    if not _is_wide(chart, picture, overlay, width):
        yield from wrap(_file(chart, overlay), letters)
    yield from wrap(chart.doc, letters)
    if picture.view.startswith(FOCUS):
        state_id = picture.view.removeprefix(FOCUS)
        outer = chart.state(state_id).parent
        text = f"{state_id} and all transitions to and from it; dashed states are on other pages."
        text += f" What {outer} declares holds here too." if outer else ""
        yield from wrap(text, letters)
    yield from wrap(LEGEND, letters)
    yield from wrap(overlay.legend, letters)


def _caption_elements(
    chart: ChartDocument, picture: Picture, overlay: Overlay, lines: Sequence[str], width: int
) -> Iterator[str]:
    yield opening("g", id_="caption")
    yield plain(_name(chart, picture, overlay), _EDGE, 30, "h1", _NAME_SIZE, is_bold=True)
    if _is_wide(chart, picture, overlay, width):
        file = _file(chart, overlay)
        yield plain(file, width - _EDGE - text_width(file), 30, "mut")
    for index, line in enumerate(lines):
        yield plain(line, _EDGE, 48 + _PITCH * index, "mut")
    yield "</g>"
