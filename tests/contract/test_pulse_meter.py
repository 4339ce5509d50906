"""A meter that pulses: what the line, the file and the power do to its register."""

import asyncio
import json
import time
from dataclasses import replace
from pathlib import Path

import pytest
from meter_stands import PipeLine, PulseStand

from cp.vocabulary.errors import SettingsError
from cp.vocabulary.events import ErrorCleared, ErrorRaised
from cp.vocabulary.words import ChargePointErrorCode
from drivers.device_faults import DeviceError
from drivers.gpio.line import Line
from drivers.meter.pulse_count import NOISE_S, Pulse, PulseCount
from drivers.meter.pulse_file import PulseFile
from drivers.meter.pulses import PulseMeter, PulseMeterConfig

METER_FAILED = ErrorRaised(1, ChargePointErrorCode.POWER_METER_FAILURE)
METER_BACK = ErrorCleared(1, ChargePointErrorCode.POWER_METER_FAILURE)


def count_of(pulses: int = 0, rated_power_w: float = 7360.0) -> PulseCount:
    return PulseCount(pulses, 1000, rated_power_w)


# ---- counting ------------------------------------------------------------------------------------


def test_pulses_that_were_not_read_in_time_are_counted() -> None:
    """400 pulses of which the kernel kept the last 16: their numbers tell."""
    count = count_of(rated_power_w=1e9)
    count.take([Pulse(number, number / 100) for number in range(385, 401)])
    assert count.pulses == 400
    count.restart()
    count.take([Pulse(1, 5.0)])
    assert count.pulses == 401


def test_register_and_power_follow_the_pulses() -> None:
    count = count_of(5000)
    assert (count.register_wh(), count.power_w(0.0)) == (5000, 0)
    count.take([Pulse(1, 10.0), Pulse(2, 11.0)])
    assert (count.register_wh(), count.power_w(11.0)) == (5002, 3600)
    assert count.power_w(21.0) == 360, "no pulse for 10 s: less than one in 10 s flows"


def test_noise_is_not_counted() -> None:
    count = count_of()
    for step in range(3000):
        count.take([Pulse(step + 1, step / 1000)])
    assert count.pulses < 60, "a second of 7360 W is two pulses; some may come at once"
    assert count.refused == 3000 - count.pulses
    assert count.is_noisy(3.0 + NOISE_S - 1)
    assert not count.is_noisy(3.0 + NOISE_S)


def test_a_full_load_is_no_noise() -> None:
    count = count_of()
    per_pulse_s = 3600 / (7360 * 1.1)
    for step in range(3000):
        count.take([Pulse(step + 1, step * per_pulse_s)])
    assert (count.pulses, count.refused) == (3000, 0)


# ---- the file ------------------------------------------------------------------------------------


def test_the_count_survives(tmp_path: Path) -> None:
    file = tmp_path / "pulses.json"
    assert PulseFile(file, 1000).load() == 0
    PulseFile(file, 1000).save(12345)
    assert PulseFile(file, 1000).load() == 12345
    assert PulseFile(file, 2000).load() == 24690, "the same energy"
    assert [path.name for path in tmp_path.iterdir()] == ["pulses.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pulses": 5}', '{"pulses": -1, "x": 2}'])
def test_a_damaged_file_is_no_register_of_0(tmp_path: Path, text: str) -> None:
    file = tmp_path / "pulses.json"
    file.write_text(text)
    with pytest.raises(DeviceError, match="is damaged"):
        PulseFile(file, 1000).load()
    assert file.read_text() == text


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match="cannot be written"):
        PulseFile(tmp_path / "nowhere" / "pulses.json", 1000).save(1)


# ---- the driver ----------------------------------------------------------------------------------


def config_in(folder: Path) -> PulseMeterConfig:
    line = Line("gpiochip0", "s0")
    return PulseMeterConfig(str(folder / "pulses.json"), line, rated_power_w=1e9, retry_s=0.01)


