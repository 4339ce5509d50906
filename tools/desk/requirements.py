"""The requirements that this project knows: rows of the certificate, and ``requirements.toml``.

Theory of operation: an id is known or it is a mistake; a chart that cites an unknown one is told
the nearest known one. Sections of the specification are places that may be cited. All others are
applicable: each of them must be met somewhere.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import tomli

from cp.profiles.certificate import Row, read_rows, text as certificate_text

FILE: Final = Path(__file__).parent.parent / "requirements.toml"

ID: Final = re.compile(
    r"(?<![\w.-])(?:(?:C|AQ|ORS|HFS|F|D)-\d+(?:\.\d+)?|T \d{3}(?:_\d)?|M [A-I][1-9]"
    r"|(?:S|E|J|JE) \d+(?:\.\d+)*)(?!\w)"
)
"""What an id looks like in running text."""


class Kind(StrEnum):
    """Where a requirement comes from; the value is its table in ``requirements.toml``."""

    ROW = "rows"
    CASE = "cases"
    CELL = "cells"
    DECISION = "decisions"
    SECTION = "sections"


@dataclass(frozen=True, slots=True)
class Requirement:
    """``id`` as charts and tests cite it; ``row`` of a row of the certificate, else None.

    ``planned``  why there is no evidence yet, empty if it must be there.
    """

    id: str
    kind: Kind
    says: str
    row: Row | None = None
    planned: str = ""


def read_requirements(
    content: str | None = None, rows: tuple[Row, ...] | None = None
) -> dict[str, Requirement]:
    """All requirements by id, those of the certificate first.

    ``content`` and ``rows`` default to those of this release. Raises ValueError for an id that is
    listed twice or has not the form of one, KeyError for an unknown table.
    """
    known_rows = read_rows(certificate_text()) if rows is None else rows
    tables = tomli.loads(FILE.read_text(encoding="utf-8") if content is None else content)
    found: dict[str, Requirement] = {}
    for item in (*_from_rows(known_rows), *_from_tables(tables, _planned_cases(known_rows))):
        if item.id in found:
            raise ValueError(f"requirement {item.id} is listed twice")
        found[item.id] = item
    return found


def _from_rows(rows: tuple[Row, ...]) -> Iterator[Requirement]:
    for row in rows:
        yield Requirement(row.cite, Kind.ROW, row.says, row, row.planned)


def _planned_cases(rows: tuple[Row, ...]) -> Mapping[str, str]:
    """Test cases that a planned row names, and why they wait."""
    return {f"T {case}": row.planned for row in rows if row.planned for case in row.cases}


def _from_tables(tables: Mapping[str, object], planned: Mapping[str, str]) -> Iterator[Requirement]:
    for name, table in tables.items():
        if name not in set(Kind) - {Kind.ROW} or not isinstance(table, Mapping):
            raise KeyError(f"requirements.toml: there is no table '{name}'")
        for key, words in table.items():
            if ID.fullmatch(str(key)) is None:
                raise ValueError(f"requirements.toml: '{key}' has not the form of an id")
            yield Requirement(str(key), Kind(name), str(words), None, planned.get(str(key), ""))
