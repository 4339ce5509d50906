"""One python-statemachine instance per chart: compiled from the document, used by all machines.

Theory of operation: the document becomes a ``StateChart`` class on first use. It gets callables
only, never names: one for each guard, one for each transition's actions, one for each state's
entry and exit. So nothing is looked up by name in the engine (it would silently take a misspelt
guard for false, and ``error_raised`` for ``error.raised``), and each callable notes what happened
in the run's ``Trace``. States and events have mangled ids: whatever a chart calls them, they cannot
meet attributes of the engine. Final states are plain states here: a final one would end the
instance that all machines share.

A run sets the configuration, runs one event without any payload as one microstep of the engine,
and reads the configuration back. The engine lets errors through; one that raised is thrown away.
"""

import types
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, cast

from cp.chart.document import ChartDocument, StateDocument, TransitionDocument
from cp.chart.guards import Both, Either, Guard, Not, Term, parse
from cp.vocabulary.context import Context
from cp.vocabulary.effects import Effect
from cp.vocabulary.facts import GUARD_FACTS

if TYPE_CHECKING:
    from statemachine import State, StateChart
    from statemachine.event_data import TriggerData

Observer = Callable[[str, str, bool], None]
"""Told transition id, leaf of its guard and the leaf's outcome, each time one is evaluated."""

_Predicate = Callable[[], bool]


class Loaded(Protocol):
    """A behavior as the chart room handles it; ``cp.behavior.base`` is the real one."""

    _context: Context

    def _load(self, connector_id: int, fields: object, context: Context) -> None: ...

    def _unload(self) -> tuple[object, tuple[Effect, ...]]: ...


@dataclass(slots=True)
class Trace:
    """What one run did, in order."""

    taken: list[str] = field(default_factory=list)
    exited: list[str] = field(default_factory=list)
    entered: list[str] = field(default_factory=list)


class _Run:
    """A callable for the engine: notes ``mark`` in a list of the trace, then runs the actions.

    The engine wants bound methods: it reads their names and signatures.
    """

    __slots__ = ("_actions", "_engine", "_mark", "_place")

    def __init__(self, engine: "Engine", place: str, mark: str, names: Iterable[str]) -> None:
        self._engine = engine
        self._place = place
        self._mark = mark
        self._actions: tuple[Callable[[], None], ...] = tuple(
            getattr(engine.behavior, name) for name in names
        )

    def run(self) -> None:
        getattr(self._engine.trace, self._place).append(self._mark)
        for action in self._actions:
            action()


class _Ask:
    """A guard as a callable for the engine."""

    __slots__ = ("_predicate",)

    def __init__(self, predicate: _Predicate) -> None:
        self._predicate = predicate

    def ask(self) -> bool:
        return self._predicate()


class _Model:
    """Holds the configuration for the engine."""

    def __init__(self) -> None:
        self.state: object = None


def _microstep(chart: "StateChart[_Model]", event_id: str) -> None:
    """One event of one chart: select, exit, act, enter, by the engine's own microstep.

    The loop around it queues events, looks for eventless transitions before and after, and waits
    for delayed ones. The dialect has none of these, and they are a third of a step.
    """
    engine = chart._engine
    event = _event_of(chart, event_id)
    engine.clear_cache()
    transitions = engine.select_transitions(event)
    if transitions:
        engine.microstep(list(transitions), event)


def _event_of(chart: "StateChart[_Model]", event_id: str) -> "TriggerData":
    from statemachine.event import BoundEvent

    event: TriggerData = BoundEvent(event_id, _sm=chart).build_trigger(machine=chart)
    return event


