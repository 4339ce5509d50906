"""Figures of proofs, one file each, for the page that shows them all: ``build/figures``."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

FOLDER: Final = Path("build/figures")


@dataclass(frozen=True, slots=True)
class Figure:
    """``command`` repeats it; ``date`` is that of the run, UTC; ``kinds``: of what it is the
    sum."""

    name: str
    value: float
    unit: str
    command: str
    date: str
    kinds: Mapping[str, int] = field(default_factory=dict)


def write_figure(
    name: str,
    value: float,
    unit: str,
    command: str,
    folder: Path = FOLDER,
    *,
    kinds: Mapping[str, int] | None = None,
) -> None:
    """Write ``folder/NAME.json``, with today's date."""
    folder.mkdir(parents=True, exist_ok=True)
    today = datetime.now(UTC).date().isoformat()
    figure = Figure(name, value, unit, command, today, dict(kinds or {}))
    (folder / f"{name}.json").write_text(json.dumps(asdict(figure)) + "\n", encoding="utf-8")


def read_figure(name: str, folder: Path = FOLDER) -> Figure | None:
    """What was written last; None: nothing was."""
    try:
        return Figure(**json.loads((folder / f"{name}.json").read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
