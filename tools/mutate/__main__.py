"""``python -m tools.mutate [WORD...]``: every mutant, or those whose names hold one of the words.

Exit code 0: each mutant was found, or is listed and was not; 1: not so.
``python -m tools.mutate --simulation N [SEED]``: see ``alone``.
"""

import sys
import time
import tomllib
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import chain
from pathlib import Path
from typing import Final

from cp.behavior import BEHAVIORS
from tools.coverage import shipped as shipped_scenarios
from tools.figures import write_figure
from tools.mutate.alone import try_alone
from tools.mutate.behaviors import behavior_mutants
from tools.mutate.charts import chart_mutants
from tools.mutate.mutant import Mutant
from tools.mutate.routes import route_mutants
from tools.mutate.touched import Touched, touched
from tools.mutate.trial import NOBODY, Verdict, shipped, try_mutant
from tools.mutate.worlds import FINDERS, digest

WORKERS: Final = 2
LISTED: Final = Path(__file__).parent / "equivalents.toml"

_shared: list[Touched] = []
_mutants: dict[str, Mutant] = {}
_listed: set[str] = set()


def all_mutants() -> Iterator[Mutant]:
    """Of charts, routes and behaviors, in this order."""
    documents = shipped().documents
    yield from chain.from_iterable(chart_mutants(document) for document in documents.values())
    yield from route_mutants(shipped().routes)
    yield from chain.from_iterable(behavior_mutants(stem) for stem in BEHAVIORS)


def equivalents(file: Path = LISTED) -> Mapping[str, str]:
    """Mutants that make no difference, by name, each with its reason."""
    groups = tomllib.loads(file.read_text(encoding="utf-8"))["equivalent"]
    return {name: group["reason"] for group in groups for name in group["mutants"]}


def findings(
    verdicts: Sequence[Verdict], listed: Mapping[str, str], *, is_everything: bool
) -> list[str]:
    """Survivors that are not listed, and listed ones that are found or are no mutants."""
    found = [
        f"nobody finds: {item.name} ({item.tried} scenarios touch it)"
        for item in verdicts
        if item.by == NOBODY and item.name not in listed
    ]
    found += [
        f"listed as equivalent, but found by {item.by} {item.where}: {item.name}"
        for item in verdicts
        if item.by != NOBODY and item.name in listed
    ]
    if is_everything:
        names = {item.name for item in verdicts}
        found += [f"listed as equivalent, but no mutant: {name}" for name in listed.keys() - names]
    return found


def try_all(mutants: Sequence[Mutant], listed: Collection[str]) -> list[Verdict]:
    """Each mutant, in two processes; ``listed`` as equivalent are some."""
    _shared[:] = touched(shipped_scenarios())
    for world in FINDERS:
        digest(*world)  # remembered, for the children too
    _listed.update(listed)
    _mutants.update((mutant.name, mutant) for mutant in mutants)
    with ProcessPoolExecutor(WORKERS) as pool:  # children know all this by being forked
        return list(pool.map(_try, [mutant.name for mutant in mutants], chunksize=4))


def _try(name: str) -> Verdict:
    return try_mutant(_mutants[name], _shared, is_listed=name in _listed)


def main(words: Sequence[str]) -> int:
    """See above."""
    parser = _parser()
    arguments = parser.parse_args(words)
    if arguments.simulation is not None:
        if arguments.words or len(arguments.simulation) > 2:
            parser.error("--simulation takes N [SEED], and no words")
        return try_alone(list(all_mutants()), equivalents(), *arguments.simulation)
    mutants = [
        mutant
        for mutant in all_mutants()
        if not arguments.words or any(word in mutant.name for word in arguments.words)
    ]
    if not mutants:
        parser.error(f"no mutant is called {' or '.join(arguments.words)}")
    begun_s = time.perf_counter()
    listed = equivalents()
    verdicts = try_all(mutants, listed)
    took_s = time.perf_counter() - begun_s
    print(table(mutants, verdicts))
    found = findings(verdicts, listed, is_everything=not words)
    print("\n".join(found))
    killed = sum(item.by != NOBODY for item in verdicts)
    print(f"{killed} of {len(verdicts)} mutants found, in {took_s:.0f} s; {len(found)} findings")
    if not words and not found:
        command = "python -m tools.mutate"
        write_figure("mutants_killed", killed, f"of {len(verdicts)} mutants", command)
        write_figure("mutants_equivalent", len(listed), "mutants", command)
    return 1 if found else 0


def _parser() -> ArgumentParser:
    parser = ArgumentParser("python -m tools.mutate", description="Seed bugs; each must be found.")
    parser.add_argument("words", nargs="*", metavar="WORD", help="mutants whose names hold one")
    parser.add_argument(
        "--simulation",
        nargs="+",
        type=int,
        metavar=("N", "SEED"),
        help="N mutants of the charts, tried by simulated worlds alone",
    )
    return parser


def table(mutants: Sequence[Mutant], verdicts: Sequence[Verdict]) -> str:
    """Who found how many of each file."""
    counts: dict[str, Counter[str]] = {}
    for mutant, verdict in zip(mutants, verdicts, strict=True):
        file = mutant.name.partition(":")[0]
        counts.setdefault(file, Counter())[verdict.by or "nobody"] += 1
    finders = ("checker", "scenario", "alarm clock", "exploration", "simulation", "nobody")
    lines = [f"{'':<18}" + "".join(f"{name:>13}" for name in finders)]
    for file, found in counts.items():
        lines.append(f"{file:<18}" + "".join(f"{found[name]:>13}" for name in finders))
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
