"""An OpenEVSE board: what it does by itself, what breaks, and what is told of it."""

import asyncio
import logging
import time
from collections import deque
from dataclasses import replace
from pathlib import Path

import pytest
from openevse_board import (
    DISABLED,
    GROUND_FAULT,
    SLEEPING,
    A,
    B,
    C,
    OpenEvseBoard,
)
from openevse_stand import IMPATIENT, QUICK, OpenEvseStand

from cp.vocabulary.errors import SettingsError
from cp.vocabulary.events import (
    ErrorCleared,
    ErrorRaised,
    EvAsked,
    EvPaused,
    FeedbackClosed,
    FeedbackOpened,
    Plugged,
    Unplugged,
)
from drivers.openevse import board as board_module
from drivers.openevse.config import OpenEvseConfig
from drivers.openevse.outlet import openevse_ports
from drivers.openevse.sight import FAULTS, LOST

RELAY_STUCK = FAULTS[8]


def cleared(error: ErrorRaised) -> ErrorCleared:
    return ErrorCleared(error.connector_id, error.error_code, error.vendor_error_code)


async def charge(stand: OpenEvseStand, current_a: int = 16) -> None:
    """A car charges."""
    await stand.start()
    stand.plug_in()
    await stand.told(Plugged(1))
    stand.pilot.offer(current_a)
    stand.set_ready(True)
    await stand.told(EvAsked(1))
    stand.contactor.close()
    await stand.told(FeedbackClosed(1))


# ---- who closes the relay ------------------------------------------------------------------------


def test_a_board_that_charges_unasked_is_put_to_sleep_before_anything_else(tmp_path: Path) -> None:
    async def play() -> None:
        async with OpenEvseStand(tmp_path) as stand:
            stand.plug_in()
            stand.set_ready(True)
            await stand.until(stand.is_pulled)
            await stand.start()
            assert stand.events == [Plugged(1)]
            assert stand.board.state == SLEEPING
            assert not stand.is_pulled()
            assert stand.ordered() == ["FD", "FS"]
            assert stand.board.commands[0] == "GS", "a look is no order"

    asyncio.run(play())


def test_an_offer_sets_the_current_before_it_wakes_the_board(tmp_path: Path) -> None:
    async def play() -> None:
        async with OpenEvseStand(tmp_path) as stand:
            await stand.start()
            stand.pilot.offer(16)
            await stand.until(lambda: stand.board.state == A)
            assert stand.ordered() == ["FS", "SC 16 V", "FE"]
            assert stand.board.current_a == 16
            stand.pilot.offer(32)
            await stand.until(lambda: stand.board.current_a == 32)
            stand.board.most_a = 10
            stand.pilot.offer(20)
            await stand.until(lambda: stand.board.current_a == 10)
            with pytest.raises(ValueError, match="5 A cannot be offered"):
                stand.pilot.offer(5)

    asyncio.run(play())


def test_closed_is_told_when_it_is_ordered_and_the_board_says_so(tmp_path: Path) -> None:
    async def play() -> None:
        async with OpenEvseStand(tmp_path) as stand:
            await stand.start()
            stand.plug_in()
            await stand.told(Plugged(1))
            stand.pilot.offer(16)
            stand.contactor.close()
            await stand.told()
            stand.set_ready(True)
            await stand.told(EvAsked(1), FeedbackClosed(1))
            stand.set_ready(False)
            await stand.told(EvPaused(1), FeedbackOpened(1))
            stand.contactor.open()
            stand.set_ready(True)
            await stand.told(EvAsked(1))
            assert stand.is_pulled(), "nobody stops this board; it is told when it is ordered"
            stand.contactor.close()
            await stand.told(FeedbackClosed(1))

    asyncio.run(play())


def test_a_relay_that_nobody_consents_to_is_dropped(tmp_path: Path) -> None:
    async def play() -> None:
        async with OpenEvseStand(tmp_path, replace(QUICK, hold_s=0.15)) as stand:
            await stand.start()
            stand.plug_in()
            stand.pilot.offer(16)
            stand.set_ready(True)
            await stand.told(Plugged(1), EvAsked(1))
            await stand.told(EvPaused(1))
            assert stand.board.state == SLEEPING
            assert not stand.is_pulled()

    asyncio.run(play())


