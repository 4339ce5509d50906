"""Configuration keys: what the station has, within which limits, and the values in force.

Theory of operation: a ``KeyTable`` is data. ``GENERIC`` holds the keys with the limits of the
specification alone; a product profile narrows it with ``with_overrides`` (the certificate's rows).
``KeyValues`` is the set of values in force, in their canonical OCPP text, read by type. The rules
that turn received text into a value are in ``cp.domain.configuration``.
"""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from cp.vocabulary.lean import dataclass
from cp.vocabulary.words import ENERGY_REGISTER

DAY_S: Final = 86400
"""One heartbeat a day is the least that keeps the clock (``S 4.6``): no interval is longer."""


class KeyType(StrEnum):
    """Type of a value (``S 9``); ``csl`` is a comma separated list."""

    BOOL = "bool"
    INT = "int"
    CSL = "csl"


@dataclass(frozen=True, slots=True)
class KeySpec:
    """One configuration key (``S 9``).

    ``unit``            of a number, empty if it has none.
    ``default``         canonical OCPP text.
    ``low``, ``high``   limits of a number, both included.
    ``is_zero_allowed`` 0 means "off" and is accepted below ``low`` (D-02).
    ``allowed``         items that a list may hold; not used where nothing can be written.
    ``max_items``       how many items a list may hold (its ``...MaxLength`` key).
    ``is_by_connector`` items read ``CONNECTOR.VALUE``; each connector at most once.
    """

    name: str
    type: KeyType
    default: str
    is_readonly: bool
    doc: str
    source: str
    unit: str = ""
    low: int = 0
    high: int = 0
    is_zero_allowed: bool = False
    allowed: tuple[str, ...] = ()
    max_items: int = 0
    is_by_connector: bool = False


