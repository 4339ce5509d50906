"""The physics of the bench, with explicit time."""

from dataclasses import replace

import pytest

from drivers.bench.world import MOVING_S, ContactorMode, Inputs, World, plugged_in, plugged_out

CHARGING = Inputs(is_plugged=True, is_ev_ready=True, offered_a=32)


def world(inputs: Inputs = CHARGING, time_scale: float = 1.0) -> World:
    return World(inputs, register_wh=100, now_s=0.0, time_scale=time_scale)


def pull(inputs: Inputs) -> Inputs:
    return replace(inputs, is_pulled=True)


def drop(inputs: Inputs) -> Inputs:
    return replace(inputs, is_pulled=False)


@pytest.mark.parametrize(
    ("is_plugged", "is_ready", "offered_a", "pilot"),
    [
        (False, False, 0, "A"),
        (False, True, 32, "A"),
        (True, False, 32, "B"),
        (True, True, 0, "B"),
        (True, True, 32, "C"),
    ],
)
def test_pilot(is_plugged: bool, is_ready: bool, offered_a: int, pilot: str) -> None:
    inputs = Inputs(is_plugged=is_plugged, is_ev_ready=is_ready, offered_a=offered_a)
    assert inputs.pilot == pilot


def test_unplugging_takes_the_wish_for_energy_along() -> None:
    assert plugged_in(plugged_out(CHARGING)).pilot == "B"


def test_contact_follows_the_command_after_its_moving_time() -> None:
    it = world()
    it.change(1.0, pull)
    assert not it.look(1.0 + MOVING_S * 0.9).is_feedback_closed
    look = it.look(1.0 + MOVING_S)
    assert look.is_feedback_closed and look.is_contact_closed and look.settles_s is None
    it.change(2.0, drop)
    assert it.look(2.0).is_feedback_closed
    assert it.look(2.0).settles_s == pytest.approx(MOVING_S)
    assert not it.look(2.0 + MOVING_S).is_feedback_closed


def test_a_command_taken_back_in_time_moves_nothing() -> None:
    it = world()
    it.change(1.0, pull)
    it.change(1.0 + MOVING_S / 2, drop)
    assert it.look(5.0).settles_s is None
    assert it.look(5.0).register_wh == 100


def test_energy_flows_only_while_the_contact_conducts() -> None:
    it = world()
    it.change(0.0, pull)
    it.look(0.0)
    it.change(100.5, drop)
    look = it.look(1000.0)
    # 100.5 s between the two moves, at 1 Wh/s.
    assert look.register_wh == 200
    assert look.power_w == 0


def test_the_rest_of_a_wh_is_kept_however_often_one_looks() -> None:
    often, once = world(), world()
    often.change(0.0, pull)
    once.change(0.0, pull)
    for tenth in range(1, 1000):
        often.look(tenth / 10)
    assert often.look(100.5).register_wh == once.look(100.5).register_wh == 200


@pytest.mark.parametrize("change", [plugged_out, lambda i: replace(i, is_ev_ready=False)])
def test_a_car_that_is_gone_or_pauses_draws_nothing(change: object) -> None:
    it = world()
    it.change(0.0, pull)
    it.look(1.0)
    it.change(1.0, change)  # type: ignore[arg-type]
    before_wh = it.look(1.0).register_wh
    assert it.look(500.0).register_wh == before_wh


def test_time_scale_speeds_up_energy_and_contact() -> None:
    it = world(time_scale=60.0)
    it.change(0.0, pull)
    assert it.look(MOVING_S / 60).is_contact_closed
    assert it.look(60.0 + MOVING_S / 60).register_wh == 100 + 3600


def test_welded_stays_closed_and_flows_until_mended() -> None:
    it = world()
    it.change(0.0, pull)
    it.change(1.0, lambda i: replace(i, contactor=ContactorMode.WELDED))
    it.change(2.0, drop)
    assert it.look(10.0).is_feedback_closed
    assert it.look(10.0).power_w == 3600
    it.change(10.0, lambda i: replace(i, contactor=ContactorMode.NORMAL))
    assert not it.look(10.0 + MOVING_S).is_feedback_closed


def test_stuck_open_never_closes() -> None:
    it = world(replace(CHARGING, contactor=ContactorMode.STUCK_OPEN))
    it.change(0.0, pull)
    assert not it.look(10.0).is_feedback_closed
    assert it.look(10.0).register_wh == 100


def test_stuck_feedback_does_not_show_that_the_contact_moved() -> None:
    it = world(replace(CHARGING, contactor=ContactorMode.FEEDBACK_STUCK))
    it.change(0.0, pull)
    look = it.look(10.0)
    assert look.is_contact_closed and not look.is_feedback_closed
    assert look.power_w == 3600
    it.change(10.0, lambda i: replace(i, contactor=ContactorMode.NORMAL))
    assert it.look(10.0).is_feedback_closed


def test_a_welded_contact_is_closed_when_power_comes_on() -> None:
    assert world(Inputs(contactor=ContactorMode.WELDED)).look(0.0).is_feedback_closed
