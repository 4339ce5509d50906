"""Runs single events of one chart: asks the guards, runs the actions.

Theory of operation: the dialect has neither history nor payload, so what python-statemachine does
for an event depends on the active states and the guards alone. It is asked once for each of them
(``compiled``): which transition comes first, what is left, done and entered, in which order; and
when the guard does not hold, which comes next. Its answers are kept: a step asks our guards in that
order and runs the actions of the first move whose guard holds, in a tenth of the time.
"""

from collections.abc import Callable, Iterator
from typing import Protocol

from cp.chart.compiled import CompiledChart, Move, event_id, timer_id
from cp.chart.document import ChartDocument
from cp.chart.guards import Both, Either, Guard, Not, Term, parse
from cp.vocabulary.context import Context
from cp.vocabulary.effects import Effect
from cp.vocabulary.facts import GUARD_FACTS
from cp.vocabulary.lean import dataclass

Observer = Callable[[str, str, bool], None]
"""Told transition id, leaf of its guard and the leaf's outcome, each time one is evaluated."""

_Predicate = Callable[[], bool]


class Loaded(Protocol):
    """A behavior as the chart room handles it; ``cp.behavior.base`` is the real one."""

    _context: Context

    def _load(self, connector_id: int, fields: object, context: Context) -> None: ...

    def _unload(self) -> tuple[object, tuple[Effect, ...]]: ...


@dataclass(frozen=True, slots=True)
class _Bound:
    """A move with the methods of the behavior; ``guard`` of the transition taken."""

    move: Move
    guard: _Predicate
    actions: tuple[Callable[[], None], ...]


class Engine:
    """Runs single events of one chart; ``behavior`` has been loaded before, and is read after."""

    def __init__(self, document: ChartDocument, behavior: Loaded) -> None:
        self.behavior = behavior
        self.observer: Observer | None = None
        self._document = document
        self._compiled = CompiledChart(document)
        self._active: tuple[str, ...] = ()
        self._known: dict[tuple[tuple[str, ...], str], list[_Bound]] = {}
        self._events = {
            state.id: frozenset(item.event for item in state.transitions if item.timer is None)
            for state in document.states
        }

    def begin(self) -> Move:
        """Enter the initial state."""
        return self._do(self._bound(self._compiled.beginning()))

    def send(self, active: tuple[str, ...], event: str) -> Move:
        """Run an event from outside, from these active states; one that none of them has a
        transition for does nothing."""
        if not any(event in self._events[state] for state in active):
            return Move(active)
        return self._run(active, event_id(event))

    def fire(self, active: tuple[str, ...], state: str, event: str) -> Move:
        """Run the timer event of one state: its transitions alone, not its ancestors'."""
        return self._run(active, timer_id(state, event))

    def _run(self, active: tuple[str, ...], event: str) -> Move:
        self._active = active
        return self._do(next(item for item in self._moves(active, event) if item.guard()))

    def _moves(self, active: tuple[str, ...], event: str) -> Iterator[_Bound]:
        """In the engine's order; the last one has no guard. It is asked for no more than needed."""
        known = self._known.setdefault((active, event), [])
        yield from known
        while True:
            refused = [name for item in known for name in item.move.taken]
            known.append(self._bound(self._compiled.move(active, event, refused)))
            yield known[-1]

    def _bound(self, move: Move) -> _Bound:
        guards = [self._guard(name) for name in move.taken]
        actions = tuple(getattr(self.behavior, name) for name in move.actions)
        return _Bound(move, guards[0] if guards else _always, actions)

    def _do(self, item: _Bound) -> Move:
        for action in item.actions:
            action()
        return item.move

    # ---- guards ----------------------------------------------------------------------------------

    def _guard(self, transition_id: str) -> _Predicate:
        documents = self._document.transitions
        text = next(item.guard for item in documents if item.id == transition_id)
        return self._predicate(parse(text), transition_id) if text else _always

    def _predicate(self, guard: Guard, transition_id: str) -> _Predicate:
        """The guard as a callable; every leaf tells the observer its outcome."""
        match guard:
            case Term():
                return self._leaf(guard, transition_id)
            case Not(operand):
                inner = self._predicate(operand, transition_id)
                return lambda: not inner()
            case Both(left, right):
                first = self._predicate(left, transition_id)
                second = self._predicate(right, transition_id)
                return lambda: first() and second()
            case Either(left, right):
                first = self._predicate(left, transition_id)
                second = self._predicate(right, transition_id)
                return lambda: first() or second()

    def _leaf(self, term: Term, transition_id: str) -> _Predicate:
        question = self._question(term)
        text = str(term)

        def ask() -> bool:
            outcome = question()
            if self.observer is not None:
                self.observer(transition_id, text, outcome)
            return outcome

        return ask

    def _question(self, term: Term) -> _Predicate:
        name = term.name
        if term.is_state:
            return lambda: name in self._active
        if name in GUARD_FACTS:
            # Read at each step: the controller replaces the record of facts.
            return lambda: bool(getattr(self.behavior._context.facts, name))
        method: _Predicate = getattr(self.behavior, name)
        return method


def _always() -> bool:
    return True
