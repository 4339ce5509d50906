"""The command language of the central system: one line in, one frozen command out.

Theory of operation: ``parse_line`` reads words by the rules of a shell (quotes, ``#`` comments)
and looks every name up, so that all mistakes of a script are found before it is played. Nothing is
done here.
"""

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final, cast

from cp.vocabulary.errors import Finding, SettingsError
from cp.vocabulary.words import Action, AuthorizationStatus, CallErrorCode
from tools.net.csms_answers import ID_TAG_ACTIONS, Rule, RuleKind
from tools.net.csms_commands import (
    AddRule,
    Command,
    Expect,
    Plain,
    Refuse,
    Select,
    SendCall,
    SendText,
    SetTag,
    Wait,
)
from tools.net.csms_words import (
    SERVER_ACTIONS,
    STATION_ACTIONS,
    Fields,
    WordError,
    choose,
    count,
    json_object,
    known_fields,
    nearest,
    only_word,
    properties,
    schema,
    seconds,
    split_fields,
    to_payload,
    to_value,
)

DEFAULT_WITHIN_S: Final = "30"

_NEWS: Final = (*STATION_ACTIONS, "Connected", "Disconnected")

_POSITIONAL: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        Action.CHANGE_AVAILABILITY: ("connectorId", "type"),
        Action.CHANGE_CONFIGURATION: ("key", "value"),
        Action.DATA_TRANSFER: ("vendorId", "messageId", "data"),
        Action.GET_CONFIGURATION: ("key",),
        Action.GET_DIAGNOSTICS: ("location",),
        Action.REMOTE_START_TRANSACTION: ("idTag", "connectorId"),
        Action.REMOTE_STOP_TRANSACTION: ("transactionId",),
        Action.RESET: ("type",),
        Action.TRIGGER_MESSAGE: ("requestedMessage", "connectorId"),
        Action.UNLOCK_CONNECTOR: ("connectorId",),
        Action.UPDATE_FIRMWARE: ("location", "retrieveDate"),
    }
)
"""Fields that may be given without their name, in this order."""

_SHORT: Final = MappingProxyType(
    {
        "RemoteStart": Action.REMOTE_START_TRANSACTION,
        "RemoteStop": Action.REMOTE_STOP_TRANSACTION,
    }
)

_PLAIN: Final = ("close", "books", "help", "quit")


def parse_line(line: str) -> Command | None:
    """The command of one line, None for an empty one. Raises WordError."""
    try:
        words = shlex.split(line, comments=True)
    except ValueError as error:
        raise WordError(f"{str(error).lower()}; close the quotation mark") from None
    if not words:
        return None
    verb, rest = words[0], words[1:]
    for name, read in _READERS.items():
        if name.lower() == verb.lower():
            return read(name, rest)
    if verb.lower() in _PLAIN:
        return Plain(verb.lower())
    calls = (*_SHORT, *SERVER_ACTIONS)
    if verb.lower() not in {name.lower() for name in calls}:
        raise WordError(f"unknown command {verb!r}; {nearest(verb, (*_READERS, *_PLAIN, *calls))}")
    name = choose(verb, calls, "command")
    return _read_call(_SHORT.get(name, name), rest)


def parse_script(text: str, file: str) -> tuple[tuple[int, Command], ...]:
    """All commands with their line numbers. Raises SettingsError with every mistake."""
    commands: list[tuple[int, Command]] = []
    findings: list[Finding] = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            command = parse_line(line)
        except WordError as error:
            findings.append(Finding(file, number, str(error)))
            continue
        if command is not None:
            commands.append((number, command))
    if findings:
        raise SettingsError(tuple(findings))
    return tuple(commands)


def _read_wait(verb: str, words: Sequence[str]) -> Command:
    return Wait(seconds(only_word(words, f"{verb} SECONDS")))


def _read_refuse(verb: str, words: Sequence[str]) -> Command:
    return Refuse(seconds(only_word(words, f"{verb} SECONDS")))


def _read_select(verb: str, words: Sequence[str]) -> Command:
    return Select(only_word(words, f"{verb} ID"))


def _read_raw(_: str, words: Sequence[str]) -> Command:
    return SendText(" ".join(words))


def _read_expect(verb: str, words: Sequence[str]) -> Command:
    if not words:
        raise WordError(f"say what: {verb} ACTION [field=value ...] [within=SECONDS]")
    action = choose(words[0], _NEWS, "message of a station")
    fields, options = split_fields(words[1:], ("within",))
    return Expect(
        verb, action, known_fields(fields, action), seconds(options.get("within", DEFAULT_WITHIN_S))
    )


def _read_tag(_: str, words: Sequence[str]) -> Command:
    fields, options = split_fields(words[2:], ("parent",))
    if len(words) < 2 or fields:
        raise WordError("say: tag ID STATUS [parent=GROUP]")
    return SetTag(words[0], choose(words[1], AuthorizationStatus, "status"), options.get("parent"))


