"""What the certificate says: its rows as data, read from ``certificate.toml``.

Theory of operation: the file belongs to the release, so that a mistake in it is a fault of our own
and raises; a test reads it. What the product is, and what proves it, is ``tools.certificate``.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import tomli

from cp.vocabulary.lean import dataclass

_FIELDS: Final = frozenset({"section", "says", "has", "cases", "cite", "planned"})


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the certificate.

    ``has``      what the product must answer, by path.
    ``cases``    test cases that show it, each on its own ("037_1").
    ``cite``     how charts, scenarios and tests name the row.
    ``planned``  why the evidence is still missing, empty if it must be there.
    """

    id: str
    section: str
    says: str
    has: Mapping[str, str]
    cases: tuple[str, ...]
    cite: str
    planned: str


def text() -> str:
    """The rows of this release."""
    return Path(__file__).with_name("certificate.toml").read_text(encoding="utf-8")


def read_rows(content: str) -> tuple[Row, ...]:
    """The rows of a text, in its order. Raises ValueError, KeyError, TypeError for a mistake."""
    return tuple(_row(name, body) for name, body in tomli.loads(content).items())


def _row(name: str, body: Mapping[str, object]) -> Row:
    if unknown := set(body) - _FIELDS:
        raise KeyError(f"{name}: {', '.join(sorted(unknown))}")
    has, cases = body.get("has", {}), body.get("cases", [])
    if not isinstance(has, dict) or not isinstance(cases, list):
        raise TypeError(f"{name}: has is a table, cases is a list")
    return Row(
        name,
        str(body["section"]),
        str(body["says"]),
        {str(path): str(value) for path, value in has.items()},
        tuple(str(case) for case in cases),
        str(body.get("cite", name)),
        str(body.get("planned", "")),
    )
