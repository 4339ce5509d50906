"""What a meter's reading has to be to be believed, and the register maps."""

import random
from pathlib import Path

import pytest

from cp.vocabulary.errors import SettingsError
from drivers.meter.plausible import STEP_WH, UNCONFIRMED, Judge, Limits, Reading
from drivers.meter.register_map import Read, load_map, names

RATED_W = 7360.0


def judge() -> Judge:
    return Judge(Limits(RATED_W, 80.0, 300.0))


def reading(register_wh: float, power_w: float = 0.0, voltage_v: float = 230.0) -> Reading:
    return Reading(voltage_v, power_w, register_wh)


def confirmed(register_wh: float) -> Judge:
    """A judge that believes this register at 0 s."""
    made = judge()
    assert made.trouble(reading(register_wh), 0.0) is UNCONFIRMED
    assert made.trouble(reading(register_wh), 0.0) is None
    return made


def test_a_first_reading_that_nothing_confirms_is_forgotten() -> None:
    made = judge()
    assert made.trouble(reading(9_999_999), 0.0) is UNCONFIRMED
    assert made.trouble(reading(5000), 1.0) is UNCONFIRMED
    assert made.trouble(reading(5000), 2.0) is None


@pytest.mark.parametrize(
    "wrong",
    [
        reading(1000, voltage_v=0.0),
        reading(1000, voltage_v=2.4e-41),
        reading(1000, voltage_v=301.0),
        reading(1000, voltage_v=float("nan")),
        reading(1000, power_w=20_000),
        reading(1000, power_w=float("inf")),
        reading(-1),
        reading(float("nan")),
        reading(999),
        reading(1000 + STEP_WH + 4),
    ],
)
def test_what_cannot_be_is_refused(wrong: Reading) -> None:
    made = confirmed(1000)
    trouble = made.trouble(wrong, 1.0)
    assert trouble is not None
    assert trouble.mend
    assert made.trouble(reading(1000), 2.0) is None, "the next true one is believed"


def test_an_hour_of_silence_is_an_hour_of_energy() -> None:
    assert confirmed(1000).trouble(reading(1000 + 7360), 3600.0) is None
    assert confirmed(1000).trouble(reading(1000 + 7360), 1800.0) is not None


def test_a_register_that_jumped_for_good_is_never_believed() -> None:
    """However long it is tried; without the grace it would be, after 25 minutes."""
    made = confirmed(1000)
    for second in range(1, 100_000, 7):
        assert made.trouble(reading(4000), float(second)) is not None


def test_a_register_that_fell_for_good_is_never_believed() -> None:
    made = confirmed(1000)
    for second in range(1, 100_000, 7):
        assert made.trouble(reading(10 + second / 3600), float(second)) is not None


def test_a_true_register_is_always_believed() -> None:
    """At any load, with steps of 10 Wh, polls that fail and glitches between."""
    chance = random.Random(11)
    made = confirmed(0)
    true_wh, refused = 0.0, 0
    for second in range(1, 5000):
        true_wh += chance.uniform(0, RATED_W * 1.1) / 3600
        if chance.random() < 0.2:
            continue
        if chance.random() < 0.05:
            refused += made.trouble(reading(true_wh + 100_000), second) is not None
        assert made.trouble(reading(true_wh // 10 * 10), second) is None
    assert refused > 100


# ---- register maps -------------------------------------------------------------------------------

OWN = """
name = "Own"
function = 3
word_order = "little"
reads = [{ start = 10, counts = [2, 4] }, { start = 100, counts = [6] }]
[voltage]
address = 10
type = "uint16"
scale = 0.1
[power]
address = 100
type = "int32"
[energy]
address = 102
type = "uint64"
scale = 10
"""


def test_every_map_that_comes_with_the_program_loads() -> None:
    assert names() == ("sdm120", "sdm220", "sdm230", "sdm630")
    for name in names():
        found = load_map(name)
        assert found.name == f"Eastron {name.upper()}"
        assert found.energy.address == 0x48
        assert found.power.address == (0x34 if name == "sdm630" else 0x0C)


def test_a_map_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text(OWN)
    found = load_map(str(file))
    assert (found.function, found.word_order) == (3, "little")
    assert found.reads == (Read(10, (2, 4)), Read(100, (6,)))
    assert found.energy.scale == 10.0


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("[2, 4]", "[2, 6]", "different"),
        ("counts = [2, 4] }, { start = 100, counts = [6]", "counts = [6]", "lies in no read"),
        ("address = 102", "address = 103", "lies in no read"),
        ("function = 3", "function = 6", "function"),
        ("function = 3", "", "function"),
        ('"little"', '"middle"', "word_order"),
        ('"uint64"', '"float16"', "type"),
        ("scale = 10", "scale = 0", "scale"),
        ("scale = 10", "skale = 10", "skale is unknown"),
        ("address = 102", 'address = "102"', "address"),
        ('name = "Own"', "", "name"),
        ("[voltage]", "[volts]", "volts is unknown"),
        ("start = 10,", "start = 70000,", "start"),
        ("reads = [", "reads = ", "is no TOML"),
    ],
)
def test_a_mistake_in_a_map_names_the_place(tmp_path: Path, old: str, new: str, word: str) -> None:
    file = tmp_path / "own.toml"
    assert old in OWN
    file.write_text(OWN.replace(old, new, 1))
    with pytest.raises(SettingsError, match=word) as caught:
        load_map(str(file))
    assert all(finding.file == str(file) for finding in caught.value.findings)


def test_a_map_that_is_not_there() -> None:
    with pytest.raises(SettingsError, match="sdm120, sdm220"):
        load_map("sdm999")
    with pytest.raises(SettingsError, match="cannot be read"):
        load_map("/no/such/map.toml")