class Engine:
    """Runs single events of one chart; ``behavior`` has been loaded before, and is read after."""

    def __init__(self, document: ChartDocument, behavior: Loaded) -> None:
        self.behavior = behavior
        self.trace = Trace()
        self.observer: Observer | None = None
        self._document = document
        self._model = _Model()
        self._kind: type[StateChart[_Model]] | None = None
        self._chart: StateChart[_Model] | None = None
        self._active: tuple[str, ...] = ()
        self._events = {
            state.id: frozenset(item.event for item in state.transitions if item.timer is None)
            for state in document.states
        }

    def begin(self) -> tuple[tuple[str, ...], Trace]:
        """Enter the initial state; active states, outermost first, and what was done.

        No transition is taken, so nothing needs to be compiled: a start is 10 ms shorter.
        """
        self.trace = Trace()
        inner: tuple[str, ...] = (self._document.initial,)
        while inner:
            state = self._document.state(inner[0])
            _Run(self, "entered", state.id, state.enter).run()
            inner = state.children
        return tuple(self.trace.entered), self.trace

    def send(self, active: tuple[str, ...], event: str) -> tuple[tuple[str, ...], Trace]:
        """Run an event from outside, from these active states; one that none of them has a
        transition for does nothing."""
        if not any(event in self._events[state] for state in active):
            return active, Trace()
        return self._run(active, lambda chart: _microstep(chart, _event_id(event)))

    def fire(
        self, active: tuple[str, ...], state: str, event: str
    ) -> tuple[tuple[str, ...], Trace]:
        """Run the timer event of one state: its transitions alone, not its ancestors'."""
        return self._run(active, lambda chart: _microstep(chart, _timer_id(state, event)))

    def _run(
        self, active: tuple[str, ...], run: "Callable[[StateChart[_Model]], object]"
    ) -> tuple[tuple[str, ...], Trace]:
        chart = self._chart or self._build()
        self._chart = None  # a run that raises leaves no instance in an unknown condition
        self.trace = Trace()
        self._active = active
        ordered = type(chart.configuration_values)  # the engine takes its own ordered set only
        chart.current_state_value = ordered(active) if active else None
        run(chart)
        self._chart = chart
        return tuple(chart.configuration_values), self.trace

    # ---- compilation -----------------------------------------------------------------------------

    def _build(self) -> "StateChart[_Model]":
        """A new instance of the compiled chart; no state's entry has been run."""
        if self._kind is None:
            self._kind = self._compile()
        self._model.state = self._document.initial  # keeps the engine from entering it by itself
        return self._kind(self._model)

    def _compile(self) -> "type[StateChart[_Model]]":
        from statemachine import StateChart  # costs 13 ms, so not before a chart runs

        states: dict[str, State] = {}
        for state in self._document.states:
            if state.parent is None:
                self._add_state(state, states)
        for transition in self._document.transitions:
            self._add_transition(transition, states)
        attributes: dict[str, object] = {
            "allow_event_without_transition": True,
            "catch_errors_as_events": False,
            # The checker looks after these, and knows our timers.
            "validate_disconnected_states": False,
            "validate_trap_states": False,
            "validate_final_reachability": False,
        }
        attributes |= {_state_id(item): states[item] for item in states if not states[item].parent}
        kind = types.new_class(
            self._document.name, (StateChart,), exec_body=lambda body: body.update(attributes)
        )
        return cast("type[StateChart[_Model]]", kind)

    def _add_state(self, document: StateDocument, states: "dict[str, State]") -> "State":
        """Build a state after its children, as the engine wants it."""
        from statemachine import State

        children = {
            _state_id(child): self._add_state(self._document.state(child), states)
            for child in document.children
        }
        enter = _Run(self, "entered", document.id, document.enter).run
        exit_ = _Run(self, "exited", document.id, document.exit).run
        name = document.id
        if children:
            built: object = types.new_class(
                _state_id(name),
                (State.Compound,),
                {"name": name, "value": name, "enter": enter, "exit": exit_},
                lambda body: body.update(children),
            )
            state = cast(State, built)
        else:
            state = State(name, value=name, enter=enter, exit=exit_)
        states[document.id] = state
        return state

    def _add_transition(
        self, transition: TransitionDocument, states: "Mapping[str, State]"
    ) -> None:
        target = None if transition.target is None else states[transition.target]
        source, event = transition.source, transition.event
        event_id = _event_id(event) if transition.timer is None else _timer_id(source, event)
        cond = None
        if transition.guard:
            cond = _Ask(self._predicate(parse(transition.guard), transition.id)).ask
        states[source].to(
            target,
            event=event_id,
            cond=cond,
            on=_Run(self, "taken", transition.id, transition.actions).run,
        )

    # ---- guards ----------------------------------------------------------------------------------

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


def _state_id(name: str) -> str:
    return f"S_{name}"


def _event_id(name: str) -> str:
    return f"E_{name}"


def _timer_id(state: str, event: str) -> str:
    """Private to the state that armed the timer; no event from outside has such a name."""
    return f"T_{state}_{event}"
