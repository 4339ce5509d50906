"""Both versions of a chart in one picture: what was removed stays, what is new is there already.

Theory of operation: the union is a chart document like any other, so it is laid out and drawn like
any other; ``UnionWording`` writes old and new words side by side and marks them, ``overlay_of``
colors them. A transition that goes elsewhere now is drawn twice: as it was, removed, and as it is.
Ids of what was removed begin with ``was-``; its numbers, in brackets, are those of the old chart.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Final

from cp.chart import ChartDocument, StateDocument, TransitionDocument
from tools.desk.pairing import ChartPair, StatePair, TransitionPair
from tools.desk.telling import Sign, state_parts
from tools.svg.notation import (
    Atom,
    Marked,
    Run,
    TextLine,
    action_atoms,
    else_ids,
    end_atoms,
    guard_atoms,
    listed,
    state_lines,
    trigger_atoms,
)
from tools.svg.overlay import SIGN
from tools.svg.wording import ValueOf, Wording, numbers

WAS: Final = "was-"
MARKS: Final = {Sign.ADDED: "add", Sign.REMOVED: "del", Sign.CHANGED: "chg"}
_WORDS: Final = {Sign.ADDED: "added", Sign.REMOVED: "removed", Sign.CHANGED: "changed"}


@dataclass(frozen=True, slots=True)
class Union:
    """``pairs`` by the id that a transition has in ``chart``; ``signs`` of those that differ."""

    chart: ChartDocument
    states: dict[str, StatePair]
    pairs: dict[str, TransitionPair]
    signs: dict[str, Sign]
    state_signs: dict[str, Sign]


def unite(pair: ChartPair) -> Union:
    """The union of both versions; at least one of them is there."""
    pairs: dict[str, TransitionPair] = {}
    signs: dict[str, Sign] = {}
    rows: dict[str, list[TransitionDocument]] = {}
    for item in pair.transitions:
        for drawn, sign in _drawn(item):
            pairs[drawn.id] = item
            if sign is not None:
                signs[drawn.id] = sign
            rows.setdefault(drawn.source, []).append(drawn)
    parents = {item.either.id: item.either.parent for item in pair.states}
    states = tuple(
        replace(
            item.either,
            children=_children(item, parents),
            transitions=tuple(rows.get(item.either.id, ())),
        )
        for item in pair.states
    )
    whole = pair.new or pair.old
    assert whole is not None
    by_id = {item.either.id: item for item in pair.states}
    found = {key: _state_sign(item) for key, item in by_id.items()}
    state_signs = {key: sign for key, sign in found.items() if sign is not None}
    return Union(replace(whole, states=states), by_id, pairs, signs, state_signs)


def _drawn(pair: TransitionPair) -> Iterator[tuple[TransitionDocument, Sign | None]]:
    """What is drawn of a pair: one transition, or two when it goes elsewhere now."""
    old, new = pair.old, pair.new
    if old and (not new or old.target != new.target):
        yield replace(old, id=f"{WAS}{old.id}"), Sign.REMOVED
    if new:
        is_changed = pair.is_changed
        yield new, Sign.ADDED if not old else Sign.CHANGED if is_changed else None


def _children(pair: StatePair, parents: dict[str, str | None]) -> tuple[str, ...]:
    """Those of now in their order, so that the first one is the one entered first; then others."""
    now = pair.new.children if pair.new else ()
    here = [key for key, parent in parents.items() if parent == pair.either.id]
    return (*now, *(key for key in here if key not in now))


def _state_sign(pair: StatePair) -> Sign | None:
    if not pair.old or not pair.new:
        return Sign.REMOVED if pair.old else Sign.ADDED
    return Sign.CHANGED if any(state_parts(pair.old, pair.new)) else None


def marked(old: Sequence[str], new: Sequence[str]) -> Marked:
    """The words of both in order, each with its mark."""
    found: list[tuple[str, str]] = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, False).get_opcodes():
        if tag == "equal":
            found += [(word, "") for word in new[c:d]]
        else:
            found += [(word, "del") for word in old[a:b]] + [(word, "add") for word in new[c:d]]
    return found


class UnionWording(Wording):
    """Old and new words side by side; a sign before each transition and in each state."""

    def __init__(self, union: Union, pair: ChartPair, value_of: ValueOf) -> None:
        super().__init__(union.chart, value_of)
        old = numbers(pair.old) if pair.old else {}
        new = numbers(pair.new) if pair.new else {}
        was = {f"{WAS}{key}": number for key, number in old.items()}
        self.numbers = {item.id: {**was, **new}[item.id] for item in union.chart.transitions}
        self._union = union
        self._old_else = else_ids(pair.old) if pair.old else frozenset()
        self._new_else = else_ids(pair.new) if pair.new else frozenset()

    def entry(self, item: TransitionDocument, ends: tuple[str, str]) -> list[Atom]:
        """One transition of the union."""
        pair, sign = self._union.pairs[item.id], self._union.signs.get(item.id)
        whole = MARKS[sign] if sign in (Sign.ADDED, Sign.REMOVED) else ""
        if whole:
            body = self._body(item, item, whole)
        else:
            assert pair.old is not None and pair.new is not None
            body = self._body(pair.old, pair.new, "")
        number = self.numbers[item.id]
        shown = f"({number}) " if sign is Sign.REMOVED else f"{number} "
        signs = (Run(f"{sign} ", SIGN, MARKS[sign]),) if sign else ()
        return [(*signs, Run(shown, "no"), *body[0]), *body[1:], *end_atoms(ends)]

    def _body(self, old: TransitionDocument, new: TransitionDocument, whole: str) -> list[Atom]:
        """Trigger, guard, actions and requirements of both; ``whole`` marks all of them."""
        is_same_event, is_same_guard = old.event == new.event, old.guard == new.guard
        atoms: list[Atom] = []
        if not is_same_event:
            atoms += trigger_atoms(old, self.value_of(old), "del")
        atoms += trigger_atoms(new, self.value_of(new), whole if is_same_event else "add")
        if not is_same_guard:
            atoms += guard_atoms(old.guard, "del")
        atoms += guard_atoms(new.guard, whole if is_same_guard else "add")
        atoms += self._else_atoms(old, new, whole)
        actions, req = marked(old.actions, new.actions), marked(old.req, new.req)
        if whole:
            actions = [(word, whole) for word, _ in actions]
            req = [(word, whole) for word, _ in req]
        return [*atoms, *action_atoms(actions), *listed(req, "rq")]

    def _else_atoms(
        self, old: TransitionDocument, new: TransitionDocument, whole: str
    ) -> list[Atom]:
        was = old.id.removeprefix(WAS) in self._old_else
        now = new.id in self._new_else
        if whole:
            return [(Run("[else]", "kw", whole),)] if (was if whole == "del" else now) else []
        if was != now:
            return [(Run("[else]", "kw", "add" if now else "del"),)]
        return [(Run("[else]", "kw"),)] if now else []

    def state(self, state: StateDocument, limit: int) -> tuple[TextLine, ...]:
        """Sign and difference of a state, then its actions and requirements."""
        pair, sign = self._union.states[state.id], self._union.state_signs.get(state.id)
        old, new = pair.old or pair.either, pair.new or pair.either
        if not pair.old or not pair.new:
            whole = MARKS[Sign.ADDED if pair.new else Sign.REMOVED]
            lists = [[(word, whole) for word in words] for words in _lists(pair.either)]
        else:
            pairs = zip(_lists(old), _lists(new), strict=True)
            lists = [list(marked(one, other)) for one, other in pairs]
        lines = state_lines(lists[0], lists[1], lists[2], limit)
        if sign is None:
            return lines
        told = [_WORDS[sign]]
        if old.status != new.status:
            told.append(f"status was {old.status or 'none'}")
        if old.parent != new.parent:
            told.append(f"was in {old.parent or 'no state'}")
        mark = MARKS[sign]
        return (TextLine((Run(f"{sign} {', '.join(told)}", SIGN, mark),)), *lines)


def _lists(state: StateDocument) -> tuple[tuple[str, ...], ...]:
    return state.enter, state.exit, state.req
