"""The differences of two versions as sentences: chart, state, trigger, and what is different."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from cp.chart import StateDocument, TransitionDocument
from tools.desk.pairing import ChartPair, StatePair, TransitionPair


class Sign(StrEnum):
    """What kind of difference a line tells."""

    ADDED = "+"
    REMOVED = "\u2212"
    CHANGED = "~"
    WORDS = "="
    """Only what people read: no change of behavior."""


@dataclass(frozen=True, slots=True)
class Told:
    """One difference; ``place`` in the chart, empty for the chart itself; ``text`` is what."""

    sign: Sign
    chart: str
    place: str
    text: str

    def __str__(self) -> str:
        place = f"{self.chart}: {self.place}" if self.place else self.chart
        return f"{self.sign} {place}: {self.text}"


def tell(pair: ChartPair) -> tuple[Told, ...]:
    """Every difference of a chart, behavior first, then what only people read."""
    found = [*_tell_chart(pair)]
    if pair.old and pair.new:
        found += [told for state in pair.states for told in _tell_state(pair, state)]
        found += [told for item in pair.transitions for told in _tell_transition(pair.name, item)]
        found += list(_tell_order(pair))
    return tuple(sorted(found, key=lambda told: told.sign is Sign.WORDS))


def changes_behavior(found: Sequence[Told]) -> bool:
    """Whether one of the differences is more than words."""
    return any(told.sign is not Sign.WORDS for told in found)


# ---- charts and states ---------------------------------------------------------------------------


def _tell_chart(pair: ChartPair) -> Iterator[Told]:
    if not pair.old or not pair.new:
        sign, word = (
            (Sign.REMOVED, "the chart is gone") if pair.old else (Sign.ADDED, "a new chart")
        )
        states, transitions = len(pair.states), len(pair.transitions)
        text = f"{word}: {states} states, {transitions} transitions"
        yield Told(sign, pair.name, "", text)
        return
    if pair.old.initial != pair.new.initial:
        text = f"begins in {pair.new.initial}, not in {pair.old.initial}"
        yield Told(Sign.CHANGED, pair.name, "", text)
    if pair.old.doc != pair.new.doc:
        yield Told(Sign.WORDS, pair.name, "", f"described as: {pair.new.doc}")


def _tell_state(chart: ChartPair, pair: StatePair) -> Iterator[Told]:
    name, place = chart.name, pair.either.id
    old, new = pair.old, pair.new
    if old and new:
        if parts := [*state_parts(old, new)]:
            yield Told(Sign.CHANGED, name, place, "; ".join(parts))
        if words := _reworded(old, new):
            yield Told(Sign.WORDS, name, place, words)
    elif new:
        yield Told(Sign.ADDED, name, place, f"a new state{_inside(new)}{_does(new)}")
    else:
        yield Told(Sign.REMOVED, name, place, f"the state is gone{_inside(pair.either)}")


def _inside(state: StateDocument) -> str:
    return f" in {state.parent}" if state.parent else ""


def _does(state: StateDocument) -> str:
    parts = [f"; status {state.status}"] if state.status else []
    for word, actions in (("entry", state.enter), ("exit", state.exit)):
        parts += [f"; on {word} {', '.join(actions)}"] if actions else []
    return "".join(parts)


def state_parts(old: StateDocument, new: StateDocument) -> Iterator[str]:
    """What a state does differently, transitions apart."""
    if old.parent != new.parent:
        yield f"lies in {new.parent or 'no state'}, not in {old.parent or 'no state'}"
    if old.status != new.status:
        yield f"status {new.status or 'none'} instead of {old.status or 'none'}"
    yield from _listed("on entry ", old.enter, new.enter)
    yield from _listed("on exit ", old.exit, new.exit)
    if old.is_final != new.is_final:
        yield "is final now" if new.is_final else "is no longer final"
    if old.children and new.children and old.children[0] != new.children[0]:
        yield f"enters {new.children[0]} first, not {old.children[0]}"


def _listed(when: str, old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    """Actions that are done in addition, no longer, or in another order."""
    if more := [name for name in new if name not in old]:
        yield f"{when}now also {', '.join(more)}"
    if less := [name for name in old if name not in new]:
        yield f"{when}no longer {', '.join(less)}"
    if not more and not less and list(old) != list(new):
        yield f"{when}in the order {', '.join(new)}, not {', '.join(old)}"


# ---- transitions ---------------------------------------------------------------------------------


def trigger(item: TransitionDocument) -> str:
    """``on plugged``, ``after ConnectionTimeOut``."""
    return f"{item.timer} {item.timer_key}" if item.timer else f"on {item.event}"


def transition_place(item: TransitionDocument) -> str:
    """State and trigger, with the guard where there is one: what tells it from its neighbors."""
    guard = f" [{item.guard}]" if item.guard else ""
    return f"{item.source}, {trigger(item)}{guard}"


def outcome(item: TransitionDocument) -> str:
    """What a transition does: ``goes to charging and does note_start``."""
    parts = [f"goes to {item.target}" if item.target else "stays"]
    parts += [f"does {', '.join(item.actions)}"] if item.actions else []
    return " and ".join(parts)


def _tell_transition(chart: str, pair: TransitionPair) -> Iterator[Told]:
    place = transition_place(pair.old or pair.either)
    old, new = pair.old, pair.new
    if old and new:
        if pair.is_changed:
            yield Told(Sign.CHANGED, chart, place, "; ".join(_transition_parts(old, new)))
        if words := _reworded(old, new):
            yield Told(Sign.WORDS, chart, place, words)
    elif new:
        yield Told(Sign.ADDED, chart, place, f"new: {outcome(new)}")
    else:
        yield Told(Sign.REMOVED, chart, place, f"gone: it {_past(pair.either)}")


def _past(item: TransitionDocument) -> str:
    parts = [f"went to {item.target}" if item.target else "stayed"]
    parts += [f"did {', '.join(item.actions)}"] if item.actions else []
    return " and ".join(parts)


def _transition_parts(old: TransitionDocument, new: TransitionDocument) -> Iterator[str]:
    if old.event != new.event:
        yield f"now {trigger(new)}"
    if old.guard != new.guard:
        now = f"only if {new.guard}" if new.guard else "without any guard"
        yield f"now {now}"
    if old.target != new.target:
        now = f"goes to {new.target}" if new.target else "stays"
        yield f"now {now}, not {old.target}" if old.target else f"now {now}, did not leave before"
    yield from _listed("", old.actions, new.actions)


def _tell_order(pair: ChartPair) -> Iterator[Told]:
    for group in pair.reordered():
        first = group[0].either
        guards = ", then ".join(f"[{item.either.guard or 'else'}]" for item in group)
        place = f"{first.source}, {trigger(first)}"
        yield Told(Sign.CHANGED, pair.name, place, f"tried in another order: {guards}")


# ---- what only people read -----------------------------------------------------------------------

_Element = StateDocument | TransitionDocument


def _reworded(old: _Element, new: _Element) -> str:
    parts = []
    was, is_ = (isinstance(item, StateDocument) and item.is_silent for item in (old, new))
    if was != is_:
        parts.append("silent on purpose" if is_ else "no longer marked silent")
    if old.doc != new.doc:
        parts.append(f"described as: {new.doc}" if new.doc else "no longer described")
    if more := [item for item in new.req if item not in old.req]:
        parts.append(f"now also for {', '.join(more)}")
    if less := [item for item in old.req if item not in new.req]:
        parts.append(f"no longer for {', '.join(less)}")
    return "; ".join(parts)
