"""What the environment of the outlet remembers."""

from dataclasses import dataclass

from cp.vocabulary.metering import Sample, TransactionRecord
from tools.explore.cells import Cell, Layout

Samples = tuple[tuple[int, Sample], ...]
"""Samples of a transaction with their numbers."""


@dataclass(frozen=True, slots=True)
class OutletCells:
    """Besides machines, facts and keys.

    ``pilot``      A, B or C, as the EV has it; ``errors`` present at the outlet, by name.
    ``is_read``    the inputs were read since power came on.
    ``is_closed``, ``is_offered``  last command to the contactor and the control pilot.
    ``question``   the id of the Authorize that waits for its answer.
    ``starts``     transactions whose StartTransaction waits for its answer, oldest first.
    ``granted``    the id that may start, while it waits for the plug.
    ``is_denied``  the id of the open transaction was refused and may have no energy.
    ``is_watched`` the driver was told to watch the register.
    ``meter_wh``   what the register shows in this turn, see ``Move``.
    ``highest_wh`` the highest register that was ever told or recorded.
    ``kept``, ``visit``, ``serving``, ``samples`` what is durable: open transaction, visit over,
                 availability, samples for transactionData.
    """

    pilot: Cell[str]
    errors: Cell[frozenset[str]]
    is_read: Cell[bool]
    is_closed: Cell[bool]
    is_offered: Cell[bool]
    question: Cell[str | None]
    starts: Cell[tuple[str, ...]]
    granted: Cell[str | None]
    is_denied: Cell[bool]
    is_watched: Cell[bool]
    meter_wh: Cell[int | None]
    highest_wh: Cell[int]
    last_wh: Cell[int]
    kept: Cell[TransactionRecord | None]
    visit: Cell[bool]
    serving: Cell[tuple[tuple[int, str], ...]]
    samples: Cell[Samples]


def outlet_cells(layout: Layout) -> OutletCells:
    """The cells, added to a layout."""
    nobody: str | None = None
    none_kept: TransactionRecord | None = None
    stands: int | None = 0
    return OutletCells(
        pilot=layout.add("pilot", "A"),
        errors=layout.add("errors", frozenset[str]()),
        is_read=layout.add("is_read", False),
        is_closed=layout.add("is_closed", False),
        is_offered=layout.add("is_offered", False),
        question=layout.add("question", nobody),
        starts=layout.add("starts", tuple[str, ...]()),
        granted=layout.add("granted", nobody),
        is_denied=layout.add("denied", False),
        is_watched=layout.add("is_watched", False),
        meter_wh=layout.add("meter", stands),
        highest_wh=layout.add("highest", 0),
        last_wh=layout.add("last", 0),
        kept=layout.add("kept", none_kept),
        visit=layout.add("visit", False),
        serving=layout.add("serving", tuple[tuple[int, str], ...]()),
        samples=layout.add("samples", tuple[tuple[int, Sample], ...]()),
    )
