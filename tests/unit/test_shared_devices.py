"""A GPIO line or a serial device with two uses: found by every check before anything is opened."""

from pathlib import Path

import pytest

from cp.checking import check_tables
from cp.devices import device_findings
from cp.profiles import texts
from cp.settings import read_settings

LEAST = """[station]
id = "CP1"
[csms]
url = "ws://127.0.0.1:1/ocpp"
[drivers]
set = "bench"
"""
OUTLET = """contactor = "gpio"
lamp = "gpio"
[contactor]
coil = { chip = "relays", line = 17 }
feedback = { chip = "relays", line = 27 }
[lamp]
red = { chip = "relays", line = 16 }
"""


def found(text: str) -> list[str]:
    settings = read_settings(LEAST + text, "s.toml", texts())
    return [str(finding) for finding in device_findings(settings)]


def test_lines_of_their_own_are_in_order() -> None:
    assert found(OUTLET) == []
    assert found(OUTLET.replace('"relays", line = 16', '"lamps", line = 17')) == []


def test_one_line_as_coil_feedback_and_lamp() -> None:
    assert found(OUTLET.replace("27", "17").replace("16", "17")) == [
        "s.toml:11: feedback of [contactor] is GPIO line 17 of chip relays,"
        " as coil of [contactor] in line 10 is: each has one use",
        "s.toml:13: red of [lamp] is GPIO line 17 of chip relays,"
        " as coil of [contactor] in line 10 is: each has one use",
    ]


def test_run_check_and_doctor_tell_it() -> None:
    settings = read_settings(LEAST + OUTLET.replace("16", "17"), "s.toml", texts())
    assert [finding.line for finding in check_tables(settings)] == [13]


def test_a_path_of_a_chip_is_its_name() -> None:
    text = OUTLET.replace('"relays", line = 17', '"/dev/gpiochip0", line = 17')
    (finding,) = found(text.replace('"relays", line = 16', '"gpiochip0", line = 17'))
    assert finding.startswith("s.toml:13: red of [lamp] is GPIO line 17 of chip gpiochip0, as coil")


def test_lines_in_lists_and_tables_of_their_own_count() -> None:
    pilot = """contactor = "gpio"
pilot = "pilot"
[contactor]
coil = { chip = "relays", line = 17 }
feedback = { chip = "relays", line = 27 }
[pilot.pwm]
[pilot.comparators]
lines = [ { chip = "relays", line = 5 }, { chip = "relays", line = 27 } ]
truth = { 11 = "A", 01 = "B", 00 = "C" }
[pilot.comparators.diode_ok]
chip = "relays"
line = 5
"""
    assert [line.split(" is ")[0] for line in found(pilot)] == [
        "s.toml:14: lines of [pilot.comparators]",
        "s.toml:16: diode_ok of [pilot.comparators]",
    ]


@pytest.mark.parametrize("name", ["/dev/ttyUSB0", "by-id"])
def test_one_device_for_meter_and_reader(tmp_path: Path, name: str) -> None:
    (tmp_path / "by-id").symlink_to("/dev/ttyUSB0")
    device = name if name.startswith("/dev") else str(tmp_path / name)
    both = 'meter = "modbus"\ncard_reader = "serial"\n[meter]\ndevice = "/dev/ttyUSB0"\n'
    assert found(f'{both}[card_reader]\ndevice = "{device}"\n') == [
        "s.toml:12: device of [card_reader] is /dev/ttyUSB0,"
        " as device of [meter] in line 10 is: each has one use"
    ]
    assert found(f'{both}[card_reader]\ndevice = "/dev/ttyUSB1"\n') == []


def test_the_board_of_others_has_a_device_too() -> None:
    text = """contactor = "openevse"
pilot = "openevse"
card_reader = "serial"
[openevse]
device = "/dev/ttyUSB0"
[card_reader]
device = "/dev/ttyUSB0"
"""
    (finding,) = found(text)
    assert "device of [openevse] is /dev/ttyUSB0, as device of [card_reader]" in finding