def test_after_an_opening_the_ev_may_ask_anew_while_the_offer_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board_module, "REST_S", 0.2)

    async def play() -> None:
        async with OpenEvseStand(tmp_path) as stand:
            await charge(stand)
            stand.contactor.open()
            await stand.told(EvPaused(1), FeedbackOpened(1))
            assert not stand.is_pulled()
            await stand.told(EvAsked(1))
            stand.contactor.open()
            stand.pilot.withdraw()
            await stand.told(EvPaused(1))
            await asyncio.sleep(0.3)
            assert stand.board.state == SLEEPING
            assert stand.events == []

    asyncio.run(play())


def test_an_order_to_close_ends_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board_module, "REST_S", 60.0)

    async def play() -> None:
        async with OpenEvseStand(tmp_path) as stand:
            await charge(stand)
            stand.contactor.open()
            await stand.told(EvPaused(1), FeedbackOpened(1))
            stand.contactor.close()
            await stand.told(EvAsked(1), FeedbackClosed(1))

    asyncio.run(play())


@pytest.mark.parametrize("wakes_to", [B, C, DISABLED])
def test_a_button_does_not_wake_a_board_that_shall_sleep(tmp_path: Path, wakes_to: int) -> None:
    async def play() -> None:
        async with OpenEvseStand(tmp_path) as stand:
            stand.plug_in()
            stand.set_ready(True)
            await stand.start()
            await stand.told(Plugged(1))
            stand.board.wake(wakes_to)
            await stand.until(lambda: stand.board.state == SLEEPING)
            assert not stand.is_pulled()
            await stand.told()

    asyncio.run(play())


def test_an_opening_that_takes_its_time_is_told_when_it_is_done(tmp_path: Path) -> None:
    async def play() -> None:
        async with OpenEvseStand(tmp_path) as stand:
            await charge(stand)
            stand.board.opens_late_s = 0.2
            stand.contactor.open()
            await stand.told(EvPaused(1))
            assert stand.is_pulled()
            await stand.told(FeedbackOpened(1))
            assert not stand.is_pulled()

    asyncio.run(play())


# ---- what the board finds ------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [state for state in FAULTS if state != 8])
def test_a_fault_is_told_and_left_alone_until_it_ends(tmp_path: Path, fault: int) -> None:
    async def play() -> None:
        async with OpenEvseStand(tmp_path) as stand:
            await charge(stand)
            orders = stand.ordered()
            stand.board.fault = fault
            await stand.told(EvPaused(1), FAULTS[fault], FeedbackOpened(1))
            stand.contactor.open()
            stand.pilot.withdraw()
            await stand.told()
            assert stand.board.state == fault, "asleep it would not watch for the end"
            assert stand.ordered() == orders
            stand.board.fault = 0
            await stand.told(cleared(FAULTS[fault]))
            await stand.until(lambda: stand.board.state == SLEEPING)
            assert not stand.is_pulled()

    asyncio.run(play())


def test_a_car_at_a_board_with_boot_lock_is_told_at_the_start(tmp_path: Path) -> None:
    async def play() -> None:
        async with OpenEvseStand(tmp_path, has_boot_lock=True) as stand:
            stand.plug_in()
            await stand.start()
            assert stand.events == [Plugged(1)]
            assert stand.ordered() == ["FS", "SB"]

    asyncio.run(play())


def test_a_state_without_a_name_is_an_error_too(tmp_path: Path) -> None:
    async def play() -> None:
        async with OpenEvseStand(tmp_path) as stand:
            stand.board.fault = 0x1A
            await stand.until(lambda: stand.board.state == 0x1A)
            await stand.start()
            (error,) = stand.events
            assert isinstance(error, ErrorRaised)
            assert error.vendor_error_code == "OpenEvseState1A"

    asyncio.run(play())


def test_a_stuck_relay_is_a_closed_contact(tmp_path: Path) -> None:
    async def play() -> None:
        async with OpenEvseStand(tmp_path) as stand:
            await charge(stand)
            stand.set_ready(False)
            await stand.told(EvPaused(1), FeedbackOpened(1))
            stand.contactor.open()
            stand.weld()
            await stand.told(RELAY_STUCK, FeedbackClosed(1))
            stand.board.is_welded = False
            await stand.told(cleared(RELAY_STUCK), FeedbackOpened(1))

    asyncio.run(play())


def test_a_plug_that_bounces_while_the_board_sleeps_is_no_event(tmp_path: Path) -> None:
    async def play() -> None:
        async with OpenEvseStand(tmp_path) as stand:
            stand.plug_in()
            await stand.start()
            await stand.told(Plugged(1))
            bounces = deque([False, True, True, False, True])

            def bounce() -> None:
                if bounces and stand.board.commands[-1] == "GS":
                    stand.board.plug(bounces.popleft())

            stand.board.on_look = bounce
            await stand.until(lambda: not bounces)
            await stand.told()
            stand.board.on_look = lambda: None
            stand.plug_out()
            await stand.told(Unplugged(1))

    asyncio.run(play())


