"""Which scenario touches what: transitions, guards, states, events of a chart, lines of code.

Theory of operation: every scenario is played once on the shipped charts, watched. Scenarios are
deterministic, so one that touches nothing of a mutant plays the same with the bug in it.
"""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Final

from cp.chart import Step
from cp.chart.engine import Observer
from tools.mutate.mutant import Place
from tools.scenario import Scenario, load, player, steps_before
from tools.scenario_house import house

BEHAVIOR: Final = str(Path("cp") / "behavior")


@dataclass(frozen=True, slots=True)
class Touched:
    """A scenario with everything that it touches; ``seconds`` that it takes unwatched."""

    scenario: Scenario
    places: frozenset[Place]
    seconds: float


def touched(paths: Iterable[Path], *, has_lines: bool = True) -> list[Touched]:
    """Each scenario, the fastest first; ``has_lines``: with the lines of behaviors, five times
    slower. A scenario whose transcript is not what is written proves nothing: ValueError."""
    found = []
    for path in paths:
        scenario = load(path)
        begun_s = time.perf_counter()
        if differs(scenario):
            raise ValueError(f"{path} is not what is played: mend it first")
        seconds = time.perf_counter() - begun_s
        found.append(Touched(scenario, _places(scenario, has_lines=has_lines), seconds))
    return sorted(found, key=lambda item: item.seconds)


def differs(scenario: Scenario, watch: Callable[[Step], None] | None = None) -> bool:
    """Whether what is played is not what is written, or cannot be played."""
    try:
        who = player(scenario, watch=watch)
        steps_before(scenario, who)
        return any(
            tuple(line.strip() for line in who.play(step.text)) != step.expected
            for step in scenario.steps
        )
    except Exception:
        return True


def _places(scenario: Scenario, *, has_lines: bool) -> frozenset[Place]:
    places: set[Place] = set()
    with guards_observed(places.add):
        try:
            if has_lines:
                sys.settrace(_tracer(places))
            differs(scenario, lambda step: places.update(places_of(step)))
        finally:
            sys.settrace(None)
    return frozenset(places)


def places_of(step: Step) -> Iterator[Place]:
    """Transitions taken, states left and entered, and the event."""
    chart = step.machine.rpartition(".")[0]
    yield from (("transition", chart, item) for item in step.taken)
    yield from (("state", chart, item) for item in (*step.exited, *step.entered))
    yield "event", chart, step.event


@contextmanager
def guards_observed(note: Callable[[Place], None]) -> Iterator[None]:
    """Within it, ``note`` is told of every guard that is asked."""

    def observe(chart: str) -> Observer:
        return lambda item, _leaf, _outcome: note(("guard", chart, item))

    charts = house().charts
    for name, chart in charts.items():
        chart.observe(observe(name))
    try:
        yield
    finally:
        for chart in charts.values():
            chart.observe(None)


def _tracer(places: set[Place]) -> Callable[[FrameType, str, Any], Any]:
    """Notes the lines of behaviors that run."""

    def line(frame: FrameType, _event: str, _argument: object) -> object:
        places.add(("line", Path(frame.f_code.co_filename).stem, str(frame.f_lineno)))
        return line

    def call(frame: FrameType, event: str, argument: object) -> object:
        is_ours = BEHAVIOR in frame.f_code.co_filename
        return line(frame, event, argument) if is_ours else None

    return call
