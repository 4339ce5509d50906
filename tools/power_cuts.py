"""The power-cut proof: whatever effect the power is cut before, the books are the same in the end.

Theory of operation: a scenario is played once. Before each effect that it performs, in the order
performed, the station is copied as a power cut would leave it: durable rows, what has reached the
central system, the EV, the meter. The copy starts again, its inputs are delivered, the link comes
back, a friendly server answers, the EV leaves, and the auditor compares the server's books with
what really happened (``power_cut_audit``). A cut that leaves exactly what the one before left is
not played twice.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cp.vocabulary.events import EvAsked, InputsRead, LinkOpened, Plugged, Unplugged
from tools.coverage import shipped
from tools.figures import write_figure
from tools.power_cut_audit import audit
from tools.scenario import Scenario, load, played, player
from tools.scenario_runner import Runner
from tools.scenario_station import Station

DRAINED_S = 20.0
LEFT_S = 100.0
STARTS_MAX = 4


@dataclass(slots=True)
class Proof:
    """``cuts`` that were played, of ``places`` where power could be cut; what was wrong."""

    places: int = 0
    cuts: int = 0
    findings: list[str] = field(default_factory=list)


def recovered(station: Station) -> Station:
    """The same station after a power cut now, when everything has been worked off."""
    copy = station.cut()
    before = copy.ledger.commands
    _start(copy)
    copy.wait(DRAINED_S)
    if copy.world.is_plugged:
        copy.take(Unplugged())
    copy.wait(LEFT_S)
    for _ in range(STARTS_MAX):
        if not copy.is_down:
            break
        _start(copy)  # other firmware, or a reset that was under way
        copy.wait(LEFT_S)
    if copy.ledger.commands > before:
        copy.ledger.violations.append("energy was let through after the power cut")
    return copy


def _start(station: Station) -> None:
    """Power comes on, the inputs are delivered, the link comes back."""
    world = station.world
    station.power_on()
    if world.is_plugged:
        station.take(Plugged())
    if world.is_asking:
        station.take(EvAsked())
    station.take(InputsRead())
    station.take(station.workshop.slot_read())
    station.take(LinkOpened())


def prove(
    scenario: Scenario,
    every: int = 1,
    kind: type[Station] = Station,
    examine: Callable[[Station], list[str]] = audit,
) -> Proof:
    """Play the scenario and cut the power before each ``every``-th effect that changes anything.

    ``kind`` of station: the tests have some that do it wrong.
    """
    proof = Proof()
    station = player(scenario, kind)
    if not isinstance(station, Station):
        return proof
    # A seed of its own for each scenario, so that a slice is not always the same kind of place.
    seed = sum(scenario.path.stem.encode())
    last = (-1, False)

    def cut(now: Runner) -> None:
        nonlocal last
        left = (now.changes, now.world.is_plugged)
        if not isinstance(now, Station) or left == last:
            return
        last = left
        proof.places += 1
        if (proof.places + seed) % every:
            return
        proof.cuts += 1
        found = examine(recovered(now))
        place = f"{scenario.path.stem}, cut {proof.places} at {now.world.time_s:.1f} s"
        proof.findings += [f"{place}: {item}" for item in found]

    station.on_effect = cut
    played(scenario, station)
    if not station.is_down:
        cut(station)
    return proof


def proofs(every: int = 1) -> Iterator[tuple[Path, Proof]]:
    """The proof of each shipped scenario of the whole controller."""
    for path in shipped():
        scenario = load(path)
        if "chart" not in scenario.options:
            yield path, prove(scenario, every)


def main(words: list[str]) -> int:
    """Every cut of every scenario, or of every n-th with a number as argument."""
    every = int(words[0]) if words else 1
    total = Proof()
    for _, proof in proofs(every):
        total.places += proof.places
        total.cuts += proof.cuts
        total.findings += proof.findings
    print(f"{total.cuts} of {total.places} power cuts played")
    for finding in total.findings:
        print(finding)
    if every == 1 and not total.findings:
        write_figure("power_cuts", total.cuts, "cuts", "python -m tools.power_cuts")
    return 1 if total.findings else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
