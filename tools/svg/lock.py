"""The layout lock: coordinates of the last layout, committed as ``charts/layout/NAME.json``.

Each view has a digest of the very graph that ELK was given: names, sizes, ends, spacing. As long as
it matches, the picture is drawn from these coordinates and no Node is needed; a new word in a
``doc`` changes nothing here, a new guard does.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from tools.svg import elk
from tools.svg.elk import Json, JsonObject, Options
from tools.svg.picture import Picture
from tools.svg.placement import Box, Path, Placement

_ENGINE: Final = "elkjs 0.12.1"


@dataclass(frozen=True, slots=True)
class Locked:
    """One view: digest of its graph, the options that won the search, the coordinates."""

    digest: str
    options: Options
    placement: Placement


@dataclass(frozen=True, slots=True)
class Lock:
    """All views of one chart."""

    views: Mapping[str, Locked] = field(default_factory=dict)

    def placement(self, picture: Picture) -> Placement | None:
        """The coordinates of this picture; None when there are none or the picture has changed."""
        locked = self.views.get(picture.view)
        return locked.placement if locked and locked.digest == digest(picture) else None

    def with_view(self, view: str, locked: Locked) -> "Lock":
        """The lock with one view replaced."""
        return Lock({**self.views, view: locked})


def digest(picture: Picture) -> str:
    """What matters for the layout, as a short hash."""
    text = json.dumps(elk.graph(picture, {}), sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()[:32]


# ---- to text -------------------------------------------------------------------------------------


def dump(lock: Lock) -> str:
    """The file's text: one box, line or label a line, so that changes can be read."""
    views = ",\n".join(
        f"  {json.dumps(view)}: {{\n{_dump_view(locked)}\n  }}"
        for view, locked in sorted(lock.views.items())
    )
    return f'{{\n "engine": {json.dumps(_ENGINE)},\n "views": {{\n{views}\n }}\n}}\n'


def _dump_view(locked: Locked) -> str:
    place = locked.placement
    parts = [
        f'   "digest": {json.dumps(locked.digest)}',
        f'   "options": {json.dumps(dict(sorted(locked.options.items())))}',
        f'   "size": [{place.width}, {place.height}]',
    ]
    tables: dict[str, Mapping[str, Json]] = {
        "boxes": {key: _numbers(box) for key, box in place.boxes.items()},
        "headers": {key: _numbers(box) for key, box in place.headers.items()},
        "labels": {key: _numbers(box) for key, box in place.labels.items()},
        "dots": {key: _numbers(box) for key, box in place.dots.items()},
        "lines": {key: [_points(path) for path in paths] for key, paths in place.lines.items()},
        "starts": {key: _points(path) for key, path in place.starts.items()},
    }
    for name, table in tables.items():
        rows = ",\n".join(f"    {json.dumps(key)}: {json.dumps(row)}" for key, row in table.items())
        parts.append(f'   "{name}": {{\n{rows}\n   }}' if rows else f'   "{name}": {{}}')
    return ",\n".join(parts)


def _numbers(box: Box) -> list[int]:
    return [box.x, box.y, box.width, box.height]


def _points(path: Path) -> list[list[int]]:
    return [[x, y] for x, y in path]


# ---- from text -----------------------------------------------------------------------------------


def load(text: str) -> Lock:
    """A lock file's text. Raises ValueError when it is none."""
    try:
        data = json.loads(text)
        return Lock({view: _load_view(item) for view, item in data["views"].items()})
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"this is no layout: {error}") from error


def _load_view(data: JsonObject) -> Locked:
    width, height = _ints(data["size"])
    lines = {
        key: tuple(_path(path) for path in _items(paths)) for key, paths in _table(data, "lines")
    }
    placement = Placement(
        width,
        height,
        {key: _box(row) for key, row in _table(data, "boxes")},
        {key: _box(row) for key, row in _table(data, "headers")},
        lines,
        {key: _box(row) for key, row in _table(data, "labels")},
        {key: _box(row) for key, row in _table(data, "dots")},
        {key: _path(row) for key, row in _table(data, "starts")},
    )
    options = {key: str(value) for key, value in _table(data, "options")}
    return Locked(str(data["digest"]), options, placement)


def _table(data: JsonObject, name: str) -> Iterator[tuple[str, Json]]:
    table = data[name]
    if not isinstance(table, Mapping):
        raise TypeError(f"{name} is no table")
    yield from table.items()


def _items(value: Json) -> list[Json]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is no list")
    return value


def _ints(value: Json) -> tuple[int, ...]:
    found = []
    for item in _items(value):
        if not isinstance(item, int):
            raise TypeError(f"{item!r} is no whole number")
        found.append(item)
    return tuple(found)


def _box(value: Json) -> Box:
    return Box(*_ints(value))


def _path(value: Json) -> Path:
    return tuple((x, y) for x, y in (_ints(point) for point in _items(value)))
