"""What an invariant is, and those of all compositions: checked after every turn.

A check gets the model and the turn, with the composed state as the turn left it, and returns what
is wrong, or nothing. It looks at what the station *did* (effects, records, CALLs) and at what the
environment did to it, and at the charts' own states only where the words name them. The lists are
in the modules ``outlet_invariants``, ``line_invariants``, ``job_invariants``,
``update_invariants`` and ``upload``; ``catalogue`` has them all.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from cp.vocabulary.effects import Reply
from cp.vocabulary.events import CALL_EVENTS, Event, name_of
from tools.explore.finding import Finding

if TYPE_CHECKING:
    from tools.explore.model import Model
    from tools.explore.turn import LeanTurn

M = TypeVar("M", bound="Model")

LENGTH_MAX: Final = 40
"""Events in one turn; the longest that is known has fewer, a loop between charts has more."""


@dataclass(frozen=True, slots=True)
class Invariant(Generic[M]):
    """``check`` returns what is wrong, or None."""

    name: str
    words: str
    check: Callable[[M, "LeanTurn"], str | None]


def findings(
    invariants: "tuple[Invariant[M], ...]", model: M, turn: "LeanTurn"
) -> Iterator[Finding]:
    """The invariants that do not hold after a turn."""
    for invariant in invariants:
        seen = invariant.check(model, turn)
        if seen is not None:
            yield Finding(invariant.name, seen)


def each_call_is_answered_once(_: "Model", turn: "LeanTurn") -> str | None:
    """Counts the answers to each CALL of the turn."""
    for event in turn.trace:
        if isinstance(event, Event) and name_of(event) in CALL_EVENTS:
            call_id = getattr(event, "call_id")  # noqa: B009
            answers = sum(
                isinstance(item, Reply) and item.call_id == call_id for item in turn.trace
            )
            if answers != 1:
                return f"{name_of(event)} got {answers} answers"
    return None


def turns_are_short(_: "Model", turn: "LeanTurn") -> str | None:
    """A loop between charts shows as a long turn."""
    return f"{turn.length} events" if turn.length > LENGTH_MAX else None
