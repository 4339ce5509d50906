"""The board's ammeter as the energy meter of the outlet.

Theory of operation: a task asks for current and voltage (``$GG``) and for the energy (``$GU``),
adds the energy up (``energy``) and lets ``plausible`` judge, for a checksum of eight bits lets some
noise through. A register that has risen is saved every few watt hours and as soon as nothing flows.
Firmware without a voltmeter takes 120 or 240 V for granted, and firmware that was not built for
three phases counts one: calibrate the board, or use another meter, where energy is billed.
"""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cp.vocabulary.ports import Post
from drivers.device_faults import DeviceError
from drivers.meter.plausible import UNCONFIRMED, Judge, Limits, Reading
from drivers.meter.reporting import ReportingMeter
from drivers.openevse.board import Board
from drivers.openevse.config import OpenEvseConfig
from drivers.openevse.energy import Energy, EnergyFile
from drivers.openevse.line import Line
from drivers.probe import Probe
from drivers.trouble import Trouble

_RANK: Final = 2
_POLL_S: Final = 1.0
_WS_PER_WH: Final = 3600
_SAVED_EVERY_WS: Final = 10 * _WS_PER_WH
_VOLTS: Final = (80.0, 300.0)
_NO_METER: Final = "use another meter, or firmware with AMMETER and KWH_RECORDING"


class OpenEvseMeter(ReportingMeter):
    """``ports.Meter``."""

    def __init__(
        self, config: OpenEvseConfig, board: Board, file: Path, poll_s: float = _POLL_S
    ) -> None:
        """``file`` keeps the register; ``poll_s`` seconds from one reading to the next."""
        super().__init__(f"meter of the OpenEVSE board at {config.device}", config.silence_s)
        self._config = config
        self._board = board
        self._file = EnergyFile(file)
        self._poll_s = poll_s
        self._judge = Judge(Limits(config.rated_power_w, *_VOLTS))
        self._energy: Energy | None = None
        self._saved: Energy | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self, post: Post) -> None:
        """Take the first reading, and go on."""
        self._begin(post)
        await self._board.join(_RANK, lambda _sight: None)
        tried = asyncio.Event()
        self._task = asyncio.create_task(self._poll(tried))
        await tried.wait()

    async def stop(self) -> None:
        """Save the register."""
        self._end()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait((self._task,))
        with contextlib.suppress(DeviceError):
            await self._save()
        await self._board.leave(_RANK)

    async def probe(self) -> Probe:
        """Read the board once. For a station that is not running."""
        return await asyncio.to_thread(self._probe)

    def _probe(self) -> Probe:
        line = Line(self._config)
        try:
            line.open()
            power_w, _ = _power(line.ask("GG").words)
            session_ws, total_wh = _energy(line.ask("GU").words)
            energy = self._file.load()
        except DeviceError as error:
            return Probe(self.describe(), False, error.trouble.saw, error.trouble.mend)
        finally:
            line.dispose()
        counted = Energy(total_wh * _WS_PER_WH, 0) if energy is None else energy.after(session_ws)
        return Probe(
            self.describe(), True, f"{counted.counted_ws // _WS_PER_WH} Wh, {power_w:.0f} W"
        )

    async def _poll(self, tried: asyncio.Event) -> None:
        while True:
            begun_s = time.monotonic()
            try:
                await self._read()
                await self._save_when_due()
            except DeviceError as error:
                self._doubt(error.trouble)
            tried.set()
            await asyncio.sleep(max(0.0, begun_s + self._poll_s - time.monotonic()))

    async def _read(self) -> None:
        """Count what is believed; the first reading takes two. Raises DeviceError."""
        trouble = await self._read_once()
        if trouble is UNCONFIRMED:
            trouble = await self._read_once()
        if trouble is not None:
            raise DeviceError(trouble.saw, trouble.mend)

    async def _read_once(self) -> Trouble | None:
        """Why the reading is not believed; None when it was counted. Raises DeviceError."""
        power_w, voltage_v = _power((await self._board.ask("GG")).words)
        session_ws, total_wh = _energy((await self._board.ask("GU")).words)
        energy = (await self._begun(session_ws, total_wh)).after(session_ws)
        wh = energy.counted_ws / _WS_PER_WH
        trouble = self._judge.trouble(Reading(voltage_v, power_w, wh), time.monotonic())
        if trouble is None:
            self._energy = energy
            self._believe(int(wh), round(power_w))
        return trouble

    async def _begun(self, session_ws: int, total_wh: int) -> Energy:
        """Where counting goes on; a new register begins with the board's total."""
        if self._energy is None:
            self._saved = await asyncio.to_thread(self._file.load)
            self._energy = self._saved or Energy(total_wh * _WS_PER_WH, session_ws)
        return self._energy

    async def _save_when_due(self) -> None:
        """Raises DeviceError."""
        if self._energy is None:
            return
        saved_ws = self._saved.counted_ws if self._saved is not None else float("-inf")
        if self._energy.counted_ws - saved_ws >= _SAVED_EVERY_WS or not self.power_w():
            await self._save()

    async def _save(self) -> None:
        """Raises DeviceError."""
        energy = self._energy
        if energy is not None and energy != self._saved:
            await asyncio.to_thread(self._file.save, energy)
            self._saved = energy


def _power(words: Sequence[str]) -> tuple[float, float]:
    """Watt and volt of an answer to ``$GG``: milliampere, millivolt. Raises DeviceError."""
    current_ma, voltage_mv = _numbers(words, "current and voltage")
    return current_ma * voltage_mv / 1e6, voltage_mv / 1000


def _energy(words: Sequence[str]) -> tuple[int, int]:
    """Of an answer to ``$GU``: watt seconds of the session, Wh before it. Raises DeviceError."""
    session_ws, total_wh = _numbers(words, "energy")
    return session_ws, total_wh


def _numbers(words: Sequence[str], what: str) -> tuple[int, int]:
    """Two numbers that are not below 0: -1 is what a board without the part says."""
    if len(words) < 2 or not all(word.isdecimal() for word in words[:2]):
        raise DeviceError(f"the board does not tell its {what}", _NO_METER)
    return int(words[0]), int(words[1])
