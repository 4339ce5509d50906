"""Checks that random worlds seldom try: each finds a station that does it wrong in a short play,
and finds nothing where the shipped station plays the same.

Theory of operation: a play takes the place of the visits of a world without trouble. Before each of
its acts everything rests, until the station has had more time than any check excuses.
"""

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Final

import pytest

from cp.behavior.contactor import Contactor
from cp.vocabulary.events import ErrorRaised
from cp.vocabulary.words import ChargePointErrorCode as Code
from tests.simulation.test_simulated_checks import coded, nothing, seeded
from tools.scenario_house import instead
from tools.simulate.chance import stream
from tools.simulate.devices import SimulatedLamp, SimulatedPilot
from tools.simulate.people import People
from tools.simulate.run import Outcome, World, simulate
from tools.simulate.trouble import EMERGENCY_STOP

SEED: Final = 1
REST_S: Final = 200.0
"""Longer than the longest wait of ``Settled``, and a few heartbeats: there are turns to look at."""

Act = Callable[[World], Awaitable[object] | None]
Bug = Callable[[], AbstractContextManager[None]]


class Play(People):
    """People who come once and do one thing after the other."""

    def __init__(self, world: World, acts: tuple[Act, ...]) -> None:
        super().__init__(world.station, stream(SEED, "play"), world.draw)
        self._world = world
        self._acts = acts

    async def live(self) -> None:
        """All acts, once."""
        for act in self._acts:
            await self._wait(REST_S)
            done = act(self._world)
            if done is not None:
                await done


def played(acts: tuple[Act, ...]) -> Outcome:
    """The outcome of a world in which only this happens."""

    def change(world: World) -> None:
        world.apply(replace(world.draw, requests=(), trouble=()))
        world.central.books.heartbeat_interval_s = 60
        world.people = Play(world, acts)

    return simulate(SEED, (len(acts) + 1.5) * REST_S / 3600, change)


# ---- acts ----------------------------------------------------------------------------------------


def plug(world: World) -> None:
    """An EV that wants energy."""
    world.site.board.outlet.plug(True)
    world.site.board.outlet.want(True)


def unplug(world: World) -> None:
    """It leaves."""
    world.site.board.outlet.plug(False)


def card(world: World) -> None:
    """A good one: it begins a transaction, or ends it."""
    world.station.present("CARD1")


def stranger(world: World) -> None:
    """One that is refused."""
    world.station.present("STRANGER")


def errors(*present: ErrorRaised) -> Act:
    """These are there from now on, and no others."""

    def act(world: World) -> None:
        outlet = world.site.board.outlet
        world.site.board.errors = list(present)
        outlet.want(outlet.is_ev_ready)

    return act


def order(connector_id: int, kind: str) -> Act:
    """ChangeAvailability."""
    fields = {"connectorId": connector_id, "type": kind}
    return lambda world: world.central.call("ChangeAvailability", fields)


GROUND: Final = ErrorRaised(1, Code.GROUND_FAILURE)
INTERNAL: Final = ErrorRaised(0, Code.INTERNAL_ERROR)

TWO_CHARGES: Final = (plug, card, card, card, unplug)
EMERGENCY: Final = (plug, card, errors(EMERGENCY_STOP), errors(), unplug)
EMERGENCY_IN_A_FAULT: Final = (plug, card, errors(GROUND), errors(GROUND, EMERGENCY_STOP))
FAULT: Final = (plug, card, errors(GROUND), errors(), unplug)
FAULT_OF_THE_STATION: Final = (errors(INTERNAL), errors())
OUT_OF_SERVICE: Final = (order(0, "Inoperative"), order(0, "Operative"))
OUT_AFTER_A_CHARGE: Final = (plug, card, order(0, "Inoperative"), card, unplug)
OUTLET_OUT: Final = (order(1, "Inoperative"), order(1, "Operative"))


@pytest.mark.parametrize(
    "acts",
    [
        TWO_CHARGES,
        EMERGENCY,
        EMERGENCY_IN_A_FAULT,
        FAULT,
        FAULT_OF_THE_STATION,
        OUT_OF_SERVICE,
        OUT_AFTER_A_CHARGE,
        OUTLET_OUT,
        (stranger,),
    ],
)
def test_the_shipped_station_plays_it_well(acts: tuple[Act, ...]) -> None:
    assert played(acts).findings == ()


