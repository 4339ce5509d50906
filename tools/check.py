"""``statecharge charts check``: every mistake in charts and routes, and every stale picture.

Charts, requirements, pictures and generated pages are looked at in one run. While charts or routes
have mistakes, nothing is drawn or written of them, and what is there is not looked at. Whether each
requirement is met is asked in the source tree alone: an installation has no tests.
"""

import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence

from cp.vocabulary.errors import Finding
from tools import keys_page
from tools.certificate_proofs import TESTS
from tools.chart_files import CHARTS, ChartFiles, read_files
from tools.desk.evidence import gather
from tools.desk.generated import generated, stale
from tools.desk.requirements import read_requirements
from tools.desk.requirements_page import findings, strangers
from tools.pictures import Folders, check_pictures


def main(words: Sequence[str]) -> int:
    """Exit code 0, or 1 with one line for each finding."""
    parser = ArgumentParser("statecharge charts check", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--no-pictures", action="store_true", help="leave out what may be stale")
    arguments = parser.parse_args(words)
    found = [*all_findings(read_files(), has_pictures=not arguments.no_pictures)]
    for finding in found:
        print(finding, file=sys.stderr)
    return 1 if found else 0


def all_findings(files: ChartFiles, *, has_pictures: bool) -> Iterator[Finding]:
    """Of charts and routes, of requirements, of pictures, of generated pages."""
    known, evidence = read_requirements(), gather(files.documents)
    yield from files.findings
    if files.findings or not TESTS.is_dir():
        yield from strangers(known, evidence)
    else:
        yield from findings(known, evidence)
    if files.findings or not has_pictures:
        return
    yield from check_pictures(files, Folders())
    yield from keys_page.stale()
    if TESTS.is_dir():
        yield from stale(generated(known, evidence), CHARTS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
