"""The command, and the runs that it consists of."""

import argparse
import re
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from types import MappingProxyType
from typing import Final

from cp.house import House
from cp.vocabulary.errors import ChartError
from tools.explore.catalogue import PARTS, listing, verdicts
from tools.explore.left_out import LEFT_OUT
from tools.explore.line import LineModel
from tools.explore.line_moves import LineMoves
from tools.explore.model import Model
from tools.explore.outlet import OutletModel
from tools.explore.outlet_moves import OutletMoves
from tools.explore.report import Report, report_of, unreached
from tools.explore.search import explore
from tools.explore.update import UpdateModel
from tools.explore.update_moves import UpdateMoves
from tools.explore.upload import UploadModel, UploadMoves
from tools.figures import write_figure
from tools.scenario_house import house as shipped_house
from tools.writing import write_text

_OFFLINE: Final = {"AllowOfflineTxForUnknownId": "true"}
_ENERGY: Final = "Energy.Active.Import.Register"
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
        "data": {
            "ClockAlignedDataInterval": "900",
            "StopTxnSampledData": _ENERGY,
            "StopTxnAlignedData": _ENERGY,
        },
    }
)
"""What a refused id leads to, whether unknown ids may start offline, whether remote starts ask,
whether StopTransaction carries samples."""

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


def restarts(house: House, _: tuple[str, ...] = ()) -> Model:
    """B: resets, and restarts that firmware orders."""
    model = LineModel(house, "B restart", (1,), is_known=True)
    model.moves = LineMoves(model).restarts()
    return model


def update(house: House, _: tuple[str, ...] = ()) -> Model:
    """C: a firmware update, and all that the central system and the slots may do."""
    model = UpdateModel(house, "C update")
    model.moves = UpdateMoves(model).registration()
    return model


def update_beside_charging(house: House, _: tuple[str, ...] = ()) -> Model:
    """C: a firmware update, and all that happens at the outlet."""
    model = UpdateModel(house, "C charging")
    model.moves = UpdateMoves(model).charging()
    return model


def diagnostics(house: House, _: tuple[str, ...] = ()) -> Model:
    """D: an upload of diagnostics."""
    model = UploadModel(house, "D diagnostics")
    model.moves = UploadMoves(model).everything()
    return model


RUNS: Final[Mapping[str, tuple[Build, ...]]] = MappingProxyType(
    {
        "A": (charging, service, station),
        "B": (traffic, statuses, restarts),
        "C": (update, update_beside_charging),
        "D": (diagnostics,),
    }
)


WORKERS: Final = 2
_PARTS: Final = "; ".join(f"{part}: {words}" for part, words in PARTS.items())


def run_one(part: str, place: int, names: tuple[str, ...], limit: int | None) -> Report:
    """One run of a composition."""
    return report_of(explore(RUNS[part][place](shipped_house(), names), limit))


def run_all(only: str | None, names: tuple[str, ...], limit: int | None) -> list[Report]:
    """The runs of one composition one after the other, or those of all of them in two processes."""
    runs = [(part, place) for part in only or RUNS for place in range(len(RUNS[part]))]
    if only:
        return [run_one(part, place, names, limit) for part, place in runs]
    with ProcessPoolExecutor(max_workers=WORKERS) as pool:
        jobs = [pool.submit(run_one, part, place, names, limit) for part, place in runs]
        return [job.result() for job in jobs]


def main(words: list[str]) -> int:
    """Explore and tell. 0: no violation; 1: violations, or in a run of everything an element that
    was not reached without a reason; 2: wrong words, or charts with mistakes."""
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
    reports = run_all(arguments.only, names, arguments.limit)
    for report in reports:
        print("\n".join(report.lines()))
    print("\n".join(verdicts(reports)))
    is_everything = not (arguments.only or arguments.limit or arguments.keys)
    is_all_reached = _tell_unreached(house, reports)
    has_violations = _write(reports, Path(arguments.out))
    if is_everything and is_all_reached and not has_violations:
        command = "statecharge charts explore"
        write_figure("states_explored", sum(report.states for report in reports), "states", command)
    return 1 if has_violations or (is_everything and not is_all_reached) else 0


def _tell_unreached(house: House, reports: list[Report]) -> bool:
    """Elements that no run has reached, each with its reason; whether all have one."""
    documents = [chart.document for chart in house.charts.values()]
    missing, unknown = unreached(documents, reports)
    unexplained = [item for item in missing if item not in LEFT_OUT]
    print(f"{len(unexplained)} elements never reached" + "".join(f"\n  {i}" for i in unexplained))
    for item in missing:
        if item in LEFT_OUT:
            print(f"  not explored: {item}: {LEFT_OUT[item]}")
    if unknown:
        print(f"not explored: {', '.join(unknown)}")
    return not (unexplained or unknown)


def _write(reports: list[Report], folder: Path) -> bool:
    """A scenario for each violation; whether there was one."""
    violations = [(report, item) for report in reports for item in report.violations]
    for report, item in violations:
        words = re.sub("[^a-z]+", "_", f"{report.title} {item.invariant}".lower())
        name = f"explore_{words}.txt"
        write_text(folder / name, item.scenario)
        print(f"written: {folder / name}")
    return bool(violations)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="statecharge charts explore",
        epilog=listing(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", choices=sorted(RUNS), help=_PARTS)
    parser.add_argument("--limit", type=int, help="at most so many states in each run")
    parser.add_argument("--keys", help=f"comma separated, of {', '.join(KEY_SETS)}")
    parser.add_argument("--out", default=".", help="folder for scenarios of violations")
    return parser
