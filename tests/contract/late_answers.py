"""How many wrong values a meter driver believes when answers come too late, on Modbus RTU.

``python tests/contract/late_answers.py 10000`` reads so often, over eight cables at a time. What
the meter shows is another value for each read, so that an answer to an earlier request is wrong
too. Without protection (``--unprotected``) there are wrong values: the measurement can fail.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from modbus_meter import MeterWorld, SerialMeter

from drivers.device_faults import DeviceError
from drivers.meter.modbus import ModbusMeterConfig
from drivers.meter.register_map import Read, load_map
from drivers.meter.wire import Wire

LATE_PART = 0.2
TIMEOUT_S = 0.03
LATE_S = 0.04
QUIET_S = 0.06
CABLES = 8

# What everybody writes first: one request of two registers for each value.
NAIVE = replace(load_map("sdm120"), reads=tuple(Read(start, (2,)) for start in (0x00, 0x0C, 0x48)))


async def measure(folder: Path, reads: int, seed: int, *, is_protected: bool) -> Mapping[str, int]:
    """So many reads over one cable: right, failed and wrong ones."""
    world = MeterWorld()
    meter = SerialMeter(world, folder / f"tty{seed}", seed=seed)
    await meter.plug_in()
    meter.cable.late_part, meter.cable.late_s = LATE_PART, LATE_S
    config = ModbusMeterConfig(device=str(folder / f"tty{seed}"), timeout_s=TIMEOUT_S)
    wire = Wire(config, load_map("sdm120") if is_protected else NAIVE)
    counted = {"right": 0, "failed": 0, "wrong": 0}
    for turn in range(reads):
        world.voltage_v = 200 + turn % 64
        world.power_w = 1000 + turn % 4096
        world.register_wh = 1_000_000 + turn
        try:
            reading = await wire.read()
        except DeviceError:
            counted["failed"] += 1
            if is_protected:
                wire.close()
                await asyncio.sleep(QUIET_S)
            continue
        seen = (reading.voltage_v, reading.power_w, round(reading.energy_wh))
        is_right = seen == (world.voltage_v, world.power_w, round(world.register_wh))
        counted["right" if is_right else "wrong"] += 1
    wire.close()
    await meter.close()
    return counted


async def measure_all(reads: int, *, is_protected: bool, seed: int = 1) -> dict[str, int]:
    """So many reads over eight cables together."""
    with tempfile.TemporaryDirectory() as folder:
        each = [
            measure(Path(folder), reads // CABLES, seed + cable, is_protected=is_protected)
            for cable in range(CABLES)
        ]
        results = await asyncio.gather(*each)
    return {key: sum(counted[key] for counted in results) for key in ("right", "failed", "wrong")}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Wrong values of a meter whose answers come late")
    parser.add_argument("reads", type=int)
    parser.add_argument("--unprotected", action="store_true")
    arguments = parser.parse_args()
    total = asyncio.run(measure_all(arguments.reads, is_protected=not arguments.unprotected))
    print(f"{LATE_PART:.0%} of answers late:", *(f"{total[key]} {key}" for key in total))
