"""The picture of a difference: the union laid out, painted, and proved to be both charts.

Theory of operation: as long as both versions have the same states and lines, the committed layout
of one of them is stretched. Else the layout engine is asked: first with the options that won for
the present chart, so that the picture looks familiar, then with all of them. The picture is read
back twice, without what is marked as removed and without what is marked as added, and compared with
the new and with the old chart.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from tools.desk.pairing import ChartPair
from tools.desk.proof import prove_union
from tools.desk.telling import Sign, Told
from tools.desk.union import MARKS, Union, UnionWording, unite
from tools.svg import geometry, node, search, stretch
from tools.svg.elk import WRAP
from tools.svg.export import ExportError
from tools.svg.lock import Lock
from tools.svg.overlay import Overlay, Remark
from tools.svg.picture import Arc, Picture
from tools.svg.placement import Placement
from tools.svg.style import Theme
from tools.svg.values import timer_value
from tools.svg.views import FULL, WRAP as USUAL_WRAP, build
from tools.svg.writer import Sheet, write

SEARCH_S: Final = 20.0
"""Time that the search for a new layout may take, in seconds; nothing of it is committed."""
_LAYOUT_S: Final = 5.0
_KINDS: Final = {
    Sign.ADDED: "is-added",
    Sign.REMOVED: "is-removed",
    Sign.CHANGED: "is-changed",
}
_LEGEND: Final = (
    "+ added, \u2212 removed (its old number in brackets), ~ changed: old words struck through, "
    "new ones underlined."
)


def draw_difference(
    pair: ChartPair,
    told: Sequence[Told],
    labels: tuple[str, str],
    locks: Sequence[Lock],
    theme: Theme = Theme.AUTO,
) -> str:
    """The SVG of both versions of a chart; ``locks`` are layouts of either, the best one first.

    Raises ExportError when it cannot be laid out or is not what the charts say.
    """
    union = unite(pair)
    wording = UnionWording(union, pair, timer_value)
    pictures: dict[int, Picture] = {}

    def make(wrap: int) -> Picture:
        if wrap not in pictures:
            pictures[wrap] = build(union.chart, FULL, wording, wrap)
        return pictures[wrap]

    picture, place = _placed(make, locks, union.chart.name)
    sheet = Sheet(theme, has_table=False, overlay=_overlay(union, picture, told, labels))
    text = write(union.chart, picture, place, wording, sheet)
    wrong = (*geometry.faults(picture, place), *prove_union(pair, union, timer_value, text))
    if wrong:
        more = "\n".join(f"  {item}" for item in wrong[:10])
        raise ExportError(f"{pair.name}: the picture of the difference is wrong:\n{more}")
    return text


# ---- layout --------------------------------------------------------------------------------------


def _placed(make: search.Make, locks: Sequence[Lock], name: str) -> tuple[Picture, Placement]:
    known = [lock.views[FULL] for lock in locks if FULL in lock.views]
    for locked in known:
        picture = make(int(locked.options.get(WRAP, USUAL_WRAP)))
        found = stretch.fitted(picture, locked.placement)
        if found is not None:
            return picture, found
    try:
        program, script = node.ready_elk()
    except node.NodeMissingError as error:
        raise ExportError(
            f"{name}: states or lines differ, so layout is needed: {error}"
        ) from error
    with node.ElkProcess(program, script, _LAYOUT_S) as process:
        for locked in known:
            picture = make(int(locked.options.get(WRAP, USUAL_WRAP)))
            layout = search.try_options(picture, locked.options, process)
            if layout is not None and not layout.faults:
                return picture, layout.placement
    best = search.search(make, program, script, SEARCH_S, lambda done, total: None)
    if best is None or best.faults:
        raise ExportError(f"{name}: no layout without faults was found")
    return make(int(best.options[WRAP])), best.placement


# ---- paint ---------------------------------------------------------------------------------------


def _overlay(
    union: Union, picture: Picture, told: Sequence[Told], labels: tuple[str, str]
) -> Overlay:
    classes = {f"s-{key}": _KINDS[sign] for key, sign in union.state_signs.items()}
    classes |= {f"t-{key}": _KINDS[sign] for key, sign in union.signs.items()}
    classes |= {arc.id: kind for arc in picture.arcs if (kind := _kind_of(arc, union))}
    classes |= {
        f"i-{parent or ''}": _KINDS[sign]
        for parent, child in picture.initials
        if (sign := union.state_signs.get(parent or child)) in (Sign.ADDED, Sign.REMOVED)
    }
    counts = ", ".join(f"{sign} {count}" for sign, count in _counted(told) if count)
    return Overlay(
        title="difference",
        caption=f"{labels[0]} \u2192 {labels[1]}: {counts}",
        legend=_LEGEND,
        classes=classes,
        remarks=tuple(Remark(str(item), MARKS.get(item.sign, "mut")) for item in told),
    )


def _kind_of(arc: Arc, union: Union) -> str:
    """The color of a line: that of its transitions when all of them are of one kind."""
    signs = {union.signs.get(entry.id) for entry in arc.entries}
    sign = signs.pop() if len(signs) == 1 else None
    return _KINDS[sign] if sign else ""


def _counted(told: Iterable[Told]) -> list[tuple[Sign, int]]:
    found = [item.sign for item in told]
    return [(sign, found.count(sign)) for sign in Sign]