# ---- the line ------------------------------------------------------------------------------------


def test_noise_lost_characters_and_late_answers_change_nothing(tmp_path: Path) -> None:
    async def play() -> None:
        async with OpenEvseStand(tmp_path) as stand:
            stand.board.noise = b"\xff\x00$OK 03 0 03 0140^00\r$OK 03 0 03 0140\r$GS ^\r$$$ \r\n"
            stand.board.loses_every = 41
            await charge(stand)
            stand.board.late_s = 0.07  # longer than a request waits: each answer is late
            await asyncio.sleep(0.3)
            stand.board.late_s = 0.0
            await stand.told()
            stand.contactor.open()
            stand.pilot.withdraw()
            await stand.told(EvPaused(1), FeedbackOpened(1))
            assert not stand.is_pulled()

    asyncio.run(play())


def test_an_adapter_that_is_unplugged_says_nothing_of_the_relay(tmp_path: Path) -> None:
    async def play() -> None:
        async with OpenEvseStand(tmp_path) as stand:
            await charge(stand)
            stand.board.pull_adapter_out()
            await stand.told(EvPaused(1), LOST)
            assert stand.is_pulled(), "and so it is not told to have opened"
            stand.contactor.open()
            stand.pilot.withdraw()
            stand.board.commands.clear()
            stand.board.plug_adapter_in()
            await stand.told(cleared(LOST), FeedbackOpened(1))
            assert stand.ordered()[:2] == ["FD", "FS"]
            stand.pilot.offer(16)
            await stand.told(EvAsked(1))

    asyncio.run(play())


def test_a_silent_board_is_an_error_until_it_answers(tmp_path: Path) -> None:
    async def play() -> None:
        async with OpenEvseStand(tmp_path, IMPATIENT) as stand:
            await charge(stand)
            stand.board.silent_commands = {"*"}
            await stand.told(EvPaused(1), LOST)
            stand.contactor.open()
            stand.board.silent_commands = set()
            await stand.told(cleared(LOST), FeedbackOpened(1))

    asyncio.run(play())


def test_a_drop_that_the_board_does_not_confirm_is_not_told(tmp_path: Path) -> None:
    async def play() -> None:
        async with OpenEvseStand(tmp_path, IMPATIENT) as stand:
            await charge(stand)
            stand.board.silent_commands = {"FD"}
            stand.contactor.open()
            await stand.told(EvPaused(1), LOST)

    asyncio.run(play())


def test_a_device_that_is_not_there_is_awaited(tmp_path: Path) -> None:
    async def play() -> None:
        async with OpenEvseStand(tmp_path) as stand:
            stand.board.pull_adapter_out()
            await stand.start()
            assert stand.events == [LOST]
            probe = await stand.contactor.probe()
            assert (probe.is_ok, probe.mend) == (False, "plug it in, or name the right device")
            stand.board.plug_adapter_in()
            await stand.told(LOST, cleared(LOST))

    asyncio.run(play())


# ---- restarts and silence ------------------------------------------------------------------------


@pytest.mark.parametrize("has_boot_lock", [False, True])
def test_a_board_that_restarts_sleeps_before_it_offers_again(
    tmp_path: Path, has_boot_lock: bool
) -> None:
    async def play() -> None:
        async with OpenEvseStand(tmp_path, has_boot_lock=has_boot_lock) as stand:
            await charge(stand)
            stand.board.commands.clear()
            stand.board.restart()
            await stand.told(EvPaused(1), FeedbackOpened(1), EvAsked(1), FeedbackClosed(1))
            orders = ["FS", *["SB"] * has_boot_lock, "SC 16 V", "FE"]
            assert stand.ordered() == orders
            assert stand.board.current_a == 16, "not the 32 A of its EEPROM"

    asyncio.run(play())


def test_a_locked_board_is_unlocked(tmp_path: Path) -> None:
    async def play() -> None:
        async with OpenEvseStand(tmp_path) as stand:
            stand.board.is_auth_locked = True
            await charge(stand)
            assert stand.ordered()[-1] == "S4 0"

    asyncio.run(play())


