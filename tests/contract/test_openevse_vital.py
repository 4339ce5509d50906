"""The thread of an OpenEVSE board is watched: one that hangs starves the watchdog."""

import asyncio
import threading
from pathlib import Path

import pytest
from openevse_stand import OpenEvseStand

from drivers.openevse.keeper import Keeper

MINUTE_S = 60.0


def test_a_thread_that_hangs_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    step, is_hung, may_go = Keeper.step, threading.Event(), threading.Event()

    def hang(keeper: Keeper, wanted_a: int | None) -> bool:
        is_hung.set()
        may_go.wait()
        return step(keeper, wanted_a)

    async def play() -> None:
        async with OpenEvseStand(tmp_path) as stand:
            vital = stand.contactor.vital()
            assert vital.since_s() is None, "it has not begun"
            await stand.contactor.start(stand.events.append)
            first_s = vital.since_s()
            await asyncio.sleep(0.1)
            last_s = vital.since_s()
            assert first_s is not None and last_s is not None and first_s < last_s
            monkeypatch.setattr(Keeper, "step", hang)
            await asyncio.to_thread(is_hung.wait)
            stands_s = vital.since_s()
            await asyncio.sleep(0.1)
            assert stands_s is not None and stands_s == vital.since_s()
            assert vital.is_hung(stands_s + 2 * MINUTE_S)
            assert not vital.is_hung(stands_s + MINUTE_S / 2)
            may_go.set()

    asyncio.run(play())
