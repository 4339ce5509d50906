"""Charts to files: pictures, layouts, and what is out of date.

Theory of operation: the views that a chart needs follow from its size. The full picture is always
there; when it is too large for A4 with readable text, an overview and one page for each compound
join it. Each view is drawn from the layout lock, or placed anew when the lock does not hold its
graph. Every picture is proved before it is handed out.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cp.chart.document import ChartDocument
from tools.svg import geometry, lock, node, paper, search
from tools.svg.elk import WRAP
from tools.svg.lock import Lock, Locked
from tools.svg.picture import Picture
from tools.svg.placement import Placement
from tools.svg.proof import prove
from tools.svg.values import timer_value
from tools.svg.views import FOCUS, FULL, OVERVIEW, WRAP as VIEW_WRAP, build
from tools.svg.wording import Wording
from tools.svg.writer import Sheet, sheet_size, write

SEARCH_S = 60.0
"""Time that the search for one view may take, in seconds."""

Progress = Callable[[str, int, int], None]
"""Told what is being laid out, and how many of how many candidates are done."""


class ExportError(Exception):
    """A picture that may not be shown; the text names the chart and tells what is wrong."""


class StaleError(ExportError):
    """The lock does not hold this layout, and there is no Node to make it."""


@dataclass(slots=True)
class Studio:
    """Draws the views of one chart; ``lock`` grows when a layout is made.

    ``is_frozen``  never lay out anew: a check wants what is committed.
    """

    chart: ChartDocument
    lock: Lock
    progress: Progress = lambda view, done, total: None
    is_frozen: bool = False
    limit_s: float = SEARCH_S
    _pictures: dict[tuple[str, int], Picture] = field(default_factory=dict)
    _wording: Wording = field(init=False)

    def __post_init__(self) -> None:
        self._wording = Wording(self.chart, timer_value)

    def picture(self, view: str) -> Picture:
        """What a view shows. Raises ExportError for a focus on a state that does not exist."""
        locked = self.lock.views.get(view)
        wrap = int(locked.options.get(WRAP, VIEW_WRAP)) if locked else VIEW_WRAP
        return self._build(view, wrap)

    def _build(self, view: str, wrap: int) -> Picture:
        key = (view, wrap)
        if key not in self._pictures:
            try:
                self._pictures[key] = build(self.chart, view, self._wording, wrap)
            except KeyError as error:
                message = f"{self.chart.file}: there is no state {error} to focus on"
                raise ExportError(message) from error
        return self._pictures[key]

    def placement(self, view: str) -> Placement:
        """The coordinates of a view. Raises StaleError when they cannot be had."""
        found = self.lock.placement(self.picture(view))
        if found is not None:
            return found
        if self.is_frozen:
            raise StaleError(f"{self.chart.file}: the layout of view {view} is out of date")
        try:
            program, script = node.ready_elk()
        except node.NodeMissingError as error:
            raise StaleError(f"{self.chart.file}: view {view} must be laid out: {error}") from error
        best = search.search(
            lambda wrap: self._build(view, wrap),
            program,
            script,
            self.limit_s,
            lambda *done: self.progress(view, *done),
        )
        if best is None or best.faults:
            why = "; ".join(best.faults[:3]) if best else "ELK found no layout"
            raise ExportError(f"{self.chart.file}: view {view} cannot be drawn: {why}")
        picture = self._build(view, int(best.options[WRAP]))
        entry = Locked(lock.digest(picture), best.options, best.placement)
        self.lock = self.lock.with_view(view, entry)
        return best.placement

    def draw(self, view: str, sheet: Sheet) -> str:
        """The SVG of a view, proved. Raises ExportError."""
        place = self.placement(view)
        picture = self.picture(view)
        text = write(self.chart, picture, place, self._wording, sheet)
        wrong = (
            *geometry.faults(picture, place),
            *prove(self.chart, view, timer_value, text),
        )
        if wrong:
            more = "\n".join(f"  {item}" for item in wrong[:10])
            raise ExportError(f"{self.chart.file}: the picture of view {view} is wrong:\n{more}")
        return text

    # ---- the committed set -----------------------------------------------------------------------

    def views(self) -> tuple[str, ...]:
        """The views that are committed: the full one, and pages where it is too large for A4."""
        if self.paper(FULL) == "A4":
            return (FULL,)
        compounds = [state.id for state in self.chart.states if state.children]
        return (FULL, OVERVIEW, *(f"{FOCUS}{key}" for key in compounds))

    def paper(self, view: str) -> str | None:
        """The smallest paper for the drawing of a view without its table; None: beyond A3."""
        return paper.smallest_paper(*self.sheet_size(view))

    def sheet_size(self, view: str) -> tuple[int, int]:
        """Width and height of the drawing with its caption, in user units."""
        place = self.placement(view)
        return sheet_size(self.chart, self.picture(view), place)

    def draw_all(self) -> Mapping[str, str]:
        """File name to SVG text of all views that are committed."""
        return {
            file_name(self.chart.name, view): self.draw(view, Sheet(has_table=view == FULL))
            for view in self.views()
        }

    def file_names(self) -> tuple[str, ...]:
        """Names of the committed pictures as far as the lock tells: all of its views."""
        return tuple(file_name(self.chart.name, view) for view in self.lock.views)

    def trimmed_lock(self) -> Lock:
        """The lock with nothing but the committed views, as far as they are known."""
        try:
            wanted = self.views()
        except StaleError:
            return self.lock
        return Lock({view: item for view, item in self.lock.views.items() if view in wanted})

    def report(self) -> Iterator[str]:
        """What fits on which paper, a line for each view."""
        for view in self.views():
            size = self.sheet_size(view)
            points = paper.text_size_pt(*size)
            fit = self.paper(view) or "larger than A3"
            yield f"{self.chart.name} {view}: {fit} ({points:.1f} pt on A4)"


def file_name(chart: str, view: str) -> str:
    """Name of a committed picture."""
    if view == FULL:
        return f"{chart}.svg"
    return f"{chart}.{view.removeprefix(FOCUS)}.svg"


def load_lock(folder: Path, chart: str) -> Lock:
    """The committed layout of a chart; an empty one when there is none or it is damaged."""
    try:
        return lock.load((folder / f"{chart}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Lock()
