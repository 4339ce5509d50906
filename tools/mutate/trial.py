"""One mutant is tried: who finds the bug.

Theory of operation: first the checker, then the scenarios that touch the place, the fastest first,
then a small exploration of every composition, last a few simulated worlds. A mutant that does not
come to an end is found by the alarm clock. One that is listed as equivalent is not explored, which
takes long where there is nothing to be found: its worlds must be the very same.
"""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from cp.behavior import BEHAVIORS
from cp.chart import Chart, ChartDocument, check, read_chart, read_routes
from cp.house import House
from cp.vocabulary.keys import GENERIC
from tools.explore.command import RUNS
from tools.explore.report import report_of
from tools.explore.search import explore
from tools.mutate.alarm import Alarm, alarm
from tools.mutate.mutant import Mutant, Seeded
from tools.mutate.touched import Touched, differs
from tools.mutate.worlds import FINDERS, difference, digest, finding
from tools.scenario_house import house, instead, texts

EXPLORED: Final = 1500
"""States of each composition: a few seconds for a mutant that no scenario finds."""

_SCENARIO_WITHIN_S: Final = 10.0
_EXPLORED_WITHIN_S: Final = 120.0
_KEYS: Final = ("deny-offline",)

CHECKER, SCENARIO, CLOCK, EXPLORATION, SIMULATION, NOBODY = (
    *("checker", "scenario", "alarm clock", "exploration", "simulation"),
    "",
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """``by`` whom the mutant was found, empty: by nobody; ``where``: a scenario, an invariant, or
    a finding of a world.

    ``tried`` scenarios that touch the place.
    """

    name: str
    by: str
    where: str = ""
    tried: int = 0


@cache
def shipped() -> Seeded:
    """The charts and routes as they are."""
    charts, routes_text = texts()
    documents: dict[str, ChartDocument] = {}
    for name, text in charts.items():
        document, _ = read_chart(text, f"charts/{name}.toml")
        assert document is not None
        documents[name] = document
    routes, _ = read_routes(routes_text, "charts/routes.toml")
    assert routes is not None
    return Seeded(documents, routes)


def try_mutant(
    mutant: Mutant,
    scenarios: Sequence[Touched],
    *,
    explored: int = EXPLORED,
    is_listed: bool = False,
) -> Verdict:
    """Who finds it. ``explored`` 0: nothing is explored, nor simulated. ``is_listed`` as
    equivalent: only scenarios, and whether a world differs. Raises ValueError when a world has
    findings without any bug."""
    worlds = [digest(*world) for world in FINDERS] if is_listed or explored else []
    changed = seeded_house(mutant)
    if isinstance(changed, str):
        return Verdict(mutant.name, CHECKER, changed)
    with mutant.patch() if mutant.patch is not None else nullcontext(), instead(changed):
        tried = [item for item in scenarios if item.places & mutant.places]
        for item in tried:
            try:
                with alarm(_SCENARIO_WITHIN_S):
                    is_found = differs(item.scenario)
            except Alarm:
                return Verdict(mutant.name, CLOCK, item.scenario.path.stem, len(tried))
            if is_found:
                return Verdict(mutant.name, SCENARIO, item.scenario.path.stem, len(tried))
        if is_listed:
            by, found = SIMULATION, difference(worlds)
        else:
            by, found = _searched(changed, explored) if explored else (NOBODY, "")
    return Verdict(mutant.name, by if found else NOBODY, found, len(tried))


def seeded_house(mutant: Mutant) -> House | str:
    """The shipped house with the bug, if it is one of the charts; or what the checker says."""
    if mutant.seed is None:
        return house()
    seeded = mutant.seed(shipped())
    findings = check(seeded.documents.values(), BEHAVIORS, seeded.routes, tuple(GENERIC))
    return findings[0].message if findings else _house(seeded)


def _searched(changed: House, explored: int) -> tuple[str, str]:
    """Who finds it where no scenario looks, and what."""
    if found := _explored(changed, explored):
        return EXPLORATION, found
    findings = (finding(*world) for world in FINDERS)
    return SIMULATION, next((found for found in findings if found), "")


def _house(seeded: Seeded) -> House:
    """The shipped house with the charts and routes that differ."""
    charts = dict(house().charts)
    for name, document in seeded.documents.items():
        if document is not shipped().documents[name]:
            charts[name] = Chart(document, BEHAVIORS[name])
    return replace(house(), charts=charts, routes=seeded.routes)


def _explored(changed: House, limit: int) -> str:
    """The first invariant that breaks in the first states of any composition."""
    for builds in RUNS.values():
        for build in builds:
            try:
                with alarm(_EXPLORED_WITHIN_S):
                    report = report_of(explore(build(changed, _KEYS), limit))
            except Alarm:
                return "the alarm clock"
            except Exception as error:
                return f"raises {type(error).__name__}"
            if report.violations:
                return f"{report.title}: {report.violations[0].invariant}"
    return ""
