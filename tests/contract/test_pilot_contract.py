"""The control pilot as a driver: what goes wrong, what is told of it, and how it comes back."""

import asyncio
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from gpio_boards import MemoryBoard, until
from pilot_tree import PilotTree
from power_path_stand import COMPARATORS

from cp.vocabulary.errors import HardwareError
from cp.vocabulary.events import (
    ErrorCleared,
    ErrorRaised,
    EvAsked,
    Event,
    EvPaused,
    Plugged,
    Unplugged,
)
from drivers.gpio.line import Chips
from drivers.pilot.adc import AdcSource
from drivers.pilot.pilot import ControlPilot, PilotConfig
from drivers.pilot.source import Look
from drivers.pilot.steps import (
    NEGATIVE,
    NO_DIODE,
    NO_PWM,
    SHORTED,
    UNREADABLE,
    VENTILATION,
)


def cleared(error: ErrorRaised) -> ErrorCleared:
    return ErrorCleared(error.connector_id, error.error_code, error.vendor_error_code)


class Outlet:
    """A pilot on files, started while an EV is connected unless told otherwise."""

    def __init__(self, tree: PilotTree, volts: float = 9.0, **changes: object) -> None:
        self.tree = tree
        self.events: list[Event] = []
        tree.set_volts(volts)
        config = PilotConfig(tree.pwm, adc=tree.adc, sample_ms=2, stable_ms=6, leave_ms=2)
        self.pilot = ControlPilot(replace(config, **changes))  # type: ignore[arg-type]

    async def __aenter__(self) -> "Outlet":
        await self.pilot.start(self.events.append)
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.pilot.stop()

    async def told(self, *expected: Event) -> None:
        await until(lambda: len(self.events) >= len(expected))
        await asyncio.sleep(0.03)
        assert self.events == list(expected)
        self.events.clear()

    async def charge(self) -> None:
        self.pilot.offer(32)
        self.tree.set_volts(6.0)
        await self.told(Plugged(1), EvAsked(1))


@pytest.fixture
def tree(tmp_path: Path) -> PilotTree:
    return PilotTree(tmp_path)


def test_an_offer_is_a_duty_and_no_offer_is_a_steady_12_v(tree: PilotTree) -> None:
    async def play() -> None:
        async with Outlet(tree) as outlet:
            assert tree.duty() == 100
            outlet.pilot.offer(32)
            await until(lambda: tree.duty() == pytest.approx(53.3333))
            outlet.pilot.withdraw()
            await until(lambda: tree.duty() == 100)
            outlet.pilot.offer(6)
            await until(lambda: tree.duty() == 10)
        assert tree.duty() == 100
        async with Outlet(tree, is_f_when_stopped=True):
            pass
        assert tree.duty() == 0

    asyncio.run(play())


@pytest.mark.parametrize(("volts", "event"), [(9.0, EvPaused(1)), (12.0, Unplugged(1))])
def test_what_ends_energy_is_told_in_time(tree: PilotTree, volts: float, event: Event) -> None:
    """14 ms on a machine that is not busy with other things; see the unit tests of the eye."""

    async def play() -> None:
        async with Outlet(tree, sample_ms=8, stable_ms=400, leave_ms=6) as outlet:
            await outlet.charge()
            tree.set_volts(volts)
            begun_s = time.monotonic()
            await until(lambda: outlet.events == [event])
            assert 0.006 <= time.monotonic() - begun_s < 0.3

    asyncio.run(play())


def test_a_glitch_is_nothing(tree: PilotTree) -> None:
    async def play() -> None:
        async with Outlet(tree, sample_ms=5, stable_ms=60, leave_ms=60) as outlet:
            await outlet.charge()
            for _ in range(4):
                tree.set_volts(12.0)
                await asyncio.sleep(0.01)
                tree.set_volts(6.0)
                await asyncio.sleep(0.01)
            await outlet.told()

    asyncio.run(play())


