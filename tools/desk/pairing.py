"""Which state and which transition of the old chart is which one of the new chart.

Theory of operation: states are the same when they have the same id. Transitions of one state on one
event are aligned by what they say, for their ids only count: what stands unchanged is paired first,
what is left in between by likeness. A timed transition whose key alone is another one is still the
same. What finds no partner was added or removed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

from cp.chart import ChartDocument, StateDocument, TransitionDocument


@dataclass(frozen=True, slots=True)
class StatePair:
    """A state before and after; exactly one may be None."""

    old: StateDocument | None
    new: StateDocument | None

    @property
    def either(self) -> StateDocument:
        """The state as it is, or as it was."""
        found = self.new or self.old
        assert found is not None
        return found


@dataclass(frozen=True, slots=True)
class TransitionPair:
    """A transition before and after; exactly one may be None."""

    old: TransitionDocument | None
    new: TransitionDocument | None

    @property
    def either(self) -> TransitionDocument:
        """The transition as it is, or as it was."""
        found = self.new or self.old
        assert found is not None
        return found

    @property
    def is_changed(self) -> bool:
        """Whether both are there and behave differently."""
        return bool(self.old and self.new) and _says(self.old) != _says(self.new)


@dataclass(frozen=True, slots=True)
class ChartPair:
    """Two versions of a chart, of which one may be None: the chart is new, or gone.

    Pairs stand in the new order, what was removed behind what stood before it.
    """

    old: ChartDocument | None
    new: ChartDocument | None
    states: tuple[StatePair, ...]
    transitions: tuple[TransitionPair, ...]

    @property
    def name(self) -> str:
        """Name of the chart."""
        found = self.new or self.old
        assert found is not None
        return found.name

    def reordered(self) -> tuple[tuple[TransitionPair, ...], ...]:
        """Groups of transitions on one event of one state that are tried in another order."""
        groups: dict[tuple[str, str], list[TransitionPair]] = {}
        for pair in self.transitions:
            if pair.old and pair.new and pair.old.event == pair.new.event:
                groups.setdefault((pair.new.source, pair.new.event), []).append(pair)
        found = (tuple(group) for group in groups.values())
        return tuple(group for group in found if any(a > b for a, b in pairwise(_places(group))))


def pair_charts(old: ChartDocument | None, new: ChartDocument | None) -> ChartPair:
    """The two versions, state by state and transition by transition."""
    before = {state.id: state for state in old.states} if old else {}
    after = {state.id: state for state in new.states} if new else {}
    ids = _merged(list(before), list(after))
    states = tuple(StatePair(before.get(key), after.get(key)) for key in ids)
    transitions = (
        pair
        for state in states
        for pair in _pair_transitions(
            state.old.transitions if state.old else (), state.new.transitions if state.new else ()
        )
    )
    return ChartPair(old, new, states, tuple(transitions))


def _places(group: Iterable[TransitionPair]) -> list[int]:
    """Lines of the old transitions, in the new order."""
    return [pair.old.line for pair in group if pair.old]


def _merged(old: Sequence[str], new: Sequence[str]) -> list[str]:
    """The new order, with what was removed behind what stood before it, never in front."""
    merged = list(new)
    for index, key in enumerate(old):
        if key not in merged:
            before = [other for other in old[:index] if other in merged]
            place = merged.index(before[-1]) + 1 if before else len(merged)
            merged.insert(place, key)
    return merged


def _says(item: TransitionDocument | None) -> tuple[object, ...]:
    """What a transition does, without what only people read."""
    return (item.event, item.guard, item.target, item.actions) if item else ()


def _pair_transitions(
    old: Sequence[TransitionDocument], new: Sequence[TransitionDocument]
) -> tuple[TransitionPair, ...]:
    partner: dict[str, TransitionDocument] = {}
    for event in dict.fromkeys(item.event for item in new):
        _align(
            [item for item in old if item.event == event],
            [item for item in new if item.event == event],
            partner,
        )
    known = {item.id for item in partner.values()}
    lonely = [item for item in old if item.id not in known and item.timer]
    for item in new:  # a timer that counts from another key
        if item.id not in partner and item.timer:
            same = [one for one in lonely if one.timer == item.timer and one.target == item.target]
            if same:
                partner[item.id] = same[0]
                lonely.remove(same[0])
    known = {item.id for item in partner.values()}
    pairs = [TransitionPair(partner.get(item.id), item) for item in new]
    for index, item in enumerate(old):
        if item.id not in known:
            before = {one.id for one in old[:index]}
            places = [i for i, pair in enumerate(pairs, 1) if pair.old and pair.old.id in before]
            pairs.insert(max(places, default=0), TransitionPair(item, None))
    return tuple(pairs)


def _align(
    old: list[TransitionDocument],
    new: list[TransitionDocument],
    partner: dict[str, TransitionDocument],
) -> None:
    """Note the old partner of each new transition on one event, as far as there is one."""
    matcher = SequenceMatcher(None, [_says(x) for x in old], [_says(x) for x in new], False)
    for start, begin, size in matcher.get_matching_blocks():
        for one, other in zip(old[start : start + size], new[begin : begin + size], strict=True):
            partner[other.id] = one
    used = {item.id for item in partner.values()}
    left = [item for item in old if item.id not in used]
    wanted = [item for item in new if item.id not in partner]
    ranked = sorted(
        ((-_likeness(one, other), i, k) for i, one in enumerate(left)
         for k, other in enumerate(wanted)),
    )  # fmt: skip
    taken: set[int] = set()
    is_certain = len(left) == len(wanted) == 1
    for score, i, k in ranked:
        if (score < 0 or is_certain) and wanted[k].id not in partner and i not in taken:
            taken.add(i)
            partner[wanted[k].id] = left[i]


def _likeness(one: TransitionDocument, other: TransitionDocument) -> int:
    """How much two transitions on one event have in common; 0: nothing."""
    return (
        4 * (bool(one.guard) and one.guard == other.guard)
        + 2 * (one.target is not None and one.target == other.target)
        + 3 * (bool(one.actions) and one.actions == other.actions)
        + bool(set(one.actions) & set(other.actions))
        + (not one.guard and not other.guard)
    )
