"""``python -m tools.fuzz [INPUTS] [TARGET...]``: so many inputs, 10 million unless said otherwise.

Exit code 0: no reader did what it must not; 1: one did, and its input lies in ``build/fuzz``; 2:
atheris is not there (extra ``fuzz``).
"""

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from tools.figures import write_figure
from tools.fuzz.target import CORPUS, TARGETS, Target

INPUTS: Final = 10_000_000
WORKERS: Final = 2
FOUND: Final = Path("build/fuzz")
_EXECUTED: Final = re.compile(r"stat::number_of_executed_units: +(\d+)")
_COVERED: Final = re.compile(r" cov: (\d+) ft: (\d+) corp: (\d+)")


@dataclass(frozen=True, slots=True)
class Outcome:
    """``covered`` edges of the code; ``problem`` empty: there is none."""

    name: str
    inputs: int
    seconds: float
    covered: int
    problem: str


def fuzz(name: str, target: Target, count: int, found: Path = FOUND) -> Outcome:
    """So many inputs at one target, guided; what is new to the corpus is not kept, but the input
    of what is wrong, in ``found``."""
    found.mkdir(parents=True, exist_ok=True)
    begun_s = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="statecharge-fuzz-") as fresh:
        words = [
            *(sys.executable, "-m", "tools.fuzz.engine", target.place, fresh),
            *([str(CORPUS / name)] if (CORPUS / name).exists() else []),
            *(f"-runs={count}", f"-max_len={target.longest}", "-seed=1", "-timeout=20"),
            *("-print_final_stats=1", "-verbosity=1", f"-artifact_prefix={found / name}-"),
        ]
        done = subprocess.run(words, capture_output=True, check=False)
    said = done.stderr.decode(errors="replace")
    executed, covered = _EXECUTED.search(said), _COVERED.findall(said)
    return Outcome(
        name,
        int(executed[1]) if executed else 0,
        time.perf_counter() - begun_s,
        int(covered[-1][0]) if covered else 0,
        (done.stdout.decode(errors="replace") + said)[-3000:] if done.returncode else "",
    )


def main(words: Sequence[str]) -> int:
    """See above."""
    if find_spec("atheris") is None:
        print("atheris is not installed: pip install 'statecharge[fuzz]'", file=sys.stderr)
        return 2
    numbers = [word for word in words if word.isdigit()]
    names = [word for word in words if not word.isdigit()] or list(TARGETS)
    total = int(numbers[0]) if numbers else INPUTS
    shares = sum(TARGETS[name].share for name in names)
    counts = {name: -(-total * TARGETS[name].share // shares) for name in names}
    with ThreadPoolExecutor(WORKERS) as pool:
        outcomes = list(pool.map(fuzz, names, [TARGETS[name] for name in names], counts.values()))
    for item in outcomes:
        rate = item.inputs / item.seconds
        print(
            f"{item.name:<10}{item.inputs:>10} inputs {rate:>8.0f} a second"
            f" {item.covered:>6} edges {'  WRONG' if item.problem else ''}"
        )
    for item in outcomes:
        if item.problem:
            print(item.problem, file=sys.stderr)
    inputs = sum(item.inputs for item in outcomes)
    is_right = not any(item.problem for item in outcomes)
    print(f"{inputs} inputs, {'no' if is_right else 'something is'} wrong")
    if is_right and not words:
        write_figure("fuzz_inputs", inputs, "inputs", "python -m tools.fuzz")
    return 0 if is_right else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
