"""Proof that the picture of a difference is both charts.

Theory of operation: the picture is read as a person reads it who covers what is struck through:
then it must be the new chart. Covered the other way, without what is marked as added, it must be
the old one. Signs and numbers of what was removed are no part of either.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from xml.etree import ElementTree

from cp.chart import ChartDocument
from tools.desk.pairing import ChartPair
from tools.desk.union import WAS, Union
from tools.svg.overlay import without_overlay
from tools.svg.proof import expected_transitions
from tools.svg.readback import SeenTransition, read_svg
from tools.svg.wording import ValueOf


def prove_union(pair: ChartPair, union: Union, value_of: ValueOf, text: str) -> tuple[str, ...]:
    """Everything in which the picture is not both charts; empty: it is."""
    found: list[str] = []
    if pair.new is not None:
        ids: dict[str, str | None] = {key: key for key in union.pairs if not key.startswith(WAS)}
        wrong = _differ(pair.new, _covered(text, "is-removed", "del"), ids, value_of)
        found += [f"as the new chart: {item}" for item in wrong]
    if pair.old is not None:
        wrong = _differ(pair.old, _covered(text, "is-added", "add"), _old_ids(union), value_of)
        found += [f"as the old chart: {item}" for item in wrong]
    return tuple(found)


def _old_ids(union: Union) -> dict[str, str | None]:
    """Id in the picture to id in the old chart; None where a transition goes elsewhere now: it is
    drawn a second time as it was."""
    found: dict[str, str | None] = {}
    for key, pair in union.pairs.items():
        if pair.old:
            is_drawn_twice = not key.startswith(WAS) and f"{WAS}{pair.old.id}" in union.pairs
            found[key] = None if is_drawn_twice else pair.old.id
    return found


def _covered(text: str, gone: str, mark: str) -> str:
    """The picture without groups of one class and words of one mark."""
    root = ElementTree.fromstring(without_overlay(text, mark))
    for parent in list(root.iter()):
        for child in list(parent):
            if gone in child.get("class", "").split():
                parent.remove(child)
    return ElementTree.tostring(root, encoding="unicode")


def _differ(
    document: ChartDocument, text: str, ids: dict[str, str | None], value_of: ValueOf
) -> Iterator[str]:
    seen = read_svg(text)
    yield from seen.strange
    expected = {
        key: replace(item, number="")
        for key, item in expected_transitions(document, value_of).items()
    }
    drawn: dict[str, SeenTransition] = {}
    for key, item in seen.transitions:
        own = ids.get(key, f"{key} of the other version")
        if own is not None:
            drawn[own] = replace(item, number="")
    for key in sorted(expected.keys() | drawn.keys()):
        if expected.get(key) != drawn.get(key):
            yield f"transition {key} reads {drawn.get(key)}, not {expected.get(key)}"
    lists = Counter((state.id, state.enter, state.exit, state.req) for state in document.states)
    shown = Counter((state.id, state.enter, state.exit, state.req) for state in seen.states)
    for state in (lists - shown) + (shown - lists):
        yield f"state {state[0]} reads otherwise: {state[1:]}"
