"""All invariants by composition: what ``--help`` lists, and what a run has to say of the five."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from tools.explore.job_invariants import JOB
from tools.explore.line_invariants import LINE
from tools.explore.model import RAISES
from tools.explore.outlet_invariants import OUTLET
from tools.explore.promises import NOT_STUCK, PROMISES
from tools.explore.report import Report
from tools.explore.update_invariants import UPDATE
from tools.explore.upload import UPLOAD

Words = tuple[tuple[str, str], ...]
"""Names of invariants, and what they say."""

PARTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "A": "the outlet",
        "B": "the line to the central system",
        "C": "a firmware update beside connector, transaction and charge_point",
        "D": "an upload of diagnostics beside connector, transaction and charge_point",
    }
)

_EVERYWHERE: Final[Words] = (
    (NOT_STUCK, "From every state each machine can leave its own, without a power cut."),
    (RAISES, "No step raises an error."),
)

INVARIANTS: Final[Mapping[str, Words]] = MappingProxyType(
    {
        "A": (*_EVERYWHERE, *((item.name, item.words) for item in OUTLET)),
        "B": (*_EVERYWHERE, *((item.name, item.words) for item in LINE)),
        "C": (
            *_EVERYWHERE,
            *((item.name, item.words) for item in JOB),
            *((item.name, item.words) for item in UPDATE),
        ),
        "D": (
            *_EVERYWHERE,
            *((item.name, item.words) for item in JOB),
            *((item.name, item.words) for item in UPLOAD),
        ),
    }
)


def listing() -> str:
    """The invariants of each composition, for a reader."""
    lines = ["invariants, checked after every turn:"]
    for part, words in INVARIANTS.items():
        lines += ["", f"{part}, {PARTS[part]}", *(f"  {name}: {text}" for name, text in words)]
    return "\n".join(lines)


def verdicts(reports: Iterable[Report]) -> Iterator[str]:
    """Whether the five hold, in how many states of which compositions."""
    done = tuple(reports)
    for promise in PROMISES:
        asked = [item for item in done if promise in dict(INVARIANTS[item.part])]
        if not asked:
            continue
        broken = sum(found.invariant == promise for item in asked for found in item.violations)
        is_whole = all(item.is_complete for item in asked)
        states = sum(item.states for item in asked)
        parts = ", ".join(dict.fromkeys(item.part for item in asked))
        word = "broken" if broken else "holds" if is_whole else "not broken so far"
        yield f"{promise}: {word}, {states} states of {parts}"
