"""``statecharge doctor``: what is there, what is not, what hangs, and a station that runs."""

import asyncio
import os
import pty
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from gpio_boards import MemoryBoard
from modbus_meter import MeterWorld, TcpMeter
from openevse_board import OpenEvseBoard
from pilot_tree import PilotTree

from drivers.probe import Probe
from tools import doctor
from tools.doctor import look_at_all, look_within, main
from tools.doctor_place import look_at_clock, look_at_folder, look_at_service
from tools.service import release
from tools.service.install import settings_of
from tools.service.unit import Place, unit

HEAD = """[station]
id = "CP1"
[csms]
url = "ws://127.0.0.1:{port}/ocpp"
[storage]
dir = "storage"
"""
MISSING = """
[drivers]
contactor = "gpio"
pilot = "pilot"
meter = "{meter}"
card_reader = "{reader}"
lamp = "gpio"
restarter = "process"
[contactor]
coil = {{ chip = "not-there", line = 1 }}
feedback = {{ chip = "not-there", line = 2 }}
[pilot]
pwm = {{ chip = "/nowhere/pwmchip0" }}
adc = {{ device = "/nowhere/iio" }}
[meter]
{meter_lines}
[card_reader]
device = "/nowhere/reader"
[lamp]
red = {{ chip = "not-there", line = 3 }}
"""
LINE = 'line = { chip = "not-there", line = 4 }'


def station(folder: Path, text: str, port: int = 1) -> str:
    file = folder / "station.toml"
    file.write_text(HEAD.format(port=port) + text)
    return str(file)


def looked(file: str, within_s: float = 20.0) -> dict[str, Probe]:
    probes, has_hung = look_at_all(file, within_s)
    assert not has_hung
    return {probe.what.split(" at ")[0].split(" with ")[0]: probe for probe in probes}


# ---- devices -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("meter", "lines", "reader"),
    [
        ("modbus", 'device = "/nowhere/meter"', "serial"),
        ("modbus", 'host = "127.0.0.1"\nport = 1\ntimeout_s = 0.2', "serial"),
        ("pulses", LINE, "keyboard"),
    ],
)
def test_every_device_that_is_missing_is_named_with_a_mend(
    tmp_path: Path, meter: str, lines: str, reader: str
) -> None:
    text = MISSING.format(meter=meter, meter_lines=lines, reader=reader)
    probes, has_hung = look_at_all(station(tmp_path, text))
    assert not has_hung
    assert probes[0].is_ok, "the file itself is in order"
    devices = [
        probe
        for probe in probes
        if probe.what.startswith(("contactor", "control pilot", "meter", "pulse", "card", "lamp"))
    ]
    assert len(devices) == 5
    for probe in devices:
        assert not probe.is_ok
        assert probe.saw and probe.mend, probe


def test_a_meter_a_reader_and_a_pilot_that_are_there(tmp_path: Path) -> None:
    tree = PilotTree(tmp_path)
    tree.set_volts(9.0)
    far, near = pty.openpty()
    world = MeterWorld()
    world.register_wh = 1234.0

    async def play() -> dict[str, Probe]:
        meter = TcpMeter(world)
        await meter.plug_in()
        adc = tree.adc
        text = f"""
[drivers]
set = "bench"
pilot = "pilot"
meter = "modbus"
card_reader = "serial"
[bench]
port = 0
[pilot]
pwm = {{ chip = "{tree.chip}" }}
adc = {{ device = "{adc.device}", low_channel = 1, gain = {adc.gain}, shift_v = {adc.shift_v} }}
[meter]
host = "127.0.0.1"
port = {meter.port}
[card_reader]
device = "{os.ttyname(near)}"
"""
        try:
            return await asyncio.to_thread(looked, station(tmp_path, text))
        finally:
            await meter.plug_out()

    seen = asyncio.run(play())
    os.close(far)
    os.close(near)
    assert seen["meter Eastron SDM120"].is_ok
    assert "1234 Wh" in seen["meter Eastron SDM120"].saw
    assert seen["card reader"].is_ok
    assert seen["control pilot by ADC"].saw.startswith("state B 9.0 V")
    assert seen["bench"].is_ok
    assert (tree.output / "duty_cycle").read_text().strip() in ("", "0"), "nothing was driven"


def test_tables_with_mistakes_hide_nothing_else(tmp_path: Path) -> None:
    text = MISSING.format(meter="modbus", meter_lines='devcie = "x"', reader="serial")
    probes, _ = look_at_all(station(tmp_path, text))
    by_name = {probe.what: probe for probe in probes}
    assert "unknown key 'devcie'" in probes[0].saw
    assert by_name["meter"].mend == "mend the station file"
    assert "is not there" in by_name["card reader at /nowhere/reader"].saw


