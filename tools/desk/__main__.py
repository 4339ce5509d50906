"""``python -m tools.desk``: writes what is generated from the charts for people and editors.

See ``generated``. ``--check`` writes nothing and ends with 1 when one of them says something else,
when something cites a requirement that nobody knows, or when an applicable one is nowhere.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from tools.chart_files import CHARTS, read_files
from tools.desk.evidence import gather
from tools.desk.generated import generated, stale
from tools.desk.requirements import read_requirements
from tools.desk.requirements_page import findings
from tools.writing import write_text


def main(words: Sequence[str], folder: Path = CHARTS) -> int:
    """Exit code 0, 1 for findings, 2 for wrong words."""
    if list(words) not in ([], ["--check"]):
        print(f"unknown {' '.join(words)!r}; python -m tools.desk [--check]", file=sys.stderr)
        return 2
    known, evidence = read_requirements(), gather(read_files().documents)
    texts = generated(known, evidence)
    for name, text in () if words else texts.items():
        write_text(folder / name, text)
    found = [*findings(known, evidence), *stale(texts, folder)]
    for item in found:
        print(item, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
