"""Timers of all three kinds, with time as an argument."""

from dataclasses import replace

import pytest
from chart_kit import KEYS, OutletFields, context, document, outlet, with_utc

from cp.behavior.base import Behavior
from cp.chart import Chart, Machine, Timer, TimerKind
from cp.vocabulary.context import Context
from cp.vocabulary.errors import MachineFault
from cp.vocabulary.events import CardPresented, EvPaused, Plugged, Unplugged
from cp.vocabulary.lean import dataclass

HEARTBEAT = Timer("every_HeartbeatInterval", "offering", TimerKind.EVERY, "HeartbeatInterval", 0.0)
DAY_S = 86400.0
MIDNIGHT_S = 20_000 * DAY_S


def due(timer: Timer, deadline_s: float) -> Timer:
    return replace(timer, deadline_s=deadline_s)


def at(*active: str, count: int = 0) -> Machine:
    return Machine("outlet.1", 1, active, OutletFields(count=count), ())


def waiting_from(at_s: float) -> tuple[Chart, Machine]:
    chart = outlet()
    machine, _ = chart.begin(1, context())
    machine, _ = chart.step(machine, context(Plugged(), at_s=at_s))
    return chart, machine


def test_entry_arms_and_exit_disarms() -> None:
    chart, machine = waiting_from(10.0)
    # two alternatives with one key share one timer
    assert [(item.event, item.deadline_s) for item in machine.timers] == [
        ("after_ConnectionTimeOut", 70.0)
    ]
    machine, _ = chart.step(machine, context(Unplugged(), at_s=11.0))
    assert machine.timers == ()


def test_a_step_that_stays_keeps_the_timer() -> None:
    chart, machine = waiting_from(10.0)
    after, step = chart.step(machine, context(CardPresented("A"), at_s=20.0))
    assert step.taken
    assert after.timers == machine.timers


def test_after_fires_once() -> None:
    chart, machine = waiting_from(10.0)
    (timer,) = machine.timers
    machine, step = chart.expire(machine, timer, context(at_s=70.5))
    assert step.event == "after_ConnectionTimeOut"
    assert step.taken == ("waiting-after_ConnectionTimeOut-2",)
    assert (machine.active, machine.timers) == (("idle", "available"), ())


def test_after_is_consumed_where_its_transition_stays() -> None:
    chart, machine = waiting_from(0.0)
    machine = replace(machine, fields=OutletFields(count=9))
    machine, step = chart.expire(machine, machine.timers[0], context(at_s=60.0))
    assert step.taken == ("waiting-after_ConnectionTimeOut-1",)
    assert (machine.active, machine.timers) == (("idle", "waiting"), ())


def test_every_counts_from_its_last_deadline_and_zero_is_off() -> None:
    chart = outlet()
    machine, _ = chart.step(at("idle", "available"), context(Plugged(), at_s=10.0, is_online=True))
    assert machine.timers == (due(HEARTBEAT, 310.0),)  # MeterValueSampleInterval is 0
    machine, step = chart.expire(machine, machine.timers[0], context(at_s=310.7))
    assert step.taken == ("offering-every_HeartbeatInterval-1",)
    assert machine.timers == (due(HEARTBEAT, 610.0),)


def test_every_of_a_compound_state_survives_inner_moves() -> None:
    chart = outlet()
    machine, _ = chart.step(at("idle", "available"), context(Plugged(), at_s=0.0, is_online=True))
    machine, _ = chart.step(machine, context(EvPaused(), at_s=9.0))
    assert [item.event for item in machine.timers] == ["every_HeartbeatInterval", "after_rest_s"]
    assert machine.timers[0] == due(HEARTBEAT, 300.0)


def test_a_duration_method_sees_the_fields_of_the_step() -> None:
    machine, _ = outlet().step(at("offering", "charging", count=7), context(EvPaused(), at_s=1.0))
    assert machine.timers[-1].deadline_s == 8.0
    machine, _ = outlet().step(at("offering", "charging", count=0), context(EvPaused(), at_s=1.0))
    assert machine.timers == ()


