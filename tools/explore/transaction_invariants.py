"""What must never happen to a transaction, wherever the charts of one are inside."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from cp.chart import Step
from cp.vocabulary.effects import Effect, Record, Tell
from cp.vocabulary.events import CallCreated, StartAsked, StopAsked
from cp.vocabulary.metering import TransactionRecord
from cp.vocabulary.records import TransactionEnded, TransactionKept
from cp.vocabulary.requests import Authorize, Lane, StopTransaction
from tools.explore.books import Books
from tools.explore.cells import Cell
from tools.explore.outlet_meter import fallen_data, used

if TYPE_CHECKING:
    from tools.explore.turn import LeanTurn

Kept = Cell[TransactionRecord | None]
"""The cell of the transaction that is open on disk."""

OWNER_WORDS: Final = "Who started a transaction stops it without being asked for."
ORDER_WORDS: Final = (
    "Transaction messages are created in the order of their records and stay in it on the way to "
    "the queue."
)
REGISTER_WORDS: Final = (
    "Within a transaction, from one to the next, and over power cuts: in meterStart, MeterValues, "
    "meterStop, transactionData and records, whatever the meter shows."
)


def emitted(turn: "LeanTurn") -> Iterator[Effect]:
    """All effects of all steps, in order."""
    for item in turn.trace:
        if isinstance(item, Step):
            yield from item.effects


def records_are_in_order(cell: Kept, turn: "LeanTurn") -> str | None:
    """Replays records and transaction messages of the turn."""
    kept = turn.view.was(cell)
    books = Books(kept.uid if kept else None)
    for effect in emitted(turn):
        match effect:
            case Record(TransactionKept(record)):
                wrong = books.keep(record.uid)
            case Record(TransactionEnded(uid)):
                wrong = books.end(uid)
            case Tell(CallCreated(_, request)):
                wrong = books.create(request)
            case _:
                wrong = None
        if wrong is not None:
            return wrong
    return books.rest()


def owner_is_not_asked(cell: Kept, turn: "LeanTurn") -> str | None:
    """Neither is ``authorization`` asked, nor the central system (``S 3.4``, ``T 068``)."""
    kept = turn.view.was(cell)
    for event in turn.trace:
        match event:
            case CallCreated(_, Authorize(id_tag)) | StartAsked(id_tag) | StopAsked(id_tag):
                if kept is not None and kept.id_tag.casefold() == id_tag.casefold():
                    return f"{id_tag}, who started the open transaction, is asked for"
    return None


def nothing_overtakes(turn: "LeanTurn") -> str | None:
    """``S 3.7``: what ``delivery`` gets, against what was created (``Books`` has the records)."""
    created = [
        effect.event
        for effect in emitted(turn)
        if isinstance(effect, Tell) and _is_queued(effect.event)
    ]
    arrived = [item for item in turn.trace if _is_queued(item)]
    return None if arrived == created else "messages change places on the way to the queue"


def _is_queued(item: object) -> bool:
    return isinstance(item, CallCreated) and item.lane is Lane.QUEUE


def registers_never_fall(highest: Cell[int], turn: "LeanTurn") -> str | None:
    """``S 7.31``, ``E 3.16``: nothing is below ``highest``, which was told or recorded before."""
    highest_wh = turn.view.was(highest)
    for effect in emitted(turn):
        for name, wh in used(effect):
            if wh < highest_wh:
                return f"{name} is {highest_wh - wh} Wh below what was told or recorded before"
            highest_wh = wh
        match effect:
            case Tell(CallCreated(_, StopTransaction() as stop)):
                wrong = fallen_data(stop)
                if wrong is not None:
                    return wrong
    return None