# ---- stations that do it wrong -------------------------------------------------------------------


def chart(name: str) -> Bug:
    """This mutant of a chart."""
    return lambda: instead(seeded(name))


def without(function: object) -> Bug:
    """This method does nothing."""
    return lambda: coded(function, nothing)


@pytest.mark.parametrize(
    ("bug", "acts", "what"),
    [
        # Each status that lasts is right, only the way there is not (M F2, M I3).
        (chart("connector: restate starting"), TWO_CHARGES, "goes from Finishing to Charging"),
        (chart("connector: restate resuming"), FAULT, "goes from Available to Charging"),
    ],
)
def test_a_status_that_may_not_follow_is_found(bug: Bug, acts: tuple[Act, ...], what: str) -> None:
    with bug():
        outcome = played(acts)

    assert outcome.findings == (f"the outlet {what}",)


IN_EMERGENCY: Final = "a transaction goes on in an emergency stop"
OFFERED: Final = "energy is offered though an error prevents charging"
PULLED: Final = "the contactor is pulled while Faulted"


@pytest.mark.parametrize(
    ("bug", "acts", "what"),
    [
        # The button is pressed, and nobody hears it; or it counts as a fault like any other (D-16).
        (without(SimulatedPilot._notice_errors), EMERGENCY, IN_EMERGENCY),
        (without(SimulatedPilot._notice_errors), EMERGENCY, OFFERED),
        (chart("connector: drop transition transaction-fault_raised-1"), EMERGENCY, IN_EMERGENCY),
        (
            chart("connector: drop transition interrupted-fault_raised-1"),
            *(EMERGENCY_IN_A_FAULT, IN_EMERGENCY),
        ),
        # The status is right, but the contactor stays closed, or only the pilot offers still.
        (without(Contactor.open_contactor), EMERGENCY, OFFERED),
        (without(Contactor.open_contactor), EMERGENCY, PULLED),
        (without(Contactor.open_contactor), FAULT, OFFERED),
        (without(Contactor.withdraw_current), FAULT, OFFERED),
    ],
)
def test_energy_that_an_error_forbids_is_found(bug: Bug, acts: tuple[Act, ...], what: str) -> None:
    with bug():
        outcome = played(acts)

    assert any(what in finding for finding in outcome.findings)


AVAILABLE: Final = "the station is Available, ordered was Inoperative"


@pytest.mark.parametrize(
    ("bug", "acts", "what"),
    [
        (chart("station: stay available-taken_out_of_service-1"), OUT_OF_SERVICE, AVAILABLE),
        (
            chart("station: stay unavailable-returned_to_service-1"),
            *(OUT_OF_SERVICE, "the station is Unavailable, ordered was Operative"),
        ),
        (
            chart("availability: stay scheduled-transaction_closed-1"),
            *(OUT_AFTER_A_CHARGE, AVAILABLE),
        ),
        (
            chart("station: stay available-fault_raised-1"),
            *(FAULT_OF_THE_STATION, "the station is Available, its errors are [ErrorShown("),
        ),
        (
            chart("station: stay faulted-fault_cleared-2"),
            *(FAULT_OF_THE_STATION, "the station is Faulted, its errors are []"),
        ),
        (
            chart("station: restate unavailable"),
            *(OUT_OF_SERVICE, "the station is Faulted, its errors are []"),
        ),
        (chart("station: restate available"), (), "connector 0 is Preparing in a world"),
        (
            chart("connector: stay unavailable-returned_to_service-3"),
            *(OUTLET_OUT, "the outlet is Unavailable, ordered was Operative"),
        ),
    ],
)
def test_a_station_out_of_order_or_service_that_does_not_say_so_is_found(
    bug: Bug, acts: tuple[Act, ...], what: str
) -> None:
    with bug():
        outcome = played(acts)

    assert any(what in finding for finding in outcome.findings)


def break_down(_: object) -> None:
    """Not foreseen."""
    raise RuntimeError("a bug of the shell")


def test_an_error_of_the_shell_is_found() -> None:
    """The process ends and starts again, as if nothing had been."""
    with coded(SimulatedLamp.show_refusal, break_down):
        outcome = played((stranger,))

    assert any("daemon on stray_error" in finding for finding in outcome.findings)
