"""What must not stand still, on the real parts: timers, commits, the hold, the pilot's thread."""

import asyncio
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from cp.commits import Commits
from cp.controller import Controller
from cp.hands import Hands
from cp.vitals import vitals_of
from cp.vocabulary.effects import CloseContactor, OpenContactor
from cp.vocabulary.ports import DriverSet, Storage
from cp.vocabulary.records import Put
from cp.vocabulary.vital import Vital
from drivers.bench.devices import BenchContactor
from drivers.bench.rig import Rig
from drivers.late import HasVital
from drivers.pilot.adc import AdcConfig
from drivers.pilot.pilot import ControlPilot, PilotConfig
from drivers.pilot.pwm import PwmConfig


class SlowStorage:
    """Commits when it may."""

    def __init__(self) -> None:
        self.gate = threading.Event()

    def commit(self, rows: object) -> None:
        assert self.gate.wait(5)

    def close(self) -> None: ...


class Owner:
    has_ended = False

    def go_out(self, effect: object) -> None: ...

    def post(self, event: object) -> None: ...

    def end_broken(self, error: BaseException) -> None:
        raise error


def test_what_is_owed_and_since_when(tmp_path: Path) -> None:
    async def play() -> None:
        controller = SimpleNamespace(next_deadline_s=None)
        storage = SlowStorage()
        commits = Commits(cast("Storage", storage), Owner())
        contactor = BenchContactor(Rig(tmp_path, plug=None, time_scale=1.0))
        drivers = SimpleNamespace(contactor=contactor, transfer=None, installer=None)
        hands = Hands(cast("DriverSet", drivers), 32)
        timers, commit, hold = vitals_of(cast("Controller", controller), commits, hands)
        begun_s = time.monotonic()
        assert not any(vital.is_hung(begun_s + 1e6) for vital in (timers, commit, hold))

        controller.next_deadline_s = begun_s + 100
        assert not timers.is_hung(begun_s + 101)
        assert timers.is_hung(begun_s + 100 + timers.limit_s + 1)

        commits.take((Put("key", "a", "{}"),), (), is_awaited=True)
        assert not commit.is_hung(begun_s + 30), "a slow card is no reason"
        assert commit.is_hung(time.monotonic() + commit.limit_s + 1)
        storage.gate.set()
        while commits.busy_since_s is not None:
            await asyncio.sleep(0.001)
        assert not commit.is_hung(begun_s + 1e6)
        await commits.close()

        hands.go_out(CloseContactor(1))
        first_s = hands.renewed_at_s
        assert first_s is not None and hold.is_hung(first_s + hold.limit_s + 1)
        while hands.renewed_at_s == first_s:
            await asyncio.sleep(0.01)
        hands.make_safe(OpenContactor(1))
        assert not hold.is_hung(begun_s + 1e6)

    asyncio.run(play())


def test_the_thread_of_the_pilot_is_one(tmp_path: Path) -> None:
    pilot = ControlPilot(PilotConfig(PwmConfig(str(tmp_path)), AdcConfig(str(tmp_path))))
    assert isinstance(pilot, HasVital)
    vital: Vital = pilot.vital()
    assert vital.since_s() is None

    async def play() -> None:
        await pilot.start(lambda _event: None)
        since_s = vital.since_s()
        assert since_s is not None and not vital.is_hung(time.monotonic())
        assert vital.is_hung(since_s + vital.limit_s + 1)
        await pilot.stop()
        assert vital.since_s() is None

    asyncio.run(play())
