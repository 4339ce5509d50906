"""``statecharge charts check``: every mistake in charts and routes, and every stale picture."""

import sys
from argparse import ArgumentParser
from collections.abc import Sequence

from tools.chart_files import read_files
from tools.pictures import Folders, check_pictures


def main(words: Sequence[str]) -> int:
    """Exit code 0, or 1 with one line for each finding."""
    parser = ArgumentParser("statecharge charts check", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--no-pictures", action="store_true", help="only charts and routes")
    arguments = parser.parse_args(words)
    files = read_files()
    findings = files.findings
    if not findings and not arguments.no_pictures:
        findings = check_pictures(files, Folders())
    for finding in findings:
        print(finding, file=sys.stderr)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
