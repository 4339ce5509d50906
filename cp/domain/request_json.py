"""Requests as JSON text for the journal, and back; strict.

Theory of operation: a request is ``{"action": ..., FIELD: ...}``. A stamp is
``[boot, monotonic_s, utc_s]``, a sample ``[stamp, register_wh, context]``. The type of a field says
how it is read; a row that does not fit is an error and never a guess.
"""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import fields
from enum import StrEnum
from types import MappingProxyType
from typing import Final, get_type_hints

from cp.vocabulary.errors import StorageError
from cp.vocabulary.instants import Stamp
from cp.vocabulary.metering import Sample
from cp.vocabulary.requests import Request
from cp.vocabulary.words import ReadingContext

Reader = Callable[[object], object]


def request_to_json(request: Request) -> str:
    """Canonical JSON text of a request."""
    body = {item.name: _written(getattr(request, item.name)) for item in fields(request)}
    return json.dumps(
        {"action": str(request.action), **body}, separators=(",", ":"), allow_nan=False
    )


def request_from_json(text: str) -> Request:
    """The request of a text that ``request_to_json`` wrote. Raises StorageError for any other."""
    try:
        body = json.loads(text)
        kind = _KINDS[_text(body.pop("action"))]
        readers = _FIELD_READERS[kind]
        # A field that the text lacks takes its default: rows outlive an update.
        return kind(**{name: readers[name](value) for name, value in body.items()})
    except (
        AttributeError,
        KeyError,
        TypeError,
        ValueError,
        ArithmeticError,
        RecursionError,
    ) as error:
        raise StorageError(f"a stored CALL cannot be read: {error!r}") from error


def stamp_to_list(stamp: Stamp) -> list[object]:
    """``[boot, monotonic_s, utc_s]``."""
    return [stamp.boot, stamp.monotonic_s, stamp.utc_s]


def sample_to_list(sample: Sample) -> list[object]:
    """``[stamp, register_wh, context]``."""
    return [stamp_to_list(sample.stamp), sample.register_wh, str(sample.context)]


def _written(value: object) -> object:
    match value:
        case Stamp():
            return stamp_to_list(value)
        case Sample():
            return sample_to_list(value)
        case tuple():
            return [_written(item) for item in value]
        case _:
            return value


def _reader(hint: object) -> Reader:
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint
    return _READERS[hint]


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a text is expected")
    return value


def _text_or_none(value: object) -> str | None:
    return None if value is None else _text(value)


def _integer(value: object) -> int:
    if type(value) is not int:
        raise TypeError("an integer is expected")
    return value


def _seconds(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise TypeError("seconds are expected")
    return float(value)


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError("a list is expected")
    return value


def stamp_from_list(value: object) -> Stamp:
    """The stamp of ``[boot, monotonic_s, utc_s]``. Raises TypeError, ValueError."""
    boot, monotonic_s, utc_s = _list(value)
    return Stamp(_integer(boot), _seconds(monotonic_s), None if utc_s is None else _seconds(utc_s))


def sample_from_list(value: object) -> Sample:
    """The sample of ``[stamp, register_wh, context]``. Raises TypeError, ValueError."""
    stamp, register_wh, context = _list(value)
    return Sample(stamp_from_list(stamp), _integer(register_wh), ReadingContext(_text(context)))


def _samples(value: object) -> tuple[Sample, ...]:
    return tuple(sample_from_list(item) for item in _list(value))


_READERS: Final[Mapping[object, Reader]] = MappingProxyType(
    {
        str: _text,
        str | None: _text_or_none,
        int: _integer,
        Stamp: stamp_from_list,
        tuple[Sample, ...]: _samples,
    }
)

# A dataclass with slots is a second class of its name; the last one of an action is the real one.
_KINDS: Final[Mapping[str, type[Request]]] = MappingProxyType(
    {str(kind.action): kind for kind in Request.__subclasses__()}
)

_FIELD_READERS: Final[Mapping[type[Request], Mapping[str, Reader]]] = MappingProxyType(
    {
        kind: {item.name: _reader(get_type_hints(kind)[item.name]) for item in fields(kind)}
        for kind in _KINDS.values()
    }
)
