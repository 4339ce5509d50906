"""Machines as values: order within a step, purity, status, faults."""

import dataclasses

import pytest
from chart_kit import OUTLET, Outlet, OutletFields, context, document, outlet

from cp.behavior.base import Behavior
from cp.chart import POWER_ON, Chart, Machine, Step
from cp.vocabulary.effects import Know, OfferCurrent, ShowRefusal, WithdrawCurrent
from cp.vocabulary.errors import MachineFault
from cp.vocabulary.events import (
    CardPresented,
    ErrorCleared,
    ErrorRaised,
    EvPaused,
    Plugged,
    Unplugged,
)
from cp.vocabulary.lean import dataclass
from cp.vocabulary.words import ChargePointErrorCode, ChargePointStatus

CARD = CardPresented("A")
GROUND = ChargePointErrorCode.GROUND_FAILURE


def at(*active: str, count: int = 0) -> Machine:
    return Machine("outlet.1", 1, active, OutletFields(count=count), ())


def test_begin_enters_the_first_states_of_every_level() -> None:
    machine, step = outlet().begin(1, context())
    assert machine == Machine("outlet.1", 1, ("idle", "available"), OutletFields(count=1), ())
    assert step == Step(
        "outlet.1", POWER_ON, (), (), ("idle", "available"), (), None, ChargePointStatus.AVAILABLE
    )


def test_exit_then_transition_then_entry() -> None:
    chart = outlet()
    machine, _ = chart.begin(1, context())
    machine, step = chart.step(machine, context(Plugged(), is_online=True))
    assert machine.active == ("offering", "charging")
    assert step.taken == ("available-plugged-1",)
    assert step.exited == ("available", "idle")
    assert step.entered == ("offering", "charging")
    assert step.effects == (OfferCurrent(1),)
    # entry 1, exit 1, and the action that the transition names twice runs twice
    assert machine.fields == OutletFields(count=4)
    assert step.status_before is ChargePointStatus.AVAILABLE
    assert step.status_after is ChargePointStatus.CHARGING


def test_a_guard_that_refuses_leaves_the_next_transition() -> None:
    machine, step = outlet().step(at("idle", "available"), context(Plugged(), is_online=False))
    assert (step.taken, machine.active) == (("available-plugged-2",), ("idle", "waiting"))
    _, step = outlet().step(at("idle", "available", count=9), context(Plugged(), is_online=True))
    assert step.taken == ("available-plugged-2",)


def test_an_ancestors_transition_without_target_stays() -> None:
    machine, step = outlet().step(at("idle", "available"), context(CARD))
    assert machine == at("idle", "available")
    assert (step.taken, step.exited, step.entered) == (("idle-card_presented-1",), (), ())
    assert step.effects == (ShowRefusal(),)


def test_a_transition_to_the_own_state_leaves_and_enters_it() -> None:
    _, step = outlet().step(at("offering", "charging"), context(CARD))
    assert (step.exited, step.entered) == (("charging",), ("charging",))


def test_an_inner_move_does_not_leave_the_compound_state() -> None:
    machine, step = outlet().step(at("offering", "charging"), context(EvPaused()))
    assert (machine.active, step.effects) == (("offering", "paused"), ())
    assert step.status_after is ChargePointStatus.SUSPENDED_EV
    machine, step = outlet().step(machine, context(Unplugged()))
    assert step.exited == ("paused", "offering")
    assert step.effects == (WithdrawCurrent(1),)
    assert machine.active == ("idle", "available")


def test_a_target_around_the_own_state_enters_its_first_child() -> None:
    machine, step = outlet().step(at("idle", "waiting"), context(Unplugged()))
    assert machine.active == ("idle", "available")
    assert step.exited == ("waiting", "idle")


def test_an_event_that_nothing_waits_for_is_ignored() -> None:
    machine, step = outlet().step(at("idle", "available"), context(EvPaused()))
    assert machine == at("idle", "available")
    assert (step.taken, step.exited, step.entered, step.effects) == ((), (), (), ())


def test_a_final_state_ends_one_machine_and_no_other() -> None:
    """In the engine a final state would end the instance that all machines share."""
    chart = outlet()
    broken, _ = chart.step(at("idle", "available"), context(ErrorRaised(1, GROUND)))
    assert broken.active == ("broken",)
    _, step = chart.step(at("idle", "available"), context(Plugged()))
    assert step.taken == ("available-plugged-2",)
    assert chart.step(broken, context(Plugged()))[0] == broken


def test_error_events_have_no_dotted_twin() -> None:
    """The engine declares ``error.raised`` with ``error_raised``; states may be called so too."""
    text = OUTLET.replace("broken", "error_raised").replace("waiting", "plugged")
    chart = Chart(document(text), Outlet)
    machine, _ = chart.step(at("idle", "available"), context(Plugged()))
    assert machine.active == ("idle", "plugged")
    machine, step = chart.step(machine, context(ErrorCleared(1, GROUND)))
    assert step.taken == ()
    machine, _ = chart.step(machine, context(ErrorRaised(1, GROUND)))
    assert machine.active == ("error_raised",)


def test_an_event_field_named_like_a_guard_changes_nothing() -> None:
    """Keyword payload would override the guard of that name; there is none."""
    chart = outlet()
    _, step = chart.step(at("offering", "charging"), context(CardPresented(id_tag="is_full")))
    assert step.taken == ("charging-card_presented-1",)


def test_a_step_is_a_pure_function_of_machine_and_context() -> None:
    one, two = outlet(), outlet()
    machine, _ = one.begin(1, context())
    plugged = context(Plugged(), at_s=5.0, is_online=True)
    first = one.step(machine, plugged)
    one.step(first[0], context(EvPaused(), at_s=6.0))
    assert one.step(machine, plugged) == first == two.step(machine, plugged)
    assert hash(first) == hash(two.step(machine, plugged))
    assert dataclasses.replace(machine) == machine


