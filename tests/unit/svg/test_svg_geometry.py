"""The geometry checker finds what a reader would misread."""

from dataclasses import replace

import pytest
from svg_kit import toy_studio

from tools.svg import geometry
from tools.svg.placement import Box, Placement


def placed() -> Placement:
    return toy_studio().placement("full")


def faults(place: Placement) -> str:
    return "\n".join(geometry.faults(toy_studio().picture("full"), place))


def moved(box: Box, dx: int = 0, dy: int = 0) -> Box:
    return replace(box, x=box.x + dx, y=box.y + dy)


def test_the_committed_layout_is_clean() -> None:
    assert faults(placed()) == ""


def test_labels_over_each_other() -> None:
    place = placed()
    labels = {**place.labels, "l-resting-ended": place.labels["l-right-left"]}
    told = faults(replace(place, labels=labels))
    assert "label of l-right-left overlaps label of l-resting-ended" in told or (
        "label of l-resting-ended overlaps label of l-right-left" in told
    )
    assert "l-resting-ended does not pass its label" in told
    lines = {**place.lines, "l-resting-ended": (((0, 0), (9, 0)),)}
    told = faults(replace(place, labels=labels, lines=lines))
    assert "the label of l-resting-ended is not on its line" in told


@pytest.mark.parametrize(
    ("state", "to", "told"),
    [
        ("ended", "left", "overlaps ended"),
        ("ended", "busy", "ended overlaps busy"),
        ("left", "resting", "left lies outside of busy"),
        ("left", "right", "left overlaps right"),
    ],
)
def test_a_box_in_the_wrong_place(state: str, to: str, told: str) -> None:
    place = placed()
    goal = place.boxes[to]
    boxes = {**place.boxes, state: replace(place.boxes[state], x=goal.x + 4, y=goal.y + 4)}
    assert told in faults(replace(place, boxes=boxes))


def test_a_line_through_a_state_and_one_on_another_line() -> None:
    place = placed()
    box = place.boxes["right"]
    across = ((box.x - 50, box.y + 9), (box.right + 50, box.y + 9))
    told = faults(replace(place, lines={**place.lines, "l-resting-ended": (across,)}))
    assert "l-resting-ended runs through right" in told
    assert "l-resting-ended runs through busy" in told
    assert "l-resting-ended does not begin at resting" in told
    assert "l-resting-ended does not end at ended" in told
    same = {**place.lines, "l-resting-ended": place.lines["l-right-left"]}
    assert "lies on" in faults(replace(place, lines=same))


def test_a_slanted_line_and_a_label_off_its_line() -> None:
    place = placed()
    path = place.lines["l-resting-ended"][0]
    slanted = (path[0], (path[-1][0] + 7, path[-1][1]))
    told = faults(replace(place, lines={**place.lines, "l-resting-ended": (slanted,)}))
    assert "l-resting-ended is slanted" in told


def test_text_larger_than_its_box() -> None:
    place = placed()
    labels = {**place.labels, "l-resting-ended": replace(place.labels["l-resting-ended"], width=9)}
    assert "label of l-resting-ended is smaller than its text" in faults(
        replace(place, labels=labels)
    )
    boxes = {**place.boxes, "ended": replace(place.boxes["ended"], height=9)}
    assert "ended is smaller than its text" in faults(replace(place, boxes=boxes))


def test_header_dot_and_border() -> None:
    place = placed()
    headers = {key: moved(box, dy=-99) for key, box in place.headers.items()}
    assert "the header of busy lies outside" in faults(replace(place, headers=headers))
    dots = {**place.dots, "busy": moved(place.dots["busy"], dx=-2000)}
    assert "the initial dot of busy lies outside" in faults(replace(place, dots=dots))
    border = place.boxes["busy"].x - 20
    labels = {**place.labels, "l-right-left": replace(place.labels["l-right-left"], x=border)}
    assert "lies on the border of busy" in faults(replace(place, labels=labels))


def test_crossings_are_counted() -> None:
    place = placed()
    picture = toy_studio().picture("full")
    before = geometry.crossings(picture, place)
    path = place.lines["l-resting-ended"][0]
    x, y = path[0][0], (path[0][1] + path[1][1]) // 2
    line = ((x - 9, y), (x + 9, y))
    crossed = {**place.lines, "l-right-left": (line,)}
    assert geometry.crossings(picture, replace(place, lines=crossed)) >= 1
    assert before == geometry.crossings(picture, placed())
