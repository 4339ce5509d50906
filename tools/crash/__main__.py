"""``python -m tools.crash [STATES]``: a day of the station, cut at every system call.

Exit code 0: no state lost anything and every wrong station was caught; 1: not so; 2: it cannot be
told here.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from tools.crash.day import live
from tools.crash.replay import Outcome, Plan, replay, replay_all
from tools.crash.station import NO_SYNC, WRONG
from tools.crash.strace import missing
from tools.figures import write_figure

STATES: Final = 20_000
ROUNDS: Final = 8
_SAMPLES: Final = 6
_ENOUGH: Final = 5
_LIVED_WITHIN_S: Final = 300.0


async def live_all(folder: Path, rounds: int) -> Mapping[str, Path]:
    """The right station's day of so many rounds, and one round of each wrong one, at a time."""
    folders = {name: folder / f"{number}" for number, name in enumerate(("", *WRONG))}
    for path in folders.values():
        path.mkdir(parents=True)
    async with asyncio.timeout(_LIVED_WITHIN_S), asyncio.TaskGroup() as group:
        for name, path in folders.items():
            group.create_task(live(path, 1 if name else rounds, name))
    return folders


def caught(folders: Mapping[str, Path]) -> Mapping[str, Outcome]:
    """What each wrong station is caught at: the first findings."""
    plans = {name: Plan(path, _SAMPLES, enough=_ENOUGH) for name, path in folders.items() if name}
    plans[NO_SYNC] = Plan(folders[""], _SAMPLES, has_sync=False, enough=_ENOUGH)
    return {name: replay(plan) for name, plan in plans.items()}


def main(words: Sequence[str]) -> int:
    """See above."""
    states = int(words[0]) if words else STATES
    reason = missing()
    if reason:
        print(f"not proven: {reason}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="statecharge-day-") as name:
        folders = asyncio.run(live_all(Path(name), ROUNDS))
        begun_s = time.perf_counter()
        outcome = replay_all(folders[""], states)
        took_s = time.perf_counter() - begun_s
        wrong = caught(folders)
    rate = outcome.states / took_s
    print(
        f"power cut at {outcome.points} system calls, {outcome.states} states of the disk"
        f" started from ({rate:.0f} a second): {outcome.findings.total()} findings"
    )
    for line in outcome.shown:
        print(f"  {line}")
    for control, found in wrong.items():
        verdict = found.shown[0] if found.shown else "NOT CAUGHT"
        print(f"wrong station, {control}: {verdict}")
    is_proven = not outcome.findings and all(found.findings for found in wrong.values())
    if is_proven:
        write_figure("crash_states", outcome.states, "states", "python -m tools.crash")
    return 0 if is_proven else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
