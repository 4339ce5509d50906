"""The language of ELK: a picture to its JSON graph, and its answer back to a placement.

Two things that ELK routes badly are modeled around it: a line from a state to itself, an ancestor
or a descendant gets its label as a box of its own with two lines; and the header of a compound that
lines cross is a box inside it, slid to the top left corner afterwards.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import floor
from typing import Final, TypeAlias

from tools.svg.picture import Arc, Kind, Node, Picture
from tools.svg.placement import Box, Path, Placement

Json: TypeAlias = bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"] | None
JsonObject: TypeAlias = Mapping[str, Json]
Options: TypeAlias = Mapping[str, str]

BASE: Final[Options] = {
    "elk.algorithm": "layered",
    "elk.edgeRouting": "ORTHOGONAL",
    "elk.hierarchyHandling": "INCLUDE_CHILDREN",
    "elk.json.shapeCoords": "ROOT",
    "elk.json.edgeCoords": "ROOT",
    "elk.direction": "DOWN",
    "elk.padding": "[top=14,left=14,bottom=14,right=14]",
    "elk.spacing.nodeNode": "18",
    "elk.spacing.edgeNode": "14",
    "elk.spacing.edgeEdge": "12",
    "elk.layered.spacing.nodeNodeBetweenLayers": "26",
    "elk.layered.spacing.edgeNodeBetweenLayers": "14",
    "elk.layered.spacing.edgeEdgeBetweenLayers": "11",
    "elk.layered.compaction.postCompaction.strategy": "EDGE_LENGTH",
}
"""Options that every layout has."""

TIGHT: Final[Options] = {
    "elk.spacing.nodeNode": "14",
    "elk.spacing.edgeNode": "10",
    "elk.spacing.edgeEdge": "9",
    "elk.layered.spacing.nodeNodeBetweenLayers": "20",
    "elk.layered.spacing.edgeNodeBetweenLayers": "11",
    "elk.layered.spacing.edgeEdgeBetweenLayers": "9",
}
"""Smaller distances, for drawings that would not fit on their page otherwise."""
LABELS: Final = "labels"
"""An option of ours: ``node`` makes each label a box of its own for ELK, so that its layering can
spread labels over the height; without it a label lies in the middle of its line."""
TURN: Final = "turn"
"""An option of ours: quarters by which the list of lines is turned; ELK's result depends on it."""
WRAP: Final = "wrap"
"""An option of ours: width at which the text of labels is broken, in user units."""
_OURS: Final = frozenset({LABELS, TURN, WRAP})

DOT: Final = 12
"""Size of an initial pseudo-state in user units."""
_GAP: Final = 14
_INLINE: Final[Options] = {
    "elk.edgeLabels.inline": "true",
    "elk.edgeLabels.placement": "CENTER",
}


def graph(picture: Picture, options: Options) -> JsonObject:
    """The ELK graph of a picture with these options over ``BASE``."""
    edges: list[Json] = [
        {"id": f"start:{parent or ''}", "sources": [f"dot:{parent or ''}"], "targets": [child]}
        for parent, child in picture.initials
    ]
    own_boxes = options.get(LABELS) == "node"
    boxed = {arc.id: arc.holder for arc in picture.arcs if arc.is_loop or own_boxes}
    first = len(picture.arcs) * int(options.get(TURN, "0")) // 4
    for arc in (*picture.arcs[first:], *picture.arcs[:first]):
        edges += _edges(arc, arc.id in boxed)
    engine_options = {key: value for key, value in options.items() if key not in _OURS}
    return {
        "id": "root",
        "layoutOptions": {**BASE, **engine_options},
        "children": _children(picture, None, boxed),
        "edges": edges,
    }


def _edges(arc: Arc, is_boxed: bool) -> list[Json]:
    if is_boxed:
        return [
            {"id": f"a:{arc.id}", "sources": [arc.source], "targets": [f"label:{arc.id}"]},
            {"id": f"b:{arc.id}", "sources": [f"label:{arc.id}"], "targets": [arc.target]},
        ]
    label: JsonObject = {
        "id": f"label:{arc.id}",
        "text": arc.id,
        "width": arc.width,
        "height": arc.height,
        "layoutOptions": _INLINE,
    }
    return [{"id": arc.id, "sources": [arc.source], "targets": [arc.target], "labels": [label]}]


_Boxed: TypeAlias = Mapping[str, str | None]
"""Arcs whose label is a box, and the compound it lies in."""