@dataclass(frozen=True, slots=True)
class KeyOverride:
    """What a profile says of one key; None leaves the table's value."""

    default: str | None = None
    low: int | None = None
    high: int | None = None
    is_zero_allowed: bool | None = None
    is_readonly: bool | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class KeyValues:
    """The values in force; hashable. An unknown name raises KeyError: a fault of our own."""

    values: tuple[tuple[str, str], ...] = ()
    _index: Mapping[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_index", dict(self.values))

    def text(self, name: str) -> str:
        """The canonical text, as GetConfiguration reports it."""
        return self._index[name]

    def number(self, name: str) -> int:
        """The value of an int key, in the key's unit."""
        return int(self._index[name])

    def flag(self, name: str) -> bool:
        """The value of a bool key."""
        return self._index[name] == "true"

    def items(self, name: str) -> tuple[str, ...]:
        """The items of a csl key."""
        text = self._index[name]
        return tuple(text.split(",")) if text else ()

    def with_value(self, name: str, text: str) -> "KeyValues":
        """The same values but this one; ``text`` is canonical, limits are not checked (D-03)."""
        if name not in self._index:
            raise KeyError(name)
        return KeyValues(tuple((key, text if key == name else old) for key, old in self.values))


@dataclasses.dataclass(frozen=True, slots=True)
class KeyTable(Mapping[str, KeySpec]):
    """The keys of one product, by canonical name, in alphabetical order."""

    specs: tuple[KeySpec, ...]
    _index: Mapping[str, KeySpec] = field(init=False, repr=False, compare=False)
    _folded: Mapping[str, KeySpec] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_index", {spec.name: spec for spec in self.specs})
        object.__setattr__(self, "_folded", {spec.name.lower(): spec for spec in self.specs})

    def __getitem__(self, name: str) -> KeySpec:
        return self._index[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._index)

    def __len__(self) -> int:
        return len(self._index)

    def __hash__(self) -> int:
        return hash(self.specs)

    def find(self, name: str) -> KeySpec | None:
        """The key of this name in any letter case (``S 7.15``), None if there is none."""
        return self._folded.get(name.lower())

    def defaults(self) -> KeyValues:
        """The values of a new device."""
        return KeyValues(tuple((spec.name, spec.default) for spec in self.specs))

    def with_overrides(self, overrides: Mapping[str, KeyOverride]) -> "KeyTable":
        """The same keys with a profile's defaults and limits.

        A new ``...MaxLength`` also limits the list it belongs to. Raises KeyError for a name that
        is no key.
        """
        specs = dict(self._index)
        for name, override in overrides.items():
            changes = {
                item.name: value
                for item in dataclasses.fields(override)
                if (value := getattr(override, item.name)) is not None
            }
            specs[name] = dataclasses.replace(specs[name], **changes)
        return KeyTable(tuple(_with_max_items(spec, specs) for spec in specs.values()))


def _with_max_items(spec: KeySpec, specs: Mapping[str, KeySpec]) -> KeySpec:
    length = specs.get(f"{spec.name}MaxLength")
    return spec if length is None else dataclasses.replace(spec, max_items=int(length.default))


def _flag(name: str, default: str, source: str, doc: str, *, is_readonly: bool = False) -> KeySpec:
    return KeySpec(name, KeyType.BOOL, default, is_readonly, doc, source)


def _fixed(name: str, type_: KeyType, default: str, source: str, doc: str) -> KeySpec:
    return KeySpec(name, type_, default, True, doc, source)


def _number(
    name: str, unit: str, default: int, limits: tuple[int, int], source: str, doc: str
) -> KeySpec:
    low, high = limits
    return KeySpec(name, KeyType.INT, str(default), False, doc, source, unit, low, high)


def _interval(name: str, default: int, source: str, doc: str, *, is_zero_off: bool) -> KeySpec:
    spec = _number(name, "s", default, (1, DAY_S), source, doc)
    return dataclasses.replace(spec, is_zero_allowed=is_zero_off)


def _items(
    name: str, default: str, allowed: tuple[str, ...], max_items: int, source: str, doc: str
) -> KeySpec:
    spec = KeySpec(name, KeyType.CSL, default, False, doc, source)
    return dataclasses.replace(spec, allowed=allowed, max_items=max_items)


def _measurands(name: str, default: str, source: str, doc: str) -> KeySpec:
    return _items(name, default, (ENERGY_REGISTER,), 50, source, doc)


# A single-phase station: connector 0 or 1, and no phase rotation to name.
_ROTATIONS: Final = tuple(
    f"{connector}.{value}" for connector in (0, 1) for value in ("NotApplicable", "Unknown")
)

GENERIC: Final = KeyTable(
    (
        _flag(
            "AllowOfflineTxForUnknownId", "false", "S 9.1.1, C-02", "offline, unknown ids may start"
        ),
        _flag("AuthorizeRemoteTxRequests", "true", "S 9.1.3", "a remote start asks Authorize"),
        _interval(
            "ClockAlignedDataInterval",
            0,
            "S 9.1.5",
            "period of clock-aligned data",
            is_zero_off=True,
        ),
        _interval(
            "ConnectionTimeOut",
            60,
            "S 9.1.6",
            "wait for the plug once authorized",
            is_zero_off=False,
        ),
        dataclasses.replace(
            _items(
                "ConnectorPhaseRotation",
                "1.NotApplicable",
                _ROTATIONS,
                2,
                "S 9.1.7",
                "phase wiring",
            ),
            is_by_connector=True,
        ),
        _fixed("ConnectorPhaseRotationMaxLength", KeyType.INT, "2", "S 9.1.8", "items of the list"),
        _fixed("GetConfigurationMaxKeys", KeyType.INT, "50", "S 9.1.9", "keys in one request"),
        _interval(
            "HeartbeatInterval", 60, "S 9.1.10, D-03", "period of Heartbeat", is_zero_off=False
        ),
        _flag("LocalAuthorizeOffline", "true", "S 9.1.12", "stored, no effect without a cache"),
        _flag("LocalPreAuthorize", "false", "S 9.1.13", "stored, no effect without a cache"),
        _number(
            "MaxEnergyOnInvalidId", "Wh", 0, (0, 1_000_000), "S 9.1.14, C-03", "energy allowance"
        ),
        _measurands("MeterValuesAlignedData", ENERGY_REGISTER, "S 9.1.15", "clock-aligned data"),
        _fixed("MeterValuesAlignedDataMaxLength", KeyType.INT, "50", "S 9.1.16", "its items"),
        _measurands("MeterValuesSampledData", ENERGY_REGISTER, "S 9.1.17", "sampled data"),
        _fixed("MeterValuesSampledDataMaxLength", KeyType.INT, "50", "S 9.1.18", "its items"),
        _interval(
            "MeterValueSampleInterval", 60, "S 9.1.19, D-02", "period of samples", is_zero_off=True
        ),
        _fixed("NumberOfConnectors", KeyType.INT, "1", "S 9.1.21", "outlets"),
        _number("ResetRetries", "times", 1, (0, 10), "S 9.1.22", "further tries of a reset"),
        _fixed(
            "StopTransactionMaxMeterValues", KeyType.INT, "500", "E 9.1", "transactionData items"
        ),
        _flag(
            "StopTransactionOnEVSideDisconnect",
            "true",
            "S 9.1.23, D-04",
            "unplugging ends a transaction",
            is_readonly=True,
        ),
        _flag("StopTransactionOnInvalidId", "true", "S 9.1.24", "a refused id ends a transaction"),
        _measurands("StopTxnAlignedData", "", "S 9.1.25", "aligned transactionData"),
        _fixed("StopTxnAlignedDataMaxLength", KeyType.INT, "50", "S 9.1.26", "its items"),
        _measurands("StopTxnSampledData", "", "S 9.1.27", "sampled transactionData"),
        _fixed("StopTxnSampledDataMaxLength", KeyType.INT, "50", "S 9.1.28", "its items"),
        _fixed(
            "SupportedFeatureProfiles",
            KeyType.CSL,
            "Core,FirmwareManagement,RemoteTrigger",
            "S 9.1.29",
            "what this station can do",
        ),
        _fixed(
            "SupportedFileTransferProtocols",
            KeyType.CSL,
            "HTTP,HTTPS,FTP,FTPS",
            "S 9",
            "URL schemes",
        ),
        _number("TransactionMessageAttempts", "times", 3, (1, 100), "S 9.1.31", "tries in total"),
        _number(
            "TransactionMessageRetryInterval", "s", 60, (0, DAY_S), "S 9.1.32", "grows by itself"
        ),
        _flag(
            "UnlockConnectorOnEVSideDisconnect",
            "false",
            "E 9.1.33",
            "fixed cable: nothing to unlock",
            is_readonly=True,
        ),
        _interval(
            "WebSocketPingInterval", 60, "S 9.1.34, J 7", "period of pings", is_zero_off=True
        ),
    )
)

KEYS: Final[Mapping[str, KeySpec]] = MappingProxyType({spec.name: spec for spec in GENERIC.specs})
"""Every key of the product by canonical name, with the limits of the specification."""
