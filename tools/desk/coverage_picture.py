"""What the scenarios took, painted on the charts: wide is often, red and dashed is never.

Theory of operation: the committed layout is stretched until each transition has room for its count,
so the arrangement is the one that the reader knows and no layout engine is asked. A guard with an
outcome that no scenario shows is marked where it stands; the table has all numbers.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cp.chart import ChartDocument, TransitionDocument
from cp.chart.guards import conjuncts, parse
from tools.coverage import Coverage
from tools.svg import geometry, stretch
from tools.svg.elk import WRAP
from tools.svg.export import ExportError, file_name
from tools.svg.lock import Lock
from tools.svg.notation import Atom, Run
from tools.svg.overlay import SIGN, Overlay, without_overlay
from tools.svg.picture import Arc, Picture
from tools.svg.proof import prove
from tools.svg.style import Theme
from tools.svg.table import Column
from tools.svg.values import timer_value
from tools.svg.views import FULL, WRAP as USUAL_WRAP, build
from tools.svg.wording import Wording
from tools.svg.writer import Sheet, write
from tools.writing import write_text

NEVER: Final = "is-removed"
_STEPS: Final = (3, 12, 60)
"""Counts above these make a line wider and stronger by one level."""
_LEGEND: Final = (
    "Number\u00d7: how often the scenarios take it; the wider and stronger, the more often. Red "
    "and dashed, 0\u00d7: never. The table tells how often each part of a guard was true and false."
)


def heat(count: int) -> str:
    """CSS class of a count."""
    return f"heat{1 + sum(count > step for step in _STEPS)}" if count else NEVER


def unseen(coverage: Coverage, chart: str, item: TransitionDocument) -> tuple[str, ...]:
    """What no scenario shows of a transition's guard: ``never true: is_x``."""
    leaves = leaf_counts(coverage, chart, item)
    if leaves and not any(counts[True] or counts[False] for counts in leaves.values()):
        return ("never asked",)
    return tuple(
        f"never {_missing(counts)}: {leaf}"
        for leaf, counts in leaves.items()
        if not (counts[True] and counts[False])
    )


def _missing(counts: Mapping[bool, int]) -> str:
    if not counts[True] and not counts[False]:
        return "asked"
    return "false" if counts[True] else "true"


def leaf_counts(
    coverage: Coverage, chart: str, item: TransitionDocument
) -> Mapping[str, Mapping[bool, int]]:
    """How often each part of a guard was true and false."""
    leaves = conjuncts(parse(item.guard)) if item.guard else ()
    return {
        leaf: {
            outcome: coverage.outcomes[(chart, item.id, leaf), outcome] for outcome in (True, False)
        }
        for leaf in leaves
    }


class _CountedWording(Wording):
    """The words of the chart, and behind each transition how often it was taken."""

    def __init__(self, chart: ChartDocument, coverage: Coverage) -> None:
        super().__init__(chart, timer_value)
        self._chart = chart.name
        self._coverage = coverage

    def entry(self, item: TransitionDocument, ends: tuple[str, str]) -> list[Atom]:
        """One transition with its count and what its guard never was."""
        count = self._coverage.taken[self._chart, item.id]
        shown = Run(f"{count}\u00d7", SIGN, "" if count else "del")
        missing = unseen(self._coverage, self._chart, item)
        return [
            *super().entry(item, ends),
            (shown,),
            *((Run(text, SIGN, "del"),) for text in missing),
        ]


def draw_coverage(
    chart: ChartDocument, coverage: Coverage, lock: Lock, played: int, theme: Theme = Theme.AUTO
) -> str:
    """The SVG of one chart; ``played`` is the number of scenarios. Raises ExportError."""
    locked = lock.views.get(FULL)
    if locked is None:
        raise ExportError(f"{chart.name}: there is no layout; run 'statecharge charts export'")
    wording = _CountedWording(chart, coverage)
    picture = build(chart, FULL, wording, int(locked.options.get(WRAP, USUAL_WRAP)))
    place = stretch.fitted(picture, locked.placement)
    if place is None:
        raise ExportError(f"{chart.name}: the layout is stale; run 'statecharge charts export'")
    overlay = _overlay(chart, picture, coverage, played)
    text = write(chart, picture, place, wording, Sheet(theme, overlay=overlay))
    wrong = (
        *geometry.faults(picture, place),
        *prove(chart, FULL, timer_value, without_overlay(text)),
    )
    if wrong:
        more = "\n".join(f"  {item}" for item in wrong[:10])
        raise ExportError(f"{chart.name}: the picture of the coverage is wrong:\n{more}")
    return text


def _overlay(chart: ChartDocument, picture: Picture, coverage: Coverage, played: int) -> Overlay:
    items = chart.transitions
    counts = {item.id: coverage.taken[chart.name, item.id] for item in items}
    classes = {f"t-{key}": heat(count) for key, count in counts.items()}
    classes |= {arc.id: _arc_heat(arc, counts) for arc in picture.arcs}
    outcomes = 2 * len(coverage.leaves(chart.name))
    seen = outcomes - len(coverage.unseen(chart.name))
    taken = sum(count > 0 for count in counts.values())
    return Overlay(
        title="coverage",
        caption=f"sha256 {chart.sha256[:12]} \u00b7 {played} scenarios \u00b7 {taken}/{len(items)} "
        f"transitions, {seen}/{outcomes} guard outcomes",
        legend=_LEGEND,
        classes=classes,
        notes={f"t-{key}": f"Taken {count} times." for key, count in counts.items()},
        columns=(
            Column("Taken", SIGN, lambda item, n, v: (f"{counts[item.id]}\u00d7",), is_bold=True),
            Column("Guard: true, false", "mut", lambda item, n, v: _leaves(coverage, chart, item)),
        ),
    )


def _arc_heat(arc: Arc, counts: Mapping[str, int]) -> str:
    """A line is as hot as all of its transitions together."""
    return heat(sum(counts[entry.id] for entry in arc.entries))


def _leaves(coverage: Coverage, chart: ChartDocument, item: TransitionDocument) -> tuple[str, ...]:
    leaves = leaf_counts(coverage, chart.name, item).items()
    shown = [f"{leaf} {counts[True]}, {counts[False]}" for leaf, counts in leaves]
    return (*(f"{text};" for text in shown[:-1]), *shown[-1:])


def write_pictures(
    coverage: Coverage, locks: Mapping[str, Lock], folder: Path, played: int
) -> tuple[Path, ...]:
    """One picture for each chart; their paths. Raises ExportError and SettingsError."""
    paths = []
    for name, chart in coverage.documents.items():
        path = folder / file_name(f"{name}.coverage", FULL)
        text = draw_coverage(chart, coverage, locks[name], played)
        write_text(path, text)
        paths.append(path)
    return tuple(paths)
