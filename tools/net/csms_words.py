"""Words of the central system: actions and fields as the schemas of OCPP 1.6 have them.

Theory of operation: everything that a person may name (an action, a field, a command) is looked
up here, so that a misspelt word is answered with the nearest one instead of being ignored. The
schemas are those of the ``ocpp`` package.
"""

import difflib
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Final, cast

import ocpp.messages as ocpp_messages  # type: ignore[import-untyped]
from ocpp.exceptions import OCPPError  # type: ignore[import-untyped]

from cp.vocabulary.words import Action

# The package would validate in a thread of its own; our frames are small, and order matters.
ocpp_messages.ASYNC_VALIDATION = False

STATION_ACTIONS: Final = (
    Action.AUTHORIZE,
    Action.BOOT_NOTIFICATION,
    Action.DATA_TRANSFER,
    Action.DIAGNOSTICS_STATUS_NOTIFICATION,
    Action.FIRMWARE_STATUS_NOTIFICATION,
    Action.HEARTBEAT,
    Action.LOG_STATUS_NOTIFICATION,
    Action.METER_VALUES,
    Action.SECURITY_EVENT_NOTIFICATION,
    Action.SIGN_CERTIFICATE,
    Action.SIGNED_FIRMWARE_STATUS_NOTIFICATION,
    Action.START_TRANSACTION,
    Action.STATUS_NOTIFICATION,
    Action.STOP_TRANSACTION,
)
"""What a station sends."""

SERVER_ACTIONS: Final = (
    *(action for action in Action if action not in STATION_ACTIONS),
    Action.DATA_TRANSFER,
)
"""What a central system sends."""

# The package spells one code as OCPP 2 does (``JE 5``).
_SPELLING_OF_16: Final = {"FormatViolation": "FormationViolation"}

Payload = Mapping[str, object]
Fields = tuple[tuple[str, str], ...]


class WordError(Exception):
    """A line that cannot be understood; the text says why and what was probably meant."""


def nearest(word: str, known: Iterable[str]) -> str:
    """``did you mean X?``, or where to look when nothing is near."""
    by_fold = {item.lower(): item for item in known}
    near = difflib.get_close_matches(word.lower(), by_fold, 1)
    if near:
        return f"did you mean {by_fold[near[0]]}?"
    return f"known: {', '.join(by_fold.values())}" if len(by_fold) <= 12 else "see help"


def choose(word: str, known: Iterable[str], what: str) -> str:
    """The known word that equals ``word`` but for letter case. Raises WordError."""
    names = tuple(known)
    for name in names:
        if name.lower() == word.lower():
            return str(name)
    raise WordError(f"unknown {what} {word!r}; {nearest(word, names)}")


@cache
def schema(action: str, is_answer: bool) -> Mapping[str, object]:
    """JSON schema of a request or of its answer; empty for an action that has none."""
    kind = ocpp_messages.MessageType.CallResult if is_answer else ocpp_messages.MessageType.Call
    try:
        validator = ocpp_messages.get_validator(kind, action, "1.6")
    except OSError:
        return {}
    return cast("Mapping[str, object]", validator.schema)


def properties(part: Mapping[str, object]) -> Mapping[str, Mapping[str, object]]:
    """The fields of an object schema, by name."""
    return cast("Mapping[str, Mapping[str, object]]", part.get("properties", {}))


@cache
def field_values(action: str, is_answer: bool = False) -> Mapping[str, frozenset[str]]:
    """All fields of a message, at any depth; with the values of an enumeration, else with none."""
    found: dict[str, frozenset[str]] = {}
    for name, part in _fields_below(schema(action, is_answer)):
        found[name] = found.get(name, frozenset()) | frozenset(_enumeration(part))
    return found


def _fields_below(part: Mapping[str, object]) -> Iterable[tuple[str, Mapping[str, object]]]:
    for name, inner in properties(part).items():
        yield name, inner
        yield from _fields_below(inner)
    if isinstance(items := part.get("items"), Mapping):
        yield from _fields_below(items)


def _enumeration(part: Mapping[str, object]) -> list[str]:
    return cast("list[str]", part.get("enum", []))


def to_value(field: str, text: str, part: Mapping[str, object]) -> object:
    """The JSON value of ``text`` where the schema ``part`` asks for its type. Raises WordError."""
    match part.get("type"):
        case "array" if not text.startswith("["):
            return [item for item in text.split(",") if item]
        case "string" if values := _enumeration(part):
            return choose(text, values, f"value of {field}")
        case "integer" | "number" | "boolean" | "object" | "array" as kind:
            try:
                return cast("object", json.loads(text))
            except ValueError:
                raise WordError(f"{field} is {kind}, not {text!r}") from None
        case _:
            return text


def to_payload(action: str, fields: Iterable[tuple[str, str]]) -> dict[str, object]:
    """A request's payload from ``field=value`` words. Raises WordError."""
    known = properties(schema(action, False))
    payload: dict[str, object] = {}
    for word, text in fields:
        field = choose(word, known, f"field of {action}")
        payload[field] = to_value(field, text, known[field])
    return payload


async def violation(action: str, payload: object, *, is_answer: bool) -> tuple[str, str] | None:
    """CALLERROR code and description for what breaks the schema, None if nothing does."""
    kind = ocpp_messages.CallResult if is_answer else ocpp_messages.Call
    message = kind("1", payload, action=action) if is_answer else kind("1", action, payload)
    try:
        await ocpp_messages.validate_payload(message, "1.6")
    except OCPPError as error:
        code = _SPELLING_OF_16.get(error.code, error.code)
        return code, str(error.details.get("cause", error.description)).splitlines()[0]
    return None


def split_fields(words: Iterable[str], options: tuple[str, ...]) -> tuple[Fields, dict[str, str]]:
    """``name=value`` words, the named options apart. Raises WordError."""
    fields: list[tuple[str, str]] = []
    found: dict[str, str] = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not equals:
            raise WordError(f"{word!r} is not understood; write field=value")
        if name in options:
            found[name] = text
        else:
            fields.append((name, text))
    return tuple(fields), found


def known_fields(fields: Fields, action: str, is_answer: bool = False) -> Fields:
    """The fields as the schema writes them, their values too. Raises WordError."""
    known = field_values(action, is_answer)
    found: list[tuple[str, str]] = []
    for word, text in fields:
        name = choose(word, sorted(known), f"field of {action}")
        if known[name]:
            what = f"value of {name}"
            text = "|".join(choose(one, known[name], what) for one in text.split("|"))
        found.append((name, text))
    return tuple(found)


def only_word(words: Sequence[str], usage: str) -> str:
    """The one word that must be there. Raises WordError."""
    if len(words) != 1:
        raise WordError(f"say: {usage}")
    return words[0]


def seconds(text: str) -> float:
    """A number of seconds, 0 or more. Raises WordError."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise WordError(f"{text!r} is no number of seconds")
    return value


def count(text: str) -> int:
    """A number of times, 1 or more. Raises WordError."""
    if not text.isdecimal() or int(text) < 1:
        raise WordError(f"times is 1 or more, not {text!r}")
    return int(text)


def json_object(text: str) -> dict[str, object]:
    """A JSON object. Raises WordError."""
    try:
        payload = json.loads(text)
    except ValueError:
        payload = None
    if not isinstance(payload, dict):
        raise WordError(f"{text!r} is no JSON object; put it between single quotation marks")
    return payload
