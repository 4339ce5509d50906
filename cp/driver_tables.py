"""Tables of the station file that belong to drivers, read into the dataclass of each.

Theory of operation: a driver says what it can be told by a frozen dataclass; field by field the
table of the station file is read against it, by its annotations. A key that is no field, a value
of the wrong kind, a field without default that is missing: each becomes a finding with its line.
Something that fits takes its place, so that the driver can look at the rest in the same run.
Relative paths are beside the station file.
"""

import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from pathlib import Path, PurePath
from typing import Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from cp.profiles.tables import Document, nearest

C = TypeVar("C")

_WORDS = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


class _WrongError(Exception):
    """A value that does not fit; what would."""


def read_table(document: Document, name: str, kind: type[C], **given: object) -> C | None:
    """The dataclass ``kind`` of the table ``name``; ``given`` are fields that no file says.

    None when something is wrong, which is then among the document's findings.
    """
    config, wrong = look_at_table(document, name, kind, **given)
    return None if wrong else config


def look_at_table(
    document: Document, name: str, kind: type[C], **given: object
) -> tuple[C | None, frozenset[str]]:
    """The same, with the keys in it that are wrong, at any depth; what stands in for their values
    says nothing. None when the values contradict each other.
    """
    reader = _Reader(document)
    config = reader.read(name, document.table(name), kind, given)
    return None if reader.has_contradiction else config, frozenset(reader.wrong)


class _Reader:
    def __init__(self, document: Document) -> None:
        self._document = document
        self.wrong: set[str] = set()
        self.has_contradiction = False

    def read(
        self, name: str, table: Mapping[str, object], kind: type[C], given: Mapping[str, object]
    ) -> C | None:
        hints = get_type_hints(kind)
        known = {item.name: item for item in _fields(kind) if item.name not in given}
        self._document.check_keys(name, table, known)
        self.wrong |= table.keys() - known.keys()
        values: dict[str, object] = dict(given)
        for key, item in known.items():
            if key in table:
                try:
                    values[key] = self._value(name, key, table[key], hints[key])
                except _WrongError as error:
                    self._find(name, key, str(error))
            elif _is_needed(item):
                self._find(name, "", f"{key} of [{name}] is missing")
                self.wrong.add(key)
            if _is_needed(item) and key not in values:
                values[key] = _stand_in(hints[key])
        try:
            return kind(**values)
        except ValueError as error:
            self.has_contradiction = True
            if not self.wrong:
                self._find(name, "", f"[{name}]: {error}")
            return None

    def _find(self, name: str, key: str, message: str) -> None:
        self.wrong.add(key)
        self._document.find(name, key, message)

    def _value(self, name: str, key: str, value: object, hint: object) -> object:
        """Raises _WrongError."""
        kinds = _without_none(hint)
        kind = kinds[0]
        if _is_record(kind):
            return self._nested(name, key, value, cast("type", kind))
        if get_origin(kind) is tuple and _is_record(get_args(kind)[0]):
            return self._nested_list(name, key, value, get_args(kind)[0])
        try:
            return self._plain(value, kinds)
        except _WrongError as error:
            raise _WrongError(f"{key} = {value!r}: {error} is expected") from None

    def _nested(self, name: str, key: str, value: object, kind: type) -> object:
        if not isinstance(value, Mapping):
            raise _WrongError(f"{name}.{key} is a table; write [{name}.{key}] or {key} = {{}}")
        return self.read(f"{name}.{key}", value, kind, {})

    def _nested_list(self, name: str, key: str, value: object, kind: type) -> object:
        if not isinstance(value, list):
            raise _WrongError(f"{name}.{key} is a list of tables: {key} = [{{}}, {{}}]")
        return tuple(self._nested(name, key, item, kind) for item in value)

    def _plain(self, value: object, kinds: tuple[object, ...]) -> object:
        """Raises _WrongError."""
        kind, origin = kinds[0], get_origin(kinds[0])
        if origin is Literal or (isinstance(kind, type) and issubclass(kind, Enum)):
            return _word(value, kind)
        if origin is tuple:
            if not isinstance(value, list):
                raise _WrongError("a list")
            return tuple(self._plain(item, get_args(kind)[:1]) for item in value)
        if origin is Mapping:
            if not isinstance(value, Mapping):
                raise _WrongError("a table")
            return {name: self._plain(item, get_args(kind)[1:]) for name, item in value.items()}
        if kind is Path:
            return self._path(value)
        return _scalar(value, kinds)

    def _path(self, value: object) -> Path:
        if not isinstance(value, str) or not value or not value.isprintable():
            raise _WrongError("the path of a file or folder")
        return Path(PurePath(self._document.file).parent / value)


def _fields(kind: object) -> "tuple[Field[object], ...]":
    return fields(kind)  # type: ignore[arg-type]


def _is_needed(item: "Field[object]") -> bool:
    return item.default is MISSING and item.default_factory is MISSING


def _stand_in(hint: object) -> object:
    """Some value of this kind."""
    kind = _without_none(hint)[0]
    if _is_record(kind):
        hints = get_type_hints(kind)
        needed = (item.name for item in _fields(kind) if _is_needed(item))
        return cast("type", kind)(**{name: _stand_in(hints[name]) for name in needed})
    if get_origin(kind) is Mapping:
        return {}
    return cast("type", get_origin(kind) or kind)()


def _is_record(kind: object) -> bool:
    return isinstance(kind, type) and is_dataclass(kind)


def _word(value: object, kind: object) -> object:
    """One of a Literal's words, or the member of an Enum that has this value."""
    if get_origin(kind) is Literal:
        words = {word: word for word in get_args(kind)}
    else:
        words = {item.value: item for item in cast("type[Enum]", kind)}
    if not isinstance(value, str) or value not in words:
        raise _WrongError(f"one of {', '.join(map(str, words))} ({nearest(str(value), words)})")
    return words[value]


def _scalar(value: object, kinds: tuple[object, ...]) -> object:
    if float in kinds and type(value) is int:
        return float(value)
    # type(), since true is an int to Python
    if type(value) not in kinds or (type(value) is str and not value.isprintable()):
        raise _WrongError(" or ".join(_WORDS[cast("type", kind)] for kind in kinds))
    return value


def _without_none(hint: object) -> tuple[object, ...]:
    """What a value may be, in the order of the annotation."""
    if get_origin(hint) in (Union, types.UnionType):
        return tuple(item for item in get_args(hint) if item is not types.NoneType)
    return (hint,)
