"""A process with real drivers: no bench, imports only when BootNotification has left, systemd."""

import asyncio
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from e2e_stand import call_of, calls, stand

from tools.net.csms_server import CentralSystem
from tools.net.station_process import StationProcess, free_port

# A program that writes down what is imported when BootNotification leaves, and 1.5 s later. The
# drivers are started later than usual, so that a slow machine shows what is on the way to it alone.
NOSY = """
import sys
from threading import Timer
from drivers import websocket_link
send = websocket_link.WebsocketLink.send
def note(name):
    open("{folder}/" + name, "w").write(" ".join(sys.modules))
def nosy_send(self, text):
    if "BootNotification" in text:
        note("boot")
        timer = Timer(1.5, note, ["later"])
        timer.daemon = True
        timer.start()
    send(self, text)
websocket_link.WebsocketLink.send = nosy_send
import cp.daemon
cp.daemon.INPUTS_AFTER_S = 0.5
from cp.__main__ import main
sys.exit(main())
"""

# A program whose loop hangs as soon as the service manager was told that it is ready.
HANGING = """
import sys, time, asyncio
from drivers import service
tell = service.Manager.tell
def tell_and_hang(self, *lines):
    tell(self, *lines)
    if "READY=1" in lines:
        asyncio.get_running_loop().call_later(0.2, time.sleep, 30)
service.Manager.tell = tell_and_hang
from cp.__main__ import main
sys.exit(main())
"""

DEVICES = """[station]
id = "CP001"
[csms]
url = "{url}"
[storage]
dir = "storage"
[drivers]
contactor = "gpio"
pilot = "pilot"
meter = "modbus"
card_reader = "serial"
lamp = "gpio"
restarter = "process"
[contactor]
coil = {{ chip = "not-there", line = 1 }}
feedback = {{ chip = "not-there", line = 2 }}
[pilot]
pwm = {{ chip = "/nowhere/pwmchip0" }}
adc = {{ device = "/nowhere/iio" }}
[meter]
device = "/nowhere/meter"
[card_reader]
device = "/nowhere/reader"
[lamp]
red = {{ chip = "not-there", line = 3 }}
"""
LIBRARIES = {"gpiod", "pymodbus", "evdev", "httpx"}
DRIVERS = {
    "cp.equipment",
    "drivers.gpio.contactor",
    "drivers.pilot.pilot",
    "drivers.meter.modbus",
    "drivers.reader.serial_line",
}


def modules(file: Path) -> set[str]:
    return set(file.read_text().split())


async def appears(file: Path) -> None:
    async with asyncio.timeout(10):
        while not file.exists():
            await asyncio.sleep(0.02)


def give_devices(central: CentralSystem, station: StationProcess) -> None:
    station.file.write_text(DEVICES.format(url=central.url))


def test_a_station_whose_devices_are_all_missing(tmp_path: Path) -> None:
    """It starts, registers, says what is wrong, and imports nothing too early."""
    program = ("-c", NOSY.format(folder=tmp_path))

    async def play() -> None:
        async with stand(tmp_path, program=program) as (central, station):
            give_devices(central, station)
            for start in (1, 2):
                last = central.books.messages[-1].seq if central.books.messages else 0
                await station.start()
                await call_of(central, "StatusNotification", after=last)
                await appears(tmp_path / "later")
                assert await station.stop() == 0
                boot, later = modules(tmp_path / "boot"), modules(tmp_path / "later")
                assert boot & LIBRARIES == set()
                assert not any(name.startswith("drivers.bench") for name in later)
                assert later >= DRIVERS | {"gpiod", "pymodbus"}
                assert "evdev" not in later
                if start == 2:
                    assert boot & (DRIVERS - {"cp.equipment"}) == set(), "the file was checked"
                (tmp_path / "later").unlink()
            told = {str(call.payload) for call in calls(central, "StatusNotification")}
            assert any("'connectorId': 1" in text and "Faulted" in text for text in told), told
            assert "not-there is not there" in await station.log()

    asyncio.run(play())


def test_a_mistake_in_a_table_ends_the_process_before_anything_is_opened(tmp_path: Path) -> None:
    async def play() -> None:
        async with stand(tmp_path) as (central, station):
            give_devices(central, station)
            text = station.file.read_text()
            station.file.write_text(text.replace("coil =", "coli ="))
            await station.start()
            assert await station.ended() == 2
            log = await station.log()
            assert "unknown key 'coli' in [contactor]; did you mean 'coil'?" in log
            assert "coil of [contactor] is missing" in log
            assert not central.books.messages
            assert not (tmp_path / "storage").exists()

    asyncio.run(play())


# ---- the service manager -------------------------------------------------------------------------


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """What listens in the place of systemd, with a watchdog of 0.6 s."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(10.0)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "600000")
        yield listening


def hear(manager: socket.socket, word: str) -> list[str]:
    """Everything up to the message with this word. Raises TimeoutError."""
    heard: list[str] = []
    until_s = time.monotonic() + 10.0
    while word not in heard:
        if time.monotonic() > until_s:
            raise TimeoutError(heard)
        heard += manager.recv(4096).decode().split("\n")
    return heard


def test_systemd_hears_ready_alive_and_stopping(tmp_path: Path, manager: socket.socket) -> None:
    async def play() -> None:
        async with stand(tmp_path) as (central, station):
            give_devices(central, station)
            await station.start()
            heard = await asyncio.to_thread(hear, manager, "STATUS=Faulted, online, Accepted")
            assert heard[:2] == ["READY=1", "WATCHDOG=1"]
            assert await station.stop() == 0
            assert "STATUS=Stopping" in await asyncio.to_thread(hear, manager, "STOPPING=1")

    asyncio.run(play())


def test_systemd_hears_nothing_of_a_loop_that_hangs(tmp_path: Path, manager: socket.socket) -> None:
    """On the bench, which has its service manager too."""

    async def play() -> None:
        async with stand(tmp_path, program=("-c", HANGING)) as (_, station):
            await station.start()
            await asyncio.to_thread(hear, manager, "READY=1")
            await asyncio.sleep(0.5)  # the loop hangs by now
            manager.setblocking(False)
            with pytest.raises(BlockingIOError):
                while True:
                    manager.recv(4096)
            await asyncio.sleep(1.5)
            with pytest.raises(BlockingIOError):
                manager.recv(4096)
            os.kill(station.pid, signal.SIGABRT)  # what systemd does then
            assert await station.ended() == -signal.SIGABRT

    asyncio.run(play())


def test_a_bench_port_that_nobody_listens_on(tmp_path: Path) -> None:
    """Without a port of the bench there is no interface, at its usual port or anywhere."""
    port = free_port()

    async def play() -> None:
        async with stand(tmp_path) as (central, station):
            give_devices(central, station)
            with station.file.open("a") as file:
                file.write(f"[bench]\nport = {port}\n")
            await station.start()
            assert await station.ended() == 2
            assert "[bench] is read by nobody" in await station.log()
            give_devices(central, station)
            await station.start()
            await call_of(central, "BootNotification")
            listening = await asyncio.to_thread(listening_ports, station.pid)
            assert listening == set()

    asyncio.run(play())


def listening_ports(pid: int) -> set[int]:
    """TCP ports that this process listens on, by its own sockets."""
    time.sleep(0.3)
    inodes = set()
    for handle in Path(f"/proc/{pid}/fd").iterdir():
        target = str(handle.readlink())
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    ports = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            words = line.split()
            if words[3] == "0A" and words[9] in inodes:
                ports.add(int(words[1].rpartition(":")[2], 16))
    return ports
