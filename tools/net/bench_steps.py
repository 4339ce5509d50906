"""How long one step of the connector chart takes, and the engine alone."""

import statistics
import time
from typing import Final

from statemachine import State, StateChart

from cp.chart import Machine, Step
from cp.vocabulary.context import Context
from tools.scenario_station import Station

_VISITS: Final = 40
_BOOT: Final = ("power on", "inputs_read", "link up")
_VISIT: Final = (
    "plugged",
    "card_presented id_tag=CARD",
    "ev_asked",
    "feedback_closed",
    "wait 1",
    "ev_paused",
    "feedback_opened",
    "ev_asked",
    "feedback_closed",
    "card_presented id_tag=CARD",
    "feedback_opened",
    "unplugged",
)


def connector_step_s() -> float:
    """Median over visits, with the effects that the step emits; ignored events are not counted."""
    station = Station()
    for line in _BOOT:
        station.play(line)
    chart = station.controller.house.charts["connector"]
    step, elapsed_s = chart.step, []

    def timed(machine: Machine, context: Context) -> tuple[Machine, Step]:
        began_s = time.perf_counter()
        result = step(machine, context)
        if result[1].taken:
            elapsed_s.append(time.perf_counter() - began_s)
        return result

    chart.step = timed  # type: ignore[method-assign]
    try:
        for _ in range(_VISITS):
            for line in _VISIT:
                station.play(line)
    finally:
        chart.step = step  # type: ignore[method-assign]
    return statistics.median(elapsed_s)


class _Door(StateChart):  # type: ignore[type-arg]
    """Two states and one event: the least that the engine does."""

    opened = State(initial=True)
    closed = State()
    toggle = opened.to(closed) | closed.to(opened)


def engine_step_s() -> float:
    """Median of one transition of the engine alone."""
    door = _Door()
    elapsed_s = []
    for _ in range(1000):
        began_s = time.perf_counter()
        door.send("toggle")
        elapsed_s.append(time.perf_counter() - began_s)
    return statistics.median(elapsed_s)
