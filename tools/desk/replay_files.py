"""The files of a replay: ``timeline.svg`` and ``index.html``."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from cp.chart import ChartDocument
from tools.desk.inlined import inline
from tools.desk.moments import charts_json, machines_of, turn_json
from tools.desk.player import Player, drawings, player_page
from tools.desk.replay import notes, summary
from tools.desk.replaying import Replayed
from tools.desk.rerun import Difference
from tools.desk.timeline import draw
from tools.desk.transcript_lines import SeenBoot, SeenTurn
from tools.writing import write_text

_Placed = tuple[SeenBoot, SeenTurn]


def write_files(found: Replayed, folder: Path, most_turns: int) -> Iterator[Path]:
    """Write both; they hold the last ``most_turns`` turns and say so. Raises SettingsError."""
    boots = [verdict.boot for verdict in found.verdicts]
    placed = [(boot, turn) for boot in boots for turn in boot.turns]
    shown = placed[-most_turns:] if most_turns > 0 else placed
    start = _leaves(placed[: len(placed) - len(shown)])
    machines = machines_of(boots, _known(found))
    turns = [turn for _, turn in shown]
    line = draw(turns, machines, found.documents, found.differences, start)
    yield _write(folder / "timeline.svg", line.svg)
    player = Player(
        title="Replay",
        told=f"{Path(found.source.name).name}: {_told(found, len(placed), len(shown))}",
        data={
            "machines": machines,
            "charts": charts_json(found.documents),
            "start": start,
            "turns": [_turn(boot, turn, found.differences) for boot, turn in shown],
            "places": list(line.places),
            "cursor": "first",
        },
        verdict=_verdict(found),
        is_good=not found.differences,
        lanes=inline(line.svg, "line"),
    )
    yield _write(folder / "index.html", player_page(player, drawings(_ordered(found, machines))))


def _known(found: Replayed) -> list[str]:
    """The machines of today, in the order in which they begin."""
    for verdict in found.verdicts:
        if verdict.boot.is_whole:
            return [step.machine for step in verdict.boot.turns[0].steps if not step.was]
    return []


def _ordered(found: Replayed, machines: Sequence[str]) -> list[ChartDocument]:
    """The charts in the order of their machines."""
    names = dict.fromkeys(name.rpartition(".")[0] for name in machines)
    return [found.documents[name] for name in names if name in found.documents]


def _leaves(placed: list[_Placed]) -> dict[str, str]:
    """The leaf of each machine behind these turns."""
    found: dict[str, str] = {}
    for _, turn in placed:
        found |= {step.machine: step.now for step in turn.steps if step.now}
    return found


def _turn(boot: SeenBoot, turn: SeenTurn, found: tuple[Difference, ...]) -> Mapping[str, object]:
    last = turn.line + len(turn.lines)
    own = [item for item in found if turn.line <= item.line < last]
    return turn_json(turn, boot.number, own)


def _told(found: Replayed, turns: int, shown: int) -> str:
    parts = [summary(found), *notes(found)]
    if shown < turns:
        parts.append(f"this page holds the last {shown} of {turns} turns")
    return "; ".join(parts)


def _verdict(found: Replayed) -> str:
    if not found.differences:
        return "today's charts do the same"
    return f"today's charts go another way at line {found.differences[0].line}"


def _write(path: Path, text: str) -> Path:
    write_text(path, text)
    return path
