"""The words of a picture: UML text of states and transitions, cut into lines.

``event [guard] / action, action`` with the number of the transition before and its requirement ids
behind. Every run of text has a class that says what it is; ``proof`` reads the picture back by
these classes, so a run holds either chart text or one of the fixed words in ``FIXED``.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from cp.chart.document import ChartDocument, TransitionDocument
from tools.svg.metrics import text_width

FIXED: Final = frozenset(
    {"entry /", "exit /", "/", ",", "", "after", "every", "at", "from", "to", "[else]"}
)
"""Words in class ``kw`` that the notation adds; all other text comes from the chart."""

_BOLD: Final = frozenset({"no", "ev", "sg"})
_GUARD_PIECE: Final = 30
"""A guard longer than this is cut at ``and`` and ``or``; letters."""


@dataclass(frozen=True, slots=True)
class Run:
    """Text in one style: ``no ev gu ac kw rq tv sg`` (number, event, guard, ...).

    ``mark`` is a further class that an overlay puts on it; it never changes the width.
    """

    text: str
    style: str
    mark: str = ""

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
Atom = tuple[Run, ...]
"""Runs that stay on one line."""
_SPACE: Final = Run(" ", "kw")


def guard_pieces(guard: str) -> tuple[str, ...]:
    """``[guard]``, cut before ``and`` and ``or`` when it is long; joined by spaces it is whole."""
    text = f"[{guard}]"
    if len(text) <= _GUARD_PIECE:
        return (text,)
    return tuple(re.split(r" (?=and |or )", text))


Marked = Sequence[tuple[str, str]]
"""Words, each with its mark; empty for a word without one."""


def unmarked(words: Iterable[str]) -> Marked:
    """Words without marks."""
    return [(word, "") for word in words]


def trigger_atoms(transition: TransitionDocument, value: str, mark: str = "") -> list[Atom]:
    """Event or timer; ``value`` of the timer, empty for an event or a computed duration."""
    if transition.timer is None:
        return [(Run(transition.event, "ev", mark),)]
    head = (Run(f"{transition.timer} ", "kw", mark), Run(transition.timer_key, "ev", mark))
    return [head, (Run(value, "tv", mark),)] if value else [head]


def guard_atoms(guard: str, mark: str = "") -> list[Atom]:
    """The guard, which may be empty."""
    return [(Run(piece, "gu", mark),) for piece in guard_pieces(guard)] if guard else []


def end_atoms(ends: tuple[str, str]) -> list[Atom]:
    """The inner states that an overview hides behind the ends of a line."""
    named = zip(("from ", "to "), ends, strict=True)
    return [(Run(word, "kw"), Run(inner, "en")) for word, inner in named if inner]


def action_atoms(actions: Marked) -> list[Atom]:
    """``/ one, two``."""
    atoms = listed(actions, "ac")
    return [(Run("/ ", "kw"), *atoms[0]), *atoms[1:]] if atoms else []


def listed(words: Marked, style: str) -> list[Atom]:
    """Words with commas between them."""
    last = len(words) - 1
    return [
        (Run(word, style, mark), Run(",", "kw")) if index < last else (Run(word, style, mark),)
        for index, (word, mark) in enumerate(words)
    ]


def flow(
    atoms: Iterable[Atom], limit: int, indent: int, has_clock: bool = False
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


def state_lines(enter: Marked, exit_: Marked, req: Marked, limit: int) -> tuple[TextLine, ...]:
    """Entry and exit actions in the order in which they run, and the requirement ids."""
    lines: list[TextLine] = []
    for word, actions in (("entry / ", enter), ("exit / ", exit_)):
        indent = round(text_width(word))
        for index, (action, mark) in enumerate(actions):
            name = Run(action, "ac", mark)
            runs = (Run(word, "kw"), name) if index == 0 else (name,)
            lines.append(TextLine(runs, indent if index else 0))
    if req:
        lines += flow(listed(req, "rq"), limit, 0)
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
