"""Stands of an OpenEVSE board: its drivers, a simulated board on a pty, and hands for both.

The contactor's stand has a car that asks and a current that is offered, for this board closes no
relay without; the pilot's stand begins without a car.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Self

from meter_stands import ANY_POWER_W, HandTurned
from openevse_board import OpenEvseBoard

from cp.vocabulary.events import Event
from drivers.openevse.board import Board
from drivers.openevse.config import OpenEvseConfig
from drivers.openevse.meter import OpenEvseMeter
from drivers.openevse.outlet import OpenEvseContactor, OpenEvsePilot

_QUIET_S = 0.03
QUICK = OpenEvseConfig(
    "set by the stand",
    hold_s=2.0,
    heartbeat_s=1,
    poll_s=0.02,
    timeout_s=0.05,
    silence_s=2.0,
    retry_s=0.05,
    rated_power_w=ANY_POWER_W,
)


IMPATIENT = replace(QUICK, silence_s=0.3)


class OpenEvseStand:
    """Contactor, pilot and meter of one board."""

    def __init__(
        self, folder: Path, config: OpenEvseConfig = QUICK, *, has_boot_lock: bool = False
    ) -> None:
        self.events: list[Event] = []
        self.board = OpenEvseBoard(folder / "ttyBoard", has_boot_lock=has_boot_lock)
        self.config = replace(config, device=str(folder / "ttyBoard"))
        shared = Board(self.config)
        self.contactor = OpenEvseContactor(self.config, shared)
        self.pilot = OpenEvsePilot(shared)
        self.meter = OpenEvseMeter(self.config, shared, folder / "openevse.json", poll_s=0.02)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for port in (self.contactor, self.pilot, self.meter):
            await port.stop()
        self.board.stop()

    async def start(self) -> None:
        """Pilot and contactor, as a station does."""
        await self.contactor.start(self.events.append)
        await self.pilot.start(self.events.append)

    async def until(self, condition: Callable[[], bool]) -> None:
        deadline_s = time.monotonic() + 5.0
        while not condition():
            assert time.monotonic() < deadline_s, (self.events, self.board.commands[-20:])
            await asyncio.sleep(0.002)

    async def told(self, *expected: Event) -> None:
        await self.until(lambda: len(self.events) >= len(expected))
        await asyncio.sleep(_QUIET_S)
        assert self.events == list(expected)
        self.events.clear()

    def ordered(self) -> list[str]:
        """What the board was told, without what it was asked and without the heartbeat."""
        return [order for order in self.board.commands if order[0] != "G" and order[:2] != "SY"]

    # ---- hands -----------------------------------------------------------------------------------

    def plug_in(self) -> None:
        self.board.plug(True)

    def plug_out(self) -> None:
        self.board.plug(False)

    def set_ready(self, is_ready: bool) -> None:
        self.board.is_ready = is_ready

    def weld(self) -> None:
        self.board.is_welded = True

    def is_closed(self) -> bool:
        return self.is_pulled() or (self.board.is_welded and self.board.state == 8)

    def is_pulled(self) -> bool:
        return self.board.is_relay_on


class AskedStand(OpenEvseStand):
    """A car asks for what is offered; the hold is short."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, replace(QUICK, hold_s=0.15))

    async def __aenter__(self) -> Self:
        self.plug_in()
        self.set_ready(True)
        self.pilot.offer(32)
        return self


class OpenEvseMeterStand(HandTurned):
    """A driver that asks 50 times a second, and a board that shows what the hands turn."""

    can_fall = False
    flow_w = 3600
    power_precision = 0.0

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._stand = OpenEvseStand(folder, IMPATIENT)
        self._stand.board.on_look = self._show
        self.meter = self._stand.meter

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stand.__aexit__()

    def _show(self) -> None:
        board, true_wh = self._stand.board, self.true_register_wh()
        board.session_ws = 3600 * (self.mode_set_at_wh if self.mode == "stuck" else true_wh)
        board.current_ma = 15000 if self.is_flowing else 0

    def break_meter(self, mode: str) -> None:
        super().break_meter(mode)
        self._stand.board.silent_commands = {"GG", "GU"} if mode == "silent" else set()
