"""``python -m tools.kernel_cuts [CUTS] [SEED]``: power cuts of a real kernel with ext4.

Exit code 0: no cut lost anything and every wrong station was caught; 1: not so; 2: it cannot be
told here.
"""

import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final

from tools.figures import write_figure
from tools.kernel.build import ready_kernel
from tools.kernel.recipe import KernelError
from tools.kernel_cuts.cuts import Outcome, Plan, age, missing
from tools.kernel_cuts.station import WRONG
from tools.kernel_cuts.witness import GuestError

CUTS: Final = 50
TRIES: Final = 30
"""Cuts within which a wrong station has to be caught. Of one whose records are late about every
third cut finds something; of the others most."""

_IMAGES: Final = 2
"""At a time: one for each of two cores."""

_SHOWN: Final = 3


def plans(kernel: Path, cuts: int, seed: int) -> list[Plan]:
    """The right station's cuts, shared by two images, and each wrong station's."""
    shares = [(cuts + number) // _IMAGES for number in range(_IMAGES)]
    right = [Plan(kernel, share, seed + number) for number, share in enumerate(shares)]
    return [*right, *(Plan(kernel, TRIES, seed, wrong, enough=1) for wrong in WRONG)]


def verdict(plan: Plan, outcome: Outcome) -> str:
    """Of a wrong station."""
    found = outcome.findings[0] if outcome.findings else f"NOT CAUGHT in {outcome.cuts} cuts"
    return f"wrong station, {plan.wrong}: {found}"


def show(outcomes: Mapping[Plan, Outcome], took_s: float) -> bool:
    """Print all; whether it is proven."""
    right = [outcome for plan, outcome in outcomes.items() if not plan.wrong]
    wrong = {plan: outcome for plan, outcome in outcomes.items() if plan.wrong}
    findings = [finding for outcome in right for finding in outcome.findings]
    print(
        f"power cut {sum(outcome.cuts for outcome in right)} times on {len(right)} images of ext4,"
        f" {sum(outcome.sent for outcome in right)} transaction messages,"
        f" {sum(outcome.cuts for outcome in wrong.values())} cuts of wrong stations"
        f" in {took_s:.0f} s: {len(findings)} findings"
    )
    for line in findings[:_SHOWN]:
        print(f"  {line}")
    for plan, outcome in wrong.items():
        print(verdict(plan, outcome))
    return not findings and all(outcome.findings for outcome in wrong.values())


def main(words: Sequence[str]) -> int:
    """See above."""
    cuts, seed = (*map(int, words), *(CUTS, 1)[len(words) :])
    try:
        kernel = ready_kernel()
    except KernelError as error:
        print(f"not proven: no test kernel: {error}", file=sys.stderr)
        return 2
    if reason := missing():
        print(f"not proven: {reason}", file=sys.stderr)
        return 2
    begun_s = time.perf_counter()
    todo = plans(kernel, cuts, seed)
    try:
        with ProcessPoolExecutor(_IMAGES) as pool:
            outcomes = dict(zip(todo, pool.map(age, todo), strict=True))
    except GuestError as error:
        print(error, file=sys.stderr)
        return 1
    is_proven = show(outcomes, time.perf_counter() - begun_s)
    if is_proven:
        write_figure("kernel_cuts", cuts, "cuts", " ".join(("python -m tools.kernel_cuts", *words)))
    return 0 if is_proven else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
