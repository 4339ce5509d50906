"""What a turn asks for, by class: safe effects, rows, outward effects; and its transcript."""

from cp.chart import Step
from cp.chart.transcript import Mask, effect_line, event_line, step_line
from cp.journal import rows_of
from cp.turn import Trace
from cp.vocabulary.effects import Effect, Outward, Record, Safe
from cp.vocabulary.events import Event
from cp.vocabulary.lean import dataclass
from cp.vocabulary.records import Row


@dataclass(frozen=True, slots=True)
class Done:
    """Each class in the order emitted. ``is_awaited``: the outward effects wait for these rows;
    else only for rows of earlier turns."""

    safe: tuple[Effect, ...]
    rows: tuple[Row, ...]
    outward: tuple[Effect, ...]
    trace: Trace
    is_awaited: bool

    def lines(self, time_s: float, mask: Mask) -> tuple[str, ...]:
        """The transcript of this turn; ``mask`` hides id tags."""
        return tuple(_line(time_s, item, mask) for item in self.trace)


def done_of(effects: list[Effect], trace: Trace) -> Done:
    """The effects of a turn, sorted by class."""
    records = [effect.entry for effect in effects if isinstance(effect, Record)]
    return Done(
        tuple(effect for effect in effects if isinstance(effect, Safe)),
        tuple(row for entry in records for row in rows_of(entry)),
        tuple(effect for effect in effects if isinstance(effect, Outward)),
        trace,
        any(not entry.is_lazy for entry in records),
    )


def _line(time_s: float, item: Step | Effect | Event, mask: Mask) -> str:
    match item:
        case Step():
            return step_line(time_s, item)
        case Effect():
            return effect_line(time_s, item, mask)
    return event_line(time_s, item, mask)
