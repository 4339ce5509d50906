"""What cites and what meets each requirement: chart elements, scenarios, tests.

Theory of operation: states and transitions cite in ``req``, scenarios in their first comment, test
functions in their docstring and comments. A scenario's transcript names each transition that is
taken and each state that is entered, so a scenario also shows the requirements of these; and each
status of connector 1, which show the cells of the status matrix. Nothing is played here: that the
transcripts are true is for ``make test`` to say.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from cp.chart import ChartDocument, StateDocument, TransitionDocument
from cp.vocabulary.words import ChargePointStatus
from tools.certificate_proofs import TESTS, Proof, proofs
from tools.desk.telling import outcome, transition_place
from tools.svg.views import around

_STEP: Final = re.compile(r"^ +[\d.]+ (\w+)\.\d+ \S+: (?:\S+ )?(?:-> (\w+)|stays)(?: \[(.*)\])?$")
"""A line of a transcript: machine, state entered, transitions taken."""
_STATUS: Final = re.compile(r"^ +[\d.]+ +show_status connector_id=1 status=(\w+)$", re.MULTILINE)
_BEGIN: Final = re.compile(r"^ +[\d.]+ journal_replayed", re.MULTILINE)
_MATRIX: Final = tuple(ChargePointStatus)
"""Rows A to I and columns 1 to 9 of the status matrix (S 4.9)."""


@dataclass(frozen=True, slots=True)
class Element:
    """A state or a transition; ``key`` is ``CHART.ID``."""

    chart: ChartDocument
    item: StateDocument | TransitionDocument

    @property
    def key(self) -> str:
        """Name of the element, unique over all charts."""
        return f"{self.chart.name}.{self.item.id}"

    @property
    def place(self) -> str:
        """File and line."""
        return f"{self.chart.file}:{self.item.line}"

    def __str__(self) -> str:
        if isinstance(self.item, StateDocument):
            status = f", status {self.item.status}" if self.item.status else ""
            return f"{self.chart.name}: state {self.item.id}{status}"
        return f"{self.chart.name}: {transition_place(self.item)}: {outcome(self.item)}"


@dataclass(frozen=True, slots=True)
class Shown:
    """A scenario: ``proof`` has its name and its first comment.

    ``keys``   elements that it takes or enters; ``cells`` of the status matrix that it shows.
    """

    proof: Proof
    keys: frozenset[str]
    cells: frozenset[str]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that may cite a requirement."""

    elements: tuple[Element, ...]
    scenarios: tuple[Shown, ...]
    tests: tuple[Proof, ...]

    def citing(self, requirement: str) -> tuple[Element, ...]:
        """Elements that cite it."""
        return tuple(item for item in self.elements if requirement in item.item.req)

    def naming(self, requirement: str) -> tuple[str, ...]:
        """Scenarios whose first comment names it, or whose statuses are this cell."""
        return tuple(
            item.proof.name
            for item in self.scenarios
            if _cites(item.proof, requirement) or requirement in item.cells
        )

    def showing(self, elements: Iterable[Element]) -> tuple[str, ...]:
        """Scenarios that take or enter one of the elements."""
        keys = {item.key for item in elements}
        return tuple(item.proof.name for item in self.scenarios if item.keys & keys)

    def testing(self, requirement: str) -> tuple[str, ...]:
        """Tests that name it."""
        return tuple(item.name for item in self.tests if _cites(item, requirement))


def _cites(proof: Proof, tag: str) -> bool:
    """Whether it names the tag; most texts do not even contain its letters."""
    return tag in proof.text and proof.cites(tag)


def gather(documents: Iterable[ChartDocument], folder: Path = TESTS) -> Evidence:
    """The evidence of these charts and of a folder of tests."""
    charts = {document.name: document for document in documents}
    elements = tuple(
        Element(chart, item)
        for chart in charts.values()
        for state in chart.states
        for item in _parts(state)
    )
    found = proofs(folder)
    scenarios = [item for item in found if item.name.endswith(".txt")]
    shown = []
    for item in scenarios:
        text = (folder / item.name).read_text(encoding="utf-8")
        shown.append(Shown(item, read_keys(text, charts), read_cells(text)))
    return Evidence(elements, tuple(shown), tuple(item for item in found if item not in scenarios))


def _parts(state: StateDocument) -> tuple[StateDocument | TransitionDocument, ...]:
    return (state, *state.transitions)


def read_keys(transcript: str, charts: Mapping[str, ChartDocument]) -> frozenset[str]:
    """Transitions that a transcript takes and states that it enters, as ``CHART.ID``."""
    found: set[str] = set()
    for line in transcript.splitlines():
        step = _STEP.match(line)
        if step is None or step[1] not in charts:
            continue
        chart = charts[step[1]]
        found.update(f"{chart.name}.{taken}" for taken in (step[3] or "").split())
        if step[2] in {state.id for state in chart.states}:
            entered = (step[2], *around(chart, step[2]))
            found.update(f"{chart.name}.{state}" for state in entered)
    return frozenset(found)


def read_cells(transcript: str) -> frozenset[str]:
    """Cells of the status matrix that the statuses of connector 1 go through: ``M C4``.

    A restart ends one life of the station; from one life to the next there is no transition.
    """
    order = {str(status): index for index, status in enumerate(_MATRIX)}
    lives = ([order[word] for word in _STATUS.findall(life)] for life in _BEGIN.split(transcript))
    changes = (change for life in lives for change in pairwise(life))
    return frozenset(f"M {'ABCDEFGHI'[a]}{b + 1}" for a, b in changes if a != b)
