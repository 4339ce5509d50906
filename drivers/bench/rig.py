"""The rig: the world of the bench in real time, with its memory and its devices.

Theory of operation: a change of the world is looked at a moment later from the event loop, never
inside the call that made it, so that a driver command never posts an event before it returns.
The devices compare each look with the one before and post what changed. A ticker lets the meter
read and the memory follow the register.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from cp.vocabulary.events import Event
from drivers.bench.memory import Kept, Memory
from drivers.bench.world import ContactorMode, Inputs, Look, World

_TICK_S: Final = 0.25
_RESTING_TICK_S: Final = 1.0
_SHORTEST_TICK_S: Final = 0.02
_SYNC_EVERY_S: Final = 1.0


class Device(Protocol):
    """What looks at the world."""

    def notice(self, look: Look) -> None:
        """Post what changed since the last look."""

    def tick(self, look: Look) -> None:
        """Called every quarter second of the bench."""


class Rig:
    """World, clock and memory of one outlet."""

    def __init__(self, folder: Path, *, plug: tuple[bool, bool] | None, time_scale: float) -> None:
        """``plug``: is an EV plugged, is it ready; None: as the memory says.

        Raises ``HardwareError`` when the memory cannot be read.
        """
        self.time_scale = time_scale
        self._memory = Memory(folder)
        kept = self._memory.load()
        is_plugged, is_ev_ready = plug or (kept.is_plugged, kept.is_ev_ready)
        # A sound contactor drops without power: one that is still closed is welded.
        mode = ContactorMode.WELDED if kept.is_contact_closed else ContactorMode.NORMAL
        self._world = World(
            Inputs(is_plugged=is_plugged, is_ev_ready=is_ev_ready, contactor=mode),
            register_wh=kept.register_wh,
            now_s=time.monotonic(),
            time_scale=time_scale,
        )
        self._devices: list[Device] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ticker: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()

    # ---- life ------------------------------------------------------------------------------------

    def start(self) -> None:
        """Let time run; called in the event loop."""
        self._loop = asyncio.get_running_loop()
        self._ticker = self._loop.create_task(self._tick_forever())

    async def stop(self) -> None:
        """Keep what hardware keeps."""
        if self._ticker is not None:
            self._ticker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._ticker
        self.save()

    def watch(self, device: Device) -> None:
        """Let this device look at the world from now on."""
        self._devices.append(device)

    # ---- the world -------------------------------------------------------------------------------

    def look(self) -> Look:
        """The world now."""
        return self._world.look(time.monotonic())

    def change(self, edit: Callable[[Inputs], Inputs]) -> None:
        """Change the world; the devices see it a moment later. Any thread may call this."""
        self._world.change(time.monotonic(), edit)
        if self._loop is not None:
            # The loop may have ended under a thread that still holds the contactor.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._settle)

    def set_register(self, register_wh: int) -> None:
        """The meter shows this from now on."""
        self._world.set_register(time.monotonic(), register_wh)

    def save(self) -> None:
        """Bring the memory up to date, without waiting for the disk."""
        look = self.look()
        inputs = look.inputs
        is_welded = inputs.contactor is ContactorMode.WELDED
        self._memory.save(Kept(look.register_wh, inputs.is_plugged, inputs.is_ev_ready, is_welded))

    def later(self, act: Callable[[], None]) -> None:
        """Call ``act`` from the event loop, after what runs now."""
        if self._loop is not None:
            self._loop.call_soon(act)

    def _settle(self) -> None:
        look = self.look()
        for device in self._devices:
            device.notice(look)
        self.save()
        self._changed.set()
        if look.settles_s is not None and self._loop is not None:
            self._loop.call_later(look.settles_s, self._settle)

    async def _tick_forever(self) -> None:
        synced_at_s = time.monotonic()
        while True:
            await self._pause()
            look = self.look()
            for device in self._devices:
                device.tick(look)
            self.save()
            is_due = time.monotonic() - synced_at_s >= _SYNC_EVERY_S
            if self._memory.is_behind and (is_due or self._memory.is_urgent):
                await asyncio.to_thread(self._memory.sync)
                synced_at_s = time.monotonic()

    async def _pause(self) -> None:
        """Until the next tick. Without a flow of energy ticks are rare: a station at rest costs
        next to nothing."""
        self._changed.clear()
        if not self.look().power_w:
            try:
                async with asyncio.timeout(_RESTING_TICK_S / self.time_scale):
                    await self._changed.wait()
            except TimeoutError:
                return
        await asyncio.sleep(max(_SHORTEST_TICK_S, _TICK_S / self.time_scale))


def nobody(_event: Event) -> None:
    """Takes events of a device that was not started yet."""
