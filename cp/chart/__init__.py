"""The chart room: reads, checks and runs statecharts; the only importer of the engine.

Theory of operation: ``read_chart`` turns the text of a chart into frozen records with line
numbers, ``check`` finds everything that is wrong with all of them in one run, and a ``Chart`` runs
machines that are values: ``machine, step = chart.step(machine, context)`` is a pure function. The
engine below it is python-statemachine in its synchronous form; one instance serves all machines of
a chart, gets callables instead of names, and sees one event at a time without any payload. Timers
are deadlines in the machine's value: whoever calls sleeps until the earliest and calls ``expire``.
``Routes`` say which machines get an event and who answers a CALL.

A chart that has findings is never run. Nothing here reads a file, a clock or a random number.
"""

from collections.abc import Collection, Iterable, Mapping

from cp.chart.document import ChartDocument, StateDocument, TimerKind, TransitionDocument
from cp.chart.machine import POWER_ON, Chart, Machine, Step
from cp.chart.reader import read_chart
from cp.chart.routes import CallRoute, Routes, check_routes
from cp.chart.routes_reader import read_routes
from cp.chart.timers import Timer
from cp.vocabulary.errors import ChartError, Finding

__all__ = [
    "POWER_ON",
    "CallRoute",
    "Chart",
    "ChartDocument",
    "Machine",
    "Routes",
    "StateDocument",
    "Step",
    "Timer",
    "TimerKind",
    "TransitionDocument",
    "check",
    "check_routes",
    "load_charts",
    "read_chart",
    "read_routes",
]

ROUTES_FILE = "charts/routes.toml"


def check(
    documents: Iterable[ChartDocument],
    behaviors: Mapping[str, type],
    routes: Routes | None,
    key_names: Collection[str],
    unread: Collection[str] = (),
) -> tuple[Finding, ...]:
    """Every finding of every chart and of the routes; see ``cp.chart.checker``."""
    from cp.chart import checker  # 15 ms that a start with checked charts does not need

    return checker.check(documents, behaviors, routes, key_names, unread)


def load_charts(
    sources: Mapping[str, str],
    routes_text: str,
    behaviors: Mapping[str, type],
    key_names: Collection[str],
    *,
    checked: bool = False,
) -> tuple[dict[str, Chart], Routes]:
    """All charts by name, ready to run, and the routes.

    ``sources`` maps chart names to their texts, ``behaviors`` chart names to their classes,
    ``key_names`` are the configuration keys that timers may name. With ``checked`` the checks are
    left out: for texts that have passed them before, as those of a release have. Raises ChartError
    with every finding.
    """
    documents: list[ChartDocument] = []
    findings: list[Finding] = []
    unread: list[str] = []
    for name, text in sources.items():
        file = f"charts/{name}.toml"
        document, found = read_chart(text, file)
        findings += found
        if document is None:
            unread.append(name)
        else:
            documents.append(document)
            if document.name != name:
                findings.append(Finding(file, 1, f"name is '{document.name}', not '{name}'"))
    routes, found = read_routes(routes_text, ROUTES_FILE)
    findings += found
    if not checked:
        findings += check(documents, behaviors, routes, key_names, unread)
    if findings or routes is None:
        raise ChartError(tuple(sorted(set(findings))))
    return {item.name: Chart(item, behaviors[item.name]) for item in documents}, routes