def test_a_pause_rests_as_long_as_it_took_to_believe_the_ev(tree: PilotTree) -> None:
    async def play() -> None:
        async with Outlet(tree, stable_ms=200, leave_ms=4) as outlet:
            await outlet.charge()
            tree.set_volts(0.0)
            await until(lambda: outlet.events == [EvPaused(1)])
            tree.set_volts(6.0)
            begun_s = time.monotonic()
            await until(lambda: outlet.events == [EvPaused(1), EvAsked(1)])
            assert time.monotonic() - begun_s >= 0.2

    asyncio.run(play())


@pytest.mark.parametrize(
    ("volts", "error"), [(0.0, SHORTED), (-12.0, NEGATIVE)], ids=["shorted", "negative"]
)
def test_a_broken_pilot_ends_the_asking_but_not_the_visit(
    tree: PilotTree, volts: float, error: ErrorRaised
) -> None:
    async def play() -> None:
        async with Outlet(tree) as outlet:
            await outlet.charge()
            tree.set_volts(volts)
            await outlet.told(EvPaused(1), error)
            tree.set_volts(6.0)
            await outlet.told(cleared(error), EvAsked(1))
            tree.set_volts(volts)
            await outlet.told(EvPaused(1), error)
            tree.set_volts(12.0)
            await outlet.told(Unplugged(1), cleared(error))

    asyncio.run(play())


def test_without_a_diode_an_ev_never_asks(tree: PilotTree) -> None:
    async def play() -> None:
        async with Outlet(tree) as outlet:
            await outlet.told(Plugged(1))
            tree.set_volts(6.0, -5.6)
            await outlet.told()  # no square wave, nothing to be seen
            outlet.pilot.offer(32)
            await outlet.told(NO_DIODE)
            tree.set_volts(6.0)
            await outlet.told(cleared(NO_DIODE), EvAsked(1))
            tree.set_volts(6.0, -8.8)
            await outlet.told(EvPaused(1), NO_DIODE)

    asyncio.run(play())


def test_the_diode_is_seen_anew_for_each_offer(tree: PilotTree) -> None:
    async def play() -> None:
        async with Outlet(tree) as outlet:
            await outlet.charge()
            outlet.pilot.withdraw()
            await outlet.told(EvPaused(1))
            tree.set_volts(6.0, -8.8)
            outlet.pilot.offer(32)
            await outlet.told(NO_DIODE)

    asyncio.run(play())


def test_ventilation_is_what_the_place_has(tree: PilotTree) -> None:
    async def play() -> None:
        async with Outlet(tree, 3.0) as outlet:
            outlet.pilot.offer(32)
            await outlet.told(VENTILATION, Plugged(1))
        async with Outlet(tree, 3.0, has_ventilation=True) as outlet:
            outlet.pilot.offer(32)
            await outlet.told(Plugged(1), EvAsked(1))

    asyncio.run(play())


def test_an_adc_that_is_lost_ends_the_asking_and_comes_back(
    tree: PilotTree, caplog: pytest.LogCaptureFixture
) -> None:
    async def play() -> None:
        async with Outlet(tree) as outlet:
            await outlet.charge()
            tree.write_raw(0, "garbage")
            await outlet.told(EvPaused(1), UNREADABLE)
            tree.set_volts(6.0)
            await outlet.told(cleared(UNREADABLE), EvAsked(1))

    asyncio.run(play())
    assert "pilot input: " in caplog.text and "pilot input works again" in caplog.text


def test_an_adc_that_is_missing_at_the_start_is_waited_for(tree: PilotTree) -> None:
    async def play() -> None:
        outlet = Outlet(tree)
        (tree.device / "in_voltage1_raw").rename(tree.device / "away")
        async with outlet:
            assert outlet.events == [UNREADABLE]
            (tree.device / "away").rename(tree.device / "in_voltage1_raw")
            await outlet.told(UNREADABLE, cleared(UNREADABLE), Plugged(1))

    asyncio.run(play())


def test_a_pwm_that_is_missing_at_the_start_is_waited_for(tmp_path: Path) -> None:
    tree = PilotTree(tmp_path)
    (tree.output / "polarity").unlink()

    async def play() -> None:
        async with Outlet(tree, 6.0) as outlet:
            assert outlet.events == [NO_PWM, Plugged(1)]
            outlet.pilot.offer(32)
            (tree.output / "polarity").write_text("normal")
            await outlet.told(NO_PWM, Plugged(1), cleared(NO_PWM), EvAsked(1))
            assert tree.duty() == pytest.approx(53.3333)

    asyncio.run(play())


