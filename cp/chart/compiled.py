"""A chart as python-statemachine reads it: what an event does in it, move by move.

Theory of operation: the document becomes a ``StateChart`` class on first use. It gets callables
only, never names: one for each guard, one for each transition's actions, one for each state's
entry and exit. So nothing is looked up by name in the engine (it would silently take a misspelt
guard for false, and ``error_raised`` for ``error.raised``). States and events have mangled ids:
whatever a chart calls them, they cannot meet attributes of the engine. Final states are plain
states here: a final one would end the instance.

The callables act on nothing. An event is run as one microstep of the engine, without any payload;
a guard holds unless its transition has been refused, and the rest note themselves: that is a move.
Asked again with that transition refused, the engine tells the next one. Which is taken is decided
in ``engine``, where the real guards are; no error of ours can ever pass through the engine.
"""

import types
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Final, cast

from cp.chart.document import ChartDocument, StateDocument, TransitionDocument
from cp.vocabulary.lean import dataclass

if TYPE_CHECKING:
    from statemachine import State, StateChart
    from statemachine.event_data import TriggerData


@dataclass(frozen=True, slots=True)
class Move:
    """What an event does. ``taken``, ``exited``, ``entered``: ids, in order; ``actions``: names, in
    the order in which they run; ``active``: states afterwards, outermost first."""

    active: tuple[str, ...]
    taken: tuple[str, ...] = ()
    exited: tuple[str, ...] = ()
    entered: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Note:
    """A callable for the engine, which wants bound methods: notes what belongs to a move."""

    noted: list["_Note"]
    place: str
    name: str
    actions: tuple[str, ...]

    def write(self) -> None:
        self.noted.append(self)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A guard for the engine: holds until its transition has been refused."""

    refused: set[str]
    transition_id: str

    def is_left(self) -> bool:
        return self.transition_id not in self.refused


class _Model:
    """Holds the configuration for the engine."""

    def __init__(self) -> None:
        self.state: object = None


_PLACES: Final = ("taken", "exited", "entered")


class CompiledChart:
    """The engine's instance of one chart."""

    def __init__(self, document: ChartDocument) -> None:
        self._document = document
        self._model = _Model()
        self._chart: StateChart[_Model] | None = None
        self._noted: list[_Note] = []
        self._refused: set[str] = set()

    def beginning(self) -> Move:
        """Entering the initial state. No transition is taken, so nothing needs to be compiled: a
        start is 10 ms shorter."""
        states = [self._document.state(self._document.initial)]
        while states[-1].children:
            states.append(self._document.state(states[-1].children[0]))
        active = tuple(state.id for state in states)
        actions = tuple(name for state in states for name in state.enter)
        return Move(active, entered=active, actions=actions)

    def move(self, active: tuple[str, ...], event_id: str, refused: Collection[str]) -> Move:
        """What happens when the guards of the transitions ``refused`` do not hold, and that of the
        next one does; ``event_id`` as ``event_id`` and ``timer_id`` make it.

        One that leaves and enters nothing needs no engine, so most charts that only learn from
        the journal are compiled after BootNotification.
        """
        first = self._first(active, event_id, refused)
        if first is not None and first.target is None:
            return Move(active, taken=(first.id,), actions=first.actions)
        self._chart = chart = self._chart or self._build()
        self._noted.clear()
        self._refused.clear()
        self._refused.update(refused)
        ordered = type(chart.configuration_values)  # the engine takes its own ordered set only
        chart.current_state_value = ordered(active) if active else None
        _microstep(chart, event_id)
        names = {
            place: tuple(note.name for note in self._noted if note.place == place)
            for place in _PLACES
        }
        actions = tuple(name for note in self._noted for name in note.actions)
        return Move(tuple(chart.configuration_values), actions=actions, **names)

    def _first(
        self, active: tuple[str, ...], event_id: str, refused: Collection[str]
    ) -> TransitionDocument | None:
        """A state goes before the one that it lies in, then the order of lines counts."""
        return next(
            (
                item
                for name in reversed(active)
                for item in self._document.state(name).transitions
                if _id_of_event(item) == event_id and item.id not in refused
            ),
            None,
        )

    # ---- compilation -----------------------------------------------------------------------------

    def _build(self) -> "StateChart[_Model]":
        """An instance of the compiled chart."""
        self._model.state = self._document.initial  # keeps the engine from entering it by itself
        return self._compile()(self._model)

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
        enter = _Note(self._noted, "entered", document.id, document.enter).write
        exit_ = _Note(self._noted, "exited", document.id, document.exit).write
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
        vars(state)["_setup"] = _name_nothing
        states[document.id] = state
        return state

    def _add_transition(
        self, transition: TransitionDocument, states: "Mapping[str, State]"
    ) -> None:
        target = None if transition.target is None else states[transition.target]
        guard = _Candidate(self._refused, transition.id).is_left if transition.guard else None
        built = states[transition.source].to(
            target,
            event=_id_of_event(transition),
            cond=guard,
            on=_Note(self._noted, "taken", transition.id, transition.actions).write,
        )
        for item in built:
            vars(item)["_setup"] = _name_nothing


def _name_nothing() -> None:
    """Instead of the names of methods by which the engine would call a state or transition, eight
    for each: a third of the time and memory of a compiled chart."""


def _microstep(chart: "StateChart[_Model]", event: str) -> None:
    """One event of one chart: select, exit, act, enter, by the engine's own microstep.

    The loop around it queues events, looks for eventless transitions before and after, and waits
    for delayed ones. The dialect has none of these.
    """
    engine = chart._engine
    trigger = _trigger_of(chart, event)
    engine.clear_cache()
    transitions = engine.select_transitions(trigger)
    if transitions:
        engine.microstep(list(transitions), trigger)


def _trigger_of(chart: "StateChart[_Model]", event: str) -> "TriggerData":
    from statemachine.event import BoundEvent

    trigger: TriggerData = BoundEvent(event, _sm=chart).build_trigger(machine=chart)
    return trigger


def _state_id(name: str) -> str:
    return f"S_{name}"


def _id_of_event(transition: TransitionDocument) -> str:
    if transition.timer is None:
        return event_id(transition.event)
    return timer_id(transition.source, transition.event)


def event_id(name: str) -> str:
    """An event as the engine knows it."""
    return f"E_{name}"


def timer_id(state: str, event: str) -> str:
    """Private to the state that armed the timer; no event from outside has such a name."""
    return f"T_{state}_{event}"
