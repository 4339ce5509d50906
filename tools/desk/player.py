"""The player page: diagrams of all charts, machines, transcript, timeline and the controls.

Theory of operation: the same page shows a replay and a station that works. What differs is where
the turns come from (``turns`` in the data, or events of the server) and what stands below them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from cp.chart import ChartDocument
from tools.chart_files import CHARTS
from tools.desk.inlined import Inlined, inline
from tools.desk.moments import Json
from tools.desk.pages import Page, asset, policy, render
from tools.svg.export import ExportError, Studio, load_lock
from tools.svg.views import FULL
from tools.svg.writer import Sheet


@dataclass(frozen=True, slots=True)
class Player:
    """``told`` and ``verdict`` stand in the head; ``is_good`` colors the verdict, None: neither.

    ``lanes``  an inlined timeline; ``below`` HTML under the controls.
    """

    title: str
    told: str
    data: Json
    verdict: str = ""
    is_good: bool | None = None
    lanes: Inlined | None = None
    below: str = ""
    scripts: Sequence[str] = ()
    connects: bool = False


def drawings(documents: Iterable[ChartDocument], folder: Path = CHARTS) -> dict[str, Inlined]:
    """The committed picture of each chart, or one drawn now when the chart is another one.

    Nothing is laid out here: where the layout holds the chart no more, the committed picture is
    taken and says so. A chart without a picture is left out.
    """
    found = {}
    for chart in documents:
        path = folder / "svg" / f"{chart.name}.svg"
        if path.exists():
            found[chart.name] = inline(_current(chart, path, folder / "layout"), chart.name)
    return found


def _current(chart: ChartDocument, path: Path, layouts: Path) -> str:
    text = path.read_text(encoding="utf-8")
    if f'data-sha256="{chart.sha256}"' in text:
        return text
    studio = Studio(chart, load_lock(layouts, chart.name), is_frozen=True)
    try:
        return studio.draw(FULL, Sheet(has_table=False))
    except ExportError:
        return text.replace("<svg ", '<svg data-note="drawing of the release, not of this chart" ')


def player_page(player: Player, pictures: dict[str, Inlined]) -> str:
    """The HTML of the page."""
    return render(_page(player, pictures))


def player_policy(player: Player, pictures: dict[str, Inlined]) -> str:
    """What the browser may do with the page, for a server that says so too."""
    return policy(_page(player, pictures))


def _page(player: Player, pictures: dict[str, Inlined]) -> Page:
    lanes = [player.lanes] if player.lanes else []
    styles = [asset("base.css"), *(item.css for item in (*pictures.values(), *lanes))]
    return Page(
        player.title,
        [*styles, asset("player.css")],
        [asset("player.js"), *player.scripts],
        _body(player, pictures),
        player.data,
        player.connects,
    )


def _body(player: Player, pictures: dict[str, Inlined]) -> str:
    tone = {True: "good", False: "wrong", None: ""}[player.is_good]
    figures = "\n".join(
        f'<figure data-chart="{name}"><figcaption></figcaption>\n{item.svg}</figure>'
        for name, item in pictures.items()
    )
    lanes = f'<div id="lanes">{player.lanes.svg}</div>' if player.lanes else ""
    return (
        f"<header><h1>{escape(player.title)}</h1>"
        f'<span class="told">{escape(player.told)}</span><span id="clock"></span>'
        f'<span id="verdict" class="{tone}">{escape(player.verdict)}</span>'
        '<span class="chips" id="statuses"></span></header>\n'
        '<nav id="machines" aria-label="machines"></nav>\n'
        f'<main id="stage" tabindex="-1"><p id="missing"></p>\n{figures}\n</main>\n'
        '<aside id="side"><section id="facts" hidden><h2>Facts that hold</h2>'
        '<div class="chips" id="fact-chips"></div></section>'
        '<h2>Transcript</h2><div id="lines" tabindex="0"></div></aside>\n'
        f"<footer>{_CONTROLS}{lanes}{player.below}</footer>"
    )


_CONTROLS = """<div class="bar">
<button id="first" title="to the beginning (Home)">|&lt;</button>
<button id="back" title="one step back (left arrow; with Shift: one turn)">&larr; back</button>
<button id="play" title="play (space)">&#9654; play</button>
<button id="next" title="one step on (right arrow; with Shift: one turn)">on &rarr;</button>
<button id="last" title="to the end (End)">&gt;|</button>
<input id="slider" type="range" min="0" max="0" value="0" aria-label="moment">
<span id="place"></span>
<label>speed <select id="speed"><option>0.5</option><option selected>1</option><option>4</option>
<option>16</option></select></label>
<button id="wrong-next" title="to the next difference (n, back: p)">next difference</button>
<span class="gap"></span>
<label><input id="follow" type="checkbox" checked> follow what moves</label>
<label>zoom <select id="zoom"><option value="auto">auto</option><option value="whole">whole chart
</option><option value="full">100 %</option></select></label>
<label><input id="all" type="checkbox"> all charts</label>
</div>"""
