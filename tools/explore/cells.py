"""Where the exploration keeps a composed state, and how it never does the same work twice.

Theory of operation: a composed state is a tuple of small numbers, one per *cell*: a machine, a
fact, a key or something of the environment. ``Values`` gives every value its number. What happens
next is computed on a ``View``, which notes which cells are read. ``Memo`` keeps a result under
exactly the cells that were read for it: a tree that asks for one cell after the other, in the order
of the first computation. Two states that differ only in cells that do not matter share the result,
so that a turn costs a dozen look-ups.
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar, cast

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)

State = tuple[int, ...]
"""The number of the value of each cell."""


class Cells(Protocol):
    """What can be asked for the number that a cell holds."""

    def __getitem__(self, cell: int, /) -> int: ...


@dataclass(slots=True)
class Values:
    """Every value by its number. Equal values of different types have different numbers."""

    items: list[object] = field(default_factory=list)
    _numbers: dict[tuple[type, object], int] = field(default_factory=dict)

    def number(self, value: object) -> int:
        """The number of a hashable value."""
        key = (type(value), value)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.items)
            self.items.append(value)
        return number


@dataclass(frozen=True, slots=True)
class Cell(Generic[T]):
    """A place in a composed state, and what it holds when power comes on for the first time."""

    index: int
    name: str
    first: T


@dataclass(slots=True)
class Layout:
    """All cells of a composition."""

    values: Values = field(default_factory=Values)
    cells: list[Cell[object]] = field(default_factory=list)

    def add(self, name: str, first: T) -> Cell[T]:
        """One more cell."""
        cell = Cell(len(self.cells), name, first)
        self.cells.append(cast("Cell[object]", cell))
        return cell

    def first(self) -> State:
        """Every cell as at the first power-on."""
        return tuple(self.values.number(cell.first) for cell in self.cells)


class Reads:
    """Notes which cells are read from ``source``, with what they held."""

    __slots__ = ("noted", "source")

    def __init__(self, source: Cells) -> None:
        self.source = source
        self.noted: dict[int, int] = {}

    def __getitem__(self, cell: int, /) -> int:
        number = self.source[cell]
        self.noted.setdefault(cell, number)
        return number


class View:
    """A composed state under change; what was written is seen by later reads."""

    __slots__ = ("reads", "values", "writes")

    def __init__(self, source: Cells, values: Values) -> None:
        self.reads = Reads(source)
        self.values = values
        self.writes: dict[int, int] = {}

    def __getitem__(self, cell: int, /) -> int:
        written = self.writes.get(cell)
        return self.reads[cell] if written is None else written

    def get(self, cell: Cell[T]) -> T:
        """What the cell holds now."""
        return cast(T, self.values.items[self[cell.index]])

    def was(self, cell: Cell[T]) -> T:
        """What the cell held at first."""
        return cast(T, self.values.items[self.reads[cell.index]])

    def put(self, cell: Cell[T], value: T) -> None:
        """Let the cell hold ``value``."""
        self.writes[cell.index] = self.values.number(value)

    def is_written(self, *cells: object) -> bool:
        """Whether one of the cells was written."""
        return any(isinstance(cell, Cell) and cell.index in self.writes for cell in cells)


@dataclass(slots=True)
class _Branch:
    """Goes on by what ``cell`` holds."""

    cell: int
    branches: dict[object, object]


class Memo(Generic[K, T]):
    """Results by key and by the cells that were read for them."""

    __slots__ = ("_roots", "size")

    def __init__(self) -> None:
        self._roots: dict[object, object] = {}
        self.size = 0

    def find(self, key: K, cells: Cells) -> T | None:
        """The result, None if it is not known."""
        node = self._roots.get(key)
        while isinstance(node, _Branch):
            node = node.branches.get(cells[node.cell])
        return cast("T | None", node)

    def learn(self, key: K, reads: Iterable[tuple[int, int]], result: T) -> None:
        """Keep a result under ``reads``, in the order in which they happened."""
        self.size += 1
        place, at = self._roots, cast(object, key)
        for cell, number in reads:
            node = place.get(at)
            if not isinstance(node, _Branch):
                node = place[at] = _Branch(cell, {})
            place, at = node.branches, number
        place[at] = result
