"""The control pilot from lines of a chip and from an analog input of the kernel.

PWM has no simulator in the kernel: its files are plain ones.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from gpio_boards import SimBoard, until
from pilot_tree import PilotTree
from power_path_stand import COMPARATORS

from cp.vocabulary.events import ErrorCleared, ErrorRaised, EvAsked, Event, EvPaused, Plugged
from drivers.pilot.adc import AdcConfig, AdcSource
from drivers.pilot.levels import PilotState
from drivers.pilot.pilot import ControlPilot, PilotConfig
from drivers.pilot.steps import SHORTED, UNREADABLE

DUMMY = Path("/sys/kernel/config/iio/devices/dummy/evse")
DEVICES = "/sys/bus/iio/devices/iio:device*"
DUMMY_V = (73 + 7) * 0.001333 / 1000
"""What the dummy always measures: raw 73, offset 7, scale 0.001333 mV."""

LEVELS = {
    PilotState.A: (True, True, True),
    PilotState.B: (False, True, True),
    PilotState.C: (False, False, True),
    PilotState.E: (False, False, False),
}


def show(chip: SimBoard, state: PilotState) -> None:
    for name, level in zip(("above_10v5", "above_7v5", "above_4v5"), LEVELS[state], strict=True):
        chip.set_input(name, level)


def cleared(error: ErrorRaised) -> ErrorCleared:
    return ErrorCleared(error.connector_id, error.error_code, error.vendor_error_code)


def test_comparators_on_a_chip_that_is_unplugged_while_the_ev_asks(
    chip: SimBoard, tmp_path: Path
) -> None:
    async def play() -> None:
        events: list[Event] = []
        chip.set_input("diode_ok", True)
        show(chip, PilotState.A)
        pilot = ControlPilot(PilotConfig(PilotTree(tmp_path).pwm, comparators=COMPARATORS))
        await pilot.start(events.append)
        pilot.offer(16)
        show(chip, PilotState.B)
        await until(lambda: events == [Plugged(1)])
        show(chip, PilotState.C)
        await until(lambda: events[1:] == [EvAsked(1)])
        show(chip, PilotState.E)
        await until(lambda: events[2:] == [EvPaused(1), SHORTED])
        show(chip, PilotState.C)
        await until(lambda: events[4:] == [cleared(SHORTED), EvAsked(1)])
        events.clear()
        chip.unplug()
        await until(lambda: events == [EvPaused(1), UNREADABLE])
        chip.plug()
        chip.set_input("diode_ok", True)
        show(chip, PilotState.C)
        await until(lambda: cleared(UNREADABLE) in events and events[-1] == EvAsked(1))
        await pilot.stop()

    asyncio.run(play())


@pytest.fixture
def dummy() -> Iterator[Path]:
    """An analog input that measures a constant."""
    DUMMY.mkdir()
    yield DUMMY
    if DUMMY.exists():
        DUMMY.rmdir()


@pytest.mark.parametrize(
    ("volts", "state"),
    [(12.0, "A"), (9.0, "B"), (6.0, "C"), (3.0, "D"), (0.0, "E"), (-12.0, "F")],
)
def test_a_state_from_an_analog_input(dummy: Path, volts: float, state: str) -> None:
    """Half of the volts from the gain and half from the shift, so that both count."""
    gain = volts / 2 / DUMMY_V or 1.0
    source = AdcSource(AdcConfig(DEVICES, gain=gain, shift_v=volts / 2))
    assert source.look().state == PilotState(state)
    assert float(source.volts.split()[0]) == pytest.approx(volts, abs=0.05)
    source.close()


def test_an_analog_input_that_is_unplugged_while_the_ev_asks(dummy: Path, tmp_path: Path) -> None:
    async def play() -> None:
        events: list[Event] = []
        config = AdcConfig(DEVICES, gain=6.0 / DUMMY_V)
        pilot = ControlPilot(PilotConfig(PilotTree(tmp_path).pwm, adc=config))
        await pilot.start(events.append)
        pilot.offer(16)
        await until(lambda: events == [Plugged(1), EvAsked(1)])
        events.clear()
        dummy.rmdir()
        await until(lambda: events == [EvPaused(1), UNREADABLE])
        dummy.mkdir()
        await until(lambda: events[2:] == [cleared(UNREADABLE), EvAsked(1)])
        await pilot.stop()

    asyncio.run(play())
