"""A composition of machines with its environment: what can happen, and what a state looks like.

Theory of operation: a ``Move`` is one thing that the environment or a timer may do; it is chosen
freely in every state in which it is possible. ``Model.play`` runs the turn of a move on a state and
says what became of it; it knows nothing of breadth or depth.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from cp.chart import Chart, Machine
from cp.house import House
from cp.vocabulary.constants import CONSTANTS
from cp.vocabulary.errors import MachineFault
from cp.vocabulary.events import Event
from cp.vocabulary.facts import OWNERS, Facts
from tools.explore.cells import Cell, Cells, Layout, Memo, State, View
from tools.explore.finding import Finding
from tools.explore.room import Room, cut_house
from tools.explore.turn import LeanTurn

F = TypeVar("F")
RAISES: Final = "no step raises"


@dataclass(frozen=True, slots=True)
class Move:
    """``run`` does it and says whether it was possible; ``lines`` say it in a scenario.

    ``is_cut``: power is cut, which is no way out of a dead end. ``meter_wh``: how far the register
    is above the highest value ever used; None: it cannot be read.
    """

    name: str
    run: Callable[[LeanTurn], bool]
    lines: tuple[str, ...] = ()
    is_cut: bool = False
    meter_wh: int | None = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a move leads to: cells written, findings, and the number of events of the turn."""

    is_possible: bool
    writes: tuple[tuple[int, int], ...] = ()
    findings: tuple[Finding, ...] = ()
    length: int = 0


IMPOSSIBLE = Outcome(False)


