"""The report's other parts: cover, routes, coverage, certificate, requirements."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Final

from cp.chart import ChartDocument, Routes
from cp.profiles import Profile
from tools.certificate import Finding
from tools.desk.evidence import Evidence
from tools.desk.inlined import Inlined
from tools.desk.report_charts import Taken, requirement_id, table
from tools.desk.requirements import Kind, Requirement
from tools.desk.requirements_page import TITLES, asked, shown_by

_STEP: Final = re.compile(r"^ +[\d.]+ (\w+)\.\d+ \w+: .*\[([^\]]+)\]$", re.MULTILINE)
_MOST: Final = 10


@dataclass(frozen=True, slots=True)
class Cover:
    """What the first page says."""

    version: str
    stand: str
    profile: Profile


def count_taken(folder: Path) -> Taken:
    """How often the committed transcripts of the scenarios take each transition. Nothing is played:
    that the transcripts are true is for ``make test`` to say."""
    found: Taken = Counter()
    for path in folder.glob("*.txt"):
        for chart, ids in _STEP.findall(path.read_text(encoding="utf-8")):
            found.update((chart, item) for item in ids.split())
    return found


def cover_section(cover: Cover, charts: tuple[ChartDocument, ...], routes_sha256: str) -> str:
    """The first page: what this is, of which charts, for whom."""
    identity = ", ".join(f"{key} {value}" for key, value in cover.profile.identity.items() if value)
    about = {
        "version": cover.version,
        "as of": cover.stand or "not said",
        "profile": f"{cover.profile.name}{f' ({identity})' if identity else ''}",
        "charts": f"{len(charts)}, with {sum(len(item.states) for item in charts)} states and"
        f" {sum(len(item.transitions) for item in charts)} transitions",
    }
    listed = "".join(f"<b>{key}</b><span>{escape(value)}</span>" for key, value in about.items())
    rows = [
        f'<tr><td><a href="#chart-{item.name}">{item.name}</a></td>'
        f'<td>{escape(item.doc)}</td><td class="hash">{item.sha256}</td></tr>'
        for item in charts
    ]
    rows.append(
        '<tr><td><a href="#routes">routes</a></td><td>Who gets which event, who answers which'
        f' CALL.</td><td class="hash">{routes_sha256}</td></tr>'
    )
    return (
        '<section class="cover" id="cover" data-kind="cover"><h1>Statecharge: the behavior</h1>'
        '<p class="lead">Controller of an OCPP 1.6J charging station. Everything that it does is'
        " decided by these statecharts; the drawings below are the program, not pictures of it.</p>"
        f'<div class="dl">{listed}</div><h3>Charts and their hashes</h3>'
        f"{table(('chart', 'is about', 'SHA-256 of its text'), iter(rows))}</section>"
    )


def routes_section(picture: Inlined, routes: Routes) -> str:
    """Who tells whom, and who answers which CALL."""
    rows = (
        f'<tr id="event-{event}"><td>{event}</td><td>{", ".join(charts) or "nobody"}</td></tr>'
        for event, charts in routes.events.items()
    )
    return (
        '<section class="part" id="routes" data-kind="routes"><h2>Routes</h2>'
        "<p>Which chart gets which event, in this order, and who answers a CALL.</p>"
        f'<div class="drawing">{picture.svg}</div><h3>Events</h3>'
        f"{table(('event', 'goes to, in this order'), rows)}</section>"
    )


def coverage_section(charts: tuple[ChartDocument, ...], taken: Taken, scenarios: int) -> str:
    """How much of each chart the scenarios take."""
    return (
        '<section class="part" id="coverage" data-kind="coverage"><h2>Coverage</h2>'
        f"<p>Counted in the committed transcripts of {scenarios} scenarios, which <code>make"
        " test</code> plays and compares line by line. <code>statecharge charts coverage</code>"
        " plays them and tells the outcomes of all guards too.</p>"
        f"{table(('chart', 'transitions', 'taken', 'never taken'), _coverage(charts, taken))}"
        "</section>"
    )


def _coverage(charts: tuple[ChartDocument, ...], taken: Taken) -> Iterator[str]:
    for chart in charts:
        never = [item.id for item in chart.transitions if not taken[chart.name, item.id]]
        links = ", ".join(f'<a href="#{chart.name}--row-t-{key}">{key}</a>' for key in never)
        count = len(chart.transitions)
        yield (
            f'<tr id="coverage-{chart.name}">'
            f'<td><a href="#chart-{chart.name}">{chart.name}</a></td>'
            f'<td class="n">{count}</td><td class="n">{count - len(never)}</td>'
            f'<td class="{"zero" if never else ""}">{links or "none"}</td></tr>'
        )


def certificate_section(findings: tuple[Finding, ...], profile: str) -> str:
    """The certificate's rows beside the product."""
    counts = Counter(item.status for item in findings)
    told = ", ".join(f"{counts[status]} {status}" for status in ("proved", "planned", "open"))
    head = ("row", "section", "says", "status", "the product answers", "in the charts", "proof")
    return (
        '<section class="part" id="certificate" data-kind="certificate"><h2>Certificate</h2>'
        f"<p>Profile {escape(profile)}: {told}.</p>"
        f"{table(head, (_certificate_row(item) for item in findings))}</section>"
    )


