"""Every finding of every chart and of the routes, in one run.

Theory of operation: the engine is silent about most mistakes of a chart author, so they are found
here, at load, before any machine begins. No check stops another one, and a chart with findings
does not hide those of the next.
"""

from collections.abc import Collection, Iterable, Mapping

from cp.chart.binding import check_binding
from cp.chart.document import ChartDocument
from cp.chart.names import nearest
from cp.chart.routes import Routes, check_routes
from cp.chart.structure import Subject, check_structure
from cp.vocabulary.errors import Finding


def check(
    documents: Iterable[ChartDocument],
    behaviors: Mapping[str, type],
    routes: Routes | None,
    key_names: Collection[str],
    unread: Collection[str] = (),
) -> tuple[Finding, ...]:
    """Everything that is wrong, sorted by file and line; empty when the charts can be run.

    ``behaviors`` maps chart names to their classes, ``key_names`` are the configuration keys.
    Without ``routes`` the charts are checked for themselves. ``unread`` are names of charts that
    cannot be read: their findings are not here, and nothing is said of what they do.
    """
    charts = list(documents)
    findings: list[Finding] = []
    for document in charts:
        subject = Subject(document)
        check_structure(subject)
        behavior = behaviors.get(document.name)
        if behavior is None:
            hint = nearest(document.name, behaviors)
            subject.find(1, f"chart '{document.name}' has no behavior class{hint}")
        else:
            check_binding(subject, behavior, key_names)
        findings += subject.findings
    if routes is not None:
        findings += check_routes(routes, charts, unread)
    return tuple(sorted(set(findings)))