def test_machines_of_one_chart_do_not_meet() -> None:
    chart = outlet()
    zero, _ = chart.begin(0, context())
    one, _ = chart.begin(1, context())
    zero, step = chart.step(zero, context(Plugged(connector_id=0), is_online=True))
    assert step.effects == (OfferCurrent(0),)
    assert (zero.name, one.name) == ("outlet.0", "outlet.1")
    assert chart.step(one, context(EvPaused()))[0] == one


def test_status_of_a_machine() -> None:
    chart = outlet()
    assert chart.status(at("offering", "charging")) is ChargePointStatus.CHARGING
    assert chart.status(at("offering", "paused")) is ChargePointStatus.SUSPENDED_EV
    assert chart.status(at()) is None


def test_the_observer_sees_every_leaf_that_is_evaluated() -> None:
    chart = outlet()
    seen: list[tuple[str, str, bool]] = []
    chart.observe(lambda *leaf: seen.append(leaf))
    chart.step(at("idle", "available"), context(Plugged(), is_online=True))
    chart.step(at("idle", "available"), context(Plugged()))
    name = "available-plugged-1"
    assert seen == [(name, "is_online", True), (name, "is_full", False), (name, "is_online", False)]
    chart.observe(None)
    chart.step(at("idle", "available"), context(Plugged()))
    assert len(seen) == 3


# ---- faults --------------------------------------------------------------------------------------

FRAGILE = """\
name = "fragile"
doc = "Raises in every place where one can."
[states.calm]
exit = "raise_in_exit"
transitions = [
  { event = "plugged", on = "raise_in_action", target = "upset" },
  { event = "unplugged", cond = "has_nerve" },
  { event = "ev_asked", target = "upset" },
  { event = "ev_paused", on = "know" },
]
[states.upset]
enter = "raise_in_entry"
transitions = [
  { event = "plugged", target = "calm" },
]
"""


@dataclass(frozen=True, slots=True)
class FragileFields:
    place: str = ""
    touched: int = 0


class Fragile(Behavior[FragileFields]):
    Fields = FragileFields
    error: type[BaseException] = RuntimeError

    def _raise_at(self, place: str) -> None:
        self._set(touched=self._fields.touched + 1)
        if self._fields.place == place:
            raise self.error(place)

    def raise_in_exit(self) -> None:
        self._raise_at("exit")

    def raise_in_action(self) -> None:
        self._raise_at("action")

    def raise_in_entry(self) -> None:
        self._raise_at("entry")

    def has_nerve(self) -> bool:
        self._raise_at("guard")
        return True

    def know(self) -> None:
        self._emit(Know("is_online", True))


class Interrupted(Fragile):
    error = KeyboardInterrupt


PLACES = [("exit", Plugged()), ("action", Plugged()), ("entry", Plugged()), ("guard", Unplugged())]


@pytest.mark.parametrize(("place", "event"), PLACES)
def test_a_step_that_raises_is_a_fault_and_leaves_the_engine_usable(
    place: str, event: Plugged | Unplugged
) -> None:
    chart = Chart(document(FRAGILE), Fragile)
    machine = Machine("fragile.1", 1, ("calm",), FragileFields(place), ())
    with pytest.raises(MachineFault) as caught:
        chart.step(machine, context(event))
    assert caught.value.machine == "fragile.1"
    assert caught.value.event in ("plugged", "unplugged")
    assert isinstance(caught.value.cause, RuntimeError)
    assert machine == Machine("fragile.1", 1, ("calm",), FragileFields(place), ())
    calm = Machine("fragile.1", 1, ("calm",), FragileFields(), ())
    after, step = chart.step(calm, context(Plugged()))
    assert (after.active, step.effects) == (("upset",), ())
    assert after.fields == FragileFields(touched=3)


@pytest.mark.parametrize(("place", "event"), PLACES)
def test_an_interrupt_passes_and_leaves_the_engine_usable(
    place: str, event: Plugged | Unplugged
) -> None:
    chart = Chart(document(FRAGILE), Interrupted)
    with pytest.raises(KeyboardInterrupt):
        chart.step(Machine("fragile.1", 1, ("calm",), FragileFields(place), ()), context(event))
    calm = Machine("fragile.1", 1, ("calm",), FragileFields(), ())
    assert chart.step(calm, context(Plugged()))[0].active == ("upset",)


def test_a_begin_that_raises_is_a_fault() -> None:
    class Nervous(Fragile):
        def _raise_at(self, place: str) -> None:
            raise RuntimeError(place)

    text = FRAGILE.replace('exit = "raise_in_exit"', 'enter = "raise_in_exit"')
    with pytest.raises(MachineFault, match=r"fragile\.1 failed on power_on: RuntimeError: exit"):
        Chart(document(text), Nervous).begin(1, context())


def test_a_fact_written_in_a_step_is_not_seen_by_its_guards() -> None:
    chart = Chart(document(FRAGILE), Fragile)
    machine = Machine("fragile.1", 1, ("calm",), FragileFields(), ())
    _, step = chart.step(machine, context(EvPaused()))
    assert step.effects == (Know("is_online", True),)


def test_many_steps_are_cheap_in_memory_and_order() -> None:
    """Cost smoke: a thousand steps through one instance come back to the same value."""
    chart = outlet()
    start = machine = at("offering", "charging")
    for _ in range(500):
        machine, _ = chart.step(machine, context(EvPaused()))
        machine, _ = chart.step(dataclasses.replace(machine, timers=()), context(Unplugged()))
        machine = dataclasses.replace(start)
    assert machine == start
