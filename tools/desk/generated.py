"""What is generated from the charts for people and editors, and lies among them.

``REQUIREMENTS.md`` and the JSON Schemas of charts and routes; ``python -m tools.desk`` writes them.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from cp.vocabulary.errors import Finding
from tools.desk.evidence import Evidence
from tools.desk.requirements import Requirement
from tools.desk.requirements_page import PAGE, page
from tools.desk.schema import schemas


def generated(known: Mapping[str, Requirement], evidence: Evidence) -> dict[str, str]:
    """The texts by the names of their files."""
    return {PAGE: page(known, evidence), **schemas()}


def stale(texts: Mapping[str, str], folder: Path) -> Iterator[Finding]:
    """Each file of the folder that says something else."""
    for name, text in texts.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            yield Finding(f"charts/{name}", 0, "is stale; mend: python -m tools.desk")
