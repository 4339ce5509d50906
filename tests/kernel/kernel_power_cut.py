"""Power cuts of a real kernel with ext4, a slice: ``python -m tools.kernel_cuts`` makes more.

These tests run on the tester's side: the kernels are theirs, to be killed.
"""

from pathlib import Path

import pytest

from tools.kernel_cuts.__main__ import TRIES
from tools.kernel_cuts.cuts import Plan, age, missing

pytestmark = [
    pytest.mark.boot("host"),
    pytest.mark.skipif(bool(missing()), reason=missing()),
]


def test_nothing_that_was_told_is_lost(kernel: Path) -> None:
    outcome = age(Plan(kernel, 3, 11))
    assert outcome.findings == ()
    assert outcome.cuts == 3 and outcome.sent > 3


@pytest.mark.parametrize("wrong", ["synchronous=NORMAL", "record after the effect"])
def test_a_wrong_station_is_caught(kernel: Path, wrong: str) -> None:
    outcome = age(Plan(kernel, TRIES, 11, wrong, enough=1))
    assert outcome.findings
