"""A pulse meter on a line of a chip."""

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import pytest
from gpio_boards import SimBoard, line, until

from cp.vocabulary.events import ErrorCleared, ErrorRaised, Event
from cp.vocabulary.words import ChargePointErrorCode
from drivers.meter.pulses import PulseMeter, PulseMeterConfig

FAILED = ErrorRaised(1, ChargePointErrorCode.POWER_METER_FAILURE)
BACK = ErrorCleared(1, ChargePointErrorCode.POWER_METER_FAILURE)
TICK_S = 0.012
"""A little more than the kernel's: edges within one tick are one edge to the simulated chip."""


def config_in(folder: Path) -> PulseMeterConfig:
    return PulseMeterConfig(
        str(folder / "pulses.json"), line("rcd"), rated_power_w=1e9, retry_s=0.05
    )


def pulse(chip: SimBoard, width_s: float = TICK_S) -> None:
    chip.set_input("rcd", True)
    time.sleep(width_s)
    chip.set_input("rcd", False)
    time.sleep(width_s)


def test_each_pulse_counts_and_a_bouncing_contact_does_not(chip: SimBoard, tmp_path: Path) -> None:
    async def play() -> None:
        config = replace(config_in(tmp_path), line=replace(line("rcd"), debounce_ms=5))
        meter = PulseMeter(config)
        await meter.start(lambda _event: None)
        for number in range(1, 6):
            await asyncio.to_thread(bounce, chip)
            await asyncio.to_thread(pulse, chip, 0.05)
            assert meter.register_wh() == number
        await meter.stop()

    asyncio.run(play())


def bounce(chip: SimBoard) -> None:
    chip.set_input("rcd", True)
    time.sleep(0.001)
    chip.set_input("rcd", False)
    time.sleep(0.05)


def test_pulses_that_nobody_read_in_time_are_counted(chip: SimBoard, tmp_path: Path) -> None:
    """More than the kernel keeps: their numbers say how many there were."""

    async def play() -> None:
        meter = PulseMeter(config_in(tmp_path))
        await meter.start(lambda _event: None)
        for _ in range(300):  # the loop hangs meanwhile
            chip.set_input("rcd", True)
            time.sleep(TICK_S)
            chip.set_input("rcd", False)
        await asyncio.sleep(0.1)
        assert meter.register_wh() == 300
        await meter.stop()

    asyncio.run(play())


def test_a_chip_that_is_unplugged_loses_no_energy_that_was_counted(
    chip: SimBoard, tmp_path: Path
) -> None:
    async def play() -> None:
        events: list[Event] = []
        meter = PulseMeter(config_in(tmp_path))
        await meter.start(events.append)
        for _ in range(3):
            await asyncio.to_thread(pulse, chip)
        await until(lambda: meter.register_wh() == 3)
        chip.unplug()
        await until(lambda: events == [FAILED])
        assert meter.register_wh() == 3
        chip.plug()
        await until(lambda: events == [FAILED, BACK])
        for _ in range(2):
            await asyncio.to_thread(pulse, chip)
        await until(lambda: meter.register_wh() == 5)
        await meter.stop()
        assert '"pulses": 5' in (tmp_path / "pulses.json").read_text()

    asyncio.run(play())


@pytest.mark.parametrize("name", ["coil", "no such line"])
def test_a_line_that_cannot_be_had_is_told_in_words(
    chip: SimBoard, tmp_path: Path, name: str
) -> None:
    async def play() -> None:
        owner = chip.open_chips().open_output(line("coil"))
        probe = await PulseMeter(replace(config_in(tmp_path), line=line(name))).probe()
        assert not probe.is_ok
        assert ("is in use" if name == "coil" else "no such line") in probe.saw
        owner.close()

    asyncio.run(play())
