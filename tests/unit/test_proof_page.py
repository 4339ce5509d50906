"""The page of figures says what was run, and what was not."""

import re
from importlib.util import find_spec
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
    assert "Trouble by kind" not in page(tmp_path)


def test_a_figure_that_is_missing_has_the_command_that_leaves_it(tmp_path: Path) -> None:
    missing = [line for line in page(tmp_path).splitlines() if line.startswith("| not run |")]
    assert len(missing) == len(ROWS)
    assert all(re.search(r"\| `(make|statecharge|python -m) .+` \| \|$", line) for line in missing)
    modules = {word for line in missing for word in re.findall(r"python -m ([\w.]+)", line)}
    assert "tools.mutate" in modules
    assert all(find_spec(module) for module in modules)


def test_a_sum_has_its_kinds_below_the_most_frequent_first(tmp_path: Path) -> None:
    kinds = {"kills": 5, "power cuts": 1200}
    write_figure("simulated_cuts", 1205, "cuts", "make simulate", tmp_path, kinds=kinds)
    head, _, table = page(tmp_path).partition("## Trouble by kind")
    assert "| 1,205 | cuts | power cuts and kills" in head
    assert table.splitlines()[-2:] == ["| cuts | power cuts | 1,200 |", "| cuts | kills | 5 |"]
