"""From the emergency stop to the coil, in the driver alone: nobody is asked before it drops."""

import asyncio
from collections.abc import Callable

from gpio_boards import SimBoard
from gpio_outlet import CONFIG, Outlet
from site_of_station import until

ROUNDS = 100


def test_from_the_emergency_stop_to_the_coil(
    chip: SimBoard, record_property: Callable[[str, object], None]
) -> None:
    chip.follow("coil", lambda is_pulled: chip.set_input("feedback", is_pulled))

    async def play() -> None:
        waits = []
        async with Outlet(chip, CONFIG) as outlet:
            for _ in range(ROUNDS):
                outlet.contactor.close()
                await until(lambda: chip.output("coil"))
                chip.set_input("emergency_stop", True)
                waits.append(await until(lambda: not chip.output("coil")))
                chip.set_input("emergency_stop", False)
                outlet.events.clear()
                await until(lambda: bool(outlet.events))
        waits.sort()
        usual_ms, p99_ms = waits[ROUNDS // 2] * 1e3, waits[ROUNDS * 99 // 100 - 1] * 1e3
        name = f"emergency stop to coil low, {ROUNDS} times"
        record_property(name, f"median {usual_ms:.0f} ms, p99 {p99_ms:.0f} ms")
        assert p99_ms < 100

    asyncio.run(play())
