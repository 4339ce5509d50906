"""Judges a placement: nothing overlaps, boxes lie in their parents, lines end at their boxes.

A picture with one of these faults would say something wrong about the behavior, so the export
fails on them. Crossings of two lines are counted, not forbidden.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from typing import TypeAlias

from tools.svg.picture import Kind, Picture
from tools.svg.placement import Box, Path, Placement

_Segment: TypeAlias = tuple[int, int, int, int]
_MARGIN = 10
"""Distance of the drawing from its border in user units."""


@dataclass(frozen=True, slots=True)
class _Line:
    """All segments of one line, with the names that it may touch."""

    name: str
    ends: frozenset[str]
    segments: tuple[_Segment, ...]


def faults(picture: Picture, place: Placement) -> tuple[str, ...]:
    """Every fault of the drawing as a sentence; empty for a drawing that may be shown."""
    return (
        *_containment_faults(picture, place),
        *_overlap_faults(picture, place),
        *_end_faults(picture, place),
        *_line_faults(picture, place),
    )


# ---- boxes ---------------------------------------------------------------------------------------


def _containment_faults(picture: Picture, place: Placement) -> Iterator[str]:
    for node in picture.nodes:
        box = place.boxes[node.id]
        if box.width < node.card_width or box.height < node.card_height:
            yield f"{node.id} is smaller than its text"
        if node.parent is not None and not place.boxes[node.parent].grown(-1).contains(box):
            yield f"{node.id} lies outside of {node.parent}"
    for key, card in place.headers.items():
        if not place.boxes[key].contains(card):
            yield f"the header of {key} lies outside of it"
    for key, dot in place.dots.items():
        if key and not place.boxes[key].contains(dot):
            yield f"the initial dot of {key} lies outside of it"
    for arc in picture.arcs:
        box = place.labels[arc.id]
        if box.width < arc.width or box.height < arc.height:
            yield f"the label of {arc.id} is smaller than its text"


def _solid(picture: Picture, place: Placement) -> dict[str, Box]:
    """Boxes that nothing else may overlap: leaves, headers, labels, dots."""
    solid = {
        node.id: place.boxes[node.id] for node in picture.nodes if node.kind is not Kind.COMPOUND
    }
    solid.update({f"header of {key}": box for key, box in place.headers.items()})
    solid.update({f"label of {key}": box for key, box in place.labels.items()})
    solid.update({f"dot of {key}": box for key, box in place.dots.items()})
    return solid


def _overlap_faults(picture: Picture, place: Placement) -> Iterator[str]:
    solid = _solid(picture, place)
    for (one, box), (other, other_box) in combinations(solid.items(), 2):
        if box.overlaps(other_box):
            yield f"{one} overlaps {other}"
    yield from _compound_faults(picture, place)


def _compound_faults(picture: Picture, place: Placement) -> Iterator[str]:
    """Compounds overlap nothing but what lies in them; no label lies on their border."""
    for node in picture.nodes:
        if node.kind is not Kind.COMPOUND:
            continue
        box = place.boxes[node.id]
        for other in picture.nodes:
            related = {other.id, *picture.ancestors(other.id)}
            is_free = node.id not in related and other.id not in picture.ancestors(node.id)
            if is_free and box.overlaps(place.boxes[other.id]):
                yield f"{other.id} overlaps {node.id}, which it is no part of"
        for key, label in place.labels.items():
            if box.overlaps(label) and not box.contains(label):
                yield f"the label of {key} lies on the border of {node.id}"


# ---- lines ---------------------------------------------------------------------------------------


def segments(path: Path) -> tuple[_Segment, ...]:
    """The straight pieces of a path as ``x1, y1, x2, y2`` with the smaller coordinate first."""
    found = []
    for (x1, y1), (x2, y2) in pairwise(path):
        found.append((min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)))
    return tuple(found)


def _lines(picture: Picture, place: Placement) -> tuple[_Line, ...]:
    found = []
    for arc in picture.arcs:
        pieces = tuple(piece for path in place.lines[arc.id] for piece in segments(path))
        ends = frozenset({arc.source, arc.target, f"label of {arc.id}"})
        found.append(_Line(arc.id, ends, pieces))
    for parent, child in picture.initials:
        pieces = segments(place.starts[parent or ""])
        ends = frozenset({child, f"dot of {parent or ''}"})
        found.append(_Line(f"start of {parent or 'the chart'}", ends, pieces))
    return tuple(found)


def _end_faults(picture: Picture, place: Placement) -> Iterator[str]:
    for arc in picture.arcs:
        paths = place.lines[arc.id]
        label = place.labels[arc.id]
        if any(x1 != x2 and y1 != y2 for path in paths for x1, y1, x2, y2 in segments(path)):
            yield f"{arc.id} is slanted"
        if not _is_on_border(place.boxes[arc.source], paths[0][0]):
            yield f"{arc.id} does not begin at {arc.source}"
        if not _is_on_border(place.boxes[arc.target], paths[-1][-1]):
            yield f"{arc.id} does not end at {arc.target}"
        if len(paths) > 1:
            if not (_is_on_border(label, paths[0][-1]) and _is_on_border(label, paths[1][0])):
                yield f"{arc.id} does not pass its label"
        elif not any(_touches(piece, label) for path in paths for piece in segments(path)):
            yield f"the label of {arc.id} is not on its line"


def _is_on_border(box: Box, point: tuple[int, int]) -> bool:
    x, y = point
    in_range = box.x - 1 <= x <= box.right + 1 and box.y - 1 <= y <= box.bottom + 1
    at_side = min(abs(x - box.x), abs(x - box.right)) <= 1
    at_end = min(abs(y - box.y), abs(y - box.bottom)) <= 1
    return in_range and (at_side or at_end)


def _touches(piece: _Segment, box: Box) -> bool:
    x1, y1, x2, y2 = piece
    return x1 < box.right and x2 > box.x and y1 < box.bottom and y2 > box.y


def _line_faults(picture: Picture, place: Placement) -> Iterator[str]:
    solid = _solid(picture, place)
    lines = _lines(picture, place)
    for line in lines:
        for name, box in solid.items():
            # A line that ends at a compound meets its header, but does not enter it.
            wall = box if name.startswith("header") else box.grown(1)
            if name not in line.ends and any(_touches(p, wall) for p in line.segments):
                yield f"{line.name} runs through {name}"
    for one, other in combinations(lines, 2):
        if any(_is_shared(a, b) for a in one.segments for b in other.segments):
            yield f"{one.name} lies on {other.name}"
    yield from _foreign_compounds(picture, place)


def _foreign_compounds(picture: Picture, place: Placement) -> Iterator[str]:
    """A line enters only compounds that one of its ends lies in."""
    for arc in picture.arcs:
        own = {arc.source, arc.target}
        own.update(picture.ancestors(arc.source), picture.ancestors(arc.target))
        pieces = [piece for path in place.lines[arc.id] for piece in segments(path)]
        for node in picture.nodes:
            if node.kind is Kind.COMPOUND and node.id not in own:
                box = place.boxes[node.id]
                if any(_touches(piece, box) for piece in pieces):
                    yield f"{arc.id} runs through {node.id}"


def _is_shared(one: _Segment, other: _Segment) -> bool:
    """Whether two pieces lie on each other for more than a point."""
    if one[0] == one[2] == other[0] == other[2]:
        return max(one[1], other[1]) < min(one[3], other[3])
    if one[1] == one[3] == other[1] == other[3]:
        return max(one[0], other[0]) < min(one[2], other[2])
    return False


def crossings(picture: Picture, place: Placement) -> int:
    """How often two lines cross."""
    lines = _lines(picture, place)
    return sum(
        _crosses(a, b)
        for one, other in combinations(lines, 2)
        for a in one.segments
        for b in other.segments
    )


def _crosses(one: _Segment, other: _Segment) -> bool:
    if one[0] == one[2] and other[1] == other[3]:
        return other[0] < one[0] < other[2] and one[1] < other[1] < one[3]
    if one[1] == one[3] and other[0] == other[2]:
        return one[0] < other[0] < one[2] and other[1] < one[1] < other[3]
    return False


# ---- mending -------------------------------------------------------------------------------------


def polish(picture: Picture, place: Placement) -> Placement:
    """The placement with header cards slid to their corners, cut to what is drawn."""
    headers = dict(place.headers)
    for key in picture.crossed:
        headers[key] = _slid(key, picture, replace(place, headers=headers))
    return _cut(replace(place, headers=headers))


def _slid(key: str, picture: Picture, place: Placement) -> Box:
    """The header card as near to the top left corner as other boxes and lines allow."""
    solid = _solid(picture, place)
    del solid[f"header of {key}"]
    obstacles = [box.grown(4) for box in solid.values()]
    obstacles += [
        place.boxes[node.id].grown(4) for node in picture.nodes if key in picture.ancestors(node.id)
    ]
    own, card = place.boxes[key], place.headers[key]
    for line in _lines(picture, place):
        pieces = [piece for piece in line.segments if _touches(piece, own)]
        obstacles += [Box(a, b, c - a, d - b).grown(5) for a, b, c, d in pieces]
    near = [box for box in obstacles if box.overlaps(own)]
    corner = replace(card, x=own.x, y=own.y)
    xs = sorted({own.x, card.x, *(box.right for box in near)})
    ys = sorted({own.y, card.y, *(box.bottom for box in near)})
    places = [replace(card, x=x, y=y) for x in xs for y in ys]
    fits = [
        spot
        for spot in [corner, *places]
        if own.contains(spot) and not any(spot.overlaps(box) for box in near)
    ]
    return min(fits, key=lambda spot: (spot.y - own.y) * 2 + spot.x - own.x, default=card)


def _cut(place: Placement) -> Placement:
    boxes = [*place.boxes.values(), *place.labels.values(), *place.dots.values()]
    points = [point for paths in place.lines.values() for path in paths for point in path]
    points += [point for path in place.starts.values() for point in path]
    left = min([box.x for box in boxes] + [x for x, _ in points]) - _MARGIN
    top = min([box.y for box in boxes] + [y for _, y in points]) - _MARGIN
    right = max([box.right for box in boxes] + [x for x, _ in points]) + _MARGIN
    bottom = max([box.bottom for box in boxes] + [y for _, y in points]) + _MARGIN
    return _shifted(place, -left, -top, right - left, bottom - top)


def _shifted(place: Placement, dx: int, dy: int, width: int, height: int) -> Placement:
    def box(old: Box) -> Box:
        return replace(old, x=old.x + dx, y=old.y + dy)

    def path(old: Path) -> Path:
        return tuple((x + dx, y + dy) for x, y in old)

    return Placement(
        width,
        height,
        {key: box(old) for key, old in place.boxes.items()},
        {key: box(old) for key, old in place.headers.items()},
        {key: tuple(path(old) for old in paths) for key, paths in place.lines.items()},
        {key: box(old) for key, old in place.labels.items()},
        {key: box(old) for key, old in place.dots.items()},
        {key: path(old) for key, old in place.starts.items()},
    )


def bends(place: Placement) -> int:
    """How often lines change direction."""
    return sum(len(path) - 2 for paths in place.lines.values() for path in paths)


def length(place: Placement) -> int:
    """Sum of all line lengths in user units."""
    return sum(
        x2 - x1 + y2 - y1
        for paths in place.lines.values()
        for path in paths
        for x1, y1, x2, y2 in segments(path)
    )
