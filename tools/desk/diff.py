"""``statecharge charts diff``: what two versions of the charts do differently.

OLD and NEW are two chart files, two folders, or git revisions; without NEW the working tree. The
exit code is 1 when behavior is different, 0 when it is not, 2 when a version cannot be read.
"""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tools.desk.pairing import ChartPair, pair_charts
from tools.desk.telling import Told, changes_behavior, tell
from tools.desk.telling_routes import tell_routes
from tools.desk.terminal import show
from tools.desk.versions import Version, VersionError, read_pair
from tools.svg.style import Theme
from tools.writing import write_text

_COLORS: Final = {"+": "green", "\u2212": "red", "~": "yellow", "=": "dim"}


def main(words: Sequence[str]) -> int:
    """Exit code 0 for the same behavior, 1 for another one, 2 for a mistake.

    Raises SettingsError when a picture cannot be written.
    """
    arguments = _parser().parse_args(words)
    try:
        old, new = read_pair(arguments.old, arguments.new)
        pairs = _pairs(old, new, arguments.chart)
    except VersionError as error:
        print(error, file=sys.stderr)
        return 2
    told = {pair.name: tell(pair) for pair in pairs}
    found = [item for items in told.values() for item in items]
    if not arguments.chart and old.routes and new.routes:
        found += tell_routes(old.routes, new.routes)
    show([str(item) for item in found], _COLORS)
    if not found:
        print(f"{old.label} and {new.label} are the same")
    elif not changes_behavior(found):
        print("no change of behavior")
    if arguments.out and not _draw_all(arguments, [p for p in pairs if told[p.name]], old, new):
        return 2
    return 1 if changes_behavior(found) else 0


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        "statecharge charts diff",
        description=(__doc__ or "").partition("\n")[0],
        epilog="Exit code: 0 the same behavior, 1 another one, 2 a version cannot be read.",
    )
    parser.add_argument("old", metavar="OLD", help="chart file, folder of charts or git revision")
    parser.add_argument("new", metavar="NEW", nargs="?", help="the same; default: working tree")
    parser.add_argument("--chart", metavar="NAME", help="this chart alone")
    parser.add_argument(
        "-o", "--out", type=Path, help="FILE.svg for one chart, or a folder: both in one picture"
    )
    parser.add_argument("--theme", type=Theme, choices=list(Theme), default=Theme.AUTO)
    return parser


def _pairs(old: Version, new: Version, chart: str | None) -> list[ChartPair]:
    names = dict.fromkeys([*new.charts, *old.charts])
    if chart is not None:
        if chart not in names:
            raise VersionError(f"neither {old.label} nor {new.label} has a chart '{chart}'")
        names = {chart: None}
    elif old.is_file or new.is_file:
        names = dict.fromkeys((old if old.is_file else new).charts)
    return [pair_charts(old.charts.get(name), new.charts.get(name)) for name in names]


# ---- pictures ------------------------------------------------------------------------------------


def _draw_all(arguments: Namespace, pairs: Sequence[ChartPair], old: Version, new: Version) -> bool:
    """Draw each chart that differs; whether all of them could be drawn."""
    from tools.chart_files import CHARTS
    from tools.desk.drawing import draw_difference
    from tools.svg.export import ExportError, load_lock

    if arguments.out.suffix == ".svg" and len(pairs) > 1:
        names = ", ".join(pair.name for pair in pairs)
        print(f"{arguments.out} is one file; name a folder for {names}", file=sys.stderr)
        return False
    is_well = True
    for pair in pairs:
        told: Sequence[Told] = tell(pair)
        shipped = load_lock(CHARTS / "layout", pair.name)
        locks = [new.lock(pair.name), old.lock(pair.name), shipped]
        try:
            labels = (old.label, new.label)
            text = draw_difference(pair, told, labels, locks, arguments.theme)
        except ExportError as error:
            print(error, file=sys.stderr)
            is_well = False
            continue
        path = arguments.out
        if path.suffix != ".svg":
            path = path / f"{pair.name}.diff.svg"
        write_text(path, text)
        print(f"drawn: {path}")
    return is_well


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
