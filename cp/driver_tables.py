"""Tables of the station file that belong to drivers, read into the dataclass of each.

Theory of operation: a driver says what it can be told by a frozen dataclass; field by field the
table of the station file is read against it, by its annotations. A key that is no field, a value
of the wrong kind, a field without default that is missing: each becomes a finding with its line.
Relative paths are beside the station file.
"""

import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
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
    return _Reader(document).read(name, document.table(name), kind, given)


class _Reader:
    def __init__(self, document: Document) -> None:
        self._document = document

    def read(
        self, name: str, table: Mapping[str, object], kind: type[C], given: Mapping[str, object]
    ) -> C | None:
        hints = get_type_hints(kind)
        every = fields(kind)  # type: ignore[arg-type]
        known = {item.name: item for item in every if item.name not in given}
        self._document.check_keys(name, table, known)
        values: dict[str, object] = dict(given)
        found = len(self._document.findings)
        for key, item in known.items():
            if key in table:
                values[key] = self._value(name, key, table[key], hints[key])
            elif item.default is MISSING and item.default_factory is MISSING:
                self._document.find(name, "", f"{key} of [{name}] is missing")
        if len(self._document.findings) > found or any(key not in known for key in table):
            return None
        try:
            return kind(**values)
        except ValueError as error:
            self._document.find(name, "", f"[{name}]: {error}")
            return None

    def _value(self, name: str, key: str, value: object, hint: object) -> object:
        kind = _without_none(hint)
        if isinstance(kind, type) and is_dataclass(kind):
            return self._nested(f"{name}.{key}", value, kind)
        try:
            return self._plain(value, kind)
        except _WrongError as error:
            self._document.find(name, key, f"{key} = {value!r}: {error} is expected")
            return None

    def _nested(self, name: str, value: object, kind: type) -> object:
        if not isinstance(value, Mapping):
            self._document.find(name, "", f"{name} is a table; write [{name}]")
            return None
        return self.read(name, value, kind, {})

    def _plain(self, value: object, kind: object) -> object:
        """Raises _WrongError."""
        origin = get_origin(kind)
        if origin is Literal:
            words = get_args(kind)
            if value not in words:
                raise _WrongError(f"one of {', '.join(map(str, words))} ({_near(value, words)})")
            return value
        if origin is tuple:
            if not isinstance(value, list):
                raise _WrongError("a list")
            return tuple(self._plain(item, get_args(kind)[0]) for item in value)
        if kind is Path:
            return self._path(value)
        return _scalar(value, kind)

    def _path(self, value: object) -> Path:
        if not isinstance(value, str) or not value or not value.isprintable():
            raise _WrongError("the path of a file or folder")
        return Path(PurePath(self._document.file).parent / value)


def _scalar(value: object, kind: object) -> object:
    if kind is float and type(value) is int:
        return float(value)
    # type(), since true is an int to Python
    if type(value) is not kind or (kind is str and not str(value).isprintable()):
        raise _WrongError(_WORDS[cast("type", kind)])
    return value


def _without_none(hint: object) -> object:
    if get_origin(hint) in (Union, types.UnionType):
        return next(item for item in get_args(hint) if item is not type(None))
    return hint


def _near(value: object, words: tuple[object, ...]) -> str:
    return nearest(str(value), [str(word) for word in words])
