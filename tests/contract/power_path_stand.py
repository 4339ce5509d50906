"""Stands for the power path: contactor and pilot of a driver set, and hands that move their world.

``GpioStand`` has the contactor on GPIO lines and the pilot on PWM, read by ADC or comparators.
"""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from gpio_boards import Board, line
from pilot_tree import PilotTree

from cp.vocabulary.events import Event
from cp.vocabulary.ports import Contactor, Pilot
from drivers.gpio.contactor import GpioContactor, GpioContactorConfig
from drivers.pilot.comparators import ComparatorsConfig
from drivers.pilot.pilot import ControlPilot, PilotConfig

HOLD_S = 0.1
_QUIET_S = 0.05
_SETTLED_MS = 30
"""Comparators of one level; a stand moves them one after the other, a tick of the kernel each."""
COMPARATORS = ComparatorsConfig(
    (line("above_10v5"), line("above_7v5"), line("above_4v5")),
    {"111": "A", "011": "B", "001": "C", "000": "E"},
    line("diode_ok"),
)


class PowerPathStand(Protocol):
    """What the suite needs of a stand."""

    events: list[Event]

    @property
    def contactor(self) -> Contactor: ...

    @property
    def pilot(self) -> Pilot: ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    async def until(self, condition: Callable[[], bool]) -> None: ...

    async def told(self, *expected: Event) -> None:
        """These events, and no others, were posted since the last call."""

    def plug_in(self) -> None: ...

    def plug_out(self) -> None: ...

    def set_ready(self, is_ready: bool) -> None: ...

    def weld(self) -> None: ...

    def is_closed(self) -> bool: ...

    def is_pulled(self) -> bool: ...


class GpioStand:
    """The real drivers of the power path on a board and a tree of pilot files."""

    def __init__(self, folder: Path, board: Board, *, has_adc: bool) -> None:
        self.events: list[Event] = []
        self.board = board
        self.tree = PilotTree(folder)
        self.contactor = GpioContactor(
            GpioContactorConfig(
                line("coil"),
                line("feedback"),
                line("emergency_stop"),
                line("rcd"),
                hold_s=HOLD_S,
                settle_ms=0,
            ),
            board.open_chips,
        )
        self.pilot = ControlPilot(
            PilotConfig(
                self.tree.pwm,
                adc=self.tree.adc if has_adc else None,
                comparators=None if has_adc else COMPARATORS,
                sample_ms=2,
                stable_ms=6 if has_adc else _SETTLED_MS,
                leave_ms=4 if has_adc else _SETTLED_MS,
            ),
            board.open_chips,
        )
        self._has_adc = has_adc
        self._is_welded = self._is_plugged = self._is_ready = False
        self._show_pilot()
        board.follow("coil", self._move_contact)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.contactor.stop()
        await self.pilot.stop()
        self.board.close()

    # ---- waiting ---------------------------------------------------------------------------------

    async def until(self, condition: Callable[[], bool]) -> None:
        deadline_s = time.monotonic() + 4.0
        while not condition():
            assert time.monotonic() < deadline_s, self.events
            await asyncio.sleep(0.002)

    async def told(self, *expected: Event) -> None:
        await self.until(lambda: len(self.events) >= len(expected))
        await asyncio.sleep(_QUIET_S)
        assert self.events == list(expected)
        self.events.clear()

    # ---- hands -----------------------------------------------------------------------------------

    def plug_in(self) -> None:
        self._is_plugged = True
        self._show_pilot()

    def plug_out(self) -> None:
        self._is_plugged = self._is_ready = False
        self._show_pilot()

    def set_ready(self, is_ready: bool) -> None:
        self._is_ready = is_ready
        self._show_pilot()

    def weld(self) -> None:
        self._is_welded = True
        self.board.set_input("feedback", True)

    def is_closed(self) -> bool:
        return self._is_welded or self.is_pulled()

    def is_pulled(self) -> bool:
        return self.board.output("coil")

    def _move_contact(self, is_pulled: bool) -> None:
        self.board.set_input("feedback", is_pulled or self._is_welded)

    def _show_pilot(self) -> None:
        volts = 12.0 if not self._is_plugged else 6.0 if self._is_ready else 9.0
        if self._has_adc:
            self.tree.set_volts(volts)
            return
        for name, above_v in (("above_10v5", 10.5), ("above_7v5", 7.5), ("above_4v5", 4.5)):
            self.board.set_input(name, volts > above_v)
        self.board.set_input("diode_ok", True)
