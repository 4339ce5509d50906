"""``PROOF.md``: the figures that the proofs have left in ``build/figures``, and how to repeat each.

Theory of operation: a proof that went through writes its figure (``tools.figures``); this page puts
them beside what they are evidence of. A figure that is not there is named as missing, not guessed;
one that is a sum of kinds has them in a table of its own below.
"""

import sys
from pathlib import Path
from typing import Final

from tools.figures import FOLDER, Figure, read_figure

PAGE: Final = Path("PROOF.md")

_SIMULATE: Final = "make simulate HOURS=1000"
_MUTATE: Final = "python -m tools.mutate"

ROWS: Final = (
    (
        "states_explored",
        "states of the composed machines that were visited: all there are",
        "statecharge charts explore",
    ),
    (
        "power_cuts",
        "power cuts in virtual time, one after every effect of every scenario",
        "python -m tools.power_cuts",
    ),
    (
        "update_cuts",
        "real processes killed in the course of an update, with real slots",
        "python -m tools.net.update_cuts",
    ),
    (
        "simulated_hours",
        "hours of the whole station in a world of trouble, books Wh for Wh",
        _SIMULATE,
    ),
    ("simulation_speed", "of them in a second of one core", _SIMULATE),
    ("simulated_trouble", "troubles that were let loose meanwhile", _SIMULATE),
    ("simulated_manners", "answers that the central system spoiled meanwhile", _SIMULATE),
    (
        "simulated_cuts",
        "power cuts and kills meanwhile, each in the middle of what was done",
        _SIMULATE,
    ),
    (
        "crash_states",
        "disk states that a crash could leave, of the real process's system calls",
        "python -m tools.crash",
    ),
    (
        "kernel_cuts",
        "power cuts of a real kernel with ext4, again and again on the same image",
        "python -m tools.kernel_cuts",
    ),
    ("mutants_killed", "seeded bugs in charts, routes and behaviors that were found", _MUTATE),
    ("mutants_equivalent", "of them that change nothing, each listed with its reason", _MUTATE),
    (
        "mutants_simulated",
        "seeded bugs, a sample, that simulated worlds find by themselves",
        f"{_MUTATE} --simulation 100",
    ),
    (
        "fuzz_inputs",
        "inputs that were made up by coverage, none with an effect",
        "python -m tools.fuzz",
    ),
)
"""Figure, what it is of, and the command that leaves it."""

HEAD: Final = """# Proof

What the charts promise holds everywhere, not only where a scenario looked. Each figure is of a run
that found nothing wrong and caught its negative controls; the command beside it repeats it. Written
by `python -m tools.proof_page`.

| figure | | of what | repeated by | on |
| ---: | --- | --- | --- | --- |
"""

KINDS: Final = """
## Trouble by kind

| what | kind | count |
| --- | --- | ---: |
"""


def page(folder: Path = FOLDER) -> str:
    """The page of the figures in ``folder``."""
    figures = [(read_figure(name, folder), what, command) for name, what, command in ROWS]
    kinds = "".join(_kinds(figure) for figure, _, _ in figures if figure is not None)
    rows = "".join(_row(*figure) for figure in figures)
    return HEAD + rows + (KINDS + kinds if kinds else "")


def _kinds(figure: Figure) -> str:
    """Of one figure, the most frequent kind first."""
    found = sorted(figure.kinds.items(), key=lambda item: (-item[1], item[0]))
    return "".join(f"| {figure.unit} | {kind} | {count:,} |\n" for kind, count in found)


def _row(figure: Figure | None, what: str, command: str) -> str:
    if figure is None:
        return f"| not run | | {what} | `{command}` | |\n"
    value = figure.value
    shown = f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"
    return f"| {shown} | {figure.unit} | {what} | `{figure.command}` | {figure.date} |\n"


def main(words: list[str]) -> int:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"written: {PAGE}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
