"""Canonical text back into records: the inverse of ``cp/chart/transcript``, as far as it has one.

Theory of operation: the text is taken apart without knowing what it means, then each value gets the
type that its field has. Empty fields were left out and come back empty. What the text does not hold
cannot come back: id tags stay the hashes that they are, credentials stay ``***``, and a stamp whose
UTC is known has lost its monotonic seconds.
"""

import dataclasses
import json
import re
import types
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Final, Union, get_args, get_origin, get_type_hints

from cp.vocabulary.events import EVENTS, Event
from cp.vocabulary.instants import Stamp
from cp.vocabulary.metering import Sample
from cp.vocabulary.words import ReadingContext

_PLAIN: Final = re.compile(r"[^\s,()\[\]=\"{}]+")
_NAME: Final = re.compile(r"\w+(?=[=(])")
_MOST_DEEP: Final = 20


class TextError(Exception):
    """The text is no record of today's vocabulary; the message says why."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Node:
    """A nested record: ``name(field=value field=value)``."""

    name: str
    fields: Mapping[str, "_Tree"]


_Tree = str | _Node | tuple["_Tree", ...]


def read_event(text: str) -> Event:
    """The event of a line, ``name field=value ...``. Raises TextError."""
    name, _, rest = text.partition(" ")
    kind = EVENTS.get(name)
    if kind is None:
        raise TextError(f"there is no event '{name}' today")
    reader = _Reader(rest)
    found = _made(kind, reader.fields(""))
    assert isinstance(found, Event)
    return found


# ---- text to trees -------------------------------------------------------------------------------


class _Reader:
    """Takes a text apart."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0

    def fields(self, end: str) -> dict[str, _Tree]:
        """``name=value`` until ``end``, which is passed over; empty: the end of the text."""
        found: dict[str, _Tree] = {}
        while not self._ends(end):
            name = self._match(_NAME)
            self._pass("=")
            found[name] = self._value()
            self._skip(" ")
        self._at += len(end)
        return found

    def _ends(self, end: str) -> bool:
        return self._text.startswith(end, self._at) if end else self._at >= len(self._text)

    def _value(self) -> _Tree:
        self._depth += 1
        if self._depth > _MOST_DEEP:
            raise TextError("the text is nested too deep")
        try:
            return self._nested()
        finally:
            self._depth -= 1

    def _nested(self) -> _Tree:
        sign = self._text[self._at : self._at + 1]
        if sign in ('"', "{"):
            return self._json()
        if sign == "[":
            return self._items()
        if name := _NAME.match(self._text, self._at):
            self._at = name.end()
            self._pass("(")
            return _Node(name[0], self.fields(")"))
        return self._match(_PLAIN)

    def _items(self) -> tuple[_Tree, ...]:
        self._pass("[")
        found: list[_Tree] = []
        while not self._ends("]"):
            found.append(self._value())
            self._skip(", ")
        self._pass("]")
        return tuple(found)

    def _json(self) -> str:
        try:
            value, length = json.JSONDecoder().raw_decode(self._text[self._at :])
        except ValueError:
            raise TextError("a quoted text has no end") from None
        self._at += length
        return value if isinstance(value, str) else json.dumps(value)

    def _match(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        if found is None:
            raise TextError(f"cannot be read from '{self._text[self._at : self._at + 20]}' on")
        self._at = found.end()
        return found[0]

    def _pass(self, text: str) -> None:
        if not self._text.startswith(text, self._at):
            raise TextError(f"'{text}' is missing behind '{self._text[: self._at][-20:]}'")
        self._at += len(text)

    def _skip(self, text: str) -> None:
        if self._text.startswith(text, self._at):
            self._at += len(text)


# ---- trees to records ----------------------------------------------------------------------------


def _made(kind: type, given: Mapping[str, _Tree]) -> object:
    """A record of ``kind``; fields that the text left out are empty."""
    hints = get_type_hints(kind)
    names = [item.name for item in dataclasses.fields(kind)]
    if strange := given.keys() - set(names):
        raise TextError(f"{kind.__name__} has no field '{min(strange)}' today")
    values = {name: _typed(hints[name], tree, name) for name, tree in given.items()}
    for item in dataclasses.fields(kind):
        if item.name not in values and item.default is dataclasses.MISSING:
            values[item.name] = _empty(hints[item.name], f"{kind.__name__}.{item.name}")
    return kind(**values)


def _empty(hint: object, place: str) -> object:
    """What a field that was left out held: nothing, as its type writes it."""
    if type(None) in get_args(hint):
        return None
    if get_origin(hint) is tuple:
        return ()
    if hint is str:
        return ""
    raise TextError(f"{place} is missing")


def _typed(hint: object, tree: _Tree, name: str) -> object:
    if get_origin(hint) in (Union, types.UnionType):
        if tree == "none":
            return None
        (hint,) = (item for item in get_args(hint) if item is not type(None))
    if get_origin(hint) is tuple and isinstance(tree, tuple):
        return _items(get_args(hint), tree, name)
    if not isinstance(hint, type) or isinstance(tree, tuple):
        raise TextError(f"{name} does not read as today")
    if isinstance(tree, _Node):
        return _made(_kind(hint, tree.name), tree.fields)
    try:
        return _SCALARS[hint](tree) if hint in _SCALARS else _word(hint, tree)
    except (KeyError, ValueError, TypeError):
        raise TextError(f"{name}={tree[:20]} is no {hint.__name__} today") from None


def _items(hints: tuple[object, ...], trees: tuple[_Tree, ...], name: str) -> tuple[object, ...]:
    each = [hints[0]] * len(trees) if hints[-1] is ... else list(hints)
    if len(each) != len(trees):
        raise TextError(f"{name} has {len(trees)} parts, not {len(each)}")
    return tuple(_typed(hint, tree, name) for hint, tree in zip(each, trees, strict=True))


def _kind(base: type, name: str) -> type:
    """The class of that name: the one asked for, or one derived from it."""
    for kind in (base, *base.__subclasses__()):
        if re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower() == name:
            return kind
    raise TextError(f"there is no {base.__name__} '{name}' today")


def _word(hint: type, text: str) -> object:
    """A member of an enumeration, by its value."""
    return _members(hint)[text]


@cache
def _members(hint: type) -> Mapping[str, object]:
    return {str(item.value): item for item in hint} if issubclass(hint, Enum) else {}


def _float(text: str) -> float:
    """Seconds, or an instant of UTC."""
    return datetime.fromisoformat(text).timestamp() if text.endswith("Z") else float(text)


def _stamp(text: str) -> Stamp:
    boot, plus, monotonic = text.partition("+")
    if plus and boot.isdigit():
        return Stamp(int(boot), float(monotonic), None)
    return Stamp(0, 0.0, _float(text))


def _sample(text: str) -> Sample:
    register, context, stamp = text.split("/", 2)
    return Sample(_stamp(stamp), int(register.removesuffix("Wh")), ReadingContext(context))


_SCALARS: Final[Mapping[type, Callable[[str], object]]] = {
    str: str,
    int: int,
    float: _float,
    bool: {"true": True, "false": False}.__getitem__,
    Stamp: _stamp,
    Sample: _sample,
}
