"""The transition table below a drawing: the same transitions as text, one row each."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cp.chart.document import ChartDocument, TransitionDocument
from tools.svg.markup import element, opening, plain
from tools.svg.metrics import PITCH, text_width, units
from tools.svg.notation import guard_pieces

STAYS = "(stays)"
"""In place of a target: nothing is left or entered."""
_GAP = 14
_LIMIT = 190
"""Cells wider than this many user units are broken."""


@dataclass(frozen=True, slots=True)
class Column:
    """Title, CSS class and the words of a cell; words are never broken."""

    title: str
    style: str
    words: Callable[[TransitionDocument, int, str], Sequence[str]]
    is_bold: bool = False


def _event_words(item: TransitionDocument, _: int, value: str) -> Sequence[str]:
    if item.timer is None:
        return (item.event,)
    return (f"{item.timer} {item.timer_key}", *((value,) if value else ()))


def _listed(words: Sequence[str]) -> Sequence[str]:
    return [*(f"{word}," for word in words[:-1]), *words[-1:]]


COLUMNS = (
    Column("No.", "no", lambda item, number, value: (str(number),), is_bold=True),
    Column("From", "fr", lambda item, number, value: (item.source,)),
    Column("Event", "ev", _event_words, is_bold=True),
    Column("Guard", "gu", lambda item, n, v: guard_pieces(item.guard) if item.guard else ()),
    Column("Actions, in order", "ac", lambda item, n, v: _listed(item.actions)),
    Column("To", "to", lambda item, number, value: (item.target or STAYS,)),
    Column("Requirements", "rq", lambda item, n, v: _listed(item.req)),
    Column("Line", "mut", lambda item, number, value: (str(item.line),)),
)


def _broken(words: Sequence[str], is_bold: bool, limit: int, joint: str) -> list[str]:
    lines: list[str] = []
    for word in words:
        longer = f"{lines[-1]}{joint}{word}" if lines else word
        if lines and text_width(longer, is_bold=is_bold) <= limit:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


@dataclass(frozen=True, slots=True)
class Table:
    """Cells as lines of text; ``rows`` transition id and its cells in order of the columns."""

    rows: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...]
    widths: tuple[int, ...]
    columns: tuple[Column, ...]

    @property
    def width(self) -> int:
        """Width in user units."""
        return sum(self.widths) + _GAP * (len(self.widths) - 1)

    @property
    def height(self) -> int:
        """Height in user units, head included."""
        return 22 + sum(PITCH * _row_lines(cells) + 5 for _, cells in self.rows)


def _row_lines(cells: Sequence[Sequence[str]]) -> int:
    return max(len(cell) for cell in cells)


def build_table(
    chart: ChartDocument,
    numbers: dict[str, int],
    value_of: Callable[[TransitionDocument], str],
    room: int,
    further: tuple[Column, ...] = (),
) -> Table:
    """The table of a chart; cells are broken only as far as ``room`` user units ask for it.

    ``further`` columns stand before the last one.
    """
    columns = (*COLUMNS[:-1], *further, COLUMNS[-1])
    for limit in (400, 300, 240, _LIMIT, 150, 120):
        rows = tuple(
            (
                item.id,
                tuple(
                    tuple(
                        _broken(
                            column.words(item, numbers[item.id], value_of(item)),
                            column.is_bold,
                            limit,
                            " ",
                        )
                    )
                    for column in columns
                ),
            )
            for item in chart.transitions
        )
        widths = tuple(_column_width(column, index, rows) for index, column in enumerate(columns))
        table = Table(rows, widths, columns)
        if table.width <= room:
            break
    return table


def _column_width(
    column: Column, index: int, rows: Sequence[tuple[str, Sequence[Sequence[str]]]]
) -> int:
    texts = [line for _, cells in rows for line in cells[index]]
    widths = [text_width(line, is_bold=column.is_bold) for line in texts]
    return units(max([text_width(column.title, is_bold=True), *widths]))


def draw(table: Table, x: int, y: int, classes: Mapping[str, str]) -> Iterator[str]:
    """The table's elements; ``x`` and ``y`` of its top left corner, ``classes`` of an overlay."""
    yield opening("g", id_="table", role="table", aria_label="transitions")
    yield opening("g", role="row")
    yield element("rect", class_="band", x=x - 6, y=y, width=table.width + 12, height=20, rx=4)
    for column, start in zip(table.columns, _starts(table, x), strict=True):
        yield plain(column.title, start, y + 14, "th", is_bold=True)
    yield "</g>"
    y += 22
    for transition_id, cells in table.rows:
        height = PITCH * _row_lines(cells) + 5
        style = f"row {classes.get(f't-{transition_id}', '')}".rstrip()
        yield opening("g", id_=f"row-t-{transition_id}", class_=style, role="row")
        yield from _row(transition_id, cells, table, x, y, height)
        yield "</g>"
        y += height
    yield "</g>"


def _starts(table: Table, x: int) -> list[int]:
    return [x + sum(table.widths[:index]) + _GAP * index for index in range(len(table.widths))]


def _row(
    transition_id: str,
    cells: Sequence[Sequence[str]],
    table: Table,
    x: int,
    y: int,
    height: int,
) -> Iterator[str]:
    yield element("rect", class_="rbg", x=x - 6, y=y, width=table.width + 12, height=height)
    for column, start, cell in zip(table.columns, _starts(table, x), cells, strict=True):
        for index, line in enumerate(cell):
            text = plain(line, start, y + 12 + PITCH * index, column.style, is_bold=column.is_bold)
            is_link = column.style == "no"
            yield element("a", text, href=f"#t-{transition_id}") if is_link else text
    line_y = y + height
    yield element("path", class_="rule", d=f"M{x - 6} {line_y}h{table.width + 12}")
