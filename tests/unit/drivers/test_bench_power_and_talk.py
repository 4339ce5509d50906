"""The bench: what it keeps without power, and how it talks."""

import asyncio
import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from bench_bed import FAST, Bed, power_on, real_parts

from cp.vocabulary.errors import HardwareError
from cp.vocabulary.events import (
    Event,
    FeedbackClosed,
    Plugged,
)
from drivers.bench.bench import BenchConfig, Car, build_bench

# ---- power ---------------------------------------------------------------------------------------


def test_register_plug_and_weld_survive_power(tmp_path: Path) -> None:
    async def play() -> None:
        async with power_on(tmp_path, FAST) as bed:
            assert (await bed.outlet())["register_wh"] == 0
            await bed.do("set_register", wh=555)
            await bed.do("plug_in")
            await bed.do("ev_ready", on=True)
            await bed.do("contactor", mode="welded")
            await bed.told(Plugged(1), FeedbackClosed(1))
        async with power_on(tmp_path, FAST) as bed:
            await bed.told(FeedbackClosed(1), Plugged(1))
            outlet = await bed.outlet()
            assert outlet["register_wh"] >= 555
            assert outlet["contactor"] == {"command": "open", "feedback": "closed"}
            await bed.do("contactor", mode="normal")
        async with power_on(tmp_path, FAST) as bed:
            await bed.told(Plugged(1))

    asyncio.run(play())


def test_a_sound_contactor_is_open_after_a_power_cut(tmp_path: Path) -> None:
    async def play() -> None:
        async with power_on(tmp_path, FAST) as bed:
            bed.bench.drivers.contactor.close()
            await bed.told(FeedbackClosed(1))
            kept = (tmp_path / "bench.json").read_text()
        (tmp_path / "bench.json").write_text(kept)
        async with power_on(tmp_path, FAST) as bed:
            await bed.told()

    asyncio.run(play())


@pytest.mark.parametrize(
    ("cars", "events"),
    [(None, [Plugged(1)]), ((), []), ((Car(1, ev_ready=True),), [Plugged(1)])],
)
def test_cars_of_the_station_file_win(
    tmp_path: Path, cars: tuple[Car, ...] | None, events: list[Event]
) -> None:
    async def play() -> None:
        async with power_on(tmp_path, FAST) as bed:
            await bed.do("plug_in")
        async with power_on(tmp_path, BenchConfig(port=0, cars=cars)) as bed:
            await bed.told(*events)
            assert (await bed.outlet())["ev_ready"] is bool(cars)

    asyncio.run(play())


POWER_CUT = """
import asyncio, os, sys
from pathlib import Path
from drivers.bench.bench import BenchConfig, build_bench
sys.path.insert(0, "tests/unit/drivers")
from bench_bed import real_parts

async def play():
    config = BenchConfig(port=0, time_scale=50.0)
    bench = build_bench(config, Path(sys.argv[1]), real_parts(Path(sys.argv[1])), print)
    await bench.start()
    drivers = bench.drivers
    for device in (drivers.contactor, drivers.pilot, drivers.meter):
        await device.start(lambda event: None)
    reader, writer = await asyncio.open_connection("127.0.0.1", bench.port)
    if sys.argv[2] == "killed":
        drivers.pilot.offer(32)
        drivers.contactor.close()
        for line in ('{"cmd":"plug_in"}', '{"cmd":"ev_ready","on":true}',
                     '{"cmd":"set_power","watts":720000}'):
            writer.write(line.encode() + b"\\n")
            await reader.readline()
        await asyncio.sleep(0.05)
        print(drivers.meter.register_wh(), flush=True)
        os._exit(9)
    writer.write(b'{"cmd":"plug_in"}\\n{"cmd":"power_cut"}\\n')
    await reader.read()
    print("goodbye", flush=True)

try:
    asyncio.run(play())
finally:
    print("goodbye", flush=True)
"""


