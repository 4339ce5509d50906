"""Product profiles: the certificate as data.

Theory of operation: a profile is a TOML file in this folder. It names the product, its hardware,
what it claims, and for each configuration key the default and the limits that differ from the
specification's. Hardware and claims are declared, not chosen: a profile that declares what this
program does not do is refused when it is loaded. ``certificate.toml`` is no profile: it says what
the certificate says, row by row (``certificate.py``).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cp.domain.configuration import parse_value
from cp.profiles.tables import Document, Table
from cp.vocabulary.errors import Finding
from cp.vocabulary.keys import GENERIC, KeyOverride, KeySpec, KeyTable, KeyType
from cp.vocabulary.lean import dataclass

IDENTITY_LENGTHS: Final[Mapping[str, int]] = {
    "vendor": 20,
    "model": 20,
    "serial": 25,
    "firmware_version": 50,
    "meter_type": 25,
    "meter_serial": 25,
}
"""Fields of BootNotification and their longest texts (``S 6.7``)."""

_HARDWARE: Final[Mapping[str, object]] = {
    "connectors": 1,
    "readers": 1,
    "phases": 1,
    "current": "AC",
    "cable": "fixed",
    "has_cable_lock": False,
}
"""The only hardware that this program drives; ``offered_a`` is free."""

_CERTIFICATE: Final = "certificate"

_FEATURES: Final = ("Core", "FirmwareManagement", "RemoteTrigger")

_TRANSFER_PROTOCOLS: Final = ("HTTP", "HTTPS", "FTP", "FTPS")

_KEY_FIELDS: Final = ("default", "low", "high", "is_zero_allowed", "is_readonly")


@dataclass(frozen=True, slots=True)
class Profile:
    """One product; ``identity`` by field name, ``offered_a`` in ampere."""

    name: str
    identity: Mapping[str, str]
    offered_a: int
    keys: KeyTable

    @property
    def hardware(self) -> Mapping[str, object]:
        """What the station is made of; every profile that loads has the same (HFS rows)."""
        return _HARDWARE


def texts() -> dict[str, str]:
    """The profiles that come with the program, by name."""
    files = sorted(Path(__file__).parent.glob("*.toml"))
    return {
        file.stem: file.read_text(encoding="utf-8") for file in files if file.stem != _CERTIFICATE
    }


def read_profile(name: str, text: str) -> tuple[Profile, tuple[Finding, ...]]:
    """The profile and every mistake in it; with a mistake, the defaults stand in."""
    document = Document(text, f"profiles/{name}.toml")
    document.check_tables(("identity", "hardware", "features", "keys"))
    document.table("identity", IDENTITY_LENGTHS)
    identity = {
        field: document.text("identity", field, "", longest)
        for field, longest in IDENTITY_LENGTHS.items()
    }
    for field in ("vendor", "model"):
        if not identity[field]:
            document.find("identity", "", f"[identity] {field} is missing")
    offered_a = _read_hardware(document)
    overrides = {**_read_features(document), **_read_keys(document)}
    keys = GENERIC.with_overrides(overrides)
    for key in overrides:
        _check_key(document, keys[key])
    return Profile(name, identity, offered_a, keys), tuple(document.findings)


def _read_hardware(document: Document) -> int:
    table = document.table("hardware", (*_HARDWARE, "offered_a"))
    for key, value in _HARDWARE.items():
        if table.get(key, value) != value:
            message = f"{key} = {table[key]!r}: this program drives only {key} = {value!r}"
            document.find("hardware", key, message)
    # IEC 61851-1: the duty cycle of the pilot offers 6 to 80 A.
    return int(document.number("hardware", "offered_a", 32, 6, 80))


def _read_features(document: Document) -> dict[str, KeyOverride]:
    table = document.table("features", ("profiles", "file_transfer"))
    overrides: dict[str, KeyOverride] = {}
    if sorted(profiles := _strings(table.get("profiles", _FEATURES))) != sorted(_FEATURES):
        message = f"profiles: this program has exactly {', '.join(_FEATURES)}"
        document.find("features", "profiles", message)
    else:
        overrides["SupportedFeatureProfiles"] = KeyOverride(",".join(profiles))
    protocols = _strings(table.get("file_transfer", _TRANSFER_PROTOCOLS))
    if not protocols or not set(protocols) <= set(_TRANSFER_PROTOCOLS):
        message = f"file_transfer: some of {', '.join(_TRANSFER_PROTOCOLS)}"
        document.find("features", "file_transfer", message)
    else:
        overrides["SupportedFileTransferProtocols"] = KeyOverride(",".join(protocols))
    return overrides


def _strings(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list | tuple) else []


def _read_keys(document: Document) -> dict[str, KeyOverride]:
    overrides: dict[str, KeyOverride] = {}
    for name in document.table("keys", GENERIC):
        if name in GENERIC:
            part = document.table(f"keys.{name}", _KEY_FIELDS)
            overrides[name] = _read_override(document, f"keys.{name}", part)
    return overrides


def _read_override(document: Document, where: str, part: Table) -> KeyOverride:
    numbers: dict[str, int] = {}
    flags: dict[str, bool] = {}
    for field, value in part.items():
        if field in ("low", "high"):
            if isinstance(value, int) and not isinstance(value, bool):
                numbers[field] = value
            else:
                document.find(where, field, f"{field} = {value!r} is not a whole number")
        elif field in ("is_zero_allowed", "is_readonly"):
            if isinstance(value, bool):
                flags[field] = value
            else:
                document.find(where, field, f"{field} = {value!r} is not true or false")
    default = _as_text(part["default"]) if "default" in part else None
    return KeyOverride(
        default,
        numbers.get("low"),
        numbers.get("high"),
        flags.get("is_zero_allowed"),
        flags.get("is_readonly"),
    )


def _as_text(value: object) -> str:
    """A TOML value as OCPP text."""
    if isinstance(value, list):
        return ",".join(str(item) for item in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _check_key(document: Document, spec: KeySpec) -> None:
    """A profile narrows; its default is a value that the key accepts."""
    where = f"keys.{spec.name}"
    widest = GENERIC[spec.name]
    if spec.type is KeyType.INT and not spec.is_readonly:
        if not widest.low <= spec.low <= spec.high <= widest.high:
            message = f"low and high lie, in this order, in {widest.low} to {widest.high}"
            document.find(where, "low", message)
        if spec.is_zero_allowed and not widest.is_zero_allowed:
            document.find(where, "is_zero_allowed", f"0 does not turn {spec.name} off")
    elif (spec.low, spec.high) != (widest.low, widest.high):
        document.find(where, "low", f"{spec.name} has no limits: it is no number to be written")
    if widest.is_readonly and not spec.is_readonly:
        document.find(where, "is_readonly", f"{spec.name} cannot be written on this hardware")
    if not _is_default_valid(spec):
        document.find(where, "default", f"{spec.default!r} is no value of {spec.name}")


def _is_default_valid(spec: KeySpec) -> bool:
    if spec.is_readonly and spec.type is KeyType.INT:
        return spec.default.isdecimal()
    if spec.is_readonly and spec.type is KeyType.CSL:
        return True
    return parse_value(spec, spec.default) == spec.default
