"""A committed layout for a picture whose texts have grown: the same arrangement with more room.

Theory of operation: for each box that is too small, the plane is cut along its right or lower
border and everything behind the cut moves away. Both axes are mapped by functions that only grow,
so whatever was left of, above, inside or clear of something still is, lines stay straight, and no
layout engine is needed. What the lock does not know, a new state or line, it cannot place.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from itertools import accumulate

from tools.svg import geometry
from tools.svg.picture import Kind, Picture
from tools.svg.placement import Box, Path, Placement

_Map = Callable[[int], int]


def fitted(picture: Picture, place: Placement) -> Placement | None:
    """The placement with room for ``picture``; None when it places something else."""
    if not _has_same_parts(picture, place):
        return None
    across = _spread([(box.x, box.right, width) for box, (width, _) in _needs(picture, place)])
    down = _spread([(box.y, box.bottom, height) for box, (_, height) in _needs(picture, place)])
    moved = _mapped(place, across, down)
    return None if geometry.faults(picture, moved) else moved


def _has_same_parts(picture: Picture, place: Placement) -> bool:
    compounds = {node.id for node in picture.nodes if node.kind is Kind.COMPOUND}
    return (
        place.boxes.keys() == {node.id for node in picture.nodes}
        and place.headers.keys() == compounds
        and place.lines.keys() == {arc.id for arc in picture.arcs}
        and place.starts.keys() == {parent or "" for parent, _ in picture.initials}
    )


def _needs(picture: Picture, place: Placement) -> Iterator[tuple[Box, tuple[int, int]]]:
    """Boxes and the size that their text needs."""
    for node in picture.nodes:
        box = place.headers.get(node.id, place.boxes[node.id])
        yield box, (node.card_width, node.card_height)
    for arc in picture.arcs:
        yield place.labels[arc.id], (arc.width, arc.height)


def _spread(spans: list[tuple[int, int, int]]) -> _Map:
    """A map of one axis that makes each span ``(start, end, size)`` at least as long as needed."""
    gaps: dict[int, int] = {}
    for start, end, size in sorted(spans, key=lambda span: span[1]):
        room = end - start + sum(gap for at, gap in gaps.items() if start < at <= end)
        if room < size:
            gaps[end] = gaps.get(end, 0) + size - room
    cuts = sorted(gaps)
    moves = [0, *accumulate(gaps[cut] for cut in cuts)]
    return lambda value: value + moves[bisect_right(cuts, value)]


def _mapped(place: Placement, across: _Map, down: _Map) -> Placement:
    def box(old: Box) -> Box:
        x, y = across(old.x), down(old.y)
        return Box(x, y, across(old.right) - x, down(old.bottom) - y)

    def path(old: Path) -> Path:
        return tuple((across(x), down(y)) for x, y in old)

    def dot(key: str) -> Box:
        """A dot keeps its size and stays at the beginning of its line."""
        old, (x, y) = place.dots[key], place.starts[key][0]
        return Box(old.x + across(x) - x, old.y + down(y) - y, old.width, old.height)

    return Placement(
        across(place.width),
        down(place.height),
        {key: box(old) for key, old in place.boxes.items()},
        {key: box(old) for key, old in place.headers.items()},
        {key: tuple(path(old) for old in paths) for key, paths in place.lines.items()},
        {key: box(old) for key, old in place.labels.items()},
        {key: dot(key) for key in place.dots},
        {key: path(old) for key, old in place.starts.items()},
    )
