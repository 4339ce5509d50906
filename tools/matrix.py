"""``statecharge charts matrix``: what each state does on each event, as Markdown or CSV.

One table for each chart: a row for each leaf state, a column for each event or timer. An empty cell
is what reviewers ask about most: the event is ignored there.
"""

import csv
import io
import json
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cp.chart import ChartDocument, Routes, StateDocument, TransitionDocument
from tools.chart_files import read_files
from tools.svg.views import around
from tools.writing import write_text

IGNORED = "\u2013"
LEGEND = (
    f"\u2192 goes to, stays: no state is left, [guard] tried in this order, ^ inherited from "
    f"that state, refused: the answer to a CALL that no transition takes, {IGNORED} ignored."
)


@dataclass(frozen=True, slots=True)
class Matrix:
    """``rows`` leaf state and its cells, in order of ``events``."""

    chart: str
    events: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


def build_matrix(chart: ChartDocument, routes: Routes) -> Matrix:
    """The table of one chart."""
    events = tuple(dict.fromkeys(item.event for item in chart.transitions))
    rows = tuple(
        (state.id, tuple(_cell(chart, state, event, routes) for event in events))
        for state in chart.states
        if not state.children
    )
    return Matrix(chart.name, events, rows)


def _cell(chart: ChartDocument, leaf: StateDocument, event: str, routes: Routes) -> str:
    """All that can happen, innermost state first, up to the first transition without a guard."""
    parts: list[str] = []
    for state_id in (leaf.id, *around(chart, leaf.id)):
        for item in chart.state(state_id).transitions:
            if item.event == event:
                parts.append(_outcome(item, leaf.id))
                if not item.guard:
                    return "; ".join(parts)
    nothing = _nothing(chart, event, routes)
    if not parts:
        timers = [item for item in chart.transitions if item.event == event and item.timer]
        return "" if timers else nothing
    return "; ".join([*parts, f"else {nothing}" if nothing != IGNORED else "else ignored"])


def _outcome(item: TransitionDocument, leaf: str) -> str:
    guard = f"[{item.guard}] " if item.guard else ""
    target = f"\u2192 {item.target}" if item.target else "stays"
    actions = f" / {', '.join(item.actions)}" if item.actions else ""
    origin = f" ^{item.source}" if item.source != leaf else ""
    return f"{guard}{target}{actions}{origin}"


def _nothing(chart: ChartDocument, event: str, routes: Routes) -> str:
    """What happens when no transition is taken: a CALL is refused, all else is ignored."""
    for call in routes.calls.values():
        if call.event == event and call.decides == chart.name and call.refusal is not None:
            return f"refused {json.dumps(dict(call.refusal))}"
    return IGNORED


def to_markdown(matrix: Matrix) -> str:
    """A heading and a table."""
    head = "| state | " + " | ".join(f"`{event}`" for event in matrix.events) + " |"
    rule = "| --- |" + " --- |" * len(matrix.events)
    rows = [
        f"| **{state}** | " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
        for state, cells in matrix.rows
    ]
    return "\n".join([f"## {matrix.chart}", "", head, rule, *rows, ""])


def to_csv(matrices: Sequence[Matrix]) -> str:
    """One row for each chart, state and event: easy to filter."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("chart", "state", "event", "outcome"))
    for matrix in matrices:
        for state, cells in matrix.rows:
            for event, cell in zip(matrix.events, cells, strict=True):
                writer.writerow((matrix.chart, state, event, cell))
    return out.getvalue()


def main(words: Sequence[str]) -> int:
    """Exit code 0, or 1 when the charts have findings or a chart is unknown.

    Raises SettingsError when the file cannot be written.
    """
    parser = ArgumentParser("statecharge charts matrix", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("charts", nargs="*", metavar="CHART", help="charts; all by default")
    parser.add_argument("--format", choices=("markdown", "csv"), default="markdown")
    parser.add_argument("-o", "--out", type=Path, help="file to write; the terminal by default")
    arguments = parser.parse_args(words)
    files = read_files()
    for finding in files.findings:
        print(finding, file=sys.stderr)
    if files.findings or files.routes is None:
        return 1
    try:
        documents = files.named(arguments.charts)
    except KeyError as error:
        print(f"there is no chart {error}", file=sys.stderr)
        return 1
    matrices = [build_matrix(document, files.routes) for document in documents]
    if arguments.format == "csv":
        text = to_csv(matrices)
    else:
        text = "\n".join([f"{LEGEND}\n", *(to_markdown(matrix) for matrix in matrices)])
    if arguments.out is None:
        sys.stdout.write(text)
    else:
        write_text(arguments.out, text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
