"""The command, and the runs that it consists of."""

import argparse
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from types import MappingProxyType
from typing import Final

from cp.house import House
from cp.vocabulary.errors import ChartError
from tools.explore.line import LineModel
from tools.explore.line_moves import LineMoves
from tools.explore.model import Model
from tools.explore.outlet import OutletModel
from tools.explore.outlet_moves import OutletMoves
from tools.explore.report import Report, report_of, unreached
from tools.explore.search import explore
from tools.scenario_house import house as shipped_house

_OFFLINE: Final = {"AllowOfflineTxForUnknownId": "true"}
_OPEN: Final = {"StopTransactionOnInvalidId": "false"}

KEY_SETS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "stop": {},
        "stop-offline": _OFFLINE,
        "deny": _OPEN,
        "deny-offline": _OPEN | _OFFLINE,
        "allowance": _OPEN | {"MaxEnergyOnInvalidId": "500"},
        "allowance-offline": _OPEN | _OFFLINE | {"MaxEnergyOnInvalidId": "500"},
        "remote": {"AuthorizeRemoteTxRequests": "false", "ClockAlignedDataInterval": "900"},
    }
)
"""What a refused id leads to, whether unknown ids may start offline, whether remote starts ask."""

Build = Callable[[House, tuple[str, ...]], Model]


def charging(house: House, names: tuple[str, ...] = tuple(KEY_SETS)) -> Model:
    """A: the outlet, with every set of keys."""
    model = OutletModel(house, "A charging", [KEY_SETS[name] for name in names])
    model.moves = OutletMoves(model).charging()
    return model


def service(house: House, names: tuple[str, ...] = tuple(KEY_SETS)) -> Model:
    """A: the outlet with availability, resets and a full storage."""
    sets = [KEY_SETS[name] for name in names if name == "deny-offline"] or [KEY_SETS[names[0]]]
    model = OutletModel(house, "A service", sets)
    model.moves = OutletMoves(model).service()
    return model


def station(house: House, names: tuple[str, ...] = tuple(KEY_SETS)) -> Model:
    """A: several errors at a time, at the outlet and at the station."""
    model = OutletModel(house, "A station", [KEY_SETS[names[0]]])
    model.moves = OutletMoves(model).station()
    return model


def traffic(house: House, _: tuple[str, ...] = ()) -> Model:
    """B: transaction messages, Authorize, heartbeats and resets."""
    model = LineModel(house, "B traffic", (1,), is_known=True)
    model.moves = LineMoves(model).traffic()
    return model


def statuses(house: House, _: tuple[str, ...] = ()) -> Model:
    """B: statuses and errors of both connectors, on a new device."""
    model = LineModel(house, "B status")
    model.moves = LineMoves(model).statuses()
    return model


RUNS: Final[Mapping[str, tuple[Build, ...]]] = MappingProxyType(
    {"A": (charging, service, station), "B": (traffic, statuses)}
)


def run_all(only: str, names: tuple[str, ...], limit: int | None) -> tuple[Report, ...]:
    """The runs of one composition, one after the other."""
    house = shipped_house()
    return tuple(report_of(explore(build(house, names), limit)) for build in RUNS[only])


def main(words: list[str]) -> int:
    """Explore and tell. 0: no violation; 1: violations; 2: wrong words, or charts with mistakes."""
    arguments = _parser().parse_args(words)
    names = tuple(arguments.keys.split(",")) if arguments.keys else tuple(KEY_SETS)
    wrong = [name for name in names if name not in KEY_SETS]
    if wrong:
        print(f"--keys {wrong[0]}: is none of {', '.join(KEY_SETS)}", file=sys.stderr)
        return 2
    try:
        house = shipped_house()
    except ChartError as error:
        print(error, file=sys.stderr)
        return 2
    parts = [arguments.only] if arguments.only else list(RUNS)
    reports: list[Report] = []
    if len(parts) == 1:
        reports += run_all(parts[0], names, arguments.limit)
    else:
        with ProcessPoolExecutor(max_workers=len(parts)) as pool:
            jobs = [pool.submit(run_all, part, names, arguments.limit) for part in parts]
            for job in jobs:
                reports += job.result()
    documents = [chart.document for chart in house.charts.values()]
    missing, unknown = unreached(documents, reports)
    for report in reports:
        print("\n".join(report.lines()))
    print(f"{len(missing)} elements never reached" + "".join(f"\n  {item}" for item in missing))
    if unknown:
        print(f"not explored: {', '.join(unknown)}")
    return _write(reports, Path(arguments.out))


def _write(reports: list[Report], folder: Path) -> int:
    """A scenario for each violation; the exit code."""
    violations = [(report, item) for report in reports for item in report.violations]
    for report, item in violations:
        name = f"explore_{report.title}_{item.invariant}.txt".replace(" ", "_").lower()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(item.scenario, encoding="utf-8")
        print(f"written: {folder / name}")
    return 1 if violations else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="statecharge charts explore")
    parser.add_argument("--only", choices=sorted(RUNS), help="A: the outlet; B: the line")
    parser.add_argument("--limit", type=int, help="at most so many states in each run")
    parser.add_argument("--keys", help=f"comma separated, of {', '.join(KEY_SETS)}")
    parser.add_argument("--out", default=".", help="folder for scenarios of violations")
    return parser
