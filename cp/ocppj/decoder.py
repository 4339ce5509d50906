"""Strict decoder: any text in, a frame or a reason out. It never raises.

Theory of operation: size, nesting and the length of numbers are looked at before the text is
parsed, because a parser that recurses or multiplies can be brought down by them (one such frame
ended the receive loop of other stations). What the JSON parser would forgive (duplicate keys, NaN,
infinite numbers, lone surrogates) makes a frame bad. A bad CALL is answered when its message id can
be read; text that is not JSON at all cannot be answered (``J 4.1``, ``J 4.2``).
"""

import json
import math
import re
from typing import Final

from cp.vocabulary.lean import dataclass
from cp.vocabulary.words import CallErrorCode

MAX_FRAME_CHARACTERS: Final = 64 * 1024
MAX_DEPTH: Final = 16
MAX_NUMBER_CHARACTERS: Final = 32
MAX_ID_CHARACTERS: Final = 36
MAX_DESCRIPTION_CHARACTERS: Final = 255


@dataclass(frozen=True, slots=True)
class CallFrame:
    """A CALL; ``payload`` is any JSON value, ``{}`` where the peer sent null (``J 4.2.1``)."""

    id: str
    action: str
    payload: object


@dataclass(frozen=True, slots=True)
class ResultFrame:
    """A CALLRESULT; ``payload`` is any JSON value, None: it cannot be used."""

    id: str
    payload: object


@dataclass(frozen=True, slots=True)
class ErrorFrame:
    """A CALLERROR; an unknown code was read as GenericError."""

    id: str
    error_code: CallErrorCode
    description: str


@dataclass(frozen=True, slots=True)
class Malformed:
    """A CALL that cannot be processed, with the CALLERROR to send."""

    id: str
    error_code: CallErrorCode
    description: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """Nothing to answer; ``reason`` holds no word of the peer."""

    reason: str


Decoded = CallFrame | ResultFrame | ErrorFrame | Malformed | Ignored

# A string is closed by its quote or by the end of the text, so that the scan stays linear.
_TOKEN: Final = re.compile(r'"(?:[^"\\]+|\\.)*+"?|[\[{]|[\]}]|-?[0-9][-+.0-9eE]*', re.DOTALL)

_CALL_HEAD: Final = re.compile(
    r'[ \t\r\n]*\[[ \t\r\n]*2[ \t\r\n]*,[ \t\r\n]*"([ !#-\[\]-~]{0,36})"'
)
"""The message id of a CALL that is not parsed: printable ASCII without escapes."""


def decode(text: str, max_characters: int = MAX_FRAME_CHARACTERS) -> Decoded:
    """The frame that a text is, or why it is none."""
    if len(text) > max_characters:
        return _unparsed(text, "frame too long")
    danger = _danger_of(text)
    if danger:
        return _unparsed(text, danger)
    flaws: list[str] = []
    try:
        value = _parse(text, flaws)
    except ValueError:
        return Ignored("not JSON")
    if not isinstance(value, list) or not value:
        return Ignored("not an array, or an empty one")
    return _frame_of(value, flaws)


def _danger_of(text: str) -> str:
    """What must not reach the parser; empty if nothing."""
    depth = 0
    for match in _TOKEN.finditer(text):
        first = text[match.start()]
        if first in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                return "nested too deeply"
        elif first in "]}":
            depth -= 1
        elif first != '"' and match.end() - match.start() > MAX_NUMBER_CHARACTERS:
            return "number too long"
    return ""


def _unparsed(text: str, reason: str) -> Malformed | Ignored:
    head = _CALL_HEAD.match(text)
    return Ignored(reason) if head is None else _malformed(head[1], reason)


def _malformed(message_id: str, reason: str) -> Malformed:
    return Malformed(message_id, CallErrorCode.FORMATION_VIOLATION, reason)


def _parse(text: str, flaws: list[str]) -> object:
    """The JSON value; what makes it bad although it is readable goes to ``flaws``."""

    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        members = dict(pairs)
        if len(members) < len(pairs):
            flaws.append("duplicate key")
        return members

    def finite(number: str) -> float:
        value = float(number)
        if not math.isfinite(value):
            flaws.append("number without a finite value")
        return value

    value: object = json.loads(
        text, object_pairs_hook=unique, parse_float=finite, parse_constant=finite
    )
    if ("\\u" in text or not text.isascii()) and _has_lone_surrogate(value):
        flaws.append("lone surrogate")
    return value


def _has_lone_surrogate(value: object) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False


def _frame_of(items: list[object], flaws: list[str]) -> Decoded:
    kind = items[0]
    # ``True`` and ``2.0`` equal message types in Python but are none (``J 4.1.3``).
    if type(kind) is not int or kind not in (2, 3, 4):
        return Ignored("unknown message type")
    message_id = items[1] if len(items) > 1 else None
    if not isinstance(message_id, str) or _has_lone_surrogate(message_id):
        return Ignored("no readable message id")
    if kind == 2:
        return _call_of(message_id, items, flaws)
    if kind == 3:
        is_usable = len(items) == 3 and not flaws
        return ResultFrame(message_id, _payload_of(items[2]) if is_usable else None)
    return _error_of(message_id, items, flaws)


def _call_of(message_id: str, items: list[object], flaws: list[str]) -> CallFrame | Malformed:
    if len(message_id) > MAX_ID_CHARACTERS:
        return _malformed(message_id, "message id longer than 36 characters")
    if flaws:
        return _malformed(message_id, flaws[0])
    if len(items) != 4:
        return _malformed(message_id, "a CALL has 4 elements")
    action = items[2]
    if not isinstance(action, str):
        return _malformed(message_id, "the action is not a string")
    return CallFrame(message_id, action, _payload_of(items[3]))


def _payload_of(payload: object) -> object:
    return {} if payload is None else payload


def _error_of(message_id: str, items: list[object], flaws: list[str]) -> ErrorFrame:
    """A CALLERROR says that the CALL failed, however badly it says it."""
    code = items[2] if len(items) > 2 else None
    description = items[3] if len(items) > 3 and not flaws else ""
    return ErrorFrame(
        message_id,
        CallErrorCode(code) if code in _ERROR_CODES else CallErrorCode.GENERIC_ERROR,
        description[:MAX_DESCRIPTION_CHARACTERS] if isinstance(description, str) else "",
    )


_ERROR_CODES: Final = tuple(str(code) for code in CallErrorCode)
