"""Proof that the picture of the routes is the routes: columns are found by place, not by name."""

import re
from collections.abc import Iterator
from xml.etree import ElementTree

from tools.svg.routes_picture import RoutesPicture, call_lines

_NS = "{http://www.w3.org/2000/svg}"
_Tree = ElementTree.Element


def prove_routes(picture: RoutesPicture, text: str) -> tuple[str, ...]:
    """Everything in which the picture and the routes differ."""
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        return (f"the picture is no XML: {error}",)
    columns = {_turned_at(group): _words(group) for group in _groups(root, "column")}
    if list(columns.values()) != [[chart] for chart in picture.charts]:
        return (f"the columns read {list(columns.values())}",)
    return (*_compare_events(picture, root, columns), *_compare_calls(picture, root))


def _compare_events(
    picture: RoutesPicture, root: _Tree, columns: dict[float, list[str]]
) -> Iterator[str]:
    seen: dict[str, tuple[set[tuple[str, str]], set[str], set[str]]] = {}
    for group in _groups(root, "route"):
        texts = group.findall(f"{_NS}text")
        event = texts[0].text or ""
        if event in seen:
            yield f"event {event} is drawn twice"
        numbers = {
            (_column(columns, float(item.get("x", 0))), item.text or "") for item in texts[1:]
        }
        rings = {
            _column(columns, float(item.get("cx", 0))) for item in group.findall(f"{_NS}circle")
        }
        marks = {
            _column(columns, float(re.findall(r"[\d.]+", item.get("d", ""))[0]))
            for item in group.findall(f"{_NS}path[@class='eye']")
        }
        seen[event] = numbers, rings, marks
    expected = {
        event: (
            {(chart, str(place)) for place, chart in enumerate(picture.routes.events[event], 1)},
            {call.decides for call in picture.routes.calls.values() if call.event == event},
            set(picture.told_by.get(event, ())),
        )
        for event in picture.events
    }
    for event in sorted(seen.keys() | expected.keys()):
        if seen.get(event) != expected.get(event):
            yield f"event {event} reads {seen.get(event)}, not {expected.get(event)}"


def _compare_calls(picture: RoutesPicture, root: _Tree) -> Iterator[str]:
    seen = [tuple(_words(group)) for group in _groups(root, "call")]
    expected = [call_lines(route) for route in picture.routes.calls.values()]
    if seen != expected:
        yield f"the CALLs read {seen}, not {expected}"


def _groups(root: _Tree, style: str) -> Iterator[_Tree]:
    return (group for group in root.iter(f"{_NS}g") if group.get("class") == style)


def _words(group: _Tree) -> list[str]:
    return [item.text or "" for item in group.iter(f"{_NS}text")]


def _turned_at(group: _Tree) -> float:
    """Middle of a column: where its head is turned."""
    turned = group.find(f"{_NS}g")
    found = re.search(
        r"translate\(([\d.]+)", turned.get("transform", "") if turned is not None else ""
    )
    return float(found[1]) - 4 if found else 0.0


def _column(columns: dict[float, list[str]], x: float) -> str:
    nearest = min(columns, key=lambda middle: abs(middle - x))
    return columns[nearest][0]
