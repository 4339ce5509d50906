"""Mutants of the charts: each of their documents with one thing changed.

Theory of operation: documents are frozen records; a mutant is one with another transition or state
in it. Ids stay as they are, so that a transcript tells the bug and not a new numbering.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import pairwise

from cp.chart import ChartDocument, StateDocument, TransitionDocument
from cp.chart.guards import Both, Either, Guard, Not, Term, parse
from cp.vocabulary.words import ChargePointStatus
from tools.mutate.mutant import Mutant, Place, Seeded

Names = tuple[str, ...]


def chart_mutants(document: ChartDocument) -> Iterator[Mutant]:
    """Every mutant of one chart, in document order."""
    for state in document.states:
        yield from _of_state(document, state)
        for transition in state.transitions:
            yield from _of_transition(document, state, transition)
        yield from _of_order(document, state)


# ---- transitions -----------------------------------------------------------------------------


def _of_transition(
    document: ChartDocument, state: StateDocument, transition: TransitionDocument
) -> Iterator[Mutant]:
    places = {("transition", document.name, transition.id), ("guard", document.name, transition.id)}

    def mutant(kind: str, *new: TransitionDocument) -> Mutant:
        rows = [(item,) if item is not transition else new for item in state.transitions]
        changed = replace(state, transitions=tuple(item for row in rows for item in row))
        return _mutant(document, kind, transition.id, places, changed)

    yield mutant("drop timer" if transition.timer else "drop transition")
    if transition.guard:
        for kind, guard in _guards(parse(transition.guard)):
            yield mutant(kind, replace(transition, guard=guard))
    for kind, actions in _lists(transition.actions):
        yield mutant(kind, replace(transition, actions=actions))
    for kind, target in _targets(document, transition):
        yield mutant(kind, replace(transition, target=target))


def _targets(
    document: ChartDocument, transition: TransitionDocument
) -> Iterator[tuple[str, str | None]]:
    """Stay; and the leaf that stands behind the target."""
    if transition.target is None:
        yield "enter again", transition.source
        return
    yield "stay", None
    leaves = [state.id for state in document.states if not state.children]
    others = [leaf for leaf in leaves if leaf not in (transition.target, transition.source)]
    later = [leaf for leaf in others if leaf > transition.target]
    if others:
        yield "retarget", (later or others)[0]


def _guards(guard: Guard) -> Iterator[tuple[str, str]]:
    yield "drop guard", ""
    yield "negate guard", _text(Not(guard))
    if not isinstance(guard, Term):
        for changed in dict.fromkeys(_changed_leaves(guard)):
            yield f"guard {_text(changed)!r} for", _text(changed)


def _changed_leaves(guard: Guard) -> Iterator[Guard]:
    """With one leaf negated, or one half of a compound gone, or ``and`` for ``or``."""
    match guard:
        case Term():
            yield Not(guard)
        case Not(operand):
            yield from (Not(item) for item in _changed_leaves(operand))
        case Both(left, right):
            yield from (left, right, Either(left, right))
            yield from (Both(item, right) for item in _changed_leaves(left))
            yield from (Both(left, item) for item in _changed_leaves(right))
        case Either(left, right):
            yield from (left, right, Both(left, right))
            yield from (Either(item, right) for item in _changed_leaves(left))
            yield from (Either(left, item) for item in _changed_leaves(right))


def _text(guard: Guard) -> str:
    match guard:
        case Not(operand):
            return f"not ({_text(operand)})"
        case Both(left, right):
            return f"({_text(left)}) and ({_text(right)})"
        case Either(left, right):
            return f"({_text(left)}) or ({_text(right)})"
    return str(guard)


def _lists(actions: Names) -> Iterator[tuple[str, Names]]:
    """Without one of the actions; with two neighbors swapped."""
    for number, name in enumerate(actions):
        which = f" {number + 1}" if actions.count(name) > 1 else ""
        yield f"drop action{which} {name} of", actions[:number] + actions[number + 1 :]
    for number, (first, second) in enumerate(pairwise(actions)):
        swapped = (*actions[:number], second, first, *actions[number + 2 :])
        yield f"swap {first} and {second} of", swapped


# ---- states ----------------------------------------------------------------------------------


def _of_state(document: ChartDocument, state: StateDocument) -> Iterator[Mutant]:
    mutant = partial(_mutant, document)
    places = {("state", document.name, state.id)}
    for kind, actions in _lists(state.enter):
        yield mutant(f"{kind} enter", state.id, places, replace(state, enter=actions))
    for kind, actions in _lists(state.exit):
        yield mutant(f"{kind} exit", state.id, places, replace(state, exit=actions))
    if state.status is not None:
        words = list(ChargePointStatus)
        other = words[(words.index(state.status) + 1) % len(words)]
        yield mutant("restate", state.id, places, replace(state, status=other))
    if len(state.children) > 1 and _is_entered(document, state):
        turned = (*state.children[1:], state.children[0])
        yield mutant("enter another child of", state.id, places, replace(state, children=turned))


def _is_entered(document: ChartDocument, state: StateDocument) -> bool:
    """By its own name, so that it matters which child comes first."""
    targets = {transition.target for transition in document.transitions}
    return state.id in targets or state.id == document.initial


def _of_order(document: ChartDocument, state: StateDocument) -> Iterator[Mutant]:
    """Two transitions on one event, in the other order."""
    rows = state.transitions
    for number, first in enumerate(rows):
        later = range(number + 1, len(rows))
        other = next((item for item in later if rows[item].event == first.event), None)
        if other is None:
            continue
        swapped = list(rows)
        swapped[number], swapped[other] = rows[other], first
        places: set[Place] = set()
        for item in (first, rows[other]):
            places |= {("transition", document.name, item.id), ("guard", document.name, item.id)}
        changed = replace(state, transitions=tuple(swapped))
        name = f"{first.id} and {rows[other].id}"
        yield _mutant(document, "swap order of", name, places, changed)


def _mutant(
    document: ChartDocument, kind: str, place: str, places: set[Place], changed: StateDocument
) -> Mutant:
    def seed(seeded: Seeded) -> Seeded:
        states = tuple(changed if item.id == changed.id else item for item in document.states)
        documents = seeded.documents | {document.name: replace(document, states=states)}
        return Seeded(documents, seeded.routes)

    name = f"{document.name}: {kind} {place}"
    return Mutant(name, document.name, kind, frozenset(places), seed)
