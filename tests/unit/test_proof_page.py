"""The page of figures says what was run, and what was not."""

from pathlib import Path

from tools.figures import write_figure
from tools.proof_page import ROWS, page


def test_a_figure_stands_with_its_command_and_a_missing_one_is_named(tmp_path: Path) -> None:
    write_figure("crash_states", 22633, "states", "python -m tools.crash", tmp_path)
    write_figure("simulation_speed", 18.25, "h/s", "make simulate", tmp_path)
    lines = page(tmp_path).splitlines()
    (crash,) = [line for line in lines if "python -m tools.crash" in line]
    assert crash.startswith("| 22,633 | states | disk states")
    assert any(line.startswith("| 18.2 | h/s |") for line in lines)
    assert sum(line.startswith("| not run |") for line in lines) == len(ROWS) - 2
