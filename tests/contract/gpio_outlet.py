"""A contactor on a board, and what it posted."""

import asyncio

from gpio_boards import Board, line, until

from cp.vocabulary.events import Event, FeedbackClosed
from drivers.gpio.contactor import GpioContactor, GpioContactorConfig

CONFIG = GpioContactorConfig(
    line("coil"),
    line("feedback"),
    line("emergency_stop"),
    line("rcd"),
    settle_ms=0,
    hold_s=10.0,  # else a hold that expires hides that nobody dropped the contactor
    reread_ms=50,
)


class Outlet:
    """A started contactor, what it posted, and how the coil was driven at each event."""

    def __init__(self, board: Board, config: GpioContactorConfig = CONFIG) -> None:
        self.events: list[Event] = []
        self.coil_levels: list[bool] = []
        self.board = board
        self.contactor = GpioContactor(config, board.open_chips)

    async def __aenter__(self) -> "Outlet":
        await self.contactor.start(self._post)
        return self

    def _post(self, event: Event) -> None:
        self.coil_levels.append(self.board.output("coil"))
        self.events.append(event)

    async def __aexit__(self, *_exception: object) -> None:
        await self.contactor.stop()

    async def told(self, *expected: Event) -> None:
        await until(lambda: len(self.events) >= len(expected))
        await asyncio.sleep(0.02)
        assert self.events == list(expected)
        self.events.clear()

    async def close(self) -> None:
        self.contactor.close()
        await self.told(FeedbackClosed(1))