class Model(ABC):
    """One composition. Subclasses add the cells of their environment to ``layout``."""

    machines: tuple[str, ...]
    key_cells: tuple[str, ...]
    head: tuple[str, ...]
    """First lines of a scenario that shows a path of this composition."""

    def __init__(self, house: House, title: str) -> None:
        self.title = title
        self.house = cut_house(house, self.machines)
        self.layout = Layout()
        names = self.house.routes.machines
        empty: Machine | None = None
        machines = {name: self.layout.add(name, empty) for name in names}
        first = Facts()
        facts: dict[str, Cell[object]] = {
            name: self.layout.add(name, getattr(first, name)) for name in OWNERS
        }
        defaults = house.table.defaults()
        keys = {name: self.layout.add(name, defaults.text(name)) for name in self.key_cells}
        self.room = Room(self.house, self.layout, machines, facts, keys, defaults)
        self.memo: Memo[int, Outcome] = Memo()
        self.moves: tuple[Move, ...] = ()

    # ---- to be filled ----------------------------------------------------------------------------

    @abstractmethod
    def starts(self) -> tuple[State, ...]:
        """The states after power-on, one for each set of keys."""

    @property
    @abstractmethod
    def key_sets(self) -> tuple[Mapping[str, str], ...]:
        """The keys that each start differs in from the defaults."""

    @abstractmethod
    def observe(self, turn: LeanTurn) -> None:
        """Let the environment follow what the turn did."""

    @abstractmethod
    def findings(self, turn: LeanTurn) -> Iterable[Finding]:
        """Invariants that do not hold after the turn."""

    @abstractmethod
    def normalize(self, view: View) -> None:
        """Forget what makes no difference, rename what only has to be different."""

    @abstractmethod
    def is_idle(self, state: State) -> bool:
        """Nothing is going on: a state that must be reachable from everywhere."""

    # ---- playing ---------------------------------------------------------------------------------

    def outcome(self, move: int, state: State) -> Outcome:
        """What the move with this number leads to from ``state``."""
        known = self.memo.find(move, state)
        return known if known is not None else self._played(move, state)

    def _played(self, number: int, cells: Cells) -> Outcome:
        view = View(cells, self.layout.values)
        outcome = self._play(self.moves[number], LeanTurn(self.room, view))
        self.memo.learn(number, view.reads.noted.items(), outcome)
        return outcome

    def _play(self, move: Move, turn: LeanTurn) -> Outcome:
        try:
            if not move.run(turn):
                return IMPOSSIBLE
        except MachineFault as fault:
            return Outcome(True, (), (Finding(RAISES, str(fault)),))
        self.observe(turn)
        findings = tuple(self.findings(turn))
        self.normalize(turn.view)
        return Outcome(True, tuple(turn.view.writes.items()), findings, turn.length)

    # ---- helpers for subclasses ------------------------------------------------------------------

    def machine(self, view: View, name: str) -> Machine:
        """The machine of this name. Raises ValueError before it has begun."""
        machine = view.get(self.room.machines[name])
        if machine is None:
            raise ValueError(f"{name} has not begun")
        return machine

    def leaf(self, view: View, name: str) -> str:
        """The innermost active state of a machine."""
        return self.machine(view, name).active[-1]

    def fields(self, view: View, name: str, kind: type[F]) -> F:
        """The fields of a machine. Raises TypeError."""
        found = self.machine(view, name).fields
        if not isinstance(found, kind):
            raise TypeError(f"{name} has {type(found).__name__}")
        return found

    def set_fields(self, view: View, name: str, fields: object) -> None:
        """Give a machine other fields."""
        machine = replace(self.machine(view, name), fields=fields)
        view.put(self.room.machines[name], machine)

    def fact(self, view: View, name: str) -> bool:
        """A fact that is a yes or a no."""
        return bool(view.get(self.room.facts[name]))

    def know(self, view: View, **facts: object) -> None:
        """Facts whose owner is not among the machines of this composition."""
        for name, value in facts.items():
            view.put(self.room.facts[name], value)

    def power_on(self, turn: LeanTurn, keep: Iterable[Cell[object]], event: Event) -> None:
        """All that is not in ``keep`` is as at first; the machines begin and learn ``event``."""
        kept = {cell.index for cell in keep} | {cell.index for cell in self.room.keys.values()}
        for cell in self.layout.cells:
            if cell.index not in kept:
                turn.view.put(cell, cell.first)
        for name in self.room.machines:
            turn.begin(name)
        turn.take(event)

    def first_state(self, values: Mapping[str, str], run: Callable[[LeanTurn], bool]) -> State:
        """The state after ``run`` on a new device with these keys."""
        view = View(self.layout.first(), self.layout.values)
        for name, text in values.items():
            view.put(self.room.keys[name], text)
        turn = LeanTurn(self.room, view)
        run(turn)
        self.observe(turn)
        self.normalize(view)
        return tuple(view[cell.index] for cell in self.layout.cells)

    def timer_moves(self) -> tuple[Move, ...]:
        """One move for each timer that any machine can have armed."""
        return tuple(
            self._timer_move(name, state, event)
            for name in self.room.machines
            for state, event in timers_of(self.room.chart(name))
        )

    def _timer_move(self, name: str, state: str, event: str) -> Move:
        cell, what = self.room.machines[name], f"{state} {event}"

        def run(turn: LeanTurn) -> bool:
            machine = turn.view.get(cell)
            armed = machine.timers if machine is not None else ()
            if not any(item.state == state and item.event == event for item in armed):
                return False
            turn.expire(name, what)
            return True

        seconds = self._seconds(event.partition("_")[2])
        return Move(f"{name}: {event} in {state}", run, (f"wait {seconds:g}",))

    def _seconds(self, key: str) -> float:
        """How long a scenario waits for a timer; a minute where the chart computes it."""
        if key in CONSTANTS:
            return CONSTANTS[key]
        return float(self.house.table[key].default) if key in self.house.table else 60.0


def timers_of(chart: Chart) -> tuple[tuple[str, str], ...]:
    """State and event of each timer of a chart, in document order."""
    found = ((item.source, item.event) for item in chart.document.transitions if item.timer)
    return tuple(dict.fromkeys(found))


def cells_of(*cells: object) -> tuple[Cell[object], ...]:
    """Cells of different types in one row."""
    return tuple(cell for cell in cells if isinstance(cell, Cell))
