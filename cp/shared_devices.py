"""GPIO lines and devices that the station file gives to two uses at once.

Theory of operation: each line and each device has one use, whoever drives it: the kernel gives a
line to one who asks, and two who read one serial line take each other's bytes. The tables of all
real drivers are walked; what is the same by its chip and line, or by its path with links followed,
is found. Nothing is opened, so that a line named by its number and by its name counts as two.
"""

import os
from collections.abc import Iterator, Mapping
from typing import Final

from cp.driver_choice import BENCH, KINDS, OPENEVSE
from cp.profiles.tables import Table
from cp.settings import Settings
from cp.vocabulary.errors import Finding

_DEV: Final = "/dev/"

_Use = tuple[str, str, str]
"""Table, key, and what is used there."""


def shared_findings(settings: Settings) -> Iterator[Finding]:
    """One for each use but the first."""
    tables = settings.tables
    first: dict[str, str] = {}
    for table, key, what in _uses(settings):
        line = tables.line(table, key)
        if what in first:
            message = f"{key} of [{table}] is {what}, as {first[what]} is: each has one use"
            yield Finding(tables.file, line, message)
        else:
            first[what] = f"{key} of [{table}] in line {line}"


def _uses(settings: Settings) -> Iterator[_Use]:
    kinds = settings.drivers
    ports = [port for port in KINDS if kinds[port] not in (BENCH, OPENEVSE)]
    for name in (*ports, OPENEVSE) if OPENEVSE in kinds.values() else ports:
        yield from _uses_in(name, settings.tables.table(name))


def _uses_in(name: str, table: Table) -> Iterator[_Use]:
    device = table.get("device")
    if isinstance(device, str) and device.isprintable():
        yield name, "device", os.path.realpath(device)
    for key, value in table.items():
        for item in value if isinstance(value, list) else (value,):
            if not isinstance(item, Mapping):
                continue
            chip, line = item.get("chip"), item.get("line")
            if isinstance(chip, str) and isinstance(line, str | int):
                yield name, key, f"GPIO line {line} of chip {chip.removeprefix(_DEV)}"
            yield from _uses_in(f"{name}.{key}", item)