def _certificate_row(item: Finding) -> str:
    row = item.row
    says = f"{row.says} (planned: {row.planned})" if item.status == "planned" else row.says
    cells = (
        f'<a href="#{requirement_id(row.cite)}">{escape(row.id)}</a>',
        escape(row.section),
        escape(says),
        f'<span class="{item.status}">{item.status}</span>',
        escape("; ".join((*item.answers, *item.missing))),
        escape("; ".join(item.charts)),
        escape(_cut([_short(name) for name in item.proofs])),
    )
    return f'<tr id="row-{row.id}">{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'


def requirements_section(known: Mapping[str, Requirement], evidence: Evidence) -> str:
    """Each requirement, what meets it, what shows that."""
    parts = []
    for kind, title in TITLES.items():
        rows = [_requirement(item, evidence) for item in known.values() if item.kind is kind]
        head = ("requirement", "says", "in the charts", "scenarios", "tests")
        if shown := [row for row in rows if row]:
            parts.append(f"<h3>{title}</h3>{table(head, iter(shown))}")
    return (
        '<section class="part" id="requirements" data-kind="requirement"><h2>Requirements</h2>'
        f"{''.join(parts)}</section>"
    )


def _requirement(item: Requirement, evidence: Evidence) -> str:
    """The row, as ``REQUIREMENTS.md`` has it; empty for a section that nothing cites."""
    elements, tests = evidence.citing(item.id), evidence.testing(item.id)
    names, others = shown_by(item, evidence)
    if item.kind is Kind.SECTION and not (elements or names or tests):
        return ""
    met = [
        f'<a href="#{part.chart.name}--{_prefix(part.key)}{part.item.id}">{escape(part.key)}</a>'
        for part in elements
    ]
    met += [f"asked {escape(path)}" for path in asked(item)]
    planned = f" (planned: {item.planned})" if item.planned else ""
    return (
        f'<tr id="{requirement_id(item.id)}"><td><b>{escape(item.id)}</b></td>'
        f"<td>{escape(item.says + planned)}</td><td>{', '.join(met)}</td>"
        f"<td>{escape(', '.join((*names, *others)))}</td>"
        f'<td class="n">{len(tests) or ""}</td></tr>'
    )


def _short(name: str) -> str:
    """A scenario or a test as people say it."""
    return name.rpartition("::")[2] if "::" in name else Path(name).stem


def _prefix(key: str) -> str:
    """A transition's id has hyphens, a state's has none."""
    return "t-" if "-" in key else "s-"


def _cut(names: list[str]) -> str:
    more = len(names) - _MOST
    return ", ".join([*names[:_MOST], *([f"and {more} more"] if more > 0 else [])])