def test_time_scale_shortens_all_but_the_real_network() -> None:
    text = (
        'name = "link"\ndoc = "x"\n[states.a]\ntransitions = [\n  { after = "call_timeout_s" },\n'
        '  { after = "checkpoint_s" },\n  { every = "HeartbeatInterval" },\n]\n'
    )
    base = context()
    scaled = replace(base, product=replace(base.product, time_scale=10.0))
    machine, _ = Chart(document(text), ClockBehavior).begin(0, scaled)
    assert [item.deadline_s for item in machine.timers] == [30.0, 1.0, 30.0]


def test_expire_wants_a_timer_of_the_machine() -> None:
    chart, machine = waiting_from(10.0)
    with pytest.raises(ValueError, match=r"outlet\.1 has no armed every_HeartbeatInterval"):
        chart.expire(machine, HEARTBEAT, context())


def test_no_event_from_outside_reaches_a_timers_transitions() -> None:
    chart, machine = waiting_from(0.0)
    for name in ("after_ConnectionTimeOut", "T_waiting_after_ConnectionTimeOut"):
        assert chart._engine.send(machine.active, name).taken == ()
    move = chart._engine.fire(machine.active, "waiting", "after_ConnectionTimeOut")
    assert move.taken == ("waiting-after_ConnectionTimeOut-2",)


def test_a_timer_fires_its_own_states_transitions_only() -> None:
    text = (
        'name = "x"\ndoc = "x"\n[states.outer]\ntransitions = [\n'
        '  { after = "checkpoint_s", target = "last" },\n]\n'
        '[states.inner]\nin = "outer"\ntransitions = [\n'
        '  { event = "plugged", target = "inner" },\n'
        '  { after = "checkpoint_s", cond = "is_online", target = "last" },\n]\n[states.last]\n'
    )
    chart = Chart(document(text), ClockBehavior)
    machine, _ = chart.begin(0, context())
    machine, _ = chart.step(machine, context(Plugged(), at_s=5.0))
    outer, inner = machine.timers
    assert (outer.deadline_s, inner.deadline_s) == (10.0, 15.0)
    _, step = chart.expire(machine, inner, context(at_s=15.0))
    assert step.taken == ()
    _, step = chart.expire(machine, outer, context(at_s=10.0, is_online=True))
    assert step.taken == ("outer-after_checkpoint_s-1",)


# ---- at ------------------------------------------------------------------------------------------

CLOCK = """\
name = "clock"
doc = "Two instants."
[states.a]
transitions = [
  { at = "HeartbeatInterval", on = "note" },
  { at = "instant_s", on = "move" },
]
"""


@dataclass(frozen=True, slots=True)
class ClockFields:
    instant_s: float | None = None
    next_s: float | None = None


class ClockBehavior(Behavior[ClockFields]):
    Fields = ClockFields

    def note(self) -> None:
        pass

    def move(self) -> None:
        self._set(instant_s=self._fields.next_s)

    def instant_s(self) -> float | None:
        return self._fields.instant_s


def clock_at(base: Context, fields: ClockFields) -> tuple[Chart, Machine]:
    chart = Chart(document(CLOCK), ClockBehavior)
    machine = Machine("clock.0", 0, ("a",), fields, ())
    return chart, chart.rearm(machine, base, None)


@pytest.mark.parametrize(
    ("of_day_s", "period_s", "wait_s"),
    [
        (0.0, 900, 900),
        (10.0, 900, 890),
        (899.5, 900, 0.5),
        (899.9999, 900, 900.0001),
        (86000.0, 900, 400),
        (86390.0, 7000, 10),
        (86399.9995, 7000, 7000.0005),
    ],
)
def test_at_a_key_is_its_next_multiple_of_the_day(
    of_day_s: float, period_s: int, wait_s: float
) -> None:
    base = with_utc(context(at_s=100.0), MIDNIGHT_S + of_day_s)
    base = replace(base, keys=KEYS.with_value("HeartbeatInterval", str(period_s)))
    _, machine = clock_at(base, ClockFields())
    assert [item.deadline_s for item in machine.timers] == [pytest.approx(100.0 + wait_s, abs=1e-5)]


def test_at_fires_once_for_each_multiple() -> None:
    chart, machine = clock_at(with_utc(context(at_s=0.0), MIDNIGHT_S), ClockFields())
    (timer,) = machine.timers
    early = with_utc(context(at_s=timer.deadline_s), MIDNIGHT_S + 300.0 - 1e-6)
    machine, step = chart.expire(machine, timer, early)
    assert step.taken == ("a-at_HeartbeatInterval-1",)
    assert machine.timers[0].deadline_s == pytest.approx(600.0, abs=0.01)


