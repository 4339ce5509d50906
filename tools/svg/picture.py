"""What is drawn: boxes, lines and texts with their exact sizes, but no coordinates yet.

Transitions with the same ends share one line, an *arc*, whose label lists them one below the other:
half as many lines to follow, and each transition keeps its own text, id and row in the table.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.svg.metrics import PITCH, TITLE, text_width, units
from tools.svg.notation import TextLine

HEAD: Final = 26
"""Height of a box's title band in user units."""
PAD_X: Final = 9
PAD_Y: Final = 6
"""Distance of text from the border of its box, in user units."""
LABEL_X: Final = 5
LABEL_Y: Final = 4
GLYPH: Final = 12
"""Room before the name for the bar in the state's hue, in user units."""
BADGE_PAD: Final = 6
HUES: Final = 12


class Kind(StrEnum):
    """How a box is drawn."""

    ATOMIC = "atomic"
    COMPOUND = "compound"
    FINAL = "final"
    COLLAPSED = "collapsed"
    GHOST = "ghost"
    """A state of another page, shown because a line ends there."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One transition as text, in a label or in the compartment of its state."""

    id: str
    number: int
    lines: tuple[TextLine, ...]

    @property
    def width(self) -> float:
        """Width in user units."""
        return max(line.width for line in self.lines)

    @property
    def height(self) -> int:
        """Height in user units, distances to its neighbors included."""
        return PITCH * len(self.lines) + 2 * LABEL_Y


@dataclass(frozen=True, slots=True)
class Node:
    """One state; ``inner`` entries are the transitions that stay in it.

    ``id``    the state's id; for a ghost followed by ``-from`` or ``-to``: a state of another page
              is drawn once where lines begin and once where lines end.
    ``name``  the state's id.
    ``badge`` is the OCPP status, or "no status" for a leaf that is silent on purpose.
    ``hue``   0 to 11, shared with the lines that leave the state.
    """

    id: str
    name: str
    parent: str | None
    kind: Kind
    badge: str
    lines: tuple[TextLine, ...]
    inner: tuple[Entry, ...]
    hue: int

    @property
    def title_width(self) -> float:
        """Width of name, bar and badge in user units."""
        icon = 24 if self.kind in (Kind.FINAL, Kind.COLLAPSED) else 0
        name = text_width(self.name, TITLE, is_bold=True)
        return GLYPH + name + icon + (self.badge_width + 10 if self.badge else 0)

    @property
    def badge_width(self) -> int:
        """Width of the badge in user units."""
        return units(text_width(self.badge, is_bold=True)) + 2 * BADGE_PAD

    @property
    def card_width(self) -> int:
        """Width of title and compartment in user units."""
        widths = [self.title_width, *(line.width for line in self.lines)]
        widths += [entry.width for entry in self.inner]
        return units(max(widths)) + 2 * PAD_X

    @property
    def card_height(self) -> int:
        """Height of title and compartment in user units."""
        body = PITCH * len(self.lines) + sum(2 + PITCH * len(item.lines) for item in self.inner)
        return HEAD + (body + 2 * PAD_Y if body else 0)


@dataclass(frozen=True, slots=True)
class Arc:
    """One line with its label; ``entries`` in document order.

    ``holder``  the innermost compound around both ends, in which a label lies that is a box.
    ``is_loop`` a line from a state to itself, its ancestor or its descendant: always such a label.
    """

    id: str
    source: str
    target: str
    entries: tuple[Entry, ...]
    hue: int
    is_loop: bool = False
    holder: str | None = None

    @property
    def width(self) -> int:
        """Width of the label in user units."""
        return units(max(entry.width for entry in self.entries)) + 2 * LABEL_X

    @property
    def height(self) -> int:
        """Height of the label in user units."""
        return sum(entry.height for entry in self.entries)


@dataclass(frozen=True, slots=True)
class Picture:
    """All that is drawn of one chart in one view.

    ``initials`` pairs a compound, or None for the whole chart, with the state entered first.
    ``crossed``  compounds whose border is crossed by a line: their header is a card in the corner,
                 the others have a band over the full width.
    """

    name: str
    view: str
    nodes: tuple[Node, ...]
    arcs: tuple[Arc, ...]
    initials: tuple[tuple[str | None, str], ...]
    crossed: frozenset[str]

    def node(self, state_id: str) -> Node:
        """The box of a state. Raises KeyError."""
        for node in self.nodes:
            if node.id == state_id:
                return node
        raise KeyError(state_id)

    def ancestors(self, state_id: str) -> tuple[str, ...]:
        """The compounds drawn around a state, innermost first."""
        found: list[str] = []
        parent = self.node(state_id).parent
        while parent is not None:
            found.append(parent)
            parent = self.node(parent).parent
        return tuple(found)