def test_a_look_that_hangs_ends_the_asking(
    tree: PilotTree, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A driver of the kernel may never come back from a read."""
    goes_on = threading.Event()
    goes_on.set()
    look = AdcSource.look

    def hang(source: AdcSource) -> Look:
        goes_on.wait(5.0)
        return look(source)

    monkeypatch.setattr(AdcSource, "look", hang)
    monkeypatch.setattr("drivers.pilot.pilot._HUNG_AFTER_S", 0.05)
    monkeypatch.setattr("drivers.pilot.pilot._WATCHED_EVERY_S", 0.02)

    async def play() -> None:
        async with Outlet(tree) as outlet:
            await outlet.charge()
            goes_on.clear()
            await outlet.told(EvPaused(1), UNREADABLE)
            goes_on.set()
            await outlet.told(cleared(UNREADABLE), EvAsked(1))

    asyncio.run(play())
    assert "a look has not come back" in caplog.text


def test_a_fault_of_our_own_in_the_thread_reaches_the_loop(
    tree: PilotTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_source: AdcSource) -> Look:
        raise RuntimeError("ours")

    async def play() -> None:
        errors: list[object] = []
        asyncio.get_running_loop().set_exception_handler(
            lambda _loop, context: errors.append(context.get("exception"))
        )
        async with Outlet(tree) as outlet:
            await outlet.told(Plugged(1))
            monkeypatch.setattr(AdcSource, "look", fail)
            await until(lambda: bool(errors))
            assert str(errors[0]) == "ours"

    asyncio.run(play())


# ---- doctor --------------------------------------------------------------------------------------


def test_doctor_reads_the_pilot_and_drives_nothing(tree: PilotTree) -> None:
    async def play() -> None:
        outlet = Outlet(tree, 9.0)
        probe = await outlet.pilot.probe()
        assert probe.is_ok
        assert probe.saw == f"state B 9.0 V / -12.0 V, {tree.output} is driven at 0.0%"
        tree.set_volts(0.0)
        probe = await outlet.pilot.probe()
        assert not probe.is_ok and "state E" in probe.saw and "cable" in probe.mend
        (tree.chip / "npwm").write_text("0")
        probe = await outlet.pilot.probe()
        assert not probe.is_ok and "has no channel 0" in probe.saw

    asyncio.run(play())


def test_doctor_and_start_say_that_gpiod_is_missing(tree: PilotTree) -> None:
    def open_chips() -> Chips:
        raise HardwareError("GPIO lines need the library gpiod: pip install it")

    async def play() -> None:
        config = PilotConfig(tree.pwm, comparators=COMPARATORS)
        pilot = ControlPilot(config, open_chips)
        probe = await pilot.probe()
        assert not probe.is_ok and "need the library gpiod" in probe.saw
        with pytest.raises(HardwareError, match="gpiod"):
            await pilot.start(lambda event: None)
        await pilot.stop()
        comparators = ControlPilot(config, MemoryBoard().open_chips)
        assert (await comparators.probe()).saw.startswith("state E, ")

    asyncio.run(play())


def test_mistakes_of_a_pilot_are_found(tree: PilotTree) -> None:
    good = PilotConfig(tree.pwm, adc=tree.adc)
    assert good.mistakes() == ()
    for wrong, words in (
        (replace(good, adc=None), "give one of them"),
        (replace(good, comparators=COMPARATORS), "give one of them"),
        (replace(good, sample_ms=100), "sample_ms is from 5 to 50"),
        (replace(good, stable_ms=100), "stable_ms is from 0 to 80"),
        (replace(good, leave_ms=50), "leave_ms is from 0 to stable_ms, not 50"),
        (replace(good, adc=replace(tree.adc, gain=0.0)), "gain is the volts"),
    ):
        assert words in " ".join(wrong.mistakes())
    with pytest.raises(HardwareError, match="nothing reads the control pilot"):
        ControlPilot(replace(good, adc=None))
