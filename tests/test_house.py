"""The rules of the house, as tests: who imports whom, what is banned, how large things grow."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cp.chart.document import ChartDocument
from cp.vocabulary.facts import OWNERS
from tools.scenario_station import house

ROOT = Path(__file__).parent.parent
SOURCES = sorted(
    path for folder in ("cp", "drivers", "tools") for path in (ROOT / folder).rglob("*.py")
)
GENERATED = {"cp/ocppj/validators.py"}

# Room to the rooms it may import, besides the standard library. A room is a package or a file.
MAY_IMPORT = {
    "cp.vocabulary": {"cp.vocabulary"},
    "cp.domain": {"cp.domain", "cp.vocabulary"},
    "cp.chart": {"cp.chart", "cp.vocabulary", "statemachine", "tomli"},
    "cp.behavior": {"cp.behavior", "cp.domain", "cp.vocabulary"},
    "cp.ocppj": {"cp.ocppj", "cp.vocabulary", "ocpp"},
    "cp.journal": {"cp.domain", "cp.vocabulary"},
    "cp.house": {"cp.behavior", "cp.chart", "cp.vocabulary"},
    "cp.answering": {"cp.chart", "cp.domain", "cp.house", "cp.ocppj", "cp.vocabulary"},
    "cp.turn": {"cp.answering", "cp.chart", "cp.house", "cp.ocppj", "cp.vocabulary"},
    "cp.done": {"cp.chart", "cp.journal", "cp.turn", "cp.vocabulary"},
    "cp.controller": {
        "cp.behavior",
        "cp.chart",
        "cp.done",
        "cp.domain",
        "cp.house",
        "cp.journal",
        "cp.own_faults",
        "cp.turn",
        "cp.vocabulary",
    },
    "cp.own_faults": {"cp.vocabulary"},
    "cp.thinning": {"cp.domain", "cp.journal", "cp.vocabulary"},
    "cp.commits": {"cp.domain", "cp.thinning", "cp.vocabulary"},
    "cp.hands": {"cp.job_hands", "cp.vocabulary"},
    "cp.job_hands": {"cp.vocabulary"},
    "cp.driver_choice": {"cp.profiles"},
    "cp.driver_tables": {"cp.profiles"},
    "cp.snapshot": {"cp.controller", "cp.vocabulary"},
    "cp.scribe": {"cp.controller", "cp.vocabulary"},
    "cp.daemon": {
        "cp.commits",
        "cp.controller",
        "cp.hands",
        "cp.job_hands",
        "cp.own_faults",
        "cp.scribe",
        "cp.snapshot",
        "cp.vitals",
        "cp.vocabulary",
    },
    "cp.stamp": {"cp.reading"},
    "cp.reading": {"cp.chart", "cp.house", "cp.profiles", "cp.settings", "cp.vocabulary"},
    "cp.profiles": {"cp.profiles", "cp.domain", "cp.vocabulary", "tomli"},
    "cp.settings": {"cp.domain", "cp.driver_choice", "cp.profiles", "cp.vocabulary", "tomli"},
    "cp.vitals": {"cp.commits", "cp.controller", "cp.hands", "cp.vocabulary"},
    "cp.command_line": {"cp.vocabulary"},
    "drivers": {
        "drivers",
        "cp.vocabulary",
        "cryptography",
        "evdev",
        "gpiod",
        "httpx",
        "pymodbus",
        "rich",
        "websockets",
    },
}
CORE = (
    "vocabulary",
    "domain",
    "chart",
    "behavior",
    "ocppj",
    "journal",
    "house",
    "answering",
    "turn",
    "done",
    "own_faults",
)
BANNED_IN_CORE = {
    "asyncio",
    "threading",
    "time",
    "random",
    "uuid",
    "socket",
    "secrets",
    "os",
    "pathlib",
    "subprocess",
    "sqlite3",
}
BANNED_CALLS = {"open", "print", "input", "exec", "eval"}


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def room_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts[0] if parts[0] != "cp" else ".".join(parts[:2])


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)}: imports are absolute"
            yield node.module or ""


def is_core(path: Path) -> bool:
    return room_of(path) in {f"cp.{name}" for name in (*CORE, "controller")}


def import_findings(path: Path, source: str | None = None) -> list[str]:
    """What a file imports against the rule of its room; ``source`` pretends another content."""
    allowed = MAY_IMPORT.get(room_of(path))
    if allowed is None:
        return []
    names = imports_of(path) if source is None else _imports_in(source)
    findings = []
    for name in names:
        top = name.partition(".")[0]
        room = ".".join(name.split(".")[:2]) if top == "cp" else top
        if top not in sys.stdlib_module_names and room not in allowed:
            findings.append(f"{name_of(path)} imports {name}")
        if is_core(path) and top in BANNED_IN_CORE:
            findings.append(f"{name_of(path)} imports {name}, banned below the daemon")
    return findings


def _imports_in(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def call_findings(path: Path, source: str) -> list[str]:
    """Calls that touch the world: by name, or the clock through ``datetime``."""
    findings = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id in BANNED_CALLS:
            findings.append(f"{name_of(path)}:{node.lineno} calls {node.func.id}")
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("now", "utcnow", "today"):
            findings.append(f"{name_of(path)}:{node.lineno} reads the clock")
    return findings


def test_imports_point_one_way() -> None:
    assert [finding for path in SOURCES for finding in import_findings(path)] == []


@pytest.mark.parametrize(
    ("room", "source"),
    [
        ("cp/domain/outbox.py", "import asyncio"),
        ("cp/vocabulary/events.py", "from cp.domain import outbox"),
        ("cp/behavior/link.py", "from cp.chart import Machine"),
        ("cp/daemon.py", "import drivers.storage"),
        ("drivers/storage.py", "from cp.controller import Controller"),
        ("cp/turn.py", "import random"),
    ],
)
def test_a_wrong_import_would_be_found(room: str, source: str) -> None:
    assert import_findings(ROOT / room, source)


def test_the_core_touches_nothing() -> None:
    core = [path for path in SOURCES if is_core(path)]
    found = [call_findings(path, path.read_text(encoding="utf-8")) for path in core]
    assert [finding for findings in found for finding in findings] == []
    assert call_findings(core[0], "x = open('f')\ny = datetime.now()") != []


def test_one_room_imports_the_engine_and_nobody_imports_tools() -> None:
    for path in SOURCES:
        names = {name.partition(".")[0] for name in imports_of(path)}
        assert "statemachine" not in names or room_of(path) in ("cp.chart", "tools"), name_of(path)
        assert "tools" not in names or name_of(path).startswith(("tools/", "cp/__main__")), name_of(
            path
        )


def test_sizes() -> None:
    """Function 40 lines, file 300, line 100 columns; generated code exempt."""
    findings = []
    for path in SOURCES:
        if name_of(path) in GENERATED:
            continue
        text = path.read_text(encoding="utf-8")
        lines = text.splitlines()
        if len(lines) > 300:
            findings.append(f"{name_of(path)}: {len(lines)} lines")
        findings += [
            f"{name_of(path)}:{number}: {len(line)} columns"
            for number, line in enumerate(lines, 1)
            if len(line) > 100
        ]
        findings += [
            f"{name_of(path)}:{node.lineno}: {node.name} has {size} lines"
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and (size := (node.end_lineno or 0) - node.lineno + 1) > 40
        ]
    assert findings == []


def test_every_package_opens_with_its_theory_of_operation() -> None:
    for path in SOURCES:
        if name_of(path) in GENERATED:
            continue
        text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
        assert text, f"{name_of(path)} says nothing about itself"


def test_facts_are_written_by_their_owner_alone() -> None:
    """An owner is a machine, and a behavior names in ``_know`` only facts of its own chart."""
    charts = house().charts
    assert {owner.rpartition(".")[0] for owner in OWNERS.values()} <= set(charts)
    for path in sorted((ROOT / "cp" / "behavior").glob("*.py")):
        if path.stem in ("__init__", "base"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and node.value in OWNERS:
                owner = OWNERS[str(node.value)].rpartition(".")[0]
                assert owner == path.stem, f"{path.stem} names {node.value}, a fact of {owner}"


def test_every_fact_is_asked_for() -> None:
    """What nobody asks is no fact: a guard names it, or an action reads it."""
    charts = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "charts").glob("*.toml"))
    read = "".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "cp" / "behavior").glob("*.py")
    )
    for name in OWNERS:
        assert name in charts or f"facts.{name}" in read, f"nobody asks for {name}"


def test_charts_are_small_enough_to_read() -> None:
    documents: list[ChartDocument] = [chart.document for chart in house().charts.values()]
    for document in documents:
        assert len(document.states) <= 25, document.name


def test_nothing_names_this_machine() -> None:
    """No absolute path of a developer's machine in what is shipped."""
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False
    ).stdout.split(b"\0")
    here = str(ROOT.parent).encode() + b"/"
    if len(here) < 5:
        pytest.skip("the project lies too near to the root for this check")
    for name in tracked:
        path = ROOT / name.decode()
        if name and path.is_file():
            assert here not in path.read_bytes(), name.decode()
