"""Every shipped scenario: what is written is what is played, line for line."""

import re
from pathlib import Path

import pytest

from tools.coverage import shipped
from tools.scenario import load, played, written

PATHS = shipped(Path(__file__).parent)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_transcript_is_what_is_played(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert written(played(load(path))) == text, f"python -m tools.scenario --write {path}"


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_scenario_says_what_it_is_about(path: Path) -> None:
    first = path.read_text(encoding="utf-8").partition("\n")[0]

    assert first.startswith("# ") and first.endswith("."), "one sentence with its requirements"


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_no_scenario_ends_in_a_fault_of_our_own(path: Path) -> None:
    assert "FAULT " not in path.read_text(encoding="utf-8")


CASES = """
    001 002 003 004_1 004_2 005_2 010 011_1 011_2 012 013 014 015 016 017_2 018_2 019 021 023 023_5
    026 027 028 031 032_2 034 036 037_1 037_2 037_3 038 039 040_1 040_2 041 054 055 062 068 069 070
    071"""


def test_every_certification_case_has_a_scenario() -> None:
    heads = [path.read_text(encoding="utf-8").partition("\n")[0] for path in PATHS]
    found = {case for head in heads for case in re.findall(r"\bT (\d{3}(?:_\d)?)", head)}

    assert set(CASES.split()) - found == set()
