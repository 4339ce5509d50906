"""Pure rules of the control pilot: any voltages at any time, and what may follow from them."""

from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from cp.vocabulary.events import (
    ErrorCleared,
    ErrorRaised,
    EvAsked,
    Event,
    EvPaused,
    Plugged,
    Unplugged,
)
from drivers.pilot.levels import (
    PilotState,
    Settling,
    Thresholds,
    classify,
    duty_percent,
)
from drivers.pilot.steps import (
    NEGATIVE,
    NO_DIODE,
    NO_PWM,
    SHORTED,
    UNREADABLE,
    VENTILATION,
    Rules,
    Sight,
    Standing,
    stand,
    steps,
)

A, B, C, D, E, F = PilotState
THRESHOLDS = Thresholds()
STATES = st.sampled_from(PilotState)
MAYBE_STATES = st.none() | STATES
VOLTS = st.floats(-13, 13)
BOOLS = st.booleans()
SIGHTS = st.builds(Sight, MAYBE_STATES, BOOLS, BOOLS, st.none() | BOOLS, BOOLS)
RULES = st.builds(Rules, st.booleans(), st.booleans())


# ---- volts to states -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "least_v", "most_v"),
    [(A, 11, 13), (B, 8, 10), (C, 5, 7), (D, 2, 4), (E, -1, 1), (F, -13, -11)],
)
@given(data=st.data(), before=MAYBE_STATES)
def test_what_the_standard_allows_for_a_state_is_that_state_whatever_was_before(
    state: PilotState, least_v: float, most_v: float, data: st.DataObject, before: PilotState
) -> None:
    volts = data.draw(st.floats(least_v, most_v))
    assert classify(volts, before, THRESHOLDS) is state


@given(VOLTS, MAYBE_STATES)
def test_a_state_is_classified_the_same_when_it_is_seen_again(
    volts: float, before: PilotState | None
) -> None:
    seen = classify(volts, before, THRESHOLDS)
    assert classify(volts, seen, THRESHOLDS) is seen


@given(st.sampled_from(THRESHOLDS.edges_v), st.lists(st.floats(-0.39, 0.39), min_size=1))
def test_noise_within_the_hysteresis_never_flaps(edge_v: float, noise_v: list[float]) -> None:
    before = first = classify(edge_v + noise_v[0], None, THRESHOLDS)
    for deviation_v in noise_v:
        before = classify(edge_v + deviation_v, before, THRESHOLDS)
        assert before is first


def test_without_hysteresis_the_same_noise_flaps() -> None:
    bare = replace(THRESHOLDS, hysteresis_v=0.0)
    assert classify(7.4, B, bare) is C and classify(7.6, C, bare) is B
    assert classify(7.4, B, THRESHOLDS) is B and classify(7.6, C, THRESHOLDS) is C


@given(VOLTS, VOLTS, MAYBE_STATES)
def test_a_lower_voltage_is_never_an_earlier_state(
    one_v: float, other_v: float, before: PilotState | None
) -> None:
    low, high = sorted((one_v, other_v))
    assert classify(high, before, THRESHOLDS) <= classify(low, before, THRESHOLDS)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (Thresholds(a_b_v=7.0), "thresholds fall"),
        (Thresholds(hysteresis_v=1.6), "less than 1.5"),
        (Thresholds(hysteresis_v=-0.1), "hysteresis_v is from 0"),
    ],
)
def test_mistakes_in_thresholds_are_found(wrong: Thresholds, words: str) -> None:
    assert words in " ".join(wrong.mistakes())
    assert THRESHOLDS.mistakes() == ()


# ---- what is stable ------------------------------------------------------------------------------


@given(
    st.lists(st.tuples(MAYBE_STATES, st.floats(0.001, 0.1)), max_size=30),
    st.floats(0, 0.2),
)
def test_a_value_changes_only_after_it_was_seen_for_long_enough_without_a_break(
    looks: list[tuple[PilotState | None, float]], stable_s: float
) -> None:
    settling: Settling[PilotState] = Settling()
    now_s, history = 0.0, []
    for seen, after_s in looks:
        now_s += after_s
        history.append((now_s, seen))
        before, settling = settling, settling.see(seen, now_s, stable_s)
        if settling.value != before.value:
            run = []
            for at_s, state in reversed(history):
                if state != settling.value:
                    break
                run.append(at_s)
            assert run and run[0] - run[-1] >= stable_s


def test_a_state_that_lasts_counts_and_a_glitch_does_not() -> None:
    settling: Settling[PilotState] = Settling()
    told = []
    for number, seen in enumerate((B, B, B, A, B, B, C, C, C)):
        settling = settling.see(seen, number * 0.02, 0.04)
        told.append(settling.value)
    assert told == [None, None, B, B, B, B, B, B, C]


# ---- the duty of a current -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("current_a", "percent"), [(6, 10.0), (30, 50.0), (51, 85.0), (52, 84.8), (80, 96.0)]
)
def test_the_duty_says_the_current(current_a: int, percent: float) -> None:
    assert duty_percent(current_a) == pytest.approx(percent)


