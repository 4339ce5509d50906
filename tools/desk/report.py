"""``statecharge charts report [-o FILE] [--profile P]``: everything about the charts in one file.

One HTML file without anything outside of it: drawings, tables, routes, coverage, certificate,
requirements and a search box; it prints to A4. The same tree gives the same bytes: a date is there
only when the caller names one, else the revision of git.
"""

import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from hashlib import sha256
from html import escape
from importlib.metadata import version
from pathlib import Path
from typing import Final

from cp.chart import Routes
from cp.profiles import Profile, read_profile, texts
from cp.profiles.certificate import read_rows, text as certificate_text
from cp.profiles.tables import nearest
from tools.certificate import DEFAULT_PROFILE, find
from tools.certificate_proofs import TESTS
from tools.chart_files import CHARTS, ChartFiles, read_files
from tools.desk.evidence import gather
from tools.desk.inlined import Inlined, inline
from tools.desk.pages import Page, asset, render
from tools.desk.report_charts import ReportError, Taken, chart_pictures, chart_section
from tools.desk.report_parts import (
    Cover,
    certificate_section,
    count_taken,
    cover_section,
    coverage_section,
    requirements_section,
    routes_section,
)
from tools.desk.requirements import read_requirements
from tools.writing import write_text

_SCENARIOS: Final = TESTS / "scenarios"
_PARTS: Final = {
    "routes": "Routes",
    "coverage": "Coverage",
    "certificate": "Certificate",
    "requirements": "Requirements",
}


def main(words: Sequence[str]) -> int:
    """Exit code 0, 1 when charts have findings or pictures are stale, 2 for wrong words.

    Raises SettingsError when the file cannot be written.
    """
    arguments = _parser().parse_args(words)
    if arguments.profile not in texts():
        hint = nearest(arguments.profile, texts())
        print(f"--profile: unknown {arguments.profile!r}; {hint}", file=sys.stderr)
        return 2
    files = read_files()
    for finding in files.findings:
        print(finding, file=sys.stderr)
    if files.findings or files.routes is None:
        return 1
    profile = read_profile(arguments.profile, texts()[arguments.profile])[0]
    cover = Cover(version("statecharge"), arguments.date or _revision(), profile)
    try:
        text = report(files, files.routes, cover)
    except ReportError as error:
        print(error, file=sys.stderr)
        return 1
    write_text(arguments.out, text)
    print(f"written: {arguments.out} ({len(text.encode()) // 1024} KiB)")
    return 0


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        "statecharge charts report", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("-o", "--out", type=Path, default=Path("report.html"), metavar="FILE")
    parser.add_argument("--profile", default=DEFAULT_PROFILE, help="product (%(default)s)")
    parser.add_argument("--date", help="what the cover says; default: the revision of git")
    return parser


def _revision() -> str:
    """The revision of the tree that the charts lie in; empty where there is none."""
    words = ("git", "-C", str(CHARTS), "describe", "--always", "--dirty")
    try:
        found = subprocess.run(words, capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return f"revision {found.stdout.strip()}" if found.returncode == 0 else ""


def report(files: ChartFiles, routes: Routes, cover: Cover) -> str:
    """The HTML. Raises ReportError when a committed picture is not that of its chart."""
    names = [name for name in routes.connectors if name in {d.name for d in files.documents}]
    charts = files.named(names)
    pictures = {item.name: chart_pictures(item, CHARTS / "svg") for item in charts}
    drawn = _routes_picture(files)
    taken = count_taken(_SCENARIOS) if TESTS.is_dir() else None
    shown = [
        cover_section(cover, charts, sha256(files.routes_text.encode()).hexdigest()),
        *(chart_section(item, pictures[item.name], routes, taken) for item in charts),
        routes_section(drawn, routes),
        *_evidence(files, cover.profile, taken),
    ]
    styles = [item.css for views in pictures.values() for item in views.values()]
    page = Page(
        "Statecharge: the behavior",
        [asset("base.css"), *styles, drawn.css, asset("report.css")],
        [asset("report.js")],
        f"{_contents(names)}\n<main>\n{chr(10).join(shown)}\n</main>",
    )
    return render(page)


def _routes_picture(files: ChartFiles) -> Inlined:
    text = (CHARTS / "svg" / "routes.svg").read_text(encoding="utf-8")
    if f"sha256 {sha256(files.routes_text.encode()).hexdigest()[:12]}" not in text:
        raise ReportError("routes.svg is out of date: run 'statecharge charts export'")
    return inline(text, "routes-drawing")


def _evidence(files: ChartFiles, profile: Profile, taken: Taken | None) -> Iterator[str]:
    """What scenarios and tests show; an installation has none."""
    if taken is None:
        yield (
            '<section class="part" id="coverage"><h2>Evidence</h2><p>An installation has no tests:'
            " coverage, certificate and requirements are reported in the source tree.</p></section>"
        )
        return
    evidence = gather(files.documents)
    known = (*(item.proof for item in evidence.scenarios), *evidence.tests)
    findings = tuple(find(row, profile, files, known) for row in read_rows(certificate_text()))
    yield coverage_section(files.documents, taken, len(evidence.scenarios))
    yield certificate_section(findings, profile.name)
    yield requirements_section(read_requirements(), evidence)


def _contents(charts: Sequence[str]) -> str:
    listed = "".join(f'<li><a href="#chart-{name}">{escape(name)}</a></li>' for name in charts)
    parts = "".join(f'<li><a href="#{key}">{title}</a></li>' for key, title in _PARTS.items())
    return (
        '<nav aria-label="contents"><input id="search" type="search" placeholder="search (press /)"'
        ' aria-label="search"><div id="found"></div><ul><li><a href="#cover">Cover</a></li>'
        f"<li>Charts<ul>{listed}</ul></li>{parts}</ul></nav>"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
