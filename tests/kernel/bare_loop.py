"""A process that carries the level of a pin, turned over, to another: the floor of the figures."""

import asyncio

from gpio_boards import line

from drivers.gpio.line import system_chips


async def carry() -> None:
    chips = system_chips()
    seen = chips.open_input(line("emergency_stop"), is_waking=True)
    driven = chips.open_output(line("coil"))
    asyncio.get_running_loop().add_reader(seen.fileno(), lambda: driven.write(not seen.read()))
    print("ready", flush=True)
    driven.write(not seen.read())
    await asyncio.Event().wait()


asyncio.run(carry())
