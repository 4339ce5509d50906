"""What the player page shows: machines, turns and moments as JSON.

Theory of operation: a moment is one step of one machine, or a turn without steps. The page holds
the leaf that each machine was in before the first moment and what each moment changes, so that it
can go back as easily as forth. All numbers in it are indexes into the lists beside them.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from cp.chart import ChartDocument
from tools.desk.rerun import Difference
from tools.desk.transcript_lines import Kind, SeenBoot, SeenTurn

MOST_LINES: Final = 60
"""So many lines of a turn are shown; the turn of a start has no more."""
Json = dict[str, object]


def charts_json(documents: Mapping[str, ChartDocument]) -> Json:
    """For each chart the parent and the status of each state."""
    return {
        name: {
            "parents": {state.id: state.parent or "" for state in chart.states},
            "statuses": {state.id: str(state.status) for state in chart.states if state.status},
        }
        for name, chart in documents.items()
    }


def machines_of(boots: Iterable[SeenBoot], known: Sequence[str]) -> list[str]:
    """Today's machines in their order, then those that only the transcript has."""
    seen = (step.machine for boot in boots for turn in boot.turns for step in turn.steps)
    return list(dict.fromkeys([*known, *seen]))


def turn_json(
    turn: SeenTurn, boot: int | None, differences: Iterable[Difference] = ()
) -> dict[str, object]:
    """One turn: when, its lines, its steps as ``[machine, leaf, transitions]``, and what today
    would do otherwise."""
    more = len(turn.lines) - MOST_LINES
    lines = [*turn.lines[:MOST_LINES], *([f"... and {more} lines"] if more > 0 else [])]
    return {
        "line": turn.line,
        "time": shown_time(turn),
        "boot": boot or 0,
        "lines": lines,
        "steps": [[step.machine, step.now, list(step.taken)] for step in turn.steps],
        "differences": [[item.machine, item.was, item.now, item.line] for item in differences],
        "power": turn.kind is Kind.POWER,
    }


def shown_time(turn: SeenTurn) -> str:
    """UTC where it is known, else seconds of the monotonic clock."""
    if turn.utc_s is None:
        return f"{turn.time_s:.3f} s"
    moment = datetime.fromtimestamp(turn.utc_s, UTC)
    return f"{moment.isoformat(sep=' ', timespec='milliseconds').removesuffix('+00:00')}Z"
