"""One mutant is tried: who finds the bug.

Theory of operation: first the checker, then the scenarios that touch the place, the fastest first,
then a small exploration of every composition. A mutant that does not come to an end is found by the
alarm clock.
"""

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
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
from tools.mutate.mutant import Mutant, Seeded
from tools.mutate.touched import Touched, differs
from tools.scenario_house import house, instead, texts

EXPLORED: Final = 1500
"""States of each composition: a few seconds for a mutant that no scenario finds."""

_SCENARIO_WITHIN_S: Final = 10.0
_EXPLORED_WITHIN_S: Final = 120.0
_KEYS: Final = ("deny-offline",)

CHECKER, SCENARIO, CLOCK, EXPLORATION, NOBODY = (
    *("checker", "scenario", "alarm clock", "exploration"),
    "",
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """``by`` whom the mutant was found, empty: by nobody; ``where``: a scenario, or an invariant.

    ``tried`` scenarios that touch the place.
    """

    name: str
    by: str
    where: str = ""
    tried: int = 0


class _Alarm(BaseException):
    """The time is over; no ``except Exception`` on the way takes it for its own."""


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
    mutant: Mutant, scenarios: Sequence[Touched], *, explored: int = EXPLORED
) -> Verdict:
    """Who finds it. ``explored`` 0: nothing is explored."""
    changed = house()
    if mutant.seed is not None:
        seeded = mutant.seed(shipped())
        findings = check(seeded.documents.values(), BEHAVIORS, seeded.routes, tuple(GENERIC))
        if findings:
            return Verdict(mutant.name, CHECKER, findings[0].message)
        changed = _house(seeded)
    with mutant.patch() if mutant.patch is not None else nullcontext(), instead(changed):
        tried = [item for item in scenarios if item.places & mutant.places]
        for item in tried:
            try:
                with _alarm(_SCENARIO_WITHIN_S):
                    is_found = differs(item.scenario)
            except _Alarm:
                return Verdict(mutant.name, CLOCK, item.scenario.path.stem, len(tried))
            if is_found:
                return Verdict(mutant.name, SCENARIO, item.scenario.path.stem, len(tried))
        found = _explored(changed, explored) if explored else ""
    return Verdict(mutant.name, EXPLORATION if found else NOBODY, found, len(tried))


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
                with _alarm(_EXPLORED_WITHIN_S):
                    report = report_of(explore(build(changed, _KEYS), limit))
            except _Alarm:
                return "the alarm clock"
            except Exception as error:
                return f"raises {type(error).__name__}"
            if report.violations:
                return f"{report.title}: {report.violations[0].invariant}"
    return ""


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """Raises _Alarm when it takes longer; in the main thread of a process only."""

    def ring(*_: object) -> None:
        raise _Alarm

    before: Callable[..., object] | int | None = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