def test_a_dead_program_leaves_6_a_and_a_new_one_gets_its_current_back(tmp_path: Path) -> None:
    """What the board can do: it limits, it does not end."""

    async def play() -> None:
        async with OpenEvseStand(tmp_path, replace(QUICK, hold_s=10.0)) as stand:
            await charge(stand)
            await asyncio.sleep(1.2)
            assert stand.board.current_a == 16, "the heartbeat is 1 s"
            stand.board.pull_adapter_out()
            await stand.until(lambda: stand.board.current_a == 6)
            assert stand.board.state == C
            stand.board.plug_adapter_in()
            await stand.until(lambda: stand.board.current_a == 16)

    asyncio.run(play())


def test_a_missed_pulse_is_acknowledged_and_the_current_set_again(tmp_path: Path) -> None:
    async def play() -> None:
        async with OpenEvseStand(tmp_path) as stand:
            await charge(stand)
            stand.board.current_a, stand.board.missed = 6, 2
            await stand.until(lambda: stand.board.missed == 1)
            await stand.until(lambda: stand.board.current_a == 16)
            stand.board.current_a = 32  # a board that has cooled down takes all of its EEPROM
            await stand.until(lambda: stand.board.current_a == 16)
            await stand.told()

    asyncio.run(play())


def test_a_hold_that_has_passed_ends_the_heartbeat_too(tmp_path: Path) -> None:
    async def play() -> None:
        async with OpenEvseStand(tmp_path, replace(QUICK, hold_s=0.1)) as stand:
            await charge(stand)
            await stand.told(EvPaused(1), FeedbackOpened(1))
            stand.board.commands.clear()
            await asyncio.sleep(0.5)
            assert "GS" in stand.board.commands
            assert "SY" not in stand.board.commands
            stand.contactor.open()
            await stand.until(lambda: "SY" in stand.board.commands)

    asyncio.run(play())


def test_a_board_without_heartbeat_is_told_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def play() -> None:
        async with OpenEvseStand(tmp_path) as stand:
            stand.board.has_heartbeat = False
            with caplog.at_level(logging.WARNING):
                await charge(stand)
            assert caplog.text.count("no heartbeat supervision") == 1

    asyncio.run(play())


# ---- before the station goes to work -------------------------------------------------------------


def test_firmware_that_is_too_old_is_an_error_with_its_mend(tmp_path: Path) -> None:
    async def play() -> None:
        async with OpenEvseStand(tmp_path) as stand:
            stand.board.has_old_firmware = True
            assert "RAPI 5" in (await stand.contactor.probe()).mend
            await stand.start()
            assert stand.events == [LOST]

    asyncio.run(play())


def test_probe_tells_what_the_board_is_and_orders_nothing(tmp_path: Path) -> None:
    async def play() -> None:
        async with OpenEvseStand(tmp_path) as stand:
            stand.plug_in()
            await stand.until(lambda: stand.board.state == B)
            probe = await stand.contactor.probe()
            assert (probe.is_ok, probe.saw) == (True, "firmware 8.2.3, state 02, trips [1, 0, 10]")
            assert stand.ordered() == []
            stand.board.fault = GROUND_FAULT
            await stand.until(lambda: stand.board.state == GROUND_FAULT)
            probe = await stand.contactor.probe()
            assert not probe.is_ok
            assert probe.saw.endswith("GroundFaultTripped")

    asyncio.run(play())


def test_mistakes_are_told_before_anything_is_opened(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        openevse_ports(OpenEvseConfig("", baud=4800, heartbeat_s=100), tmp_path)
    assert [finding.message for finding in caught.value.findings] == [
        "device is missing: name the serial device of the board",
        "baud = 4800: one of 9600, 19200, 38400, 57600, 115200",
        "heartbeat_s is from 5 to 60, not 100",
    ]


def test_the_ports_of_one_board_share_its_line(tmp_path: Path) -> None:
    async def play() -> None:
        board = OpenEvseBoard(tmp_path / "ttyBoard")
        ports = openevse_ports(OpenEvseConfig(str(board.link)), tmp_path)
        events: list[object] = []
        began_s = time.monotonic()
        starts = (port.start(events.append) for port in (ports.contactor, ports.pilot, ports.meter))
        await asyncio.gather(*starts)
        assert time.monotonic() - began_s < 1.5, "the station waits 2 s for its drivers"
        assert ports.meter.register_wh() == 0
        for port in (ports.contactor, ports.pilot, ports.meter):
            await port.stop()
        assert board.state == SLEEPING
        assert events == []
        board.stop()

    asyncio.run(play())
