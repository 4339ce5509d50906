"""The charts of this installation as documents, with everything that is wrong with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cp.behavior import BEHAVIORS
from cp.chart import ChartDocument, Routes, check, read_chart, read_routes
from cp.vocabulary.errors import Finding
from cp.vocabulary.keys import GENERIC

CHARTS = Path(__file__).parent.parent / "charts"
"""Folder of charts, routes, pictures and layouts."""
_ROUTES = "routes"


@dataclass(frozen=True, slots=True)
class ChartFiles:
    """All that was read; nothing of it may be shown as behavior while there are ``findings``."""

    documents: tuple[ChartDocument, ...]
    routes: Routes | None
    routes_text: str
    findings: tuple[Finding, ...]

    def named(self, names: Sequence[str]) -> tuple[ChartDocument, ...]:
        """The documents of these charts, all without names. Raises KeyError for an unknown one."""
        by_name = {document.name: document for document in self.documents}
        return tuple(by_name[name] for name in names) if names else self.documents


def read_files(folder: Path = CHARTS) -> ChartFiles:
    """Every chart of a folder and its routes, checked."""
    documents: list[ChartDocument] = []
    findings: list[Finding] = []
    unread: list[str] = []
    for path in sorted(folder.glob("*.toml")):
        if path.stem == _ROUTES:
            continue
        document, found = read_chart(path.read_text(encoding="utf-8"), f"charts/{path.name}")
        findings += found
        if document is None:
            unread.append(path.stem)
        else:
            documents.append(document)
    routes_path = folder / f"{_ROUTES}.toml"
    routes_text = routes_path.read_text(encoding="utf-8") if routes_path.exists() else ""
    routes, found = read_routes(routes_text, f"charts/{_ROUTES}.toml")
    findings += found
    findings += check(documents, BEHAVIORS, routes, tuple(GENERIC), unread)
    return ChartFiles(tuple(documents), routes, routes_text, tuple(sorted(set(findings))))
