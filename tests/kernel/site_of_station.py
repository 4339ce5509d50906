"""A charging station's site in the kernel: its chip, meter and card reader, an EV, and a server.

Theory of operation: the station is ``statecharge run`` with a station file that names the devices
of this site and no bench; what it does is seen at the pins and at the central system. A contactor
follows its coil, and energy flows while it is closed and the EV asks.
"""

import asyncio
import os
import pty
import sys
import time
import tty
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Self

from gpio_boards import SimBoard
from modbus_meter import MeterWorld, TcpMeter
from pilot_tree import PilotTree
from reader_stands import stx_frame

from tools.net.csms_books import Kind, Message, Transaction
from tools.net.csms_server import CentralSystem
from tools.net.csms_show import message_line

AS_THE_UNIT = ("nice", "-n", "-15")
WATTS = 7200.0
LEVELS = {
    "A": (True, True, True),
    "B": (False, True, True),
    "C": (False, False, True),
    "E": (False, False, False),
}
STATION = """
[station]
id = "CP001"
profile = "generic"

[csms]
url = "{url}"
reconnect_max_s = 1

[storage]
dir = "{storage}"

[ocpp]
MeterValueSampleInterval = 1

[drivers]
contactor = "gpio"
pilot = "pilot"
meter = "modbus"
card_reader = "serial"
lamp = "gpio"
restarter = "process"

[contactor]
coil = {{ chip = "evse", line = "coil" }}
feedback = {{ chip = "evse", line = "feedback" }}
emergency_stop = {{ chip = "evse", line = "emergency_stop" }}
rcd = {{ chip = "evse", line = "rcd" }}
heartbeat = {{ chip = "evse", line = "heartbeat" }}

[pilot]
pwm = {{ chip = "{pwm}" }}

[pilot.comparators]
lines = [
    {{ chip = "evse", line = "above_10v5" }},
    {{ chip = "evse", line = "above_7v5" }},
    {{ chip = "evse", line = "above_4v5" }},
]
truth = {{ 111 = "A", 011 = "B", 001 = "C", 000 = "E" }}
diode_ok = {{ chip = "evse", line = "diode_ok" }}

[meter]
host = "127.0.0.1"
port = {meter_port}
poll_s = 0.2

[card_reader]
device = "{reader}"

[lamp]
red = {{ chip = "evse", line = "red" }}
green = {{ chip = "evse", line = "green" }}
blue = {{ chip = "evse", line = "blue" }}
"""


