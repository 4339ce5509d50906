"""The report's section of one chart: drawings, transition table, states by events.

Theory of operation: the drawings are the committed ones, proved when they were exported and
compared with the charts by their hashes. On screen the whole chart is shown; on paper, where that
is too large, the overview and a page for each compound state.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path

from cp.chart import ChartDocument, Routes, TransitionDocument
from tools.desk.inlined import Inlined, inline
from tools.matrix import IGNORED, build_matrix
from tools.svg.values import timer_value

Taken = Counter[tuple[str, str]]
"""How often the scenarios take each transition, by chart and id."""


class ReportError(Exception):
    """The report would not be true; the text tells the mend."""


def chart_pictures(chart: ChartDocument, folder: Path) -> dict[str, Inlined]:
    """The committed drawings by view: ``full`` and the pages. Raises ReportError."""
    found = {}
    for path in sorted(folder.glob(f"{chart.name}.*svg")):
        view = path.name.removeprefix(f"{chart.name}.").removesuffix("svg").rstrip(".") or "full"
        text = path.read_text(encoding="utf-8")
        if f'data-sha256="{chart.sha256}"' not in text:
            raise ReportError(f"{path.name} is out of date: run 'statecharge charts export'")
        found[view] = inline(text, chart.name if view == "full" else f"{chart.name}-{view}")
    if "full" not in found:
        raise ReportError(f"{chart.name}.svg is missing: run 'statecharge charts export'")
    return dict(sorted(found.items(), key=lambda item: item[0] not in ("full", "overview")))


def chart_section(
    chart: ChartDocument, pictures: Mapping[str, Inlined], routes: Routes, taken: Taken | None
) -> str:
    """HTML of the section; ``taken`` None: there are no scenarios here."""
    name = chart.name
    parts = [
        f'<section class="chart" id="chart-{name}" data-kind="{name}">',
        f"<h2>{name}</h2><p>{escape(chart.doc)}</p>",
        f'<p class="hash">charts/{name}.toml \u00b7 sha256 {chart.sha256}</p>',
        f"<p>{len(chart.states)} states, {len(chart.transitions)} transitions"
        f"{_share(chart, taken)}.</p>",
        *_drawings(name, pictures),
        "<h3>Transitions</h3>",
        table(
            ("No.", "From", "Event", "Guard", "Actions, in order", "To", "Requirements", "Taken"),
            (_transition(name, n, item, taken) for n, item in enumerate(chart.transitions, 1)),
        ),
        "<h3>States by events</h3>",
        *_matrix(chart, routes),
        "</section>",
    ]
    return "\n".join(parts)


def _share(chart: ChartDocument, taken: Taken | None) -> str:
    if taken is None:
        return ""
    count = sum(taken[chart.name, item.id] > 0 for item in chart.transitions)
    return f", of which the scenarios take {count}"


def _drawings(name: str, pictures: Mapping[str, Inlined]) -> Iterator[str]:
    pages = [item for view, item in pictures.items() if view != "full"]
    has = ' class="has-pages"' if pages else ""
    yield f'<div{has}><div class="drawing full">{pictures["full"].svg}</div>'
    if pages:
        yield (
            f'<p class="on-screen"><button data-pages="pages-{name}" aria-expanded="false">'
            f"the {len(pages)} pages for paper</button></p>"
        )
        inside = "\n".join(f'<div class="drawing">{item.svg}</div>' for item in pages)
        yield f'<div class="pages" id="pages-{name}">{inside}</div>'
    yield "</div>"


def _transition(chart: str, number: int, item: TransitionDocument, taken: Taken | None) -> str:
    event = item.event
    if item.timer is not None:
        value = timer_value(item)
        event = f"{item.timer} {item.timer_key}{f' ({value})' if value else ''}"
    count = None if taken is None else taken[chart, item.id]
    place = f"{chart}--t-{item.id}"
    cells = (
        f'<a href="#{place}" title="line {item.line}: show it in the drawing">{number}</a>',
        escape(item.source),
        f"<b>{escape(event)}</b>" + (f"<br>\n{escape(item.doc)}" if item.doc else ""),
        f'<span class="guard">{escape(item.guard)}</span>',
        escape(", ".join(item.actions)),
        escape(item.target or "(stays)"),
        ", ".join(_requirement(cited) for cited in item.req),
    )
    never = ' class="never"' if count == 0 else ""
    times = "" if count is None else f"{count}\u00d7"
    shown = "".join(f"<td>{cell}</td>" for cell in cells)
    return f'<tr id="{chart}--row-t-{item.id}"{never}>{shown}<td class="n">{times}</td></tr>'


def _requirement(cited: str) -> str:
    return f'<a href="#{requirement_id(cited)}">{escape(cited)}</a>'


def requirement_id(cited: str) -> str:
    """The id of a requirement's row."""
    return f"req-{cited.replace(' ', '_')}"


def _matrix(chart: ChartDocument, routes: Routes) -> Iterator[str]:
    """A table on screen; on paper, where it is too wide, the same as lines."""
    matrix = build_matrix(chart, routes)
    yield f"<p>\u2192 goes to; ^ inherited from that state; {IGNORED} ignored.</p>"
    rows = (
        f"<tr><td>{escape(state)}</td>{''.join(_cell(cell) for cell in cells)}</tr>"
        for state, cells in matrix.rows
    )
    shown = table(("state", *matrix.events), rows)
    yield f'<div class="matrix on-screen">{shown}</div>'
    lines = (
        f"<tr><td><b>{escape(state)}</b></td><td>{_listed(matrix.events, cells)}</td></tr>"
        for state, cells in matrix.rows
    )
    listed = table(("state", "what it does; all else is ignored"), lines)
    yield f'<div class="on-paper">{listed}</div>'


def _cell(cell: str) -> str:
    return f'<td class="no">{cell}</td>' if cell in ("", IGNORED) else f"<td>{escape(cell)}</td>"


def _listed(events: Sequence[str], cells: Sequence[str]) -> str:
    known = zip(events, cells, strict=True)
    return "; ".join(
        f"<b>{escape(event)}</b> {escape(cell)}"
        for event, cell in known
        if cell not in ("", IGNORED)
    )


def table(head: Sequence[str], rows: Iterator[str]) -> str:
    """A table that scrolls by itself when it is too wide."""
    cells = "".join(f"<th>{escape(item)}</th>" for item in head)
    body = "\n".join(rows)
    inside = f"<thead><tr>{cells}</tr></thead>\n<tbody>{body}</tbody>"
    return f'<div class="wide"><table>{inside}</table></div>'
