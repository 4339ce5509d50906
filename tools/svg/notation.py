"""The words of a picture: UML text of states and transitions, cut into lines.

``event [guard] / action, action`` with the number of the transition before and its requirement ids
behind. Every run of text has a class that says what it is; ``proof`` reads the picture back by
these classes, so a run holds either chart text or one of the fixed words in ``FIXED``.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from cp.chart.document import ChartDocument, StateDocument, TransitionDocument
from tools.svg.metrics import text_width

FIXED: Final = frozenset(
    {"entry /", "exit /", "/", ",", "", "after", "every", "at", "from", "to", "[else]"}
)
"""Words in class ``kw`` that the notation adds; all other text comes from the chart."""

_BOLD: Final = frozenset({"no", "ev"})
_GUARD_PIECE: Final = 30
"""A guard longer than this is cut at ``and`` and ``or``; letters."""


@dataclass(frozen=True, slots=True)
class Run:
    """Text in one style: ``no ev gu ac kw rq tv`` (number, event, guard, action, word, ...)."""

    text: str
    style: str

    @property
    def width(self) -> float:
        """Width in user units."""
        return text_width(self.text, is_bold=self.style in _BOLD)


@dataclass(frozen=True, slots=True)
class TextLine:
    """Runs that share a line; ``indent`` in user units; a clock glyph may stand before them."""

    runs: tuple[Run, ...]
    indent: int = 0
    has_clock: bool = False

    @property
    def width(self) -> float:
        """Width in user units, indent and clock included."""
        return self.indent + self.clock_width + sum(run.width for run in self.runs)

    @property
    def clock_width(self) -> int:
        """Room for the clock glyph in user units."""
        return CLOCK_WIDTH if self.has_clock else 0


CLOCK_WIDTH: Final = 14
_Atom = tuple[Run, ...]
_SPACE: Final = Run(" ", "kw")


def guard_pieces(guard: str) -> tuple[str, ...]:
    """``[guard]``, cut before ``and`` and ``or`` when it is long; joined by spaces it is whole."""
    text = f"[{guard}]"
    if len(text) <= _GUARD_PIECE:
        return (text,)
    return tuple(re.split(r" (?=and |or )", text))


def entry_lines(
    transition: TransitionDocument,
    number: int,
    value: str,
    is_else: bool,
    limit: int,
    ends: tuple[str, str] = ("", ""),
) -> tuple[TextLine, ...]:
    """One transition as lines not wider than ``limit`` user units, unless one word is.

    ``value`` of the timer, empty for an event or a computed duration; ``is_else`` when guarded
    transitions on the same event stand before it; ``ends`` names the inner states that an overview
    hides behind the ends of the line.
    """
    atoms: list[_Atom] = []
    if transition.timer is None:
        head: _Atom = (Run(f"{number} ", "no"), Run(transition.event, "ev"))
    else:
        head = (
            Run(f"{number} ", "no"),
            Run(f"{transition.timer} ", "kw"),
            Run(transition.timer_key, "ev"),
        )
    atoms.append(head)
    if value:
        atoms.append((Run(value, "tv"),))
    atoms += [(Run(piece, "gu"),) for piece in guard_pieces(transition.guard) if transition.guard]
    if is_else:
        atoms.append((Run("[else]", "kw"),))
    atoms += _action_atoms(transition.actions)
    for word, inner in zip(("from ", "to "), ends, strict=True):
        if inner:
            atoms.append((Run(word, "kw"), Run(inner, "en")))
    atoms += _listed(transition.req, "rq")
    return flow(atoms, limit, 8, transition.timer is not None)


def _action_atoms(actions: Sequence[str]) -> list[_Atom]:
    atoms = _listed(actions, "ac")
    return [(Run("/ ", "kw"), *atoms[0]), *atoms[1:]] if atoms else []


def _listed(words: Sequence[str], style: str) -> list[_Atom]:
    """Words with commas between them."""
    last = len(words) - 1
    return [
        (Run(word, style), Run(",", "kw")) if index < last else (Run(word, style),)
        for index, word in enumerate(words)
    ]


def flow(
    atoms: Iterable[_Atom], limit: int, indent: int, has_clock: bool = False
) -> tuple[TextLine, ...]:
    """Fill lines with atoms, none cut; lines after the first are indented."""
    lines: list[TextLine] = []
    current: list[Run] = []
    for atom in atoms:
        start = TextLine(tuple(current), indent if lines else 0, has_clock and not lines)
        longer = start.width + _SPACE.width + sum(run.width for run in atom)
        if current and longer > limit:
            lines.append(start)
            current = list(atom)
        else:
            current += [_SPACE, *atom] if current else atom
    lines.append(TextLine(tuple(current), indent if lines else 0, has_clock and not lines))
    return tuple(lines)


def state_lines(state: StateDocument, limit: int) -> tuple[TextLine, ...]:
    """Entry and exit actions in the order in which they run, and the requirement ids."""
    lines: list[TextLine] = []
    for word, actions in (("entry / ", state.enter), ("exit / ", state.exit)):
        indent = round(text_width(word))
        for index, action in enumerate(actions):
            name = Run(action, "ac")
            runs = (Run(word, "kw"), name) if index == 0 else (name,)
            lines.append(TextLine(runs, indent if index else 0))
    if state.req:
        lines += flow(_listed(state.req, "rq"), limit, 0)
    return tuple(lines)


def else_ids(chart: ChartDocument) -> frozenset[str]:
    """Ids of unguarded transitions that stand behind guarded ones on the same event."""
    found: set[str] = set()
    for state in chart.states:
        guarded: set[str] = set()
        for transition in state.transitions:
            if transition.guard:
                guarded.add(transition.event)
            elif transition.event in guarded:
                found.add(transition.id)
    return frozenset(found)


def sentence(transition: TransitionDocument, number: int, value: str) -> str:
    """A transition as one sentence for tooltips and readers of the screen."""
    target = transition.target or "stays, nothing is left or entered"
    event = transition.event
    if transition.timer is not None:
        event = f"{transition.timer} {transition.timer_key}{f' {value}' if value else ''}"
    guard = f" [{transition.guard}]" if transition.guard else ""
    actions = f" / {', '.join(transition.actions)}" if transition.actions else ""
    head = f"{number} {transition.source} \u2192 {target}: {event}{guard}{actions}"
    req = f" ({', '.join(transition.req)})" if transition.req else ""
    doc = f" {transition.doc}" if transition.doc else ""
    return f"{head}{req}{'.' if doc else ''}{doc}"
