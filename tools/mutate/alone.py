"""``python -m tools.mutate --simulation N [SEED]``: how strong the simulation is by itself.

Theory of operation: of the mutants of the charts that the checker lets pass and that are not listed
as equivalent, a seeded sample of ``N`` is tried by simulated worlds alone. What they do not find
says where their checks are blind, or which places no world reaches.
"""

from collections.abc import Collection, Sequence
from concurrent.futures import ProcessPoolExecutor
from random import Random
from typing import Final

from tools.figures import write_figure
from tools.mutate.mutant import Mutant
from tools.mutate.trial import seeded_house
from tools.mutate.worlds import Reached, found_alone, reached
from tools.scenario_house import instead

WORKERS: Final = 2
_SEEDS: Final = range(1, 61)

_mutants: dict[str, Mutant] = {}
_worlds: list[Reached] = []


def try_alone(
    mutants: Sequence[Mutant], listed: Collection[str], number: int = 100, seed: int = 1
) -> int:
    """Print who is not found, and how many are. Always 0: this is a measure, and no proof."""
    with ProcessPoolExecutor(WORKERS) as pool:
        _worlds[:] = pool.map(reached, _SEEDS)
    of_charts = [item for item in mutants if item.patch is None and item.chart != "routes"]
    candidates = [item for item in of_charts if item.name not in listed]
    chosen = _sample(candidates, number, seed)
    _mutants.update((item.name, item) for item in chosen)
    with ProcessPoolExecutor(WORKERS) as pool:  # children know the two by being forked
        tried = list(pool.map(_try, [item.name for item in chosen]))
    missed = [name for name, found, worlds in tried if worlds and not found]
    unreached = [name for name, _, worlds in tried if not worlds]
    for title, names in (("not found", missed), ("not reached", unreached)):
        for name in names:
            print(f"{title}: {name}")
    found = len(tried) - len(missed) - len(unreached)
    print(f"{found} of {len(tried)} found by simulation alone, {len(unreached)} not reached")
    command = f"python -m tools.mutate --simulation {number} {seed}"
    write_figure("mutants_simulated", found, f"of {len(tried)} mutants", command)
    return 0


def _sample(candidates: Sequence[Mutant], number: int, seed: int) -> list[Mutant]:
    """The first ones of a shuffle that the checker lets pass."""
    shuffled = Random(seed).sample(candidates, len(candidates))
    passing = (item for item in shuffled if not isinstance(seeded_house(item), str))
    return [item for item, _ in zip(passing, range(number), strict=False)]


def _try(name: str) -> tuple[str, str, int]:
    """Its name, what was found, and how many worlds were played."""
    changed = seeded_house(_mutants[name])
    assert not isinstance(changed, str), "the checker let it pass"
    with instead(changed):
        return name, *found_alone(_mutants[name], _worlds)
