"""Which chart uses a configuration key, and so what a change of it does.

Theory of operation: computed, not written down. A key is used where a transition's timer names it,
and where a guard, an action or a duration of the chart reads it: the source of the behavior's
method is searched for the key's name, and that of the methods it calls. How the use takes up a
change follows from the dialect: ``every`` restarts, ``at`` is computed anew, ``after`` runs on as
it is, ``key_changed`` is a step of its own, anything else reads the key when it runs.
"""

import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cp.behavior import BEHAVIORS
from cp.chart import ChartDocument, StateDocument, TimerKind
from cp.vocabulary.keys import KEYS

_NAME = re.compile(r"[a-z_]+")
_CALLED = re.compile(r"self\.(\w+)")
_READ = re.compile(r'_keys\.\w+\(\s*"(\w+)"')


@dataclass(frozen=True, slots=True)
class KeyUse:
    """One place: ``how`` is ``every``, ``at``, ``after``, ``key_changed`` or ``read``."""

    key: str
    chart: str
    state: str
    how: str


def uses(documents: tuple[ChartDocument, ...]) -> tuple[KeyUse, ...]:
    """Every use of every key, each once, in the order of the charts."""
    found = (use for document in documents for use in _uses_of(document))
    return tuple(dict.fromkeys(found))


def effect_of_change(key: str, places: tuple[KeyUse, ...]) -> str:
    """What a change of a writable key does, in words."""
    mine = [use for use in places if use.key == key]
    quick = {(use.chart, use.state) for use in mine if use.how != "read"}
    mine = [use for use in mine if use.how != "read" or (use.chart, use.state) not in quick]
    parts = [
        f"{words} ({', '.join(_places(mine, how))})"
        for how, words in _WORDS.items()
        if any(use.how == how for use in mine)
    ]
    return "; ".join(parts) or "stored and reported; nothing here depends on it"


_WORDS: Mapping[str, str] = {
    "every": "the period starts anew at once",
    "at": "the next instant is computed anew at once",
    "key_changed": "takes effect at once",
    "after": "counts from the next time the wait begins",
    "read": "counts from the next use",
}


def _places(mine: list[KeyUse], how: str) -> list[str]:
    return list(dict.fromkeys(f"`{use.chart}.{use.state}`" for use in mine if use.how == how))


def _uses_of(document: ChartDocument) -> Iterator[KeyUse]:
    behavior = BEHAVIORS[document.name]
    for state in document.states:
        for name, how in _names(state):
            keys = {name} if name in KEYS else _read_by(behavior, name, set())
            for key in sorted(keys):
                yield KeyUse(key, document.name, state.id, how)


def _names(state: StateDocument) -> Iterator[tuple[str, str]]:
    """Names that a state uses, with the way in which they would take up a changed key."""
    for name in (*state.enter, *state.exit):
        yield name, "read"
    for item in state.transitions:
        if item.timer is not None:
            yield item.timer_key, "after" if item.timer is TimerKind.AFTER else str(item.timer)
        how = "key_changed" if item.event == "key_changed" else "read"
        for name in (*_NAME.findall(item.guard), *item.actions):
            yield name, how


def _read_by(behavior: type, name: str, seen: set[str]) -> set[str]:
    """The keys that a method reads, itself or through others of its class."""
    method = inspect.getattr_static(behavior, name, None)
    source = method.fget if isinstance(method, property) else method
    if name in seen or not inspect.isfunction(source):
        return set()
    seen.add(name)
    text = inspect.getsource(source)
    keys = set(_READ.findall(text))
    return keys.union(*(_read_by(behavior, called, seen) for called in _CALLED.findall(text)))
