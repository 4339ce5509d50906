"""Register maps: which register of a meter means what, as data.

Theory of operation: a map is a TOML file. It names the reads, each with the numbers of registers
that it asks for in turn, and where voltage, power and energy lie in them. All numbers differ, so
that a late answer is known by its length; a map without that property is refused.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cp.vocabulary.errors import Finding, SettingsError
from cp.vocabulary.lean import dataclass

_FOLDER: Final = Path(__file__).parent / "maps"
_MOST_REGISTERS: Final = 125
_HIGHEST_ADDRESS: Final = 0xFFFF

WIDTHS: Final[Mapping[str, int]] = {
    "int16": 1,
    "uint16": 1,
    "int32": 2,
    "uint32": 2,
    "float32": 2,
    "int64": 4,
    "uint64": 4,
    "float64": 4,
}
"""Types of a value and the registers that it takes."""

QUANTITIES: Final = ("voltage", "power", "energy")


@dataclass(frozen=True, slots=True)
class Quantity:
    """Where one value lies; the value times ``scale`` is in V, W or Wh."""

    address: int
    type: str
    scale: float


@dataclass(frozen=True, slots=True)
class Read:
    """One request: ``counts`` registers from ``start``, one of them at a time, in turn."""

    start: int
    counts: tuple[int, ...]

    def holds(self, quantity: Quantity) -> bool:
        """Whether every answer to this read has the value."""
        end = quantity.address + WIDTHS[quantity.type]
        return self.start <= quantity.address and end <= self.start + min(self.counts)


@dataclass(frozen=True, slots=True)
class RegisterMap:
    """``function`` 3 reads holding registers, 4 input registers; ``word_order`` says which word of
    a longer value comes first, ``big`` the high one."""

    name: str
    function: int
    word_order: str
    reads: tuple[Read, ...]
    voltage: Quantity
    power: Quantity
    energy: Quantity


def names() -> tuple[str, ...]:
    """The maps that come with the program."""
    return tuple(sorted(file.stem for file in _FOLDER.glob("*.toml")))


def no_such_map(name: str) -> str:
    """What is wrong with a name that is none of these."""
    return f"no register map {name!r}: one of {', '.join(names())}, or a file NAME.toml"


def load_map(name: str) -> RegisterMap:
    """The map of this name, or, when ``name`` ends in ``.toml``, of this file.

    Raises SettingsError with every mistake in it.
    """
    file = Path(name) if name.endswith(".toml") else _FOLDER / f"{name}.toml"
    if file.parent == _FOLDER and name not in names():
        raise _refused("map", no_such_map(name))
    try:
        return read_map(str(file), tomllib.loads(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise _refused(str(file), f"cannot be read ({error.strerror})") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _refused(str(file), f"is no TOML text: {error}") from None


def read_map(place: str, table: Mapping[str, object]) -> RegisterMap:
    """The map that ``table`` describes; ``place`` names it. Raises SettingsError."""
    reader = _Reader(place)
    reader.know(table, "", ("name", "function", "word_order", "reads", *QUANTITIES))
    name = table.get("name")
    if not isinstance(name, str) or not name:
        reader.find("name: the name of the meter")
    function = reader.choice(table, "function", (3, 4))
    word_order = reader.choice(table, "word_order", ("big", "little"))
    reads = tuple(reader.read(entry) for entry in reader.list(table, "reads"))
    voltage, power, energy = (reader.quantity(table, key) for key in QUANTITIES)
    if not reader.findings:
        reader.check(reads, {"voltage": voltage, "power": power, "energy": energy})
    if reader.findings:
        raise SettingsError(tuple(reader.findings))
    return RegisterMap(
        str(name), int(str(function)), str(word_order), reads, voltage, power, energy
    )


def _refused(place: str, message: str) -> SettingsError:
    return SettingsError((Finding(place, 0, message),))


class _Reader:
    """Takes a table apart and keeps every mistake."""

    def __init__(self, place: str) -> None:
        self._place = place
        self.findings: list[Finding] = []

    def find(self, message: str) -> None:
        self.findings.append(Finding(self._place, 0, message))

    def know(self, table: Mapping[str, object], where: str, keys: tuple[str, ...]) -> None:
        for key in table.keys() - set(keys):
            self.find(f"{where}{key} is unknown: {', '.join(keys)}")

    def choice(self, table: Mapping[str, object], key: str, values: tuple[object, ...]) -> object:
        value = table.get(key)
        if value not in values:
            self.find(f"{key} = {value!r}: {' or '.join(map(repr, values))}")
        return value

    def list(self, table: Mapping[str, object], key: str) -> list[object]:
        value = table.get(key)
        if isinstance(value, list) and value:
            return value
        self.find(f"{key}: at least one, as {{ start = 0, counts = [80, 78] }}")
        return []

    def number(self, value: object, what: str, low: int, high: int) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        self.find(f"{what} = {value!r}: a whole number from {low} to {high}")
        return low

    def read(self, entry: object) -> Read:
        if not isinstance(entry, dict):
            self.find("reads: each is { start = 0, counts = [80, 78] }")
            return Read(0, (1,))
        self.know(entry, "reads: ", ("start", "counts"))
        start = self.number(entry.get("start"), "start", 0, _HIGHEST_ADDRESS)
        most = min(_MOST_REGISTERS, _HIGHEST_ADDRESS + 1 - start)
        counts = self.list(entry, "counts")
        return Read(start, tuple(self.number(count, "counts", 1, most) for count in counts))

    def quantity(self, table: Mapping[str, object], key: str) -> Quantity:
        part = table.get(key)
        if not isinstance(part, dict):
            self.find(f"[{key}] is missing")
            return Quantity(0, "int16", 1.0)
        self.know(part, f"[{key}] ", ("address", "type", "scale"))
        address = self.number(part.get("address"), f"[{key}] address", 0, _HIGHEST_ADDRESS)
        kind = self.choice(part, "type", tuple(WIDTHS))
        scale = part.get("scale", 1.0)
        if isinstance(scale, bool) or not isinstance(scale, int | float) or scale <= 0:
            self.find(f"[{key}] scale = {scale!r}: a number above 0")
            scale = 1.0
        return Quantity(address, str(kind), float(scale))

    def check(self, reads: tuple[Read, ...], quantities: Mapping[str, Quantity]) -> None:
        counts = [count for read in reads for count in read.counts]
        if len(counts) < 2 or len(set(counts)) < len(counts):
            self.find(
                "counts: at least two, and all of them different, over all reads: an answer that"
                " comes too late is known by its length"
            )
        for key, quantity in quantities.items():
            if not any(read.holds(quantity) for read in reads):
                self.find(f"[{key}] lies in no read: every count of its read has to reach it")
