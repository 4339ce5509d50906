"""What must never happen to a job, whichever it is: see ``invariants``."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from cp.behavior.progress import ProgressFields
from cp.vocabulary.events import CallCreated, ProgressMade, ProgressTold
from cp.vocabulary.requests import Lane, Request
from tools.explore.invariants import (
    LENGTH_MAX,
    Invariant,
    each_call_is_answered_once,
    turns_are_short,
)
from tools.explore.job import NOTICES
from tools.explore.promises import BOOT_FIRST, ORDER, OWNER
from tools.explore.transaction_invariants import (
    ORDER_WORDS,
    OWNER_WORDS,
    nothing_overtakes,
    owner_is_not_asked,
    records_are_in_order,
)

if TYPE_CHECKING:
    from tools.explore.job import JobModel
    from tools.explore.turn import LeanTurn


def made(turn: "LeanTurn") -> Iterable[str]:
    """The statuses that the turn has for the central system, in order."""
    for item in turn.trace:
        match item:
            case ProgressMade(notice):
                yield str(getattr(notice, "status"))  # noqa: B009


def statuses_make_sense(model: "JobModel", turn: "LeanTurn") -> str | None:
    """Each status after the one that it follows, one final status for each request."""
    return model.retold(turn)[1] if model.is_about_job(turn) else None


def notices_are_kept(model: "JobModel", turn: "LeanTurn") -> str | None:
    """What is durable after the turn: what was, without what is done, with what was made."""
    if not turn.view.is_written(model.cells.notices, model.room.machines["progress.0"]):
        return None if not any(made(turn)) else "a status is not kept"
    expected: list[Request] = [*turn.view.was(model.cells.notices)]
    for item in turn.trace:
        match item:
            case ProgressMade(notice):
                expected.append(notice)
            case ProgressTold():
                del expected[0]
    durable = turn.view.get(model.cells.notices)
    if durable != tuple(expected):
        return f"{len(expected)} notices are owed, {len(durable)} are durable, or others"
    in_memory = model.fields(turn.view, "progress.0", ProgressFields).notices
    return None if in_memory == durable else "the notices in memory are not those on disk"


def one_notice_at_a_time(model: "JobModel", turn: "LeanTurn") -> str | None:
    """A notice is told when the one before is done, and only while that is possible."""
    is_done = False
    for item in turn.trace:
        match item:
            case ProgressTold():
                is_done = True
            case CallCreated(Lane.OTHER, request) if isinstance(request, NOTICES):
                is_told = not is_done and turn.view.was(model.cells.is_told)
                is_possible = model.fact(turn.view, "is_online")
                if is_told or not (is_possible and model.fact(turn.view, "is_registered")):
                    return "a notice is told while another one is, or while none can be"
                is_done = False
    return None


def boot_goes_first(model: "JobModel", turn: "LeanTurn") -> str | None:
    """``S 4.2``: what needs no queue is not even created (``line`` holds back what is queued)."""
    is_registered = turn.view.was(model.room.facts["is_registered"])
    for item in turn.trace:
        match item:
            case CallCreated(Lane.OTHER, request) if not (
                is_registered or model.fact(turn.view, "is_registered")
            ):
                return f"{request.action} is created before registration is accepted"
    return None


JOB: "Final[tuple[Invariant[JobModel], ...]]" = (
    Invariant(OWNER, OWNER_WORDS, lambda model, turn: owner_is_not_asked(model.cells.kept, turn)),
    Invariant(
        BOOT_FIRST,
        "Before Accepted no CALL is created that could not wait; of the others see composition B.",
        boot_goes_first,
    ),
    Invariant(ORDER, ORDER_WORDS, lambda _, turn: nothing_overtakes(turn)),
    Invariant(
        "records",
        "Each transaction has one StartTransaction and one StopTransaction, after its record.",
        lambda model, turn: records_are_in_order(model.cells.kept, turn),
    ),
    Invariant(
        "one final status",
        "The statuses of each request come in their order, and exactly one of them ends it.",
        statuses_make_sense,
    ),
    Invariant("notices", "Each status is durable until it was told, in order.", notices_are_kept),
    Invariant("one notice", "One notice is under way at a time.", one_notice_at_a_time),
    Invariant("answers", "Each CALL gets exactly one answer.", each_call_is_answered_once),
    Invariant("short turns", f"A turn has at most {LENGTH_MAX} events.", turns_are_short),
)
"""The invariants that both jobs have."""
