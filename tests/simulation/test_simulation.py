"""A slice of simulated years, equal digests for equal seeds, and stations that do it wrong."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from cp.commits import Commits
from cp.job_hands import STARTS
from cp.vocabulary.effects import AbandonCall, Effect
from cp.vocabulary.records import Delete, Put, Row
from tools.simulate.command import main, worlds
from tools.simulate.devices import SimulatedMeter
from tools.simulate.run import World, simulate


def only(*kinds: str) -> Callable[[World], None]:
    """A world with these kinds of trouble alone."""

    def change(world: World) -> None:
        world.draw = replace(world.draw, trouble=kinds, requests=())
        world.central.is_timed = True

    return change


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_ten_hours_of_trouble_leave_nothing_wrong(seed: int) -> None:
    outcome = simulate(seed, 10.0)

    assert outcome.findings == ()
    assert outcome.counts["sessions"] > 0
    assert outcome.counts["starts"] > 1


def test_the_same_seed_is_the_same_world_whatever_the_order_of_sets() -> None:
    command = [sys.executable, "-m", "tools.simulate", "--seed", "7", "--hours", "3", "--jobs", "1"]
    digests = [
        re.findall(
            r"^digest (\w+)$",
            subprocess.run(
                command,
                env={**os.environ, "PYTHONHASHSEED": order},
                capture_output=True,
                text=True,
                check=True,
            ).stdout,
            re.MULTILINE,
        )
        for order in ("1", "2")
    ]

    assert digests[0] == digests[1] == [simulate(7, 3.0).digest]
    assert digests[0] != [simulate(8, 3.0).digest]


# ---- stations that do it wrong -------------------------------------------------------------------


def test_a_station_that_forgets_a_record_is_found() -> None:
    def forgetful(rows: Sequence[Row]) -> Sequence[Row]:
        return [row for row in rows if not (isinstance(row, Put) and row.kind == "call")]

    def change(world: World) -> None:
        only("outage", "power cut", "central refuses", "half-open")(world)
        world.draw = replace(world.draw, gap_s=600.0, stay_s=300.0)
        world.site.disk.rows = forgetful

    found = [item for seed in (22, 23) for item in simulate(seed, 8.0, change).findings]

    assert any("was durable and never arrived" in item for item in found)


def test_a_station_that_sends_what_was_settled_is_found() -> None:
    def hoarding(rows: Sequence[Row]) -> Sequence[Row]:
        return [row for row in rows if not (isinstance(row, Delete) and row.kind == "call")]

    def change(world: World) -> None:
        only("power cut")(world)
        world.site.disk.rows = hoarding

    outcome = simulate(22, 6.0, change)

    assert any("though it was settled" in item for item in outcome.findings)


def test_a_station_that_closes_the_contactor_before_the_record_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    take = Commits.take

    def hasty(
        self: Commits, rows: Sequence[Row], outward: Sequence[Effect], *, is_awaited: bool
    ) -> None:
        take(self, rows, outward, is_awaited=False)

    monkeypatch.setattr(Commits, "take", hasty)
    outcome = simulate(23, 6.0, only("slow disk"))

    assert any("without a durable transaction" in item for item in outcome.findings)


def test_a_station_that_books_a_watt_hour_too_much_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    register_wh = SimulatedMeter.register_wh

    def generous(self: SimulatedMeter) -> int | None:
        shown_wh = register_wh(self)
        return None if shown_wh is None else shown_wh + 1

    monkeypatch.setattr(SimulatedMeter, "register_wh", generous)
    outcome = simulate(24, 4.0, only())

    assert any("the meter showed" in item for item in outcome.findings)


def test_a_station_that_lets_out_calls_that_it_gave_up_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    others = {stop: start for stop, start in STARTS.items() if stop is not AbandonCall}
    monkeypatch.setattr("cp.daemon.STARTS", others)
    outcome = simulate(1, 24.0, only("disk full"))

    assert any("waits for its answer" in item for item in outcome.findings)


# ---- the command ---------------------------------------------------------------------------------


def test_hours_are_cut_into_days() -> None:
    assert list(worlds(5, 50.0)) == [(5, 24.0), (6, 24.0), (7, 2.0)]


def test_a_finding_tells_its_command_and_writes_what_replay_reads(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def spoiled(seed: int, hours: float) -> object:
        return simulate(seed, hours, lambda world: world.site.checks.find("spoiled"))

    monkeypatch.setattr("tools.simulate.command.simulate", spoiled)
    words = ["--seed", "9", "--hours", "1", "--jobs", "1", "--out", str(tmp_path)]

    assert main(words) == 1
    told = capsys.readouterr().out
    assert "again: make simulate SEED=9 HOURS=1\n" in told
    assert "1 worlds with findings" in told
    from tools.desk.replaying import replay
    from tools.desk.transcript_files import read_source

    found = replay(read_source(tmp_path / "seed-9-1h" / "station.toml"), None)
    assert sum(len(verdict.boot.turns) for verdict in found.verdicts) > 10
