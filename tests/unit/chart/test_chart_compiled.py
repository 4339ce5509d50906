"""What python-statemachine says of a chart, asked once: the same as when it runs everything."""

import random
from collections.abc import Callable

import pytest
from chart_kit import context, document
from statemachine import State, StateChart

from cp.behavior.base import Behavior
from cp.chart import Chart, Machine
from cp.chart.compiled import CompiledChart, Move, event_id
from cp.vocabulary.effects import Know
from cp.vocabulary.events import CardPresented, EvAsked, Event, EvPaused, Plugged, Unplugged
from cp.vocabulary.lean import dataclass

TWO_ROOMS = """\
name = "rooms"
doc = "Two compound states, guards inside and outside, and a transition that stays."

[states.first]
enter = "enter_first"
exit = "exit_first"
transitions = [
  { event = "plugged", cond = "is_online", target = "second", on = "cross" },
  { event = "unplugged", target = "first", on = "cross" },
]

[states.low]
in = "first"
enter = "enter_low"
exit = "exit_low"
transitions = [
  { event = "plugged", cond = "is_plugged and not is_online", target = "high", on = "climb" },
  { event = "plugged", cond = "is_registered", on = "climb" },
  { event = "ev_asked", target = "first", on = "climb" },
]

[states.high]
in = "first"
enter = "enter_high"
exit = "exit_high"
transitions = [
  { event = "plugged", cond = "is_registered", target = "low" },
  { event = "ev_paused", target = "third" },
]

[states.second]
enter = "enter_second"
exit = "exit_second"
transitions = [
  { event = "unplugged", cond = "not is_plugged", target = "high", on = "cross" },
  { event = "ev_paused", target = "second", on = "cross" },
]

[states.third]
in = "second"
enter = "enter_third"
exit = "exit_third"
transitions = [
  { event = "ev_asked", target = "low" },
  { event = "unplugged", cond = "is_registered", on = "climb" },
]
"""
NAMES = ("low", "high", "first", "second", "third")
ACTIONS = (*(f"{verb}_{name}" for name in NAMES for verb in ("enter", "exit")), "cross", "climb")
EVENTS: tuple[Event, ...] = (Plugged(), Unplugged(), EvAsked(), EvPaused())
FACTS = ("is_online", "is_plugged", "is_registered")


@dataclass(frozen=True, slots=True)
class NoFields:
    pass


class Rooms(Behavior[NoFields]):
    Fields = NoFields


def _action(name: str) -> Callable[[Rooms], None]:
    return lambda self: self._emit(Know(name, True))


for _name in ACTIONS:
    setattr(Rooms, _name, _action(_name))


class Twin(StateChart):  # type: ignore[type-arg]
    """The same chart as its manual would have it: names and real guards, all run by the engine."""

    catch_errors_as_events = False
    validate_trap_states = False

    class first(State.Compound):  # noqa: N801
        low = State(initial=True)
        high = State()

    class second(State.Compound):  # noqa: N801
        third = State(initial=True)

    plugged = (
        first.low.to(first.high, cond="is_plugged and not is_online", on="climb")
        | first.low.to(None, cond="is_registered", on="climb")
        | first.high.to(first.low, cond="is_registered")
        | first.to(second, cond="is_online", on="cross")
    )
    unplugged = (
        second.third.to(None, cond="is_registered", on="climb")
        | second.to(first.high, cond="not is_plugged", on="cross")
        | first.to(first, on="cross")
    )
    ev_asked = first.low.to(first, on="climb") | second.third.to(first.low)
    ev_paused = first.high.to(second.third) | second.to(second, on="cross")

    def __init__(self) -> None:
        self.done: list[str] = []
        self.is_online = self.is_plugged = self.is_registered = False
        super().__init__()

    def cross(self) -> None:
        self.done.append("cross")

    def climb(self) -> None:
        self.done.append("climb")

    def on_enter_state(self, state: State) -> None:
        self.done.append(f"enter_{state.id}")

    def on_exit_state(self, state: State) -> None:
        self.done.append(f"exit_{state.id}")


def differences(text: str) -> list[str]:
    """Where 600 random events do not do the same in both."""
    chance, twin, found = random.Random(7), Twin(), []
    chart = Chart(document(text), Rooms)
    machine, _ = chart.begin(1, context())
    for number in range(600):
        facts = {name: chance.random() < 0.5 for name in FACTS}
        event = chance.choice(EVENTS)
        machine, step = chart.step(machine, context(event, **facts))
        twin.done.clear()
        for name, value in facts.items():
            setattr(twin, name, value)
        twin.send(step.event)
        done = [effect.fact for effect in step.effects if isinstance(effect, Know)]
        if (done, set(machine.active)) != (twin.done, set(twin.configuration_values)):
            found.append(f"{number} {step.event}: {done} is {twin.done} in the engine alone")
            break
    return found


def test_moves_are_what_the_engine_does_alone() -> None:
    assert differences(TWO_ROOMS) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('cond = "is_plugged and not is_online"', 'cond = "is_plugged"'),
        ('target = "high", on = "cross"', 'target = "low", on = "cross"'),
        ('exit = "exit_second"', 'exit = "exit_third"'),
    ],
)
def test_a_chart_that_differs_is_found(right: str, wrong: str) -> None:
    assert right in TWO_ROOMS
    assert differences(TWO_ROOMS.replace(right, wrong))


def test_the_engine_tells_one_candidate_after_the_other() -> None:
    compiled = CompiledChart(document(TWO_ROOMS))
    active, plugged = ("first", "low"), event_id("plugged")
    first = compiled.move(active, plugged, ())
    assert (first.taken, first.exited, first.entered) == (("low-plugged-1",), ("low",), ("high",))
    assert first.actions == ("exit_low", "climb", "enter_high")
    assert first.active == ("first", "high")
    second = compiled.move(active, plugged, first.taken)
    assert second == Move(active, taken=("low-plugged-2",), actions=("climb",))
    third = compiled.move(active, plugged, first.taken + second.taken)
    assert third.taken == ("first-plugged-1",)
    assert third.exited == ("low", "first")
    refused = first.taken + second.taken + third.taken
    assert compiled.move(active, plugged, refused) == Move(active)


def test_the_engine_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[object, ...]] = []
    move = CompiledChart.move

    def counted(self: CompiledChart, *words: object) -> Move:
        asked.append(words)
        return move(self, *words)  # type: ignore[arg-type]

    monkeypatch.setattr(CompiledChart, "move", counted)
    chart = Chart(document(TWO_ROOMS), Rooms)
    start = Machine("rooms.1", 1, ("first", "low"), NoFields(), ())
    for _ in range(3):
        assert chart.step(start, context(Plugged(), is_plugged=True))[1].taken == ("low-plugged-1",)
    assert len(asked) == 1
    for _ in range(3):
        assert chart.step(start, context(Plugged()))[1].taken == ()
    assert len(asked) == 4  # two more transitions, and that none is left
    assert chart.step(start, context(CardPresented("TAG")))[1].taken == ()
    assert len(asked) == 4
