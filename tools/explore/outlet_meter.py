"""The meter of the outlet: what it may show, and what the station has made of it.

Theory of operation: the drivers never let a register fall between two starts (``drivers/meter``),
and the chart ``transaction`` never uses a value below its last one (``cp.domain.metering.risen``),
unless another meter was built in, whose register is far lower (``resumed``): that is not played.
The exploration trusts neither: in every turn in which ``transaction`` does anything, the register
may stand, have risen, have fallen, or be unreadable. (``connector`` only asks whether one was ever
read, and then starts nothing, as it does on a full disk.) All that the outside ever got is the
highest value that was told or recorded; it survives power cuts, as the outside does.

Registers are only compared, but for the allowance, whose end is chosen freely. So the highest value
is always called ``HIGHEST_WH``, a lower one ``LOWER_WH``; 0 is the register of a station that has
not read any, and stands for the begin of the open transaction, which nothing is below.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from cp.behavior.transaction import TransactionFields
from cp.chart import Step
from cp.vocabulary.effects import Effect, Record, Tell
from cp.vocabulary.events import CallCreated
from cp.vocabulary.metering import TransactionRecord
from cp.vocabulary.records import SampleKept, TransactionKept
from cp.vocabulary.requests import MeterValues, StartTransaction, StopTransaction
from cp.vocabulary.words import ReadingContext
from tools.explore.cells import Cell, View
from tools.explore.model import Move
from tools.explore.outlet_cells import Samples
from tools.explore.turn import LeanTurn

LOWER_WH: Final = 90
HIGHEST_WH: Final = 100
"""All far below MaxEnergyOnInvalidId, so that using up the allowance stays an event."""

STEP_WH: Final = 10
_READINGS: Final = (("risen", STEP_WH), ("fallen", -STEP_WH), ("unreadable", None))


def shown(highest_wh: int, meter_wh: int | None) -> int | None:
    """What the register shows, from ``Move.meter_wh``; a new meter shows something too."""
    return None if meter_wh is None else (highest_wh or HIGHEST_WH) + meter_wh


def metered(move: Move, meter: Cell[int | None]) -> tuple[Move, ...]:
    """The move with a register that stands, and with each other thing that the meter may show."""

    def stand(turn: LeanTurn) -> bool:
        turn.view.put(meter, 0)
        return move.run(turn)

    others = (_with_reading(move, meter, word, by_wh) for word, by_wh in _READINGS)
    return (replace(move, run=stand), *others)


def _with_reading(move: Move, meter: Cell[int | None], word: str, by_wh: int | None) -> Move:
    def run(turn: LeanTurn) -> bool:
        turn.view.put(meter, by_wh)
        return move.run(turn) and _is_about_transaction(turn)

    return replace(move, name=f"{move.name}, register {word}", run=run, meter_wh=by_wh)


def _is_about_transaction(turn: LeanTurn) -> bool:
    """Whether the register may have been read: nothing but ``transaction`` uses it."""
    return any(isinstance(item, Step) and item.machine == "transaction.1" for item in turn.trace)


# ---- what is told and recorded -------------------------------------------------------------------


def used(effect: Effect) -> Iterator[tuple[str, int]]:
    """Registers of the outlet's transactions that an effect tells or records, in their order."""
    match effect:
        case Record(TransactionKept(record)):
            yield "the record", record.checkpoint.register_wh
        case Record(SampleKept(_, _, sample)):
            yield "a recorded sample", sample.register_wh
        case Tell(CallCreated(_, StartTransaction() as start)):
            yield "meterStart", start.meter_start_wh
        case Tell(CallCreated(_, MeterValues(_, str(), samples))):
            yield from (("MeterValues", sample.register_wh) for sample in samples)
        case Tell(CallCreated(_, StopTransaction() as stop)):
            yield "meterStop", stop.meter_stop_wh


def fallen_data(stop: StopTransaction) -> str | None:
    """TransactionData looks back: it rises by itself, and ends no higher than meterStop."""
    registers = [*(sample.register_wh for sample in stop.samples), stop.meter_stop_wh]
    return None if registers == sorted(registers) else f"transactionData falls: {registers}"


# ---- what makes no difference --------------------------------------------------------------------


def renamed(wh: int, highest_wh: int) -> int:
    """The name of a register."""
    if wh == 0:
        return 0
    return HIGHEST_WH if wh == highest_wh else LOWER_WH


def renamed_record(record: TransactionRecord | None, highest_wh: int) -> TransactionRecord | None:
    """The record with its registers renamed; its times and contexts are those of its begin."""
    if record is None:
        return None
    checkpoint_wh = renamed(record.checkpoint.register_wh, highest_wh)
    return replace(
        record,
        started=replace(record.started, register_wh=0),
        checkpoint=replace(record.started, register_wh=checkpoint_wh),
    )


def renamed_samples(samples: Samples, highest_wh: int) -> Samples:
    """Samples for transactionData; why each was taken does not matter."""
    return tuple(
        (
            index,
            replace(
                sample,
                register_wh=renamed(sample.register_wh, highest_wh),
                context=ReadingContext.OTHER,
            ),
        )
        for index, sample in samples
    )


def renamed_fields(fields: TransactionFields, highest_wh: int) -> TransactionFields:
    """What ``transaction`` keeps. With room for one sample all but the first are dropped again, so
    that later numbers are all alike."""
    return TransactionFields(
        record=renamed_record(fields.record, highest_wh),
        samples=renamed_samples(fields.samples, highest_wh),
        next_index=min(fields.next_index, 1),
        register_wh=renamed(fields.register_wh, highest_wh),
    )


def highest_of(view: View, highest: Cell[int], effects: Iterator[Effect]) -> int:
    """The highest value ever used, after these effects."""
    return max((view.get(highest), *(wh for effect in effects for _, wh in used(effect))))