def _read_raw_call(_: str, words: Sequence[str]) -> Command:
    words, expected, fields, within_s = _split_expectation(words)
    if not words:
        raise WordError("say: call ACTION {JSON}; the payload is sent as it is")
    payload = json_object(" ".join(words[1:]) or "{}")
    return SendCall(words[0], payload, True, expected, fields, within_s)


def _read_call(action: str, words: Sequence[str]) -> Command:
    words, expected, fields, within_s = _split_expectation(words)
    positional = list(_POSITIONAL.get(action, ()))
    pairs: list[tuple[str, str]] = []
    for word in words:
        name, equals, text = word.partition("=")
        if equals and name.isidentifier():
            pairs.append((name, text))
        elif positional:
            pairs.append((positional.pop(0), word))
        else:
            raise WordError(f"{action} does not take {word!r}; write field=value")
    return SendCall(
        action,
        to_payload(action, pairs),
        False,
        expected,
        known_fields(fields, action, True),
        within_s,
    )


def _split_expectation(words: Sequence[str]) -> tuple[list[str], str | None, Fields, float]:
    """What stands before ``->``; after it the expected word, fields and ``within=``."""
    words = list(words)
    if "->" not in words:
        return words, None, (), seconds(DEFAULT_WITHIN_S)
    arrow = words.index("->")
    fields, options = split_fields(words[arrow + 2 :], ("within",))
    if arrow + 1 == len(words):
        raise WordError("say what answer is expected behind ->, for example: -> Accepted")
    within_s = seconds(options.get("within", DEFAULT_WITHIN_S))
    return words[:arrow], words[arrow + 1], fields, within_s


def _read_on(_: str, words: Sequence[str]) -> Command:
    """``on ACTION [field=value ...] answer|error|silence|close|normal ...``."""
    if not words:
        raise WordError("say: on ACTION [field=value ...] answer|error|silence|close|normal ...")
    action = choose(words[0], STATION_ACTIONS, "message of a station")
    verbs = (*RuleKind, "normal")
    cut = next((i for i, word in enumerate(words) if i and "=" not in word), len(words))
    if cut == len(words):
        raise WordError(f"say what to do: on {action} {' | '.join(verbs)}")
    kind = choose(words[cut], verbs, "reaction")
    if kind == "normal":
        return AddRule(action, None)
    only_if = known_fields(split_fields(words[1:cut], ())[0], action)
    return AddRule(action, _rule(action, RuleKind(kind), only_if, words[cut + 1 :]))


def _rule(action: str, kind: RuleKind, only_if: Fields, words: Sequence[str]) -> Rule:
    first = next((word for word in words[:1] if "=" not in word or word.startswith("{")), "")
    fields, options = split_fields(words[1 if first else 0 :], ("times", "after"))
    times = count(options["times"]) if "times" in options else None
    delay_s = seconds(options.get("after", "0"))
    rule = Rule(action, kind, only_if=only_if, times=times, delay_s=delay_s)
    if kind is RuleKind.ANSWER:
        return _with_answer(rule, first, fields)
    if fields or (first and kind is not RuleKind.ERROR):
        raise WordError(f"{kind} takes only times=N and after=SECONDS")
    if kind is RuleKind.ERROR:
        return replace(rule, error=choose(first, CallErrorCode, "error code"))
    return rule


def _with_answer(rule: Rule, first: str, fields: Fields) -> Rule:
    """``answer STATUS field=value ...`` or ``answer '{JSON}'``."""
    if first.startswith("{"):
        return replace(rule, payload=json_object(first))
    known = properties(schema(rule.action, True))
    if rule.action in ID_TAG_ACTIONS:
        known = {**known, **properties(known["idTagInfo"])}
    values: list[tuple[str, object]] = []
    if first:
        if "status" not in known:
            raise WordError(f"the answer to {rule.action} has no status")
        statuses = cast("list[str]", known["status"]["enum"])
        values.append(("status", choose(first, statuses, "status")))
    for word, text in fields:
        long_word = "parentIdTag" if word == "parent" else word
        name = choose(long_word, known, f"field of the answer to {rule.action}")
        values.append((name, to_value(name, text, known[name])))
    return replace(rule, fields=tuple(values))


_READERS: Final[Mapping[str, Callable[[str, Sequence[str]], Command]]] = MappingProxyType(
    {
        "wait": _read_wait,
        "expect": _read_expect,
        "also": _read_expect,
        "never": _read_expect,
        "on": _read_on,
        "tag": _read_tag,
        "station": _read_select,
        "refuse": _read_refuse,
        "call": _read_raw_call,
        "raw": _read_raw,
    }
)