def test_a_power_cut_takes_at_most_what_was_not_saved(tmp_path: Path) -> None:
    async def play() -> None:
        line, file = PipeLine(), tmp_path / "pulses.json"
        meter = PulseMeter(replace(config_in(tmp_path), save_pulses=10), lambda _line: line)
        await meter.start(lambda _event: None)
        line.pulse()
        deadline_s = time.monotonic() + 2.0
        while not file.exists() and time.monotonic() < deadline_s:
            await asyncio.sleep(0.005)
        line.pulse(9)
        await asyncio.sleep(0.1)
        assert meter.register_wh() == 10
        assert json.loads(file.read_text())["pulses"] == 1, "9 pulses, less than 10 s"
        line.pulse(1)
        await asyncio.sleep(0.1)
        assert json.loads(file.read_text())["pulses"] == 11
        line.pulse(3)
        await asyncio.sleep(0.02)
        await meter.stop()
        assert json.loads(file.read_text())["pulses"] == 14, "an ordered stop saves all"

    asyncio.run(play())


def test_a_line_that_is_gone_without_a_wake_up_is_an_error(tmp_path: Path) -> None:
    async def play() -> None:
        async with PulseStand(tmp_path) as stand:
            await stand.meter.start(stand.events.append)
            stand.line.is_there = False
            await stand.told(METER_FAILED)
            stand.line.is_there = True
            await stand.told(METER_BACK)

    asyncio.run(play())


def test_a_damaged_file_is_an_error_until_it_is_mended(tmp_path: Path) -> None:
    async def play() -> None:
        stand = PulseStand(tmp_path)
        (tmp_path / "pulses.json").write_text("rubbish")
        async with stand:
            await stand.meter.start(stand.events.append)
            assert stand.events == [METER_FAILED]
            assert stand.meter.register_wh() is None
            assert stand.meter.power_w() is None
            (tmp_path / "pulses.json").write_text('{"pulses": 5000, "pulses_per_kwh": 1000}')
            await stand.told(METER_FAILED, METER_BACK)
            assert stand.meter.register_wh() == 5000

    asyncio.run(play())


def test_noise_is_an_error_and_the_register_stays(tmp_path: Path) -> None:
    async def play() -> None:
        line = PipeLine()
        events: list[object] = []
        config = replace(config_in(tmp_path), rated_power_w=3600.0)
        meter = PulseMeter(config, lambda _line: line)
        await meter.start(events.append)
        line.pulse(1000)
        await asyncio.sleep(0.05)
        assert events == [METER_FAILED]
        assert (meter.register_wh() or 0) < 50
        await meter.stop()

    asyncio.run(play())


def test_probe_tells_the_register_or_the_trouble(tmp_path: Path) -> None:
    async def play() -> None:
        line = PipeLine()
        PulseFile(tmp_path / "pulses.json", 1000).save(777)
        meter = PulseMeter(config_in(tmp_path), lambda _line: line)
        probe = await meter.probe()
        assert (probe.is_ok, probe.saw) == (True, "777 Wh counted so far")
        line.is_there = False
        probe = await meter.probe()
        assert (probe.is_ok, probe.saw) == (
            False,
            "GPIO line s0 of chip gpiochip0 is not there",
        )

    asyncio.run(play())


def test_a_mistake_is_told_before_anything_is_opened(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="pulses_per_kwh"):
        PulseMeter(replace(config_in(tmp_path), pulses_per_kwh=0))


def test_without_a_chip_the_real_line_is_an_error(tmp_path: Path) -> None:
    pytest.importorskip("gpiod")

    async def play() -> None:
        meter = PulseMeter(replace(config_in(tmp_path), line=Line("no such chip", "s0")))
        events: list[object] = []
        await meter.start(events.append)
        assert events == [METER_FAILED]
        assert (await meter.probe()).saw.endswith("is not there")
        await meter.stop()

    asyncio.run(play())
