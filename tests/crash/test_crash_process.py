"""The real process under strace: one round of the day, a slice of its states, wrong stations."""

import asyncio
from pathlib import Path

import pytest

from tools.crash.__main__ import caught, live_all
from tools.crash.replay import Plan, points, replay
from tools.crash.station import NO_SYNC, WRONG
from tools.crash.strace import missing

EVERY = 7
"""Of the moments of the day: ``make proof`` looks at all of them, over eight rounds."""


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    reason = missing()
    if reason:
        pytest.skip(reason)
    return dict(asyncio.run(live_all(tmp_path_factory.mktemp("days"), 1)))


def test_nothing_is_lost_at_any_moment(folders: dict[str, Path]) -> None:
    outcome = replay(Plan(folders[""], 6, 0, EVERY))
    assert outcome.shown == []
    assert outcome.points == points(folders[""]) // EVERY > 30
    assert outcome.states > 2 * outcome.points


def test_every_wrong_station_is_caught(folders: dict[str, Path]) -> None:
    found = caught(folders)
    assert set(found) == {*WRONG, NO_SYNC}
    assert {name for name, outcome in found.items() if not outcome.findings} == set()
    assert found["delete before the answer"].shown[0].partition(": ")[2].startswith("lost")
