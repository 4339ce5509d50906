"""A process that holds the contactor closed, until somebody kills it."""

import asyncio

from gpio_outlet import CONFIG

from cp.vocabulary.events import Event, FeedbackClosed
from drivers.gpio.contactor import GpioContactor


async def hold() -> None:
    contactor = GpioContactor(CONFIG)

    def post(event: Event) -> None:
        if isinstance(event, FeedbackClosed):
            print("closed", flush=True)

    await contactor.start(post)
    contactor.close()
    while True:
        await asyncio.sleep(0.5)
        contactor.renew()


asyncio.run(hold())
