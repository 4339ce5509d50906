"""Figures of proofs, one file each, for the page that shows them all: ``build/figures``."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

FOLDER: Final = Path("build/figures")


def write_figure(name: str, value: float, unit: str, command: str, folder: Path = FOLDER) -> None:
    """Write ``folder/NAME.json``; the date is today's, UTC."""
    folder.mkdir(parents=True, exist_ok=True)
    figure = {
        "name": name,
        "value": value,
        "unit": unit,
        "command": command,
        "date": datetime.now(UTC).date().isoformat(),
    }
    (folder / f"{name}.json").write_text(json.dumps(figure) + "\n", encoding="utf-8")
