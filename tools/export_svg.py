"""``statecharge charts export``: every chart and the routes as SVG, or each chart as SCXML.

Without ``--view`` the committed set is written: ``charts/svg`` and ``charts/layout``. A chart that
does not load gets the checker's findings, never half a picture. ``--scxml`` is for other tools.
"""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path

from tools.chart_files import CHARTS, ChartFiles, read_files
from tools.pictures import Folders, check_pictures, draw_chart, draw_routes_file, remove_strangers
from tools.svg.export import ExportError, Progress, Studio, file_name, load_lock
from tools.svg.style import Theme
from tools.svg.views import FOCUS, FULL, OVERVIEW
from tools.svg.writer import Sheet
from tools.writing import write_text

_BAR = 24
"""Letters of the progress bar."""


def main(words: Sequence[str]) -> int:
    """Exit code 0, 1 for findings, 2 for wrong words. Raises SettingsError: not writable."""
    parser = _parser()
    arguments = parser.parse_args(words)
    if refusal := _refusal(arguments):
        parser.error(refusal)
    files = read_files()
    unknown = set(arguments.charts) - {document.name for document in files.documents}
    if files.findings or unknown:
        for finding in files.findings:
            print(finding, file=sys.stderr)
        for name in sorted(unknown):
            print(f"there is no chart '{name}'", file=sys.stderr)
        return 1
    if arguments.scxml:
        return _export_scxml(arguments, files)
    try:
        if arguments.check:
            return _check(files)
        return _export_view(arguments, files) if arguments.view else _export_all(arguments, files)
    except ExportError as error:
        print(error, file=sys.stderr)
        return 1


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        "statecharge charts export", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("charts", nargs="*", metavar="CHART", help="charts to draw; all by default")
    modes = parser.add_mutually_exclusive_group()
    modes.add_argument("--view", help=f"{FULL}, {OVERVIEW} or {FOCUS}STATE: one view to --out")
    modes.add_argument("--scxml", action="store_true", help="each chart as SCXML to --out")
    modes.add_argument("--check", action="store_true", help="write nothing; tell what is stale")
    parser.add_argument("-o", "--out", type=Path, help="folder for --view, --scxml")
    parser.add_argument("--theme", type=Theme, choices=list(Theme), help="of --view")
    parser.add_argument("--no-table", action="store_true", help="of --view: the drawing alone")
    parser.add_argument("--new-layout", action="store_true", help="search for layouts again")
    return parser


def _refusal(arguments: Namespace) -> str:
    """Which option means nothing here; empty: each has a meaning."""
    is_one = bool(arguments.view or arguments.scxml)
    if arguments.out and not is_one:
        return "-o is for --view and --scxml: the committed set has its own place"
    if (arguments.theme or arguments.no_table) and not arguments.view:
        return "--theme and --no-table are for --view"
    if arguments.new_layout and (is_one or arguments.check):
        return "--new-layout is for the committed set"
    return "--check looks at all charts" if arguments.check and arguments.charts else ""


def _check(files: ChartFiles) -> int:
    findings = check_pictures(files, Folders())
    for finding in findings:
        print(finding, file=sys.stderr)
    return 1 if findings else 0


def _export_all(arguments: Namespace, files: ChartFiles) -> int:
    folders = Folders()
    failures = 0
    for document in files.named(arguments.charts):
        try:
            studio = draw_chart(document, folders, _bar_of(document.name), arguments.new_layout)
        except ExportError as error:
            failures += 1
            print(error, file=sys.stderr)
        else:
            for line in studio.report():
                print(line)
    print(draw_routes_file(files, folders))
    for name in remove_strangers(files, folders) if not failures else ():
        print(f"removed {name}")
    return 1 if failures else 0


def _export_view(arguments: Namespace, files: ChartFiles) -> int:
    view = arguments.view
    if view not in (FULL, OVERVIEW) and not view.startswith(FOCUS):
        print(f"no view '{view}': {FULL}, {OVERVIEW} or {FOCUS}STATE", file=sys.stderr)
        return 2
    sheet = Sheet(arguments.theme or Theme.AUTO, has_table=view == FULL and not arguments.no_table)
    for document in files.named(arguments.charts):
        studio = Studio(document, load_lock(CHARTS / "layout", document.name))
        studio.progress = _bar_of(document.name)
        path = (arguments.out or Path()) / file_name(document.name, view)
        write_text(path, studio.draw(view, sheet))
        print(f"{path}: {studio.paper(view) or 'larger than A3'}")
    return 0


def _export_scxml(arguments: Namespace, files: ChartFiles) -> int:
    from tools.desk.scxml import to_scxml

    for document in files.named(arguments.charts):
        path = (arguments.out or Path()) / f"{document.name}.scxml"
        write_text(path, to_scxml(document))
        print(path)
    return 0


def _bar_of(name: str) -> Progress:
    """A progress bar for one chart, on a terminal only."""

    def show(view: str, done: int, total: int) -> None:
        if sys.stderr.isatty():
            bar = "#" * (_BAR * done // total)
            text = f"\r{name} {view} [{bar:<{_BAR}}]"
            end = f"\r{' ' * len(text)}\r"
            print(text if done < total else end, end="", file=sys.stderr, flush=True)

    return show


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
