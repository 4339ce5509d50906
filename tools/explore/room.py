"""What the turns of one composition share: cells for machines, facts and keys, and a memo of steps.

Theory of operation: charts see facts and keys through records that note what is read, so that a
step is remembered for exactly the facts that it depends on; the same with the register, which the
meter of a composition may show as it likes. Time stands still, and deadlines are forgotten: an
armed timer may fire at any time.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, cast

from cp.chart import Chart, Machine, Step, TimerKind
from cp.house import House
from cp.vocabulary.context import Context
from cp.vocabulary.events import Event, name_of
from cp.vocabulary.facts import Facts
from cp.vocabulary.instants import Now
from cp.vocabulary.keys import KeyValues
from tools.explore.cells import Cell, Cells, Layout, Memo, Reads, Values, View
from tools.scenario_house import NOON_S

NOW: Final = Now(0.0, NOON_S, 1, 1000)
"""Time stands still: durations are abstracted to "some time later"."""

CHANCE: Final = 0.5


def cut_house(house: House, machines: Collection[str]) -> House:
    """The house with these machines alone; events for others go nowhere."""
    routes = house.routes
    connectors = {
        chart: tuple(number for number in numbers if f"{chart}.{number}" in machines)
        for chart, numbers in routes.connectors.items()
    }
    return replace(house, routes=replace(routes, connectors=connectors))


class _WatchedFacts:
    """``Facts`` as a step sees them: every field read is noted."""

    def __init__(self, room: "Room", cells: Cells) -> None:
        self._room = room
        self._cells = cells

    def __getattr__(self, name: str) -> object:
        room = self._room
        return room.values.items[self._cells[room.facts[name].index]]


class _WatchedNow:
    """``Now`` as a step sees it: the register is the one that the composition's meter shows."""

    def __init__(self, room: "Room", cells: Cells) -> None:
        self._room = room
        self._cells = cells

    def __getattr__(self, name: str) -> object:
        return self._room.register(self._cells) if name == "register_wh" else getattr(NOW, name)


class _WatchedKeys:
    """``KeyValues`` as a step sees them; keys without a cell have their default."""

    def __init__(self, room: "Room", cells: Cells) -> None:
        self._room = room
        self._cells = cells

    def text(self, name: str) -> str:
        cell = self._room.keys.get(name)
        if cell is None:
            return self._room.defaults.text(name)
        return cast(str, self._room.values.items[self._cells[cell.index]])

    def number(self, name: str) -> int:
        return int(self.text(name))

    def flag(self, name: str) -> bool:
        return self.text(name) == "true"

    def items(self, name: str) -> tuple[str, ...]:
        return tuple(self.text(name).split(",")) if self.text(name) else ()


Stepped = tuple[int, Step]
"""The number of the machine after a step, and the step."""


@dataclass(slots=True)
class Room:
    """What the turns of one composition share: the cut house, its cells, and the memo of steps.

    ``register`` is what the meter shows, in Wh; a composition without one has a meter that stands.
    """

    house: House
    layout: Layout
    machines: Mapping[str, Cell[Machine | None]]
    facts: Mapping[str, Cell[object]]
    keys: Mapping[str, Cell[str]]
    defaults: KeyValues
    register: Callable[[Cells], int | None] = lambda _cells: NOW.register_wh
    steps: Memo[tuple[str, int, object], Stepped] = field(default_factory=Memo)
    seen: set[tuple[str, str]] = field(default_factory=set)
    _targets: dict[Event, tuple[str, ...]] = field(default_factory=dict)
    told_away: set[str] = field(default_factory=set)

    @property
    def values(self) -> Values:
        """The numbers of all values."""
        return self.layout.values

    def chart(self, machine: str) -> Chart:
        """The chart of a machine's name."""
        return self.house.charts[machine.rpartition(".")[0]]

    def targets(self, event: Event) -> tuple[str, ...]:
        """The machines that get an event."""
        found = self._targets.get(event)
        if found is None:
            found = self._targets[event] = self.house.routes.machines_for(event)
            if not found:
                self.told_away.add(name_of(event))
        return found

    def stepped(self, name: str, event: Event, what: str, view: View) -> Stepped:
        """One step: ``what`` is ``begin``, ``step``, or the state and event of a timer."""
        cell = self.machines[name]
        key = (name if what == "begin" else what, view[cell.index], event)
        known = self.steps.find(key, view)
        if known is not None:
            return known
        reads = Reads(view)
        machine, step = self._run(name, view.get(cell), what, self.context(event, reads))
        result = (self.values.number(timeless(machine)), step)
        self.steps.learn(key, reads.noted.items(), result)
        chart = name.rpartition(".")[0]
        self.seen.update((chart, item) for item in (*step.taken, *step.entered))
        return result

    def context(self, event: Event, cells: Cells) -> Context:
        """What a step sees; what it reads is read from ``cells``."""
        facts = cast(Facts, _WatchedFacts(self, cells))
        keys = cast(KeyValues, _WatchedKeys(self, cells))
        now = cast(Now, _WatchedNow(self, cells))
        return Context(event, now, facts, keys, self.house.product, CHANCE)

    def _run(
        self, name: str, machine: Machine | None, what: str, context: Context
    ) -> tuple[Machine, Step]:
        chart = self.chart(name)
        chart.observe(lambda *leaf: self.seen.add((chart.document.name, outcome_of(*leaf))))
        try:
            if what == "begin" or machine is None:
                return chart.begin(int(name.rpartition(".")[2]), context)
            if what == "step":
                return chart.step(machine, context)
            timer = next(item for item in machine.timers if f"{item.state} {item.event}" == what)
            return chart.expire(machine, timer, context)
        finally:
            chart.observe(None)


def outcome_of(transition: str, leaf: str, is_so: bool) -> str:
    """The id of one outcome of one leaf of a guard."""
    return f"{transition} {leaf} {'yes' if is_so else 'no'}"


def timeless(machine: Machine) -> Machine:
    """The machine with its armed timers, but without their deadlines."""
    timers = tuple(replace(timer, deadline_s=0.0) for timer in machine.timers)
    return replace(machine, timers=timers)


def has_timer(chart: Chart, key: str | None) -> bool:
    """Whether the chart has timers that are computed anew for this key or for the clock."""
    for item in chart.document.transitions:
        if item.timer is TimerKind.AT and key in (None, item.timer_key):
            return True
        if item.timer is TimerKind.EVERY and key == item.timer_key:
            return True
    return False
