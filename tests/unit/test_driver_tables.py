"""Tables of drivers: every kind of value, and every mistake with its line."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Literal

import pytest

from cp.driver_choice import read_choice
from cp.driver_tables import read_table
from cp.profiles.tables import Document


class Color(StrEnum):
    RED = "red"
    DARK_BLUE = "dark_blue"


@dataclass(frozen=True, slots=True)
class Inner:
    name: str | int
    color: Color = Color.RED


@dataclass(frozen=True, slots=True)
class Outer:
    must: float
    inner: Inner | None = None
    several: tuple[Inner, ...] = ()
    words: tuple[str, ...] = ()
    meaning: Mapping[str, str] = field(default_factory=dict)
    kind: Literal["a", "b"] = "a"
    file: Path | None = None
    is_on: bool = False

    def __post_init__(self) -> None:
        if self.must < 0:
            raise ValueError("must is not below 0")


def read(text: str, **given: object) -> tuple[Outer | None, list[str]]:
    document = Document(text, "/etc/station.toml")
    return read_table(document, "outer", Outer, **given), [str(it) for it in document.findings]


def test_every_kind_of_value() -> None:
    text = """
[outer]
must = 1
several = [
  { name = "x" },
  { name = 3, color = "dark_blue" },
]
words = ["a", "b"]
meaning = { 11 = "A", 01 = "B" }
kind = "b"
file = "beside.txt"
is_on = true
[outer.inner]
name = 7
"""
    inner = (Inner("x"), Inner(3, Color.DARK_BLUE))
    expected = Outer(
        1.0, Inner(7), inner, ("a", "b"), {"11": "A", "01": "B"}, "b", Path("/etc/beside.txt"), True
    )
    assert read(text) == (expected, [])


def test_what_is_given_is_no_key() -> None:
    assert read("[outer]\n", must=2.0) == (Outer(2.0), [])
    assert read("[outer]\nmust = 1\n", must=2.0)[0] is None


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("[outer]\n", "1: must of [outer] is missing"),
        ("[outer]\nmust = true\n", "2: must = True: a number is expected"),
        ("[outer]\nmust = -1\n", "1: [outer]: must is not below 0"),
        (
            "[outer]\nmust = 1\nmusst = 1\n",
            "3: unknown key 'musst' in [outer]; did you mean 'must'?",
        ),
        ("[outer]\nmust = 1\ninner = 3\n", "3: outer.inner is a table; write [outer.inner] or .*"),
        ("[outer]\nmust = 1\ninner = { name = 1.5 }\n", "3: name = 1.5: text or a whole number .*"),
        (
            "[outer]\nmust = 1\n\ninner = { name = 1, colr = 2 }\n",
            "4: unknown key 'colr' in [outer.inner]; did you mean 'color'?",
        ),
        (
            '[outer]\nmust = 1\n[outer.inner]\nname = 1\ncolor = "darkblue"\n',
            "5: color = 'darkblue': one of red, dark_blue (did you mean 'dark_blue'?) is expected",
        ),
        ("[outer]\nmust = 1\ninner.name = []\n", "3: name = []: text or a whole number .*"),
        ("[outer]\nmust = 1\nseveral = {}\n", "3: outer.several is a list of tables: .*"),
        ("[outer]\nmust = 1\nseveral = [1]\n", "3: outer.several is a table; .*"),
        ("[outer]\nmust = 1\nseveral = [{}]\n", "3: name of [outer.several] is missing"),
        ("[outer]\nmust = 1\nwords = [1]\n", "3: words = [1]: text is expected"),
        ("[outer]\nmust = 1\nmeaning = { a = 1 }\n", "3: meaning = {'a': 1}: text is expected"),
        ("[outer]\nmust = 1\nmeaning = 1\n", "3: meaning = 1: a table is expected"),
        ("[outer]\nmust = 1\nkind = 1\n", "3: kind = 1: one of a, b .* is expected"),
    ],
)
def test_every_mistake_has_its_line(lines: str, expected: str) -> None:
    found, findings = read(lines)
    assert found is None
    (finding,) = findings
    begin, _, end = expected.partition(".*")
    shown = finding.removeprefix("/etc/station.toml:")
    assert shown.startswith(begin) and shown.endswith(end), finding


def test_a_second_reading_finds_the_same_mistake() -> None:
    document = Document("[outer]\nmust = true\n", "station.toml")
    assert [read_table(document, "outer", Outer) for _ in range(2)] == [None, None]
    assert len(document.findings) == 1


# ---- who stands behind a port --------------------------------------------------------------------

REAL = {
    "contactor": "gpio",
    "pilot": "pilot",
    "meter": "pulses",
    "card_reader": "keyboard",
    "lamp": "none",
    "restarter": "board",
}


def choose(text: str) -> tuple[dict[str, str], list[str]]:
    document = Document(text, "s")
    return dict(read_choice(document)), [str(finding) for finding in document.findings]


def toml(kinds: Mapping[str, str]) -> str:
    return "[drivers]\n" + "".join(f'{port} = "{kind}"\n' for port, kind in kinds.items())


def test_no_table_and_the_set_are_the_bench() -> None:
    bench = dict.fromkeys(REAL, "bench") | {"restarter": "process"}
    assert choose("") == choose('[drivers]\nset = "bench"\n') == (bench, [])
    mixed, findings = choose('[drivers]\nset = "bench"\nmeter = "modbus"\n[meter]\n[bench]\n')
    assert (mixed, findings) == (bench | {"meter": "modbus"}, [])


def test_all_ports_by_name() -> None:
    assert choose(toml(REAL)) == (REAL, [])


@pytest.mark.parametrize("port", REAL)
def test_a_port_that_is_missing_is_named(port: str) -> None:
    rest = {name: kind for name, kind in REAL.items() if name != port}
    _, (finding,) = choose(toml(rest))
    assert finding.startswith(f"s:1: {port} of [drivers] is missing: '")
    assert finding.endswith(", or write set = 'bench'")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[drivers]\nset = "benhc"\n', "s:2: unknown driver set 'benhc'; did you mean 'bench'?"),
        (
            '[drivers]\nset = "bench"\nmeter = "modbsu"\n',
            "s:3: unknown meter 'modbsu'; did you mean 'modbus'?",
        ),
        ("[meter]\n", "s:1: [meter] is read by nobody: [drivers] gives meter to 'bench'"),
        (toml(REAL) + "[lamp]\n", "s:8: [lamp] is read by nobody: [drivers] gives lamp to 'none'"),
        (
            '[drivers]\nset = "bench"\ncontactor = "openevse"\n',
            "s:3: contactor and pilot are one on this board: both 'openevse', or neither",
        ),
        (
            '[drivers]\nset = "bench"\nmeter = "openevse"\n',
            "s:3: contactor and pilot are not 'openevse' as the meter",
        ),
        ("[openevse]\n", "s:1: [openevse] is read by nobody: [drivers] gives no port to it"),
        (toml(REAL) + "[bench]\n", "s:8: [bench] is read by nobody: [drivers] gives no port to it"),
    ],
)
def test_mistakes_of_the_choice(text: str, expected: str) -> None:
    assert choose(text)[1] == [expected]
