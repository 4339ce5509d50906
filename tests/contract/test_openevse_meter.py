"""What every meter has to do, by an OpenEVSE board; and what its counter does to the register."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest
from openevse_stand import IMPATIENT, OpenEvseMeterStand, OpenEvseStand
from test_meter_and_reader_contract import (  # noqa: F401 - they run here too
    METER_BACK,
    METER_FAILED,
    test_a_silent_meter_is_an_error_until_it_is_back,
    test_a_stuck_register_stays,
    test_meter_forgets_a_limit_that_is_taken_back,
    test_meter_knows_nothing_before_it_is_started,
    test_meter_reads_register_and_power,
    test_meter_tells_a_limit_once,
    test_meter_tells_a_limit_that_was_passed_already,
)

from drivers.device_faults import DeviceError
from drivers.openevse.energy import Energy, EnergyFile


@pytest.fixture
def metered(tmp_path: Path) -> OpenEvseMeterStand:
    return OpenEvseMeterStand(tmp_path)


# ---- the register --------------------------------------------------------------------------------


def test_the_register_adds_up_sessions_and_never_falls() -> None:
    energy = Energy(1000, 400)
    assert energy.after(400) == energy
    assert energy.after(700) == Energy(1300, 700)
    assert energy.after(50) == Energy(1050, 50), "a new session, or a board that restarted"


def test_the_register_survives_the_program_and_the_board(tmp_path: Path) -> None:
    async def play() -> None:
        async with OpenEvseStand(tmp_path) as stand:
            stand.board.total_wh, stand.board.session_ws = 5000, 7200
            stand.board.current_ma = 16_000
            await stand.meter.start(stand.events.append)
            assert stand.meter.register_wh() == 5000, "it begins with the total of the board"
            stand.board.session_ws = 7200 + 36_000
            await stand.until(lambda: stand.meter.register_wh() == 5010)
            stand.board.restart()
            await stand.until(lambda: stand.board.state == 0xFE)
            stand.board.session_ws = 3600
            await stand.until(lambda: stand.meter.register_wh() == 5011)
        written = json.loads((tmp_path / "openevse.json").read_text())
        assert written == {"counted_ws": 5011 * 3600, "session_ws": 3600}
        async with OpenEvseStand(tmp_path) as stand:
            stand.board.session_ws = 3600 * 4
            await stand.meter.start(stand.events.append)
            assert stand.meter.register_wh() == 5014, "what flowed meanwhile"
            assert stand.events == []

    asyncio.run(play())


@pytest.mark.parametrize("step_ws", [-1000 * 3600, 1000 * 3600])
def test_a_step_that_no_outlet_can_draw_is_not_counted(tmp_path: Path, step_ws: int) -> None:
    """A fall to what a new session cannot have drawn yet, and a leap."""

    async def play() -> None:
        config = replace(IMPATIENT, rated_power_w=7360.0)
        async with OpenEvseStand(tmp_path, config) as stand:
            stand.board.session_ws = 5000 * 3600
            await stand.meter.start(stand.events.append)
            stand.board.session_ws += step_ws
            await stand.told(METER_FAILED)
            assert stand.meter.register_wh() == 0
            stand.board.session_ws -= step_ws
            await stand.told(METER_BACK)
            stand.board.session_ws += 3600
            await stand.until(lambda: stand.meter.register_wh() == 1)

    asyncio.run(play())


def test_a_board_without_ammeter_is_an_error(tmp_path: Path) -> None:
    async def play() -> None:
        async with OpenEvseStand(tmp_path, IMPATIENT) as stand:
            stand.board.current_ma = -1
            probe = await stand.meter.probe()
            assert (probe.is_ok, probe.saw) == (
                False,
                "the board does not tell its current and voltage",
            )
            await stand.meter.start(stand.events.append)
            await stand.told(METER_FAILED)
            assert stand.meter.register_wh() is None

    asyncio.run(play())


@pytest.mark.parametrize("text", ["", "{", "[]", '{"counted_ws": 5}', '{"counted_ws": -1}'])
def test_a_damaged_file_is_no_register_of_0(tmp_path: Path, text: str) -> None:
    file = tmp_path / "openevse.json"
    file.write_text(text)
    with pytest.raises(DeviceError, match="is damaged"):
        EnergyFile(file).load()
    assert file.read_text() == text
    with pytest.raises(DeviceError, match="cannot be written"):
        EnergyFile(tmp_path / "nowhere" / "openevse.json").save(Energy(1, 1))


def test_probe_tells_register_and_power(tmp_path: Path) -> None:
    async def play() -> None:
        async with OpenEvseStand(tmp_path) as stand:
            EnergyFile(tmp_path / "openevse.json").save(Energy(777 * 3600, 3600))
            stand.board.session_ws, stand.board.current_ma = 7200, 10_000
            probe = await stand.meter.probe()
            assert (probe.is_ok, probe.saw) == (True, "778 Wh, 2400 W")

    asyncio.run(play())
