"""Plain lines: one for each change, none for what repeats, nothing that must not be shown."""

import os
import re
import threading
import time
from calendar import timegm
from pathlib import Path

import pytest

from cp.vocabulary.lean import replace
from cp.vocabulary.ports import DriverSet, Transcript
from drivers.plain_lines import told_plainly

ACCEPTED = "charge_point.0 boot_accepted: registering -> accepted [registering-boot_accepted-1]"
START = (
    "  record call_kept call=queued_call(seq=6 message_id=6 lane=5 request=start_transaction("
    "uid=1.1 connector_id=1 id_tag=#a39e5b81 meter_start_wh=1000 started=2026-01-01T12:00:00.000Z))"
)
STOP = (
    "  record call_kept call=queued_call(seq=9 message_id=9 lane=5 request=stop_transaction("
    "uid=1.1 id_tag=#a39e5b81 meter_stop_wh=1265 stopped=2026-01-01T12:10:00.000Z reason=Local))"
)
VALUES = (
    "  record call_kept call=queued_call(seq=8 message_id=8 lane=5 request=meter_values("
    "connector_id=1 uid=1.1 samples=[1040Wh/Sample.Periodic/2026-01-01T12:00:10.000Z]))"
)


class Kept:
    """``ports.Transcript`` in memory."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.is_closed = False

    def write(self, lines: list[str]) -> None:
        self.lines += lines

    def close(self) -> None:
        self.is_closed = True


def drivers_with(transcript: Transcript) -> DriverSet:
    names = [name for name in DriverSet.__slots__ if name != "transcript"]  # type: ignore[attr-defined]
    return DriverSet(**dict.fromkeys(names), transcript=transcript)  # type: ignore[arg-type]


def told(folder: Path, *lines: str, is_dated: bool = False) -> list[str]:
    """What is written of these canonical lines; all of them are handed on."""
    kept, file = Kept(), folder / "out"
    with file.open("wb") as stream:
        transcript = told_plainly(drivers_with(kept), stream.fileno(), is_dated=is_dated).transcript
        transcript.write([f"12.345 {line}" for line in lines])
        transcript.close()
    assert kept.lines == [f"12.345 {line}" for line in lines]
    assert kept.is_closed
    return file.read_text().splitlines()


def status(code: str, word: str, vendor: str = "") -> str:
    more = f',"vendorErrorCode":"{vendor}"' if vendor else ""
    payload = f'{{"connectorId":1,"errorCode":"{code}","status":"{word}"{more}}}'
    return f'-> [2,"7","StatusNotification",{payload}]'


def test_a_visit(tmp_path: Path) -> None:
    assert told(
        tmp_path,
        "journal_replayed restored=restored(boot=4 station_id=CP001 transaction=x(boot=3))",
        'link_failed why="Connection refused"',
        "link_opened",
        ACCEPTED,
        "  show_status connector_id=1 status=Available",
        "  show_status connector_id=0 status=Available",
        "card_presented id_tag=#a39e5b81",
        START,
        "  show_status connector_id=1 status=Charging",
        VALUES,
        STOP,
        'link_closed why="the network is down"',
        "charge_point.0 reset_requested: accepted -> restarting [answering-reset_requested-4]",
        "  restart is_hard=true",
        "  end_process exit_code=0",
    ) == [
        "start 4",
        "link: cannot be opened, Connection refused",
        "link: open",
        "registration: accepted",
        "connector 1: Available",
        "station: Available",
        "transaction 1.1: begun on connector 1 at 1000 Wh",
        "connector 1: Charging",
        "transaction 1.1: ended at 1265 Wh, Local",
        "link: closed, the network is down",
        "restart, asked for by the central system",
        "ends with exit code 0",
    ]


def test_values_of_others_are_not_taken_for_fields(tmp_path: Path) -> None:
    keys = """restored(boot=4 keys={"AuthorizationKey":"boot=\\"}","A":"x="} last="y=\\"")"""
    assert told(tmp_path, f"journal_replayed restored={keys}") == ["start 4"]


def test_what_repeats_is_told_once(tmp_path: Path) -> None:
    again = (
        'link_failed why="Connection refused"',
        "  show_status connector_id=1 status=Available",
        START,
        ACCEPTED,
        '-> [2,"9","Heartbeat",{}]',
        '<- [3,"9",{"currentTime":"2026-01-01T12:00:00.000Z"}]',
        "charge_point.0 every_HeartbeatInterval: stays [accepted-every_HeartbeatInterval-1]",
    )
    assert len(told(tmp_path, *again * 50)) == 4
    assert len(told(tmp_path, *again, 'link_failed why="timed out"', *again)) == 6


def test_an_error_is_told_when_it_comes_and_when_it_is_gone(tmp_path: Path) -> None:
    raised = "connector_id=1 error_code=OtherError vendor_error_code=EmergencyStop"
    assert told(
        tmp_path,
        f"error_raised {raised}",
        status("OtherError", "Faulted", "EmergencyStop"),
        f"error_cleared {raised}",
        status("NoError", "Available"),
        f"error_cleared {raised}",
        "error_raised connector_id=0 error_code=ReaderFailure",
    ) == [
        "connector 1: error OtherError (EmergencyStop)",
        "connector 1: OtherError (EmergencyStop) is gone",
        "station: error ReaderFailure",
    ]


def test_an_error_that_a_chart_found_is_told_each_time_it_comes(tmp_path: Path) -> None:
    welded, well = status("PowerSwitchFailure", "Faulted"), status("NoError", "Available")
    assert (
        told(tmp_path, welded, welded, well, well, welded)
        == ["connector 1: error PowerSwitchFailure"] * 2
    )


@pytest.mark.parametrize(
    "line",
    [
        '-> [3,"9",{"unknownKey":["a","StatusNotification","b"]}]',
        '-> [2,"9","DataTransfer",{"vendorId":"StatusNotification"}]',
        "-> (20 characters that are no JSON)",
        '<- [2,"9","UpdateFirmware",{"location":"ftp://***@host/image"}]',
        "card_presented id_tag=#a39e5b81",
    ],
)
def test_nothing_else_is_told(tmp_path: Path, line: str) -> None:
    assert told(tmp_path, line) == []


def test_a_line_has_the_time_unless_the_journal_stamps_it(tmp_path: Path) -> None:
    (line,) = told(tmp_path, "link_opened", is_dated=True)
    stamp, _, rest = line.partition(" ")
    assert abs(timegm(time.strptime(stamp, "%Y-%m-%dT%H:%M:%SZ")) - time.time()) < 5
    assert rest == "link: open"


def test_who_does_not_read_keeps_nobody_waiting() -> None:
    reading, writing = os.pipe()
    transcript = told_plainly(drivers_with(Kept()), writing, is_dated=False).transcript
    done = threading.Event()

    def write() -> None:
        for number in range(5000):
            transcript.write([f"0.0 link_failed why={number:0>100}"])
        done.set()

    threading.Thread(target=write, daemon=True).start()
    assert done.wait(10)
    os.close(reading)  # what waits in write() fails now, and is dropped
    transcript.close()
    os.close(writing)


def test_the_other_drivers_stay() -> None:
    drivers = replace(drivers_with(Kept()), link="the link")  # type: ignore[arg-type]
    assert told_plainly(drivers, 1, is_dated=False).link == "the link"


def test_every_line_of_many_scenarios_is_taken_and_no_card_is_shown(tmp_path: Path) -> None:
    files = (Path(__file__).parents[2] / "scenarios").glob("t0*.txt")
    lines = [line.strip() for file in files for line in file.read_text().splitlines()]
    transcript = [line.partition(" ")[2] for line in lines if re.match(r"\d+\.\d{3} ", line)]
    assert any("id_tag=CARD" in line for line in transcript)
    shown = told(tmp_path, *transcript)
    assert len(shown) > 100
    assert not [line for line in shown if re.search("CARD|://", line)]
