"""The parts of a simulated world: time, connections, a disk that loses its power, the outlet."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path

import pytest

from cp.vocabulary.errors import StorageError, StorageFullError
from cp.vocabulary.records import Put
from drivers.bench.faulty import StorageMode
from drivers.bench.world import ContactorMode
from drivers.hold import HOLD_S
from tools.simulate.chance import seeded_entropy, stream
from tools.simulate.clock import Cut, StuckError, VirtualLoop, VirtualTime, bury
from tools.simulate.disk import Disk, SimulatedStorage
from tools.simulate.ledger import Ledger
from tools.simulate.network import NetLoop, Network
from tools.simulate.outlet import Outlet
from tools.simulate.tcp import GIVEN_UP_AFTER_S, End

# ---- time ----------------------------------------------------------------------------------------


def run(time: VirtualTime, *works: tuple[VirtualLoop, Coroutine[object, object, object]]) -> None:
    """Run coroutines on their loops until the first one has ended."""
    tasks = [loop.create_task(work) for loop, work in works]
    time.run(tasks[0].done, lambda: None)
    tasks[0].result()
    for loop, _ in works:
        bury(loop)


def test_a_day_of_waiting_takes_no_time() -> None:
    time = VirtualTime()

    async def wait() -> None:
        for _ in range(24):
            await asyncio.sleep(3600)

    run(time, (VirtualLoop(time), wait()))

    assert time.now_s == pytest.approx(86400, abs=0.01)


def test_two_loops_take_turns_in_the_order_of_time() -> None:
    time, seen = VirtualTime(), list[str]()

    async def tell(name: str, period_s: float, times: int) -> None:
        for _ in range(times):
            await asyncio.sleep(period_s)
            seen.append(f"{name}{round(time.now_s)}")

    run(time, (VirtualLoop(time), tell("a", 5, 2)), (VirtualLoop(time), tell("b", 3, 9)))

    assert seen == ["b3", "a5", "b6", "b9", "a10"]


def test_nothing_left_to_do_is_an_error() -> None:
    time = VirtualTime()

    async def wait_for_nobody() -> None:
        await asyncio.Event().wait()

    with pytest.raises(StuckError):
        run(time, (loop := VirtualLoop(time), wait_for_nobody()))
    bury(loop)


def test_jobs_of_the_worker_take_their_time_and_keep_their_order() -> None:
    time, done = VirtualTime(), list[tuple[str, float]]()
    loop = VirtualLoop(time, lambda: 0.5)

    async def work() -> None:
        jobs = [
            loop.run_in_executor(None, lambda name=name: done.append((name, time.now_s)))
            for name in "ab"
        ]
        await asyncio.gather(*jobs)

    run(time, (loop, work()))

    assert [name for name, _ in done] == ["a", "b"]
    assert done[1][1] - done[0][1] == pytest.approx(0.5, abs=0.001)


def test_a_cut_ends_a_loop_between_two_callbacks_and_nothing_of_it_goes_on() -> None:
    time, seen = VirtualTime(), list[str]()
    world, station = VirtualLoop(time), VirtualLoop(time)

    async def count() -> None:
        try:
            while True:
                await asyncio.sleep(1)
                seen.append("step")
        finally:
            await asyncio.sleep(0)
            seen.append("after")

    async def watch() -> None:
        await asyncio.sleep(10.5)
        station.cut_after(0)
        await asyncio.sleep(10)

    task = world.create_task(watch())
    station.create_task(count())
    time.run(task.done, lambda: bury(station))
    bury(world)

    assert len(seen) in (10, 11)
    assert "after" not in seen
    assert issubclass(Cut, KeyboardInterrupt), "asyncio lets nothing else through"


def test_entropy_is_drawn_and_given_back() -> None:
    import os
    import random
    import secrets
    import uuid

    def draw() -> tuple[object, ...]:
        with seeded_entropy(5):
            return os.urandom(4), secrets.token_bytes(4), uuid.uuid4(), random.random()

    assert draw() == draw()
    assert os.urandom(8) != os.urandom(8)


# ---- connections ---------------------------------------------------------------------------------


class Peer(asyncio.Protocol):
    """Keeps what it gets."""

    def __init__(self) -> None:
        self.got = b""
        self.lost: list[Exception | None] = []
        self.is_paused = False
        self.transport: End

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, End)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.got += data

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.append(exc)

    def pause_writing(self) -> None:
        self.is_paused = True

    def resume_writing(self) -> None:
        self.is_paused = False


class Line:
    """A connected pair on two loops."""

    def __init__(self) -> None:
        self.time = VirtualTime()
        self.loop = NetLoop(self.time)
        self.loop.network = self.network = Network(stream(1, "test"))
        self.server = Peer()
        self.client = Peer()

    def play(self, story: Coroutine[object, object, object]) -> None:
        async def play() -> None:
            await self.loop.create_server(lambda: self.server)
            await self.loop.create_connection(lambda: self.client)
            await asyncio.sleep(0.001)
            await story

        run(self.time, (self.loop, play()))


def test_bytes_arrive_in_order_also_in_pieces() -> None:
    line = Line()
    line.network.conditions.pieces = 1.0

    async def story() -> None:
        for number in range(100):
            line.client.transport.write(f"{number:04}".encode())
        line.client.transport.close()
        await asyncio.sleep(5)

    line.play(story())

    assert line.server.got == b"".join(f"{number:04}".encode() for number in range(100))
    assert line.server.lost == line.client.lost == [None]


def test_a_stall_delivers_later_and_a_lost_connection_never() -> None:
    line = Line()

    async def story() -> None:
        line.server.transport.stall()
        line.client.transport.write(b"late")
        await asyncio.sleep(100)
        assert line.server.got == b""
        line.server.transport.flow()
        await asyncio.sleep(1)
        assert line.server.got == b"late"
        line.server.transport.is_lost = True
        line.client.transport.write(b"never")
        await asyncio.sleep(GIVEN_UP_AFTER_S - 1)
        assert line.client.lost == []
        await asyncio.sleep(2)

    line.play(story())

    assert line.server.got == b"late"
    assert [type(error) for error in line.client.lost] == [TimeoutError]
    assert line.server.lost == []


def test_who_does_not_read_stops_the_writer() -> None:
    line = Line()

    async def story() -> None:
        line.server.transport.pause_reading()
        line.client.transport.write(b"x" * 100_000)
        assert line.client.is_paused
        await asyncio.sleep(5)
        assert line.server.got == b""
        line.server.transport.resume_reading()
        await asyncio.sleep(1)

    line.play(story())

    assert len(line.server.got) == 100_000
    assert not line.client.is_paused


def test_an_abort_is_told_and_a_vanished_machine_tells_nobody() -> None:
    told, silent = Line(), Line()

    async def abort() -> None:
        told.client.transport.abort()
        await asyncio.sleep(1)

    async def vanish() -> None:
        silent.client.transport.vanish()
        await asyncio.sleep(1)

    told.play(abort())
    silent.play(vanish())

    assert [type(error) for error in told.server.lost] == [ConnectionResetError]
    assert silent.server.lost == []


# ---- disk and outlet -----------------------------------------------------------------------------


def disk_in(folder: Path) -> Disk:
    return Disk(folder, Ledger(Outlet(VirtualTime())))


def test_a_power_cut_keeps_what_was_committed_and_the_next_life_opens_it(tmp_path: Path) -> None:
    disk = disk_in(tmp_path)
    first = SimulatedStorage(disk)
    first.open()
    first.commit([Put("key", "a", "{}")])
    first.lose_power()
    second = SimulatedStorage(disk)
    second.open()

    assert second.counts() == {"key": 1}
    with pytest.raises(StorageError):
        first.commit([Put("key", "b", "{}")])
    second.close()


def test_a_disk_without_room_and_a_broken_one_take_nothing(tmp_path: Path) -> None:
    disk = disk_in(tmp_path)
    storage = SimulatedStorage(disk)
    storage.open()
    for mode, error in ((StorageMode.FULL, StorageFullError), (StorageMode.ERROR, StorageError)):
        disk.mode = mode
        with pytest.raises(error):
            storage.commit([Put("key", "a", "{}")])
    disk.mode = StorageMode.NORMAL

    assert storage.counts() == {}
    storage.close()


def outlet_with_ev() -> Outlet:
    outlet = Outlet(VirtualTime())
    outlet.plug(True)
    outlet.offer(32)
    outlet.want(True)
    return outlet


def test_energy_flows_while_the_contact_conducts_and_is_counted_to_the_instant() -> None:
    outlet = outlet_with_ev()
    outlet.has_session = True
    outlet.pull()
    outlet.settle()
    for _ in range(100):
        outlet.time.now_s += 1.0
        outlet.renew()
    outlet.release()
    outlet.time.now_s += 50.0

    assert outlet.register_wh == 100
    assert outlet.outside_ws == 0.0


def test_the_hold_lets_go_and_energy_outside_of_a_session_is_told() -> None:
    outlet = outlet_with_ev()
    outlet.pull()
    outlet.settle()
    outlet.time.now_s += 60.0

    assert outlet.register_wh == int(HOLD_S)
    assert not outlet.is_pulled
    assert outlet.holds_expired == 1
    assert outlet.outside_ws == pytest.approx(HOLD_S * 3600.0)


def test_a_welded_contact_conducts_without_its_coil() -> None:
    outlet = outlet_with_ev()
    outlet.break_contactor(ContactorMode.WELDED)
    outlet.settle()
    outlet.time.now_s += 10.0

    assert outlet.register_wh == 10
    assert outlet.outside_ws == 0.0
    outlet.break_contactor(ContactorMode.NORMAL)
    assert not outlet.is_conducting
