"""``make simulate``: many seeds on some processes, with a progress bar on a terminal.

Theory of operation: the hours are cut into worlds of a day each, with rising seeds. Workers share
nothing; a world depends on its seed and its hours alone, so that one command plays any again.
"""

import argparse
import gc
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from tools.figures import write_figure
from tools.simulate.report import Total, command, folder_of, write
from tools.simulate.run import Outcome, simulate

WORLD_HOURS: Final = 24.0
_SHOWN: Final = 5
_KEPT_FROM_H: Final = 1000.0
_COLLECTED_AFTER: Final = 10_000
"""As ``cp.wiring`` has it: a turn makes many objects that die with it."""


def worlds(seed: int, hours: float) -> Iterator[tuple[int, float]]:
    """Seed and hours of each world."""
    while hours > 0:
        yield seed, min(hours, WORLD_HOURS)
        seed, hours = seed + 1, hours - WORLD_HOURS


def play(seed: int, hours: float, folder: Path) -> tuple[Outcome, float]:
    """One world and the processor time it took; a transcript is written of a failing one."""
    gc.set_threshold(_COLLECTED_AFTER)
    begun_s = time.process_time()
    outcome = simulate(seed, hours)
    if outcome.findings:
        write(folder, outcome)
    return replace(outcome, lines=(), world=()), time.process_time() - begun_s


def outcomes(seed: int, hours: float, jobs: int, folder: Path) -> Iterator[tuple[Outcome, float]]:
    """All worlds as they end."""
    if jobs == 1:
        for world in worlds(seed, hours):
            yield play(*world, folder)
        return
    with ProcessPoolExecutor(jobs) as pool:
        futures = [pool.submit(play, *world, folder) for world in worlds(seed, hours)]
        for future in as_completed(futures):
            yield future.result()


def main(words: list[str]) -> int:
    """0: no finding; 1: findings, each with the command that plays it again."""
    values = _parser().parse_args(words)
    folder = Path(values.out)
    folder.mkdir(parents=True, exist_ok=True)
    total, console = Total(), Console()
    with Progress(
        TextColumn("{task.completed:,.0f} of {task.total:,.0f} h"),
        BarColumn(),
        TextColumn("{task.fields[speed]:.1f} h/core-s, {task.fields[failed]} findings"),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
    ) as progress:
        bar = progress.add_task("", total=values.hours, speed=0.0, failed=0)
        for outcome, core_s in outcomes(values.seed, values.hours, values.jobs, folder):
            total.add(outcome, core_s)
            if outcome.findings:
                for line in _failure(outcome, folder):
                    progress.console.print(line, markup=False, highlight=False, soft_wrap=True)
            progress.update(bar, completed=total.hours, speed=total.speed, failed=len(total.failed))
    for line in total.lines():
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    if not total.failed and total.hours >= _KEPT_FROM_H:
        _keep_figures(total, f"make simulate HOURS={values.hours:.0f} SEED={values.seed}")
    return 1 if total.failed else 0


def _keep_figures(total: Total, command: str) -> None:
    write_figure("simulated_hours", round(total.hours), "hours", command)
    write_figure("simulation_speed", total.speed, "hours", command)
    cuts = {name: total.counts[name] for name in ("power cuts", "kills")}
    for name, unit, kinds in (
        ("simulated_trouble", "troubles", total.kinds("trouble")),
        ("simulated_manners", "answers", total.kinds("manner")),
        ("simulated_cuts", "cuts", cuts),
    ):
        write_figure(name, sum(kinds.values()), unit, command, kinds=kinds)


def _failure(outcome: Outcome, folder: Path) -> Iterator[str]:
    yield f"seed {outcome.seed}: {len(outcome.findings)} findings, digest {outcome.digest}"
    for finding in outcome.findings[:_SHOWN]:
        yield f"  {finding}"
    yield f"  again: {command(outcome)}"
    yield f"  transcript: statecharge replay {folder_of(folder, outcome)}/station.toml"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.simulate")
    parser.add_argument("--hours", type=float, default=1000.0, help="simulated hours in all")
    parser.add_argument("--seed", type=int, default=1, help="of the first world of a day")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--out", default="build/simulate", help="folder for transcripts")
    return parser