def _children(picture: Picture, parent: str | None, boxed: _Boxed) -> list[Json]:
    found: list[Json] = []
    if parent in picture.crossed and parent is not None:
        node = picture.node(parent)
        found.append(_rectangle(f"header:{parent}", node.card_width, node.card_height))
    if any(holder == parent for holder, _ in picture.initials):
        found.append(_rectangle(f"dot:{parent or ''}", DOT, DOT))
    for arc in picture.arcs:
        if arc.id in boxed and boxed[arc.id] == parent:
            found.append(_rectangle(f"label:{arc.id}", arc.width, arc.height))
    for node in picture.nodes:
        if node.parent == parent:
            found.append(_node(picture, node, boxed))
    return found


def _rectangle(name: str, width: int, height: int) -> JsonObject:
    return {"id": name, "width": width, "height": height}


def _node(picture: Picture, node: Node, boxed: _Boxed) -> JsonObject:
    if node.kind is not Kind.COMPOUND:
        return _rectangle(node.id, node.card_width, node.card_height)
    top, side = _GAP, _GAP
    if node.id not in picture.crossed:
        # ELK does not heed a least width here, so the sides make room for the header.
        widest = max(child.card_width for child in picture.nodes if child.parent == node.id)
        top, side = node.card_height + _GAP, max(_GAP, (node.card_width - widest + 1) // 2)
    return {
        "id": node.id,
        "layoutOptions": {"elk.padding": f"[top={top},left={side},bottom={_GAP},right={side}]"},
        "children": _children(picture, node.id, boxed),
    }


# ---- the answer ----------------------------------------------------------------------------------


def placement(picture: Picture, answer: JsonObject) -> Placement:
    """ELK's answer as a placement. Raises ValueError when a part of the picture is missing."""
    shapes = {name: box for name, box in _shapes(answer)}
    paths = {name: path for name, path in _paths(answer)}
    try:
        boxes = {node.id: shapes[node.id] for node in picture.nodes}
        lines = {
            arc.id: (paths[f"a:{arc.id}"], paths[f"b:{arc.id}"])
            if arc.id not in paths
            else (paths[arc.id],)
            for arc in picture.arcs
        }
        return Placement(
            width=_number(answer, "width"),
            height=_number(answer, "height"),
            boxes=boxes,
            headers={
                node.id: shapes[f"header:{node.id}"]
                if node.id in picture.crossed
                else _band(node, boxes[node.id])
                for node in picture.nodes
                if node.kind is Kind.COMPOUND
            },
            lines=lines,
            labels={arc.id: shapes[f"label:{arc.id}"] for arc in picture.arcs},
            dots={key or "": shapes[f"dot:{key or ''}"] for key, _ in picture.initials},
            starts={key or "": paths[f"start:{key or ''}"] for key, _ in picture.initials},
        )
    except KeyError as error:
        raise ValueError(f"the layout has no {error.args[0]}") from error


def _band(node: Node, box: Box) -> Box:
    return Box(box.x, box.y, box.width, node.card_height)


def _number(item: JsonObject, key: str) -> int:
    value = item.get(key, 0)
    if not isinstance(value, int | float):
        raise ValueError(f"the layout has {key} = {value!r}")
    return floor(value + 0.5)


def _objects(item: JsonObject, key: str) -> Iterable[JsonObject]:
    found = item.get(key, ())
    if isinstance(found, list | tuple):
        yield from (entry for entry in found if isinstance(entry, Mapping))


def _shapes(item: JsonObject) -> Iterable[tuple[str, Box]]:
    for key in ("children", "labels", "edges"):
        for part in _objects(item, key):
            if key != "edges":
                size = (_number(part, "width"), _number(part, "height"))
                yield str(part["id"]), Box(_number(part, "x"), _number(part, "y"), *size)
            yield from _shapes(part)


def _paths(answer: JsonObject) -> Iterable[tuple[str, Path]]:
    for edge in _objects(answer, "edges"):
        for section in _objects(edge, "sections"):
            ends = [section["startPoint"], *_objects(section, "bendPoints"), section["endPoint"]]
            points = [
                (_number(end, "x"), _number(end, "y")) for end in ends if isinstance(end, Mapping)
            ]
            yield str(edge["id"]), _straight(points)


def _straight(points: Sequence[tuple[int, int]]) -> Path:
    """The path, straight where rounding has bent it, without points on a straight line."""
    kept: list[tuple[int, int]] = []
    for x, y in points:
        point = (x, y)
        if kept and x != kept[-1][0] and y != kept[-1][1]:
            is_upright = abs(x - kept[-1][0]) < abs(y - kept[-1][1])
            point = (kept[-1][0], y) if is_upright else (x, kept[-1][1])
        if kept and point == kept[-1]:
            continue
        while len(kept) > 1 and (
            kept[-2][0] == kept[-1][0] == point[0] or kept[-2][1] == kept[-1][1] == point[1]
        ):
            kept.pop()
        kept.append(point)
    return tuple(kept)
