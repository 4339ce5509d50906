"""Which driver stands behind each port: the table ``[drivers]`` of the station file.

Theory of operation: ``set = "bench"``, or no table at all, gives every port that is not named to
the bench. Otherwise each port names its driver; one that is missing is a finding, never a guess.
A table that no driver reads is a finding too: somebody took it for real.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from cp.profiles.tables import Document, nearest

BENCH: Final = "bench"
OPENEVSE: Final = "openevse"
PROCESS: Final = "process"

KINDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "contactor": ("gpio", OPENEVSE),
        "pilot": ("pilot", OPENEVSE),
        "meter": ("modbus", "pulses", OPENEVSE),
        "card_reader": ("serial", "keyboard"),
        "lamp": ("gpio", "none"),
        "restarter": (PROCESS, "board"),
    }
)
"""Port to the drivers that may stand behind it; the bench stands behind all but the last."""

_WITHOUT_TABLE: Final = (BENCH, OPENEVSE, PROCESS, "board", "none")
_SHARED: Final = (BENCH, OPENEVSE)
"""Drivers of several ports, with one table of their own name."""


def read_choice(document: Document) -> Mapping[str, str]:
    """Port to its driver; mistakes become findings of the document."""
    table = document.table("drivers")
    has_bench = "set" in table or "drivers" not in document.tables
    if table.get("set", BENCH) != BENCH:
        message = f"unknown driver set {table['set']!r}; {nearest(str(table['set']), [BENCH])}"
        document.find("drivers", "set", message)
    choice = {}
    for port, kinds in KINDS.items():
        if port in table:
            choice[port] = _named(document, port, kinds)
        elif has_bench:
            choice[port] = PROCESS if port == "restarter" else BENCH
        else:
            choice[port] = kinds[0]
            message = f"{port} of [drivers] is missing: {_listed(kinds)}, or write set = {BENCH!r}"
            document.find("drivers", port, message)
    _check_use(document, choice)
    return MappingProxyType(choice)


def _named(document: Document, port: str, kinds: tuple[str, ...]) -> str:
    kind = document.text("drivers", port, kinds[0])
    if kind not in kinds:
        document.find("drivers", port, f"unknown {port} {kind!r}; {nearest(kind, kinds)}")
        return kinds[0]
    return kind


def _check_use(document: Document, choice: Mapping[str, str]) -> None:
    """Finds tables that no driver reads."""
    for port, kind in choice.items():
        if port in document.tables and kind in _WITHOUT_TABLE:
            message = f"[{port}] is read by nobody: [drivers] gives {port} to {kind!r}"
            document.find(port, "", message)
    if any(table == "drivers" for table, _ in document.wrong):
        return  # who is meant is not known
    for name in _SHARED:
        if name in document.tables and name not in choice.values():
            document.find(name, "", f"[{name}] is read by nobody: [drivers] gives no port to it")
    if (choice["contactor"] == OPENEVSE) != (choice["pilot"] == OPENEVSE):
        message = f"contactor and pilot are one on this board: both {OPENEVSE!r}, or neither"
        document.find("drivers", "contactor", message)
    elif choice["meter"] == OPENEVSE != choice["contactor"]:
        document.find("drivers", "meter", f"contactor and pilot are not {OPENEVSE!r} as the meter")


def _listed(kinds: tuple[str, ...]) -> str:
    return " or ".join(repr(kind) for kind in kinds)
