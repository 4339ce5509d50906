"""Mutants of the routes: an event reaches charts in another order, or one of them not at all."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from types import MappingProxyType

from cp.chart import Routes
from tools.mutate.mutant import Mutant, Seeded


def route_mutants(routes: Routes) -> Iterator[Mutant]:
    """Every mutant of the routes."""
    for event, charts in routes.events.items():
        for number, chart in enumerate(charts):
            rest = charts[:number] + charts[number + 1 :]
            yield _mutant(event, f"drop {chart} from", rest, (chart,))
        for number, pair in enumerate(pairwise(charts)):
            swapped = (*charts[:number], *reversed(pair), *charts[number + 2 :])
            yield _mutant(event, f"swap {pair[0]} and {pair[1]} in", swapped, pair)


def _mutant(event: str, kind: str, charts: tuple[str, ...], concerned: tuple[str, ...]) -> Mutant:
    def seed(seeded: Seeded) -> Seeded:
        events = MappingProxyType({**seeded.routes.events, event: charts})
        return Seeded(seeded.documents, replace(seeded.routes, events=events))

    places = frozenset(("event", chart, event) for chart in concerned)
    return Mutant(f"routes: {kind} {event}", "routes", kind, places, seed)
