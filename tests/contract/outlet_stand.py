"""A stand: one implementation of the ports of an outlet, with hands that move its world.

It offers the port objects, ``events`` in the order in which they were posted, and the hands.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from cp.vocabulary.events import Event
from drivers.bench.devices import (
    BenchContactor,
    BenchLamp,
    BenchPilot,
    BenchReader,
    ErrorButtons,
)
from drivers.bench.meter import BenchMeter, MeterMode
from drivers.bench.rig import Rig
from drivers.bench.world import ContactorMode, plugged_in, plugged_out

TIME_SCALE = 20.0
HOLD_S = 0.1


class BenchStand:
    """The bench, 20 times as fast as life; the hold, which is real time, is short."""

    def __init__(self, folder: Path) -> None:
        self.events: list[Event] = []
        self._rig = Rig(folder, plug=None, time_scale=TIME_SCALE)
        self.contactor = BenchContactor(self._rig, HOLD_S)
        self.pilot = BenchPilot(self._rig, ErrorButtons(self._rig))
        self.meter = BenchMeter(self._rig)
        self.reader = BenchReader(self._rig)
        self.lamp = BenchLamp(self._rig)

    async def __aenter__(self) -> Self:
        self._rig.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for device in (self.contactor, self.pilot, self.meter, self.reader, self.lamp):
            await device.stop()
        await self._rig.stop()

    # ---- waiting ---------------------------------------------------------------------------------

    async def until(self, condition: Callable[[], bool]) -> None:
        deadline_s = time.monotonic() + 2.0
        while not condition():
            assert time.monotonic() < deadline_s, self.events
            await asyncio.sleep(0.002)

    async def told(self, *expected: Event) -> None:
        """These events, and no others, were posted since the last call."""
        await self.until(lambda: len(self.events) >= len(expected))
        await asyncio.sleep(0.005)
        assert self.events == list(expected)
        self.events.clear()

    # ---- hands -----------------------------------------------------------------------------------

    def plug_in(self) -> None:
        self._rig.change(plugged_in)

    def plug_out(self) -> None:
        self._rig.change(plugged_out)

    def set_ready(self, is_ready: bool) -> None:
        self._rig.change(lambda inputs: replace(inputs, is_ev_ready=is_ready))

    def weld(self) -> None:
        self._rig.change(lambda inputs: replace(inputs, contactor=ContactorMode.WELDED))

    def is_closed(self) -> bool:
        return self._rig.look().is_contact_closed

    def is_pulled(self) -> bool:
        return self._rig.look().inputs.is_pulled

    def turn_register(self, register_wh: int) -> None:
        self.meter.set_register(register_wh)

    def true_register_wh(self) -> int:
        return self._rig.look().register_wh

    def break_meter(self, mode: str) -> None:
        self.meter.set_mode(MeterMode(mode))

    def present_card(self, id_tag: str) -> None:
        self.reader.present(id_tag)

    def break_reader(self, has_failed: bool) -> None:
        self.reader.set_failed(has_failed)