class Site:
    """Everything around the station; an EV is not there."""

    def __init__(
        self, folder: Path, chip: SimBoard, file: Path | None = None, storage: str = "storage"
    ) -> None:
        """``file``: the station file, else beside the devices."""
        self.chip = chip
        self.folder = folder
        self.file = file or folder / "station.toml"
        self._storage = storage
        self.reader = folder / "reader"
        self.pilot = PilotTree(folder)
        self.world = MeterWorld()
        self.world.voltage_v = 230.0
        self.world.register_wh = 1000.0
        self.central = CentralSystem()
        self.is_contact_closed = False
        self._flows_at_s: float | None = None
        self._state = ""
        self._ends = AsyncExitStack()

    async def __aenter__(self) -> Self:
        self.show("A")
        self.chip.follow("coil", self._move_contact)
        meter = TcpMeter(self.world)
        await meter.plug_in()
        self._ends.push_async_callback(meter.plug_out)
        self.world.on_read = self._turn_register
        await self.central.start()
        self._ends.push_async_callback(self.central.stop)
        self._reader_end, station_end = pty.openpty()
        tty.setraw(station_end)
        for end in (self._reader_end, station_end):
            self._ends.callback(os.close, end)
        device = os.ttyname(station_end)
        Path(device).chmod(0o666)  # the station may run as somebody else
        self.reader.symlink_to(device)
        self.file.write_text(
            STATION.format(
                url=self.central.url,
                storage=self._storage,
                pwm=self.pilot.chip,
                meter_port=meter.port,
                reader=self.reader,
            )
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._ends.aclose()

    # ---- the EV, its driver, and what the station does -------------------------------------------

    def show(self, state: str) -> None:
        """The state of the control pilot."""
        self._state = state
        self.chip.set_input("diode_ok", True)
        for name, level in zip(
            ("above_10v5", "above_7v5", "above_4v5"), LEVELS[state], strict=True
        ):
            self.chip.set_input(name, level)

    def present(self, card: str) -> None:
        os.write(self._reader_end, stx_frame(card))

    def is_closed(self) -> bool:
        return self.chip.output("coil")

    def _move_contact(self, is_pulled: bool) -> None:
        self.is_contact_closed = is_pulled
        self._turn_register()
        self.chip.set_input("feedback", is_pulled)

    def _turn_register(self) -> None:
        """Energy since it was looked at last; the meter's display shows what flows now."""
        now_s = time.monotonic()
        if self._flows_at_s is not None:
            self.world.register_wh += WATTS * (now_s - self._flows_at_s) / 3600
        flows = self.is_closed() and self._state == "C"
        self._flows_at_s = now_s if flows else None
        self.world.power_w = WATTS if flows else 0.0

    async def charge(self, card: str, after: int = 0) -> None:
        """From plug to energy, behind the message ``after``."""
        self.show("B")
        await self.heard("StatusNotification", after=after, connectorId=1, status="Preparing")
        self.present(card)
        await self.heard("StartTransaction", after=after)
        await until(lambda: self.pilot.duty() < 100)
        self.show("C")
        await self.heard("StatusNotification", after=after, connectorId=1, status="Charging")
        assert self.is_closed()

    # ---- the central system ----------------------------------------------------------------------

    @property
    def last(self) -> int:
        """The number of the last message."""
        return self.central.books.messages[-1].seq if self.central.books.messages else 0

    async def heard(self, action: str, *, after: int = 0, **fields: object) -> Message:
        """A CALL of the station, now or soon."""

        def fits(message: Message) -> bool:
            return (
                message.kind is Kind.CALL
                and message.is_from_station
                and message.action == action
                and all(message.payload.get(name) == value for name, value in fields.items())
            )

        try:
            return await self.central.wait_for(fits, after_seq=after, timeout_s=20.0)
        except TimeoutError:
            told = [
                message
                for message in self.central.books.messages
                if message.kind is not Kind.ANSWER and message.action != "MeterValues"
            ]
            lines = "\n".join(map(message_line, told[-20:]))
            raise AssertionError(f"{action} {fields} did not come:\n{lines}") from None

    def last_transaction(self) -> Transaction:
        return list(self.central.books.transactions.values())[-1]


class Station:
    """``statecharge run`` of a site."""

    def __init__(self, site: Site) -> None:
        self._file = site.file
        self._log = site.folder / "log"
        self._process: Process | None = None

    async def __aenter__(self) -> Self:
        words = ("-m", "cp", "run", str(self._file), "--no-panel")
        with self._log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *AS_THE_UNIT, sys.executable, *words, stdin=DEVNULL, stdout=DEVNULL, stderr=log
            )
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._process is not None
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
        print(self._log.read_text())  # shown when the test has failed

    async def stop(self) -> tuple[int, str]:
        """An ordered stop: the exit code, and what it wrote to its log."""
        assert self._process is not None
        self._process.terminate()
        code = await asyncio.wait_for(self._process.wait(), 10.0)
        return code, self._log.read_text()


async def until(condition: Callable[[], bool], within_s: float = 5.0) -> float:
    """Seconds until it is true, as seen every millisecond."""
    begun_s = time.monotonic()
    while not condition():
        assert time.monotonic() < begun_s + within_s
        await asyncio.sleep(0.001)
    return time.monotonic() - begun_s
