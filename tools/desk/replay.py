"""``statecharge replay TRANSCRIPT [-o DIR]``: what a device did, beside today's charts.

TRANSCRIPT is a transcript file, a folder with rotated ones, a diagnostics tar.gz, or the station
file of the station that wrote it: then keys and durations are compared too. Id tags in transcripts
are short keyed hashes: equal tags stay equal, their text and length are gone.
"""

import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from tools.desk.replaying import Replayed, Verdict, replay
from tools.desk.terminal import show
from tools.desk.transcript_files import SourceError, read_source

_COLORS: Final = {"differs": "red", "note": "yellow", "same:": "green"}
_MOST_TOLD: Final = 20
_MOST_TURNS: Final = 3000


def main(words: Sequence[str]) -> int:
    """Exit code 0: today's charts do the same; 1: somewhere they do not; 2: nothing to replay.

    Raises SettingsError and ChartError for a station file or charts with mistakes, and
    SettingsError when the folder cannot be written.
    """
    arguments = _parser().parse_args(words)
    try:
        source = read_source(arguments.transcript)
        found = replay(source, arguments.charts)
    except SourceError as error:
        print(error, file=sys.stderr)
        return 2
    if not any(verdict.boot.turns for verdict in found.verdicts):
        print(f"{source.name} has no line of a transcript", file=sys.stderr)
        return 2
    show(told(found), _COLORS)
    if arguments.out is not None:
        from tools.desk.replay_files import write_files

        for path in write_files(found, arguments.out, arguments.turns):
            print(f"written: {path}")
    return 1 if found.differences else 0


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        "statecharge replay",
        description=(__doc__ or "").partition("\n")[0],
        epilog="Exit code: 0 the same, 1 differences, 2 nothing that can be read.",
    )
    parser.add_argument(
        "transcript", type=Path, metavar="TRANSCRIPT", help="file, folder, tar.gz or station file"
    )
    parser.add_argument("-o", "--out", type=Path, metavar="DIR", help="write timeline and page")
    parser.add_argument("--charts", metavar="DIR", help="the charts of this folder instead")
    parser.add_argument(
        "--turns", type=int, default=_MOST_TURNS, help="the page holds the last %(default)s turns"
    )
    return parser


# ---- words ---------------------------------------------------------------------------------------


def told(found: Replayed) -> Iterator[str]:
    """The result for a reader, line by line."""
    for note in notes(found):
        yield f"note     {note}"
    for verdict in found.verdicts:
        yield from _boot(verdict)
    yield f"{'differs: ' if found.differences else 'same: '}{summary(found)}"


def notes(found: Replayed) -> Iterator[str]:
    """What the reader must know about the source."""
    source = found.source
    yield from source.notes
    others = sorted(
        name
        for name, chart in found.documents.items()
        if name in source.charts and source.charts[name] != chart.sha256
    )
    if source.charts:
        text = f"other charts ran: {', '.join(others)}" if others else "the same charts ran"
        yield text
    if source.settings is None:
        taken = "taken from the file" if source.keys else "not known, so defaults are taken"
        yield f"configuration keys are {taken}; durations are not compared (name the station file)"
    lost = sum(len(verdict.boot.damage) for verdict in found.verdicts)
    if lost:
        yield f"{lost} damaged lines are left out"


def summary(found: Replayed) -> str:
    """One sentence with the numbers."""
    turns = sum(len(verdict.boot.turns) for verdict in found.verdicts)
    played = sum(verdict.played for verdict in found.verdicts)
    judged = sum(verdict.judged for verdict in found.verdicts)
    text = f"{len(found.verdicts)} boots, {turns} turns; {played} played by the whole controller"
    text += f", {judged} steps judged by their chart alone" if judged else ""
    return f"{text}; {len(found.differences)} differences"


def _boot(verdict: Verdict) -> Iterator[str]:
    boot = verdict.boot
    number = "of unknown number" if boot.number is None else str(boot.number)
    line = boot.turns[0].line if boot.turns else min(boot.damage)
    text = f"boot     {number}, from line {line}: {len(boot.turns)} turns, {verdict.played} played"
    if verdict.parting:
        text += f"; {verdict.parting}, so {verdict.judged} steps are judged by their chart alone"
    yield text
    for item in verdict.differences[:_MOST_TOLD]:
        yield f"differs  line {item.line}, {item.machine}"
        yield f"         was:   {item.was}"
        yield f"         today: {item.now}"
    if len(verdict.differences) > _MOST_TOLD:
        yield f"differs  and {len(verdict.differences) - _MOST_TOLD} more in this boot"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
