"""Commands of the bench interface: text in, a checked record out.

Theory of operation: a table says which fields each command takes; a check for each field turns
its value into the field of ``Command`` or says what is wrong. Whatever arrives, the answer is a
``Command`` or a ``CommandError`` whose text names the place and the nearest known word.
"""

import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Final

from cp.vocabulary.lean import dataclass
from cp.vocabulary.words import ChargePointErrorCode
from drivers.bench.faulty import StorageMode
from drivers.bench.meter import MeterMode
from drivers.bench.world import ContactorMode


class CommandError(Exception):
    """The line is no command; the text goes back to whoever sent it."""


class ReaderMode(StrEnum):
    """What is wrong with the card reader."""

    NORMAL = "normal"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Command:
    """One command; fields that it does not take keep their defaults.

    ``is_on`` also stands for ``up``; ``value`` for ``watts``, ``wh``, ``offset_s`` and ``after``.
    """

    name: str
    connector: int = 1
    is_on: bool = False
    token: str = ""
    code: ChargePointErrorCode = ChargePointErrorCode.OTHER_ERROR
    mode: str = "normal"
    value: float = 0.0


_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "plug_in": ("connector",),
    "plug_out": ("connector",),
    "ev_ready": ("connector", "on"),
    "swipe": ("token",),
    "fault": ("connector", "code"),
    "clear_fault": ("connector", "code"),
    "emergency_stop": ("on",),
    "set_power": ("connector", "watts"),
    "set_register": ("connector", "wh"),
    "contactor": ("mode",),
    "meter": ("mode",),
    "reader": ("mode",),
    "link": ("up",),
    "clock": ("offset_s",),
    "storage": ("mode",),
    "state": (),
    "watch": ("after",),
    "power_cut": (),
}

_MODES: Final[Mapping[str, type[StrEnum]]] = {
    "contactor": ContactorMode,
    "meter": MeterMode,
    "reader": ReaderMode,
    "storage": StorageMode,
}

_REGISTER_DIGITS: Final = 12


def read_command(line: bytes) -> Command:
    """The command that ``line`` holds. Raises ``CommandError``."""
    try:
        content = json.loads(line)
    except (ValueError, RecursionError):
        raise CommandError('the line is no JSON, expected {"cmd": "..."}') from None
    if not isinstance(content, dict) or not isinstance(content.get("cmd"), str):
        raise CommandError('expected one object with a text "cmd", as {"cmd": "state"}')
    name = content.pop("cmd")
    if name not in _FIELDS:
        hint = f"{_nearest(name, _FIELDS)} (known: {', '.join(_FIELDS)})"
        raise CommandError(f"unknown command {_shown(name)}{hint}")
    fields = _FIELDS[name]
    for field in content:
        if field not in fields:
            raise CommandError(f"{name} has no field {_shown(field)}{_nearest(field, fields)}")
    for field in fields:
        if field not in content and field != "connector":
            raise CommandError(f'{name} needs the field "{field}"')
    return _checked(name, content)


def _checked(name: str, content: Mapping[str, object]) -> Command:
    command = Command(name, connector=_connector(name, content.get("connector", 1)))
    for field, value in content.items():
        if field != "connector":
            command = _CHECKS[field](command, value)
    return command


def _connector(name: str, value: object) -> int:
    allowed = (0, 1) if name in ("fault", "clear_fault") else (1,)
    if type(value) is not int or value not in allowed:
        words = " or ".join(map(str, allowed))
        raise CommandError(f"{name}: connector must be {words}, not {_shown(value)}")
    return value


def _with_switch(command: Command, value: object) -> Command:
    if not isinstance(value, bool):
        raise CommandError(f"{command.name}: expected true or false, not {_shown(value)}")
    return replace(command, is_on=value)


def _with_token(command: Command, value: object) -> Command:
    if not isinstance(value, str) or not 1 <= len(value) <= 20 or not value.isprintable():
        raise CommandError(f"{command.name}: token must be a text of 1 to 20 characters")
    return replace(command, token=value)


def _with_code(command: Command, value: object) -> Command:
    codes = [code for code in ChargePointErrorCode if code is not ChargePointErrorCode.NO_ERROR]
    return replace(command, code=ChargePointErrorCode(_word(command, value, codes)))


def _with_mode(command: Command, value: object) -> Command:
    return replace(command, mode=_word(command, value, list(_MODES[command.name])))


def _word(command: Command, value: object, known: Iterable[str]) -> str:
    words = [str(word) for word in known]
    if not isinstance(value, str) or value not in words:
        nearest = _nearest(value, words) if isinstance(value, str) else ""
        hint = nearest or f", expected one of {', '.join(words)}"
        raise CommandError(f"{command.name} does not know {_shown(value)}{hint}")
    return value


def _with_watts(command: Command, value: object) -> Command:
    watts = _number(command, value)
    if not 0 <= watts <= 1e6:
        raise CommandError(f"{command.name}: watts must be 0 to 1000000, not {_shown(value)}")
    return replace(command, value=watts)


def _with_wh(command: Command, value: object) -> Command:
    if type(value) is not int or not 0 <= value < 10**_REGISTER_DIGITS:
        raise CommandError(f"{command.name}: wh must be a whole number of at most 12 digits")
    return replace(command, value=value)


def _with_offset(command: Command, value: object) -> Command:
    offset_s = _number(command, value)
    # A clock that shows a year outside 1..9999 cannot be written as a date.
    if abs(offset_s) > 5e10:
        raise CommandError(f"{command.name}: offset_s must be at most 50000000000 either way")
    return replace(command, value=offset_s)


def _with_after(command: Command, value: object) -> Command:
    if type(value) is not int or not 0 <= value < 2**53:
        raise CommandError(f"{command.name}: after must be the number of a line, 0 for none")
    return replace(command, value=value)


def _number(command: Command, value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise CommandError(f"{command.name}: expected a number, not {_shown(value)}")
    return value


_CHECKS: Final[Mapping[str, Callable[[Command, object], Command]]] = {
    "on": _with_switch,
    "up": _with_switch,
    "token": _with_token,
    "code": _with_code,
    "mode": _with_mode,
    "watts": _with_watts,
    "wh": _with_wh,
    "offset_s": _with_offset,
    "after": _with_after,
}


def _shown(value: object) -> str:
    return json.dumps(value)[:60]


def _nearest(word: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches  # only for somebody who mistyped

    nearest = get_close_matches(word[:60], known, 1, 0.5)
    return f', did you mean "{nearest[0]}"?' if nearest else ""
