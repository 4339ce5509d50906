"""Power cuts in the middle of a real update; all points: ``python -m tools.net.update_cuts``."""

import asyncio
from pathlib import Path

import pytest

from tools.net.cut_points import FORGETFUL
from tools.net.update_cuts import Cut, make_image, play, spread


@pytest.mark.parametrize(
    ("point", "last"),
    [
        ("before replace_link", "InstallationFailed"),
        ("before MarkSlotGood", "Installed"),
    ],
)
def test_an_update_survives_a_power_cut(tmp_path: Path, point: str, last: str) -> None:
    make_image(tmp_path)
    outcome = asyncio.run(play(tmp_path, Cut(point)))
    assert point in outcome.points
    assert (outcome.findings, outcome.last) == ((), last)


def test_a_slot_that_is_not_marked_good_is_noticed(tmp_path: Path) -> None:
    make_image(tmp_path)
    outcome = asyncio.run(play(tmp_path, Cut(flaw=FORGETFUL)))
    assert outcome.findings == ("a firmware is still on trial",)


def test_cuts_are_spread_over_the_whole() -> None:
    assert spread(110, 3) == [1, 55, 110]
    assert spread(2, 40) == [1, 2]
    assert spread(5, 1) == [1]
