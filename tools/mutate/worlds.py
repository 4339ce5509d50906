"""Simulated worlds as finders of mutants: their checks alone, without a transcript to compare.

Theory of operation: a world is deterministic, so one that touches nothing of a mutant plays the
same with the bug in it. ``reached`` plays worlds once on the shipped charts, watched; of those that
reach a mutant's place, the ones that do so most often are played with the bug. The first finding
ends a world.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from cp.chart import Step
from cp.controller import Controller, Done
from tools.mutate.alarm import Alarm, alarm
from tools.mutate.mutant import Mutant, Place
from tools.mutate.touched import guards_observed, places_of
from tools.simulate.ledger import Queued
from tools.simulate.run import World, simulate

FINDERS: Final = ((39, 8.0), (120, 8.0), (124, 8.0), (149, 8.0))
"""Seed and hours of the worlds that try what nobody else has found: of the first 160 those that
reach most transitions and states together."""

_WITHIN_S: Final = 60.0
_HOURS: Final = 24.0
_TRIED: Final = 5
"""Worlds of a day for one mutant: some ten seconds of one core."""


class _Found(KeyboardInterrupt):
    """Ends a world at its first finding; asyncio lets nothing else through."""


@dataclass(frozen=True, slots=True)
class Reached:
    """A world, and how often it touches each place."""

    seed: int
    places: Mapping[Place, int]


class _Eyes:
    """A watcher of turns: which transitions are taken, which states left and entered."""

    def __init__(self, places: Counter[Place]) -> None:
        self._places = places

    def before_turn(self, controller: Controller) -> None:
        """See ``Watcher``."""

    def after_turn(self, controller: Controller, done: Done, fresh: Sequence[Queued]) -> None:
        """See ``Watcher``."""
        for step in done.trace:
            if isinstance(step, Step):
                self._places.update(places_of(step))


def reached(seed: int) -> Reached:
    """What a world of a day touches on the shipped charts. ValueError: it has findings there, and
    so proves nothing."""
    places: Counter[Place] = Counter()
    with guards_observed(lambda place: places.update((place,))):
        outcome = simulate(
            seed, _HOURS, lambda world: world.site.checks.watchers.append(_Eyes(places))
        )
    if outcome.findings:
        raise ValueError(f"seed {seed} has findings without any bug: {outcome.findings[0]}")
    return Reached(seed, places)


def found_alone(mutant: Mutant, worlds: Sequence[Reached]) -> tuple[str, int]:
    """What the worlds that reach the mutant most often find of it, which is seeded now; and how
    many of them were played."""
    hits = {world.seed: _hits(world, mutant) for world in worlds}
    seeds = sorted((seed for seed in hits if any(hits[seed])), key=hits.__getitem__, reverse=True)
    seeds = seeds[:_TRIED]
    for number, seed in enumerate(seeds, 1):
        found = finding(seed, _HOURS)
        if found:
            return found, number
    return "", len(seeds)


def _hits(world: Reached, mutant: Mutant) -> tuple[int, int]:
    """How often it comes to pass what the mutant changes; how often a guard is asked about it."""
    asked = sum(world.places.get(place, 0) for place in mutant.places if place[0] == "guard")
    others = sum(world.places.get(place, 0) for place in mutant.places if place[0] != "guard")
    return others, asked


@cache
def digest(seed: int, hours: float) -> str:
    """Of everything that happens in a world of the shipped station. ValueError: see ``reached``."""
    outcome = simulate(seed, hours)
    if outcome.findings:
        raise ValueError(f"seed {seed} has findings without any bug: {outcome.findings[0]}")
    return outcome.digest


def difference(shipped: Sequence[str]) -> str:
    """The first of the ``FINDERS`` that is another world with the bug that is seeded now."""
    for (seed, hours), expected in zip(FINDERS, shipped, strict=True):
        if simulate(seed, hours).digest != expected:
            return f"seed {seed}"
    return ""


def finding(seed: int, hours: float) -> str:
    """The first finding of this world, with whatever bug is seeded now; empty: none."""

    def stop_at_first(world: World) -> None:
        def find(_now_s: float, what: str) -> None:
            raise _Found(what)

        world.record.find = find  # type: ignore[method-assign, assignment]

    try:
        with alarm(_WITHIN_S):
            simulate(seed, hours, stop_at_first)
    except _Found as found:
        return str(found)
    except Alarm:
        return "the alarm clock"
    except Exception as error:
        return f"raises {type(error).__name__}"
    return ""