def ended(folder: Path, how: str) -> tuple[int, str, dict[str, object]]:
    done = subprocess.run(
        [sys.executable, "-c", POWER_CUT, str(folder), how],
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.stderr
    return done.returncode, done.stdout, json.loads((folder / "bench.json").read_text())


def test_a_power_cut_is_sudden_and_hardware_stays_as_it_is(tmp_path: Path) -> None:
    code, output, kept = ended(tmp_path, "cut")
    assert (code, output) == (137, "")
    assert kept["is_plugged"] is True


def test_the_register_is_never_below_what_the_station_has_seen(tmp_path: Path) -> None:
    """Also when the process is killed right after it read the meter."""
    _, seen, kept = ended(tmp_path, "killed")
    assert int(seen) > 100
    assert isinstance(kept["register_wh"], int) and kept["register_wh"] >= int(seen)
    assert (kept["is_ev_ready"], kept["is_contact_closed"]) == (True, False)


def test_a_memory_that_cannot_be_read_is_one_clear_sentence(tmp_path: Path) -> None:
    for content in ("[]", '{"register_wh": "1"}', '{"register": 1}'):
        (tmp_path / "bench.json").write_text(content)
        with pytest.raises(HardwareError, match=r"bench\.json, cannot be read .* remove it"):
            build_bench(FAST, tmp_path, real_parts(tmp_path), print)


# ---- the interface -------------------------------------------------------------------------------


def test_mistakes_get_one_line_and_the_talk_goes_on(tmp_path: Path) -> None:
    async def play() -> None:
        async with power_on(tmp_path, FAST) as bed:
            for line in (b"nonsense", b"", b"[]", b'{"cmd":"plugin"}', b"\xff\xfe"):
                answer = await bed.say(line)
                assert answer["ok"] is False and answer["error"]
            assert await bed.say(b"x" * 200_000) == {
                "ok": False,
                "error": "a line holds at most 65536 bytes",
            }
            assert (await bed.say(b'{"cmd":"state"}' + b" " * 60_000))["ok"] is True
            await bed.do("state")

    asyncio.run(play())


def test_several_connections_and_several_lines_at_once(tmp_path: Path) -> None:
    async def play() -> None:
        async with power_on(tmp_path, FAST) as bed:
            second = Bed(bed.bench)
            await second.connect()
            await second.do("plug_in")
            assert (await bed.outlet())["plugged"] is True
            bed.writer.write(b'{"cmd":"plug_out"}\n{"cmd":"state"}\n')
            assert json.loads(await bed.reader.readline()) == {"ok": True}
            assert b'"plugged": false' in await bed.reader.readline()
            second.writer.close()

    asyncio.run(play())


def test_a_peer_that_vanishes_harms_nothing(tmp_path: Path) -> None:
    async def play() -> None:
        async with power_on(tmp_path, FAST) as bed:
            second = Bed(bed.bench)
            await second.connect()
            second.writer.write(b'{"cmd":"state"}\n' * 100 + b'{"cmd":')
            second.writer.transport.abort()
            await asyncio.sleep(0.02)
            await bed.do("state")

    asyncio.run(play())


def test_stopping_hangs_up(tmp_path: Path) -> None:
    async def play() -> None:
        bench = build_bench(FAST, tmp_path, real_parts(tmp_path), print)
        await bench.start()
        bed = Bed(bench)
        await bed.connect()
        await bed.do("state")
        await bench.stop()
        assert await asyncio.wait_for(bed.reader.read(), 2.0) == b""
        bed.writer.close()

    asyncio.run(play())


def test_a_busy_port_is_one_clear_sentence(tmp_path: Path) -> None:
    async def play(port: int) -> None:
        config = BenchConfig(port=port)
        bench = build_bench(config, tmp_path, real_parts(tmp_path), print)
        with pytest.raises(HardwareError, match=rf"cannot listen on 127\.0\.0\.1:{port} .*\[bench"):
            await bench.start()
        await bench.stop()

    with socket.create_server(("127.0.0.1", 0)) as busy:
        asyncio.run(play(busy.getsockname()[1]))
