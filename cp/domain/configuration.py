"""GetConfiguration, ChangeConfiguration and the factory settings: pure rules on a key table.

Theory of operation: ``parse_value`` alone says which text a key accepts and how it is stored; the
central system's writes, the installer's factory values and the journal's rows all go through it.
"""

import dataclasses
import re
from collections.abc import Mapping
from typing import Final

from cp.vocabulary.errors import Finding
from cp.vocabulary.keys import KeySpec, KeyTable, KeyType, KeyValues
from cp.vocabulary.lean import dataclass
from cp.vocabulary.words import CallErrorCode, ConfigurationStatus

_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,500}")


@dataclass(frozen=True, slots=True)
class TooManyKeys:
    """GetConfiguration named more keys than it may: the CALLERROR to send (D-01)."""

    error_code: CallErrorCode
    description: str


def get_configuration(
    table: KeyTable, values: KeyValues, payload: Mapping[str, object]
) -> Mapping[str, object] | TooManyKeys:
    """The answer to a GetConfiguration whose payload keeps to its schema (``S 5.8``).

    No key named: all of them in one message, whatever the limit says. Known names are reported in
    their canonical spelling, unknown ones as they came.
    """
    names = payload.get("key")
    asked = [str(name) for name in names] if isinstance(names, list) else []
    limit = values.number("GetConfigurationMaxKeys")
    if len(asked) > limit:
        code = CallErrorCode.OCCURENCE_CONSTRAINT_VIOLATION
        return TooManyKeys(code, f"payload.key may name {limit}: see GetConfigurationMaxKeys")
    if not asked:
        return {"configurationKey": [_reported(spec, values) for spec in table.specs]}
    found = dict.fromkeys(spec for name in asked if (spec := table.find(name)) is not None)
    unknown = list(dict.fromkeys(name for name in asked if table.find(name) is None))
    answer: dict[str, object] = {}
    if found:
        answer["configurationKey"] = [_reported(spec, values) for spec in found]
    if unknown:
        answer["unknownKey"] = unknown
    return answer


def _reported(spec: KeySpec, values: KeyValues) -> dict[str, object]:
    return {"key": spec.name, "readonly": spec.is_readonly, "value": values.text(spec.name)}


def change_configuration(
    table: KeyTable, values: KeyValues, key: str, value: str
) -> tuple[ConfigurationStatus, KeyValues]:
    """The answer to a ChangeConfiguration and the values in force after it (``S 5.3``)."""
    spec = table.find(key)
    if spec is None:
        return ConfigurationStatus.NOT_SUPPORTED, values
    text = None if spec.is_readonly else parse_value(spec, value)
    if text is None:
        return ConfigurationStatus.REJECTED, values
    return ConfigurationStatus.ACCEPTED, values.with_value(spec.name, text)


def parse_value(spec: KeySpec, text: str) -> str | None:
    """The canonical text of a value, None when the key does not accept it."""
    match spec.type:
        case KeyType.BOOL:
            folded = text.lower()
            return folded if folded in ("true", "false") else None
        case KeyType.INT:
            return _parse_integer(spec, text.strip(" "))
        case KeyType.CSL:
            return _parse_items(spec, text)


def _parse_integer(spec: KeySpec, text: str) -> str | None:
    if _INTEGER.fullmatch(text) is None:
        return None
    number = int(text)
    is_off = spec.is_zero_allowed and number == 0
    return str(number) if is_off or spec.low <= number <= spec.high else None


def _parse_items(spec: KeySpec, text: str) -> str | None:
    """One item that is not allowed refuses the whole value (``S 3.16.4``)."""
    items = [item.strip(" ") for item in text.split(",")] if text.strip(" ") else []
    if len(items) > spec.max_items or not set(items) <= set(spec.allowed):
        return None
    connectors = [item.partition(".")[0] for item in items]
    if spec.is_by_connector and len(set(connectors)) < len(connectors):
        return None
    return ",".join(dict.fromkeys(items))


def restored_values(
    table: KeyTable, factory: KeyValues, kept: tuple[tuple[str, str], ...]
) -> KeyValues:
    """The factory values with those that the journal kept.

    What the present profile does not accept any more is dropped; an interval that the central
    system ordered for heartbeats may lie outside the limits (D-03).
    """
    values = factory
    for name, text in kept:
        spec = table.find(name)
        if spec is None or spec.is_readonly:
            continue
        if spec.name == "HeartbeatInterval":
            spec = dataclasses.replace(spec, low=1, high=10**32)
        canonical = parse_value(spec, text)
        if canonical is not None:
            values = values.with_value(spec.name, canonical)
    return values


def factory_values(
    table: KeyTable, settings: Mapping[str, object], file: str, lines: Mapping[str, int]
) -> tuple[KeyValues, tuple[Finding, ...]]:
    """The values of a new device: the table's defaults with those of the station file.

    ``settings`` holds native TOML values or OCPP strings; ``lines`` the line of each name, as far
    as it is known. The installer mends the findings.
    """
    values = table.defaults()
    findings = []
    for name, value in settings.items():
        if name not in table:
            message = f"{name} is no configuration key{_nearest(table, name)}"
        elif table[name].is_readonly:
            message = (
                f"{name} is fixed by the profile at {table[name].default!r}; take the line out"
            )
        elif (text := parse_value(table[name], _native(value))) is None:
            message = f"{name} = {value!r} is not accepted; {accepted_text(table[name])}"
        else:
            values = values.with_value(name, text)
            continue
        findings.append(Finding(file, lines.get(name, 0), message))
    return values, tuple(findings)


def _nearest(table: KeyTable, name: str) -> str:
    import difflib  # only a mistake pays for it

    folded = {known.lower(): known for known in table}
    near = difflib.get_close_matches(name.lower(), folded, n=1)
    return f"; did you mean {folded[near[0]]}?" if near else ""


def _native(value: object) -> str:
    """A TOML value as OCPP text; what has no OCPP form (a float) parses as no value."""
    if isinstance(value, list):
        return ",".join(str(item) for item in value)
    return str(value)


def accepted_text(spec: KeySpec) -> str:
    """What a key that can be written accepts, in words."""
    match spec.type:
        case KeyType.BOOL:
            return "true or false"
        case KeyType.INT:
            off = "0 (off) or " if spec.is_zero_allowed and spec.low > 0 else ""
            return f"{off}{spec.low} to {spec.high} {spec.unit}".strip()
        case KeyType.CSL:
            return f"at most {spec.max_items} of: {', '.join(spec.allowed)}"