def test_a_file_that_cannot_be_read_is_all_there_is(tmp_path: Path) -> None:
    (probe,), _ = look_at_all(str(tmp_path / "none.toml"))
    assert not probe.is_ok and "No such file" in probe.saw


# ---- hung looks ----------------------------------------------------------------------------------


def test_a_look_that_hangs_or_raises_hides_no_other() -> None:
    go_on = threading.Event()

    def hang() -> list[Probe]:
        go_on.wait(5.0)
        return []

    def raise_it() -> list[Probe]:
        raise RuntimeError("secret")

    good = Probe("good", True, "well")
    looks = [("a", hang), ("b", raise_it), ("c", lambda: [good])]
    probes, has_hung = look_within(looks, 0.1)
    go_on.set()
    assert has_hung
    assert [probe.what for probe in probes] == ["a", "b", "good"]
    assert "no answer within 0.1 s" in probes[0].saw
    assert probes[1].saw == "fault of our own: RuntimeError"


def test_the_process_ends_although_a_look_hangs(tmp_path: Path) -> None:
    file = station(tmp_path, "[bench]\nport = 0\n")
    program = (
        "import sys, time; from tools import doctor\n"
        "doctor.look_at_clock = lambda folder: time.sleep(60)\n"
        "doctor.look_at_all.__defaults__ = (0.5,)\n"
        f"sys.exit(doctor.main([{file!r}]))"
    )
    begun_s = time.monotonic()
    done = subprocess.run((sys.executable, "-c", program), capture_output=True, text=True)
    assert done.returncode == 1
    assert "FAIL  clock: no answer within 0.5 s" in done.stdout
    assert time.monotonic() - begun_s < 20


# ---- a station that runs -------------------------------------------------------------------------