def test_at_is_not_armed_without_a_clock_or_with_zero() -> None:
    assert clock_at(context(), ClockFields(instant_s=1.0))[1].timers == ()
    off = replace(context(), keys=KEYS.with_value("HeartbeatInterval", "0"))
    assert clock_at(with_utc(off, MIDNIGHT_S), ClockFields())[1].timers == ()


def test_at_a_method_is_an_instant() -> None:
    base = with_utc(context(at_s=50.0), MIDNIGHT_S)
    _, machine = clock_at(base, ClockFields(instant_s=MIDNIGHT_S + 7.0))
    assert machine.timers[1].deadline_s == 57.0
    chart, machine = clock_at(base, ClockFields(instant_s=MIDNIGHT_S - 7.0))
    assert machine.timers[1].deadline_s == 50.0  # past: due now
    machine, step = chart.expire(machine, machine.timers[1], base)
    assert step.taken == ("a-at_instant_s-1",)
    assert len(machine.timers) == 1


def test_an_instant_that_is_over_does_not_fire_again() -> None:
    base = with_utc(context(at_s=50.0), MIDNIGHT_S)
    instant_s = MIDNIGHT_S - 7.0
    chart, machine = clock_at(base, ClockFields(instant_s, next_s=instant_s))
    machine, _ = chart.expire(machine, machine.timers[1], base)
    assert len(machine.timers) == 1
    chart, machine = clock_at(base, ClockFields(instant_s, next_s=MIDNIGHT_S + 9.0))
    machine, _ = chart.expire(machine, machine.timers[1], base)
    assert machine.timers[1].deadline_s == 59.0


# ---- rearm ---------------------------------------------------------------------------------------


def test_a_changed_key_restarts_every() -> None:
    chart = outlet()
    machine, _ = chart.step(at("idle", "available"), context(Plugged(), is_online=True))
    changed = replace(context(at_s=100.0), keys=KEYS.with_value("HeartbeatInterval", "30"))
    assert chart.rearm(machine, changed, "HeartbeatInterval").timers == (due(HEARTBEAT, 130.0),)
    assert chart.rearm(machine, changed, "ConnectionTimeOut") == machine
    assert chart.rearm(machine, changed, None) == machine
    off = replace(context(at_s=100.0), keys=KEYS.with_value("HeartbeatInterval", "0"))
    assert chart.rearm(machine, off, "HeartbeatInterval").timers == ()


def test_a_changed_key_starts_an_every_that_was_off() -> None:
    chart = outlet()
    machine, _ = chart.step(at("idle", "available"), context(Plugged(), is_online=True))
    changed = replace(context(at_s=5.0), keys=KEYS.with_value("MeterValueSampleInterval", "10"))
    timers = chart.rearm(machine, changed, "MeterValueSampleInterval").timers
    assert [(item.key, item.deadline_s) for item in timers] == [
        ("HeartbeatInterval", 300.0),
        ("MeterValueSampleInterval", 15.0),
    ]


def test_a_running_after_stays() -> None:
    chart, machine = waiting_from(0.0)
    changed = replace(context(at_s=30.0), keys=KEYS.with_value("ConnectionTimeOut", "5"))
    assert chart.rearm(machine, changed, "ConnectionTimeOut") == machine


def test_a_clock_that_was_set_moves_at_and_nothing_else() -> None:
    chart, machine = clock_at(with_utc(context(), MIDNIGHT_S), ClockFields())
    moved = chart.rearm(machine, with_utc(context(at_s=1.0), MIDNIGHT_S + 250.0), None)
    assert moved.timers[0].deadline_s == pytest.approx(51.0)


def test_a_duration_that_raises_is_a_fault() -> None:
    class Broken(ClockBehavior):
        def instant_s(self) -> float | None:
            raise RuntimeError("no instant")

    chart = Chart(document(CLOCK), Broken)
    machine = Machine("clock.0", 0, ("a",), ClockFields(), ())
    with pytest.raises(MachineFault, match=r"clock\.0 failed on rearm: RuntimeError: no instant"):
        chart.rearm(machine, with_utc(context(), MIDNIGHT_S), None)
