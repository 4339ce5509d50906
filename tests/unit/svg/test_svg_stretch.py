"""A committed layout holds a picture whose texts have grown, and nothing else."""

import random
from dataclasses import replace

import pytest
from svg_kit import toy, toy_studio

from tools.svg import geometry
from tools.svg.notation import Run, TextLine
from tools.svg.picture import Entry, Picture
from tools.svg.placement import Box
from tools.svg.stretch import fitted


def grown(picture: Picture, seed: int) -> Picture:
    """The picture with more words in some of its labels and boxes."""
    dice = random.Random(seed)

    def more(entry: Entry) -> Entry:
        added = [
            TextLine((Run("w" * dice.randint(0, 40), "sg"),)) for _ in range(dice.randint(0, 3))
        ]
        return replace(entry, lines=(*entry.lines, *added))

    return replace(
        picture,
        arcs=tuple(
            replace(arc, entries=tuple(more(item) for item in arc.entries)) for arc in picture.arcs
        ),
        nodes=tuple(
            replace(node, inner=tuple(more(item) for item in node.inner)) for node in picture.nodes
        ),
    )


def order(boxes: dict[str, Box]) -> list[tuple[str, str]]:
    """Which box ends before another one begins, on either axis."""
    return [
        (one, other)
        for one, a in boxes.items()
        for other, b in boxes.items()
        if a.right <= b.x or a.bottom <= b.y
    ]


def test_a_picture_that_fits_keeps_its_coordinates() -> None:
    studio = toy_studio()
    place = studio.placement("full")
    assert fitted(studio.picture("full"), place) == place


@pytest.mark.parametrize("seed", range(25))
def test_more_words_find_room_in_the_same_arrangement(seed: int) -> None:
    studio = toy_studio()
    place = studio.placement("full")
    picture = grown(studio.picture("full"), seed)
    assert geometry.faults(picture, place) != ()  # the layout as it is has no room for them
    found = fitted(picture, place)
    assert found is not None
    assert geometry.faults(picture, found) == ()
    assert set(order(dict(place.labels))) <= set(order(dict(found.labels)))
    assert set(order(dict(place.boxes))) <= set(order(dict(found.boxes)))
    assert all((dot.width, dot.height) == (12, 12) for dot in found.dots.values())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('{ event = "energy_denied", target = "busy" }', '{ event = "energy_denied" }'),
        ('{ event = "unplugged", target = "ended" }', '{ event = "unplugged", target = "right" }'),
        ('in = "busy"\nstatus = "Faulted"', 'status = "Faulted"'),
    ],
)
def test_another_structure_is_not_placed(old: str, new: str) -> None:
    place = toy_studio().placement("full")
    assert fitted(toy_studio(toy(old, new)).picture("full"), place) is None