@contextmanager
def locked_journal(folder: Path) -> Iterator[None]:
    """As SQLite locks it: by another process, for locks of one's own do not count."""
    (folder / "storage").mkdir()
    file = folder / "storage" / "journal.db"
    file.write_bytes(b"")
    program = (
        "import fcntl, sys; file = open(sys.argv[1], 'r+b');"
        "fcntl.lockf(file, fcntl.LOCK_EX, 512, 0x40000000); print('locked', flush=True);"
        "sys.stdin.read()"
    )
    with subprocess.Popen(
        (sys.executable, "-c", program, str(file)), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        yield
        holder.communicate()


def test_a_station_that_runs_is_left_alone(tmp_path: Path) -> None:
    connections: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(await reader.read(100))
        writer.close()

    async def play() -> dict[str, Probe]:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        text = MISSING.format(meter="modbus", meter_lines='device = "/x"', reader="serial")
        with locked_journal(tmp_path):
            seen = await asyncio.to_thread(looked, station(tmp_path, text, port))
        server.close()
        return seen

    seen = asyncio.run(play())
    for port in ("contactor", "pilot", "meter", "card_reader", "lamp"):
        assert seen[port] == Probe(port, True, "not touched: the station is running")
    assert "the station is running" in seen[f"storage folder {tmp_path / 'storage'}"].saw
    assert seen["link: port"].is_ok
    assert seen["link: WebSocket"].saw == "not tried: the station is running"
    assert connections == [b""], "no handshake was begun"


# ---- link, clock, folder, service ----------------------------------------------------------------


def test_the_way_to_the_central_system(tmp_path: Path) -> None:
    from websockets.asyncio.server import ServerConnection, serve

    async def idle(connection: ServerConnection) -> None:
        await connection.wait_closed()

    async def play(subprotocols: list[str]) -> dict[str, Probe]:
        async with serve(idle, "127.0.0.1", 0, subprotocols=subprotocols or None) as server:  # type: ignore[arg-type]
            port = next(iter(server.sockets)).getsockname()[1]
            return await asyncio.to_thread(looked, station(tmp_path, "[bench]\nport = 0\n", port))

    good = asyncio.run(play(["ocpp1.6"]))
    assert good["link: name"].saw == "127.0.0.1 is 127.0.0.1"
    assert good["link: WebSocket"].is_ok
    other = asyncio.run(play([]))
    assert not other["link: WebSocket"].is_ok
    assert "ocpp1.6" in other["link: WebSocket"].saw
    nobody = looked(station(tmp_path, "[bench]\nport = 0\n"))
    assert not nobody["link"].is_ok
    assert "refused" in nobody["link"].saw


def test_a_clock_before_the_release(tmp_path: Path) -> None:
    (wrong,) = look_at_clock(tmp_path, now_s=1_000_000_000.0)
    assert not wrong.is_ok and "before this release was written" in wrong.saw
    (right,) = look_at_clock(tmp_path)
    assert right.is_ok
    (tmp_path / "journal.db").touch()
    os.utime(tmp_path / "journal.db", (time.time() + 9e5,) * 2)
    (late,) = look_at_clock(tmp_path)
    assert not late.is_ok and "the journal" in late.saw


def test_a_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (good,) = look_at_folder(tmp_path, is_running=False)
    assert good.is_ok and list(tmp_path.iterdir()) == []
    (tmp_path / "file").touch()
    (wrong,) = look_at_folder(tmp_path / "file", is_running=False)
    assert not wrong.is_ok

    def full(_file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    (no_room,) = look_at_folder(tmp_path, is_running=False)
    assert no_room.saw == "cannot be written (No space left on device)"


def test_the_unit_that_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/opt/statecharge/bin/python")
    file = station(tmp_path, "")
    settings = settings_of(Path(file).read_text(), file)
    installed = tmp_path / "statecharge.service"
    (none,) = look_at_service(settings, installed)
    assert none.is_ok and none.saw.startswith("not installed")
    place = Place("/opt/statecharge/bin/python -m cp", file, "evse")
    installed.write_text(unit(settings, place))
    (same,) = look_at_service(settings, installed)
    assert same.is_ok and same.saw.startswith("as this file needs it")
    installed.write_text(unit(settings, place).replace("WatchdogSec=10", "WatchdogSec=0"))
    (other,) = look_at_service(settings, installed)
    assert not other.is_ok and other.mend == "run statecharge install"
    elsewhere = settings_of(Path(file).read_text(), "/etc/x.toml")
    (foreign,) = look_at_service(elsewhere, installed)
    assert foreign.is_ok and "another station" in foreign.saw


def test_lines_and_exit_codes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    probes = [Probe("a", True, "well"), Probe("b", False, "ill", "mend it")]
    monkeypatch.setattr(doctor, "look_at_all", lambda _file: (probes, False))
    assert main(["x"]) == 1
    assert capsys.readouterr().out == "ok    a: well\nFAIL  b: ill; to do: mend it\n"
    probes.pop()
    assert main(["x"]) == 0


# ---- release -------------------------------------------------------------------------------------

RELEASED = """
[drivers]
set = "bench"
contactor = "gpio"
pilot = "pilot"
[contactor]
coil = {{ chip = "evse", line = "coil" }}
feedback = {{ chip = "evse", line = "feedback" }}
[pilot]
pwm = {{ chip = "{chip}" }}
adc = {{}}
"""


def test_release_drives_the_coil_inactive_and_offers_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    board, tree = MemoryBoard(), PilotTree(tmp_path)
    monkeypatch.setattr("drivers.gpio.line.system_chips", board.open_chips)
    board.levels["coil"] = True  # the pin keeps what a process that died has told it
    (tree.output / "duty_cycle").write_text("533333")
    file = station(tmp_path, RELEASED.format(chip=tree.chip))
    assert release.main([file]) == 0
    assert not board.output("coil")
    assert board.owned == {}
    assert tree.duty() == 100.0
    board.unplug()
    assert release.main([file]) == 1
    assert "the chip is not there" in capsys.readouterr().err


def test_an_openevse_board_is_seen_and_put_to_sleep(tmp_path: Path) -> None:
    board = OpenEvseBoard(tmp_path / "ttyBoard")
    text = f"""
[drivers]
set = "bench"
contactor = "openevse"
pilot = "openevse"
meter = "openevse"
[bench]
port = 0
[openevse]
device = "{board.link}"
"""
    try:
        file = station(tmp_path, text)
        seen = looked(file)
        assert seen["OpenEVSE board"].is_ok
        assert seen["meter of the OpenEVSE board"].is_ok
        assert not {"FD", "FS", "FE"} & {command[:2] for command in board.commands}
        assert release.main([file]) == 0
        orders = [command[:2] for command in board.commands if command[0] == "F"]
        assert orders[-2:] == ["FD", "FS"]
    finally:
        board.stop()
    assert release.main([file]) == 1


def test_release_of_a_bench_has_nothing_to_do(tmp_path: Path) -> None:
    assert release.main([station(tmp_path, "")]) == 0
