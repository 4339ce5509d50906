"""Drivers that are made late: what they were told before, and a stop that comes first."""

import asyncio
import threading
from collections.abc import Callable

from cp.vocabulary.events import Event, FeedbackClosed
from cp.vocabulary.ports import Post
from cp.vocabulary.vital import Vital
from cp.vocabulary.words import ChargePointStatus
from drivers.late import LateContactor, LateLamp, LateMeter, LatePilot


class Recorder:
    """Every port in one: notes what it is told."""

    def __init__(self) -> None:
        self.told: list[object] = []
        self.made_in = threading.current_thread()

    async def start(self, post: Post) -> None:
        self.told.append("start")
        post(FeedbackClosed(1))

    async def stop(self) -> None:
        self.told.append("stop")

    def open(self) -> None:
        self.told.append("open")

    def close(self) -> None:
        self.told.append("close")

    def renew(self) -> None:
        self.told.append("renew")

    def offer(self, current_a: int) -> None:
        self.told.append(current_a)

    def withdraw(self) -> None:
        self.told.append("withdraw")

    def register_wh(self) -> int:
        return 7

    def power_w(self) -> int:
        return 8

    def watch(self, limit_wh: int | None) -> None:
        self.told.append(limit_wh)

    def show_status(self, status: ChargePointStatus) -> None:
        self.told.append(status)

    def show_refusal(self) -> None:
        self.told.append("refusal")

    def vital(self) -> Vital:
        return Vital("recorder", 1.0, lambda: None)


def nobody(_event: Event) -> None:
    """Takes nothing."""


def test_nothing_is_closed_before_there_is_a_contactor() -> None:
    async def play() -> None:
        made, seen, posted = Recorder(), list[Event](), list[Event]()
        late = LateContactor(lambda: made, seen.append)
        late.close()
        late.renew()
        late.open()
        await late.start(posted.append)
        assert seen == posted == [FeedbackClosed(1)]
        late.close()
        late.renew()
        late.open()
        await late.stop()
        assert made.told == ["start", "close", "renew", "open", "stop"]

    asyncio.run(play())


def test_the_last_order_is_repeated_before_the_start() -> None:
    async def play() -> None:
        pilot, meter, lamp = Recorder(), Recorder(), Recorder()
        late_pilot = LatePilot(lambda: pilot)
        late_pilot.offer(16)
        late_pilot.offer(32)
        late_meter = LateMeter(lambda: meter)
        late_meter.watch(100)
        assert (late_meter.register_wh(), late_meter.power_w()) == (None, None)
        late_lamp = LateLamp(lambda: lamp)
        late_lamp.show_refusal()
        late_lamp.show_status(ChargePointStatus.CHARGING)
        for late in (late_pilot, late_meter, late_lamp):
            await late.start(nobody)
        late_pilot.withdraw()
        assert pilot.told == [32, "start", "withdraw"]
        assert meter.told == [100, "start"]
        assert (late_meter.register_wh(), late_meter.power_w()) == (7, 8)
        assert lamp.told == [ChargePointStatus.CHARGING, "start"]
        assert [vital.name for vital in late_pilot.vitals()] == ["recorder"]

    asyncio.run(play())


def test_made_in_a_thread_and_not_started_after_a_stop() -> None:
    async def play() -> None:
        made = Recorder()
        go_on = threading.Event()

        def slow() -> Recorder:
            go_on.wait(5.0)
            made.made_in = threading.current_thread()
            return made

        make: Callable[[], Recorder] = slow
        late = LatePilot(make)
        starting = asyncio.create_task(late.start(nobody))
        await asyncio.sleep(0.01)
        await late.stop()
        go_on.set()
        await starting
        assert made.told == []
        assert made.made_in is not threading.main_thread()
        assert late.vitals() == ()

    asyncio.run(play())
