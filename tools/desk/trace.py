"""``statecharge charts trace``: from a requirement to what meets and shows it, and back.

WHAT is a requirement id (``C-03``, ``T 037_2``) or the beginning of some (``T 037``); or a chart, a
state or a transition (``connector.charging``), for which the requirements are told.
"""

import sys
import textwrap
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from cp.chart import StateDocument, TransitionDocument
from cp.chart.names import nearest
from cp.profiles import read_profile, texts
from tools.certificate import DEFAULT_PROFILE, find
from tools.certificate_proofs import TESTS
from tools.chart_files import ChartFiles, read_files
from tools.desk.evidence import Element, Evidence, gather
from tools.desk.requirements import Requirement, read_requirements
from tools.desk.terminal import show
from tools.svg.views import around

_WIDTH: Final = 120
_COLORS: Final = {"#": "bold cyan"}
_MOST: Final = 12
"""So many scenarios that pass through an element are named; of the others the number is told."""


def main(words: Sequence[str]) -> int:
    """Exit code 0, 1 when charts have findings, 2 when nothing has that name."""
    parser = ArgumentParser("statecharge charts trace", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("what", nargs="+", metavar="WHAT", help="requirement, chart or element")
    what = " ".join(parser.parse_args(words).what)
    if not TESTS.is_dir():
        print("an installation has no tests: run this in the source tree", file=sys.stderr)
        return 2
    files, known = read_files(), read_requirements()
    for finding in files.findings:
        print(finding, file=sys.stderr)
    if files.findings:
        return 1
    evidence = gather(files.documents)
    found = select(what, known)
    elements = _named(what, evidence)
    if not found and not elements:
        names = {*known, *(item.key for item in evidence.elements)}
        print(f"nothing is called '{what}'{nearest(what, names)}", file=sys.stderr)
        return 2
    lines = [line for item in found for line in of_requirement(item, evidence, files)]
    lines += [line for item in elements for line in of_element(item, evidence, known)]
    show(lines, _COLORS)
    return 0


def select(what: str, known: Mapping[str, Requirement]) -> tuple[Requirement, ...]:
    """The requirement of this id; else those whose ids begin so, not in the middle of a number."""
    if what in known:
        return (known[what],)
    return tuple(
        item
        for key, item in known.items()
        if key.startswith(what) and not (what[-1].isdigit() and key[len(what)].isdigit())
    )


def _named(what: str, evidence: Evidence) -> tuple[Element, ...]:
    """The element of this name, with a state its transitions; or a whole chart."""
    chart, _, item_id = what.partition(".")
    return tuple(
        item
        for item in evidence.elements
        if item.chart.name == chart and item_id in ("", item.item.id, _source(item))
    )


def _source(element: Element) -> str:
    item = element.item
    return item.source if isinstance(item, TransitionDocument) else item.id


# ---- from a requirement --------------------------------------------------------------------------


def of_requirement(item: Requirement, evidence: Evidence, files: ChartFiles) -> Iterator[str]:
    """What meets a requirement and what shows that, line by line."""
    yield f"# {item.id}: {item.says}"
    elements = evidence.citing(item.id)
    yield from _elements(elements)
    if item.row is not None:
        yield from _certificate(item, evidence, files)
    named = evidence.naming(item.id)
    yield from _wrapped("named by", (_short(name) for name in named))
    passing = [name for name in evidence.showing(elements) if name not in named]
    yield from _wrapped("passed by", _cut([_short(name) for name in passing]))
    yield from _wrapped("tests", evidence.testing(item.id))
    if item.planned:
        yield from _wrapped("planned", (item.planned,))


def _elements(elements: Iterable[Element]) -> Iterator[str]:
    for element in elements:
        yield f"    {element.place:<34} {element}"


def _certificate(item: Requirement, evidence: Evidence, files: ChartFiles) -> Iterator[str]:
    assert item.row is not None
    profile = read_profile(DEFAULT_PROFILE, texts()[DEFAULT_PROFILE])[0]
    known = (*(scenario.proof for scenario in evidence.scenarios), *evidence.tests)
    row = find(item.row, profile, files, known)
    cases = [f"T {case}" for case in item.row.cases]
    yield from _wrapped(
        "row", [f"{item.row.section}: {row.status}", *row.answers, *cases, *row.missing]
    )


# ---- from an element -----------------------------------------------------------------------------


def of_element(
    element: Element, evidence: Evidence, known: Mapping[str, Requirement]
) -> Iterator[str]:
    """Why an element is there, and what shows it."""
    yield f"# {element}"
    yield f"    {element.place}  {element.key}"
    if element.item.doc:
        yield f"    {element.item.doc}"
    for cited in element.item.req:
        says = known[cited].says if cited in known else "unknown: not in tools/requirements.toml"
        yield f"    {cited:<9} {says}"
    if isinstance(element.item, StateDocument):
        yield from _inherited(element, known)
    names = [_short(name) for name in evidence.showing([element])]
    yield from _wrapped("passed by", _cut(names) if names else ["no scenario"])


def _inherited(element: Element, known: Mapping[str, Requirement]) -> Iterator[str]:
    """What the compound states around a state are for holds in it too."""
    for outer in around(element.chart, element.item.id):
        for cited in element.chart.state(outer).req:
            if cited in known:
                yield f"    {cited:<9} {known[cited].says} (of {outer}, around it)"


# ---- lines ---------------------------------------------------------------------------------------


def _short(name: str) -> str:
    """A scenario's name as people say it."""
    return Path(name).stem


def _cut(names: Sequence[str]) -> list[str]:
    rest = len(names) - _MOST
    return [*names[:_MOST], *([f"and {rest} more"] if rest > 0 else [])]


def _wrapped(title: str, items: Iterable[str]) -> Iterator[str]:
    text = ", ".join(items)
    if text:
        yield from textwrap.wrap(
            text,
            _WIDTH,
            initial_indent=f"    {title:<10} ",
            subsequent_indent=" " * 15,
            break_long_words=False,
            break_on_hyphens=False,
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
