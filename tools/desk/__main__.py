"""``python -m tools.desk``: writes what is generated from the charts for people and editors.

``charts/REQUIREMENTS.md`` and the JSON Schemas of charts and routes. ``--check`` writes nothing and
ends with 1 when one of them says something else, when something cites a requirement that nobody
knows, or when an applicable one is nowhere.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from cp.vocabulary.errors import Finding
from tools.chart_files import CHARTS, read_files
from tools.desk.evidence import gather
from tools.desk.requirements import read_requirements
from tools.desk.requirements_page import PAGE, findings, page
from tools.desk.schema import schemas


def main(words: Sequence[str], folder: Path = CHARTS) -> int:
    """Exit code 0, 1 for findings, 2 for wrong words."""
    if list(words) not in ([], ["--check"]):
        print(f"unknown {' '.join(words)!r}; python -m tools.desk [--check]", file=sys.stderr)
        return 2
    known, evidence = read_requirements(), gather(read_files().documents)
    texts = {PAGE: page(known, evidence), **schemas()}
    found = [*findings(known, evidence)]
    for name, text in texts.items():
        path = folder / name
        if not words:
            path.write_text(text, encoding="utf-8", newline="\n")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            found.append(Finding(f"charts/{name}", 0, "is stale; mend: python -m tools.desk"))
    for item in found:
        print(item, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