@given(st.integers(6, 80))
def test_an_ev_reads_the_current_that_was_offered(current_a: int) -> None:
    """Table A.8: what an EV makes of a duty; it never takes more."""
    percent = duty_percent(current_a)
    read_a = percent * 0.6 if percent <= 85 else (percent - 64) * 2.5
    assert read_a == pytest.approx(current_a) or (current_a == 52 and read_a < 52)


@pytest.mark.parametrize("current_a", [0, 5, 81])
def test_there_is_no_duty_for_other_currents(current_a: int) -> None:
    with pytest.raises(ValueError, match="6 to 80 A, not"):
        duty_percent(current_a)


# ---- what it means, and what is told -------------------------------------------------------------


def follow(sights: list[Sight], rules: Rules) -> list[Event]:
    """Events of all sights; they always lead from one standing to the next."""
    standing, events = Standing(), []
    for sight in sights:
        before, standing = standing, stand(sight, standing, rules)
        events += steps(before, standing)
    return events


@given(st.lists(SIGHTS, max_size=20), RULES)
def test_events_are_always_a_path_of_the_charts(sights: list[Sight], rules: Rules) -> None:
    """``vehicle`` and ``health``: nothing is told twice, nothing out of order."""
    is_plugged = is_asking = False
    errors: set[tuple[object, ...]] = set()
    for event in follow(sights, rules):
        match event:
            case Plugged():
                assert not is_plugged
                is_plugged = True
            case Unplugged():
                assert is_plugged
                is_plugged = is_asking = False
            case EvAsked():
                assert is_plugged and not is_asking
                is_asking = True
            case EvPaused():
                assert is_asking
                is_asking = False
            case ErrorRaised():
                assert _key(event) not in errors
                errors.add(_key(event))
            case ErrorCleared():
                errors.remove(_key(event))


def _key(event: ErrorRaised | ErrorCleared) -> tuple[object, ...]:
    return event.connector_id, event.error_code, event.vendor_error_code


@given(st.lists(SIGHTS, min_size=1, max_size=10), RULES)
def test_an_ev_asks_only_in_c_or_d_while_offered_with_its_diode_seen(
    sights: list[Sight], rules: Rules
) -> None:
    standing = Standing()
    for sight in sights:
        standing = stand(sight, standing, rules)
        if standing.is_asking:
            assert sight.is_offering
            assert sight.state is C or (sight.state is D and rules.has_ventilation)
            assert sight.has_diode or not rules.is_diode_seen


@given(st.lists(SIGHTS, min_size=1, max_size=10), RULES)
def test_only_a_is_the_unplug(sights: list[Sight], rules: Rules) -> None:
    standing = Standing()
    for sight in sights:
        before, standing = standing, stand(sight, standing, rules)
        if before.is_plugged and not standing.is_plugged:
            assert sight.state is A


OFFERED_C = Sight(C, is_ready=True, is_offering=True, has_diode=True)
SEEN = Rules(is_diode_seen=True)
CHARGE = (Plugged(1), EvAsked(1))


@pytest.mark.parametrize(
    ("sights", "rules", "events"),
    [
        ([OFFERED_C], Rules(), [Plugged(1), EvAsked(1)]),
        ([OFFERED_C, Sight(A)], Rules(), [Plugged(1), EvAsked(1), Unplugged(1)]),
        ([OFFERED_C, Sight(C)], Rules(), [Plugged(1), EvAsked(1), EvPaused(1)]),
        ([OFFERED_C, replace(OFFERED_C, is_ready=False)], SEEN, [*CHARGE, EvPaused(1)]),
        ([OFFERED_C, Sight(E)], Rules(), [Plugged(1), EvAsked(1), EvPaused(1), SHORTED]),
        ([OFFERED_C, Sight(F)], Rules(), [Plugged(1), EvAsked(1), EvPaused(1), NEGATIVE]),
        ([OFFERED_C, Sight(None)], Rules(), [Plugged(1), EvAsked(1), EvPaused(1), UNREADABLE]),
        ([replace(OFFERED_C, has_diode=False)], SEEN, [NO_DIODE, Plugged(1)]),
        ([replace(OFFERED_C, has_diode=None)], SEEN, [Plugged(1)]),
        ([replace(OFFERED_C, state=D)], Rules(), [VENTILATION, Plugged(1)]),
        ([replace(OFFERED_C, state=D)], Rules(has_ventilation=True), [Plugged(1), EvAsked(1)]),
        ([Sight(B, is_driven=False)], Rules(), [NO_PWM, Plugged(1)]),
        ([Sight(E)], Rules(), [SHORTED]),
    ],
)
def test_examples(sights: list[Sight], rules: Rules, events: list[Event]) -> None:
    assert follow(sights, rules) == events


def test_a_short_that_ends_goes_on_where_it_was() -> None:
    cleared = ErrorCleared(1, SHORTED.error_code, SHORTED.vendor_error_code)
    events = follow([OFFERED_C, Sight(E), OFFERED_C, Sight(E), Sight(A)], Rules())
    assert events[4:] == [cleared, EvAsked(1), EvPaused(1), SHORTED, Unplugged(1), cleared]
