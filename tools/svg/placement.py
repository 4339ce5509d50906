"""Coordinates of a picture: the result of a layout, as plain whole numbers of user units."""

from collections.abc import Mapping
from dataclasses import dataclass

Point = tuple[int, int]
Path = tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle; ``x`` and ``y`` of its top left corner."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """The x of the right border."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """The y of the lower border."""
        return self.y + self.height

    def overlaps(self, other: "Box") -> bool:
        """Whether the two share more than a border."""
        return (
            self.x < other.right
            and other.x < self.right
            and self.y < other.bottom
            and other.y < self.bottom
        )

    def contains(self, other: "Box") -> bool:
        """Whether ``other`` lies in this box."""
        return (
            self.x <= other.x
            and self.y <= other.y
            and other.right <= self.right
            and other.bottom <= self.bottom
        )

    def grown(self, by: int) -> "Box":
        """The box with a margin of ``by`` on every side; negative: shrunk."""
        return Box(self.x - by, self.y - by, self.width + 2 * by, self.height + 2 * by)


@dataclass(frozen=True, slots=True)
class Placement:
    """Where everything is.

    ``boxes``   state id to its box; ``headers`` compound id to its header (card or band).
    ``lines``   arc id to its paths: one, or two when the label is a box of its own.
    ``labels``  arc id to the box of its label.
    ``dots``    compound id, empty for the whole chart, to the box of its initial pseudo-state.
    ``starts``  the same key to the path from the dot to the state entered first.
    """

    width: int
    height: int
    boxes: Mapping[str, Box]
    headers: Mapping[str, Box]
    lines: Mapping[str, tuple[Path, ...]]
    labels: Mapping[str, Box]
    dots: Mapping[str, Box]
    starts: Mapping[str, Path]
