"""Scenarios: exact, complete transcripts in virtual time; what is not written must not happen.

Theory of operation: a scenario is a text file. A line that starts with ``*`` is a step: something
that happens to the station. The indented lines below it are everything the station did because of
it, as the canonical transcript has it. ``played`` plays the steps and returns the same text with
what was really done; a test compares the two, ``python -m tools.scenario --write FILE...`` replaces
the one by the other for a person to review.

    # one sentence about the scenario, and the requirements it is about
    after: booted                        (steps of another scenario come first, unprinted)
    keys: AllowOfflineTxForUnknownId=true
    profile: imkev7                      (default: the limits of the specification alone)
    server: silent                       (default: every CALL is accepted at once)

    * power on                           (also: power off; power cut is off and on again)
    * row fault 1 {...}                  (something durable of an earlier life, while off)
    * plugged                            (any event of the vocabulary, with fields)
    * card_presented id_tag=CARD
    * wait 60                            (seconds; timers fire at their own time)
    * meter 1500                         (the register shows so many Wh from now on, or none)
    * clock none                         (the wall clock shows 1970; a number: off by so many s)
    * link down                          (the network is gone; up: the next attempt succeeds)
    * storage held                       (commits wait; full: they find no room; free: neither)
    * call RemoteStartTransaction {"idTag":"CARD"}
    * answer {"idTagInfo":{"status":"Invalid"}}     (the CALL under way; no JSON: accept it)
    * refuse InternalError               (CALLERROR for the CALL under way)
    * when Authorize {"idTagInfo":{"status":"Blocked"}}   (from now on; no JSON: accept again)
    * when StartTransaction silent       (no answer from now on; refuse CODE: CALLERROR)
    * restarter broken                   (a restart fails from now on; sound: it does not)
    * server silent                      (no answer to anything from now on; friendly: as before)
    * frame TEXT                         (any text arrives)
    * slot_read                          (the slot that runs; slot=x: another one)

A scenario of one chart has ``chart: NAME`` (``chart: NAME.0`` for connector 0) instead. Its steps
are events, ``wait``, ``meter``, ``clock``, ``keys NAME=VALUE``, ``know FACT=true``, ``row`` for
what ``journal_replayed`` finds, and ``begin``: a new machine. Told effects are shown. A CALL that
is created is a Heartbeat there, answers and loaded windows are empty.
"""

import dataclasses
import signal
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cp.chart import Step as ChartStep
from cp.vocabulary.errors import ChartError
from tools.scenario_chart import Bench
from tools.scenario_house import ScenarioError
from tools.scenario_station import Station

FOLDER = Path("tests/scenarios")


@dataclass(frozen=True, slots=True)
class Step:
    """One ``*`` line with its line number, and the transcript that is written below it."""

    text: str
    line: int
    expected: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario as it was read; ``head`` are its first lines, kept as they are."""

    path: Path
    head: tuple[str, ...]
    options: Mapping[str, str]
    steps: tuple[Step, ...]


OPTIONS = ("after", "keys", "server", "chart", "profile")


def read(text: str, path: Path) -> Scenario:
    """The scenario of a text. Raises ScenarioError for a line that is none of the kinds."""
    head: list[str] = []
    options: dict[str, str] = {}
    steps: list[Step] = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("* "):
            steps.append(Step(line[2:].strip(), number, ()))
        elif steps and (line.startswith("    ") or not line.strip()):
            lines = (line.strip(),) if line.strip() else ()
            steps[-1] = dataclasses.replace(steps[-1], expected=steps[-1].expected + lines)
        elif steps:
            raise ScenarioError(
                f"{path}:{number}: a step starts with '* ', a transcript with four blanks"
            )
        else:
            head.append(line)
            name, colon, value = line.partition(":")
            if colon and not line.startswith("#"):
                if name not in OPTIONS:
                    raise ScenarioError(f"{path}:{number}: {name}: is none of {', '.join(OPTIONS)}")
                options[name] = value.strip()
    return Scenario(path, tuple(head), options, tuple(steps))


def load(path: Path) -> Scenario:
    """The scenario of a file."""
    return read(path.read_text(encoding="utf-8"), path)


def lineage(scenario: Scenario) -> tuple[Scenario, ...]:
    """The scenarios whose steps come first, the oldest first. Raises ScenarioError for a circle."""
    found: list[Scenario] = []
    now = scenario
    while name := now.options.get("after"):
        now = load(scenario.path.parent / f"{name}.txt")
        if now.path in (scenario.path, *(item.path for item in found)):
            raise ScenarioError(f"{scenario.path}: after: {name} comes after itself")
        found.append(now)
    return tuple(reversed(found))


Player = Station | Bench
Watch = Callable[[ChartStep], None]


def player(scenario: Scenario, kind: type[Station] = Station, watch: Watch | None = None) -> Player:
    """Who plays the scenario; a station has played nothing yet.

    Keys of a scenario before apply unless this one writes them too. ``watch`` is told every step
    of every machine.
    """
    elders = (*lineage(scenario), scenario)
    keys = {
        name: value
        for item in elders
        for name, _, value in (pair.partition("=") for pair in item.options.get("keys", "").split())
    }
    chart = scenario.options.get("chart")
    if chart:
        return Bench(chart, keys, watch)
    profiles = [item.options["profile"] for item in elders if "profile" in item.options]
    station = kind(keys, profiles[-1] if profiles else "")
    station.on_step = watch
    return station


def steps_before(scenario: Scenario, who: Player) -> None:
    """Play the steps of the scenarios that come first."""
    for elder in lineage(scenario):
        for step in elder.steps:
            who.play(step.text)
    if scenario.options.get("server"):
        who.play(f"server {scenario.options['server']}")


def played(scenario: Scenario, who: Player | None = None) -> Scenario:
    """The scenario with what was really done below each step. Raises ScenarioError."""
    who = who or player(scenario)
    steps_before(scenario, who)
    steps = []
    for step in scenario.steps:
        try:
            lines = who.play(step.text)
        except (ScenarioError, ValueError) as error:
            raise ScenarioError(f"{scenario.path}:{step.line}: {error}") from error
        steps.append(dataclasses.replace(step, expected=tuple(line.strip() for line in lines)))
    return dataclasses.replace(scenario, steps=tuple(steps))


def written(scenario: Scenario) -> str:
    """The scenario as text."""
    lines = list(scenario.head)
    while lines and not lines[-1].strip():
        lines.pop()
    for step in scenario.steps:
        lines += ["", f"* {step.text}", *(f"    {line}" for line in step.expected)]
    return "\n".join(lines) + "\n"


def main(words: list[str]) -> int:
    """Play scenarios and print their transcripts, or replace them. Exit code 0, 2 for mistakes."""
    parser = ArgumentParser("python -m tools.scenario", description="Play scenarios.")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="see tests/scenarios")
    parser.add_argument("--write", action="store_true", help="replace the transcripts in the files")
    arguments = parser.parse_args(words)
    exit_code = 0
    for path in arguments.files:
        try:
            text = written(played(load(path)))
            if arguments.write:
                path.write_text(text, encoding="utf-8")
            else:
                sys.stdout.write(text)
        except (ScenarioError, UnicodeDecodeError, OSError) as error:
            print(error, file=sys.stderr)
            exit_code = 2
        except ChartError as error:  # it holds for all files
            print(error, file=sys.stderr)
            return 2
    return exit_code


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # nobody reads on: ends without a word, as cat
    raise SystemExit(main(sys.argv[1:]))
