"""``run --check`` tells every mistake in one run: those of one table do not hide another's."""

from pathlib import Path

import pytest

from cp.checking import check
from cp.command_line import RunArguments

GOOD = """[station]
id = "CP001"
[csms]
url = "ws://127.0.0.1:1/ocpp"
[storage]
dir = "storage"
[bench]
port = 0
[drivers]
set = "bench"
"""


def found(folder: Path, text: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What is found, without the path of the file."""
    file = folder / "station.toml"
    file.write_text(text)
    code = check(RunArguments(str(file), is_check=True))
    lines = capsys.readouterr().err.splitlines()
    assert code == (2 if lines else 0)
    return [line.replace(f"{folder}/", "") for line in lines]


def test_all_tables_in_one_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = GOOD.replace('/ocpp"', '/ocpp"\nca_file = "ca.pem"\npassword_file = "missing"') + (
        """contactor = "gpio"
meter = "modbus"
[contactor]
coil = { chip = "a", lin = 1 }
feedback = { chip = "a", line = 2 }
hold_s = 99
settle_ms = "10"
[meter]
hots = "x"
map = "sdm12"
address = 300
[firmware]
kind = "foldrs"
public_key_file = "missing.pub"
[transfer]
max_image_bytes = "1"
[ocpp]
HeartbeatInterval = -1
"""
    )
    begins = [
        "missing: cannot be read (No such file or directory)",
        "missing.pub",
        "station.toml:5: ca_file is for wss://",
        "station.toml:16: line of [contactor.coil] is missing",
        "station.toml:16: unknown key 'lin' in [contactor.coil]; did you mean 'line'?",
        "station.toml:18: [contactor] hold_s is from 1 to 10, not 99.0",
        "station.toml:19: settle_ms = '10': a whole number is expected",
        "station.toml:21: unknown key 'hots' in [meter]; did you mean 'host'?",
        "station.toml:22: [meter] map: no register map 'sdm12': one of sdm120",
        "station.toml:23: [meter] address = 300: from 1 to 247",
        "station.toml:25: kind = 'foldrs': one of folders, rauc, command (did you mean 'folders'?)",
        "station.toml:28: max_image_bytes = '1': a whole number is expected",
        "station.toml:30: ",
    ]
    lines = found(tmp_path, text, capsys)
    assert len(lines) == len(begins), lines
    for line, begin in zip(lines, begins, strict=True):
        assert line.startswith(begin), (line, begin)


def test_a_register_map_of_ones_own_is_read_though_its_table_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = found(
        tmp_path,
        GOOD + 'meter = "modbus"\n[meter]\nhost = "x"\naddress = 300\nmap = "own.toml"\n',
        capsys,
    )
    assert lines == [
        "own.toml: cannot be read (No such file or directory)",
        "station.toml:14: [meter] address = 300: from 1 to 247",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (GOOD.replace('"storage"', '"a\\u0000b"'), "station.toml:6: dir is text of 1 to 4096"),
        (GOOD.replace("port = 0", "port = -1"), "station.toml:8: port = -1 is not"),
        (GOOD + 'meter = "modbsu"\n[meter]\nlin = 3\n', "station.toml:11: unknown meter 'modbsu'"),
        (GOOD + 'meter = "modbus"\n[meter]\nhost = 5\n', "station.toml:13: host = 5: text"),
        (GOOD + '[firmware]\nkind = "command"\n', 'station.toml:12: kind = "command" needs its'),
        (GOOD.replace("[drivers]", "[drivers"), "station.toml:9: no valid TOML"),
    ],
)
def test_a_mistake_leads_to_no_second_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, expected: str
) -> None:
    """What stands in for a wrong value is not complained of."""
    lines = found(tmp_path, text, capsys)
    (line,) = lines
    assert line.startswith(expected), line


def test_who_drives_a_port_is_not_guessed_when_it_is_not_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = GOOD.replace('set = "bench"\n', "") + (
        """pilot = "openevse"
meter = "openevse"
card_reader = "bench"
lamp = "none"
restarter = "process"
[openevse]
device = "/dev/ttyUSB0"
"""
    )
    missing, unknown = found(tmp_path, text, capsys)
    assert missing.startswith("station.toml:9: contactor of [drivers] is missing: 'gpio' or")
    assert unknown.startswith("station.toml:12: unknown card_reader 'bench'; ")


def test_in_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert found(tmp_path, GOOD, capsys) == []
