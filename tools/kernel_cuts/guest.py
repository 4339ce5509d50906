"""The program in the guest: ``WRONG-OR-DASH NUMBER SEED``, the number of this start of an image.

Theory of operation: the disk is mounted, and what it holds is copied out before anything touches
it. Then the station starts there, and lives scene after scene of the day, drawn by chance, until
the kernel is killed. The central system beside it takes its time for an answer, as one far away
does: a message that was sent has to be there that long.
"""

import asyncio
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Final

from tools.crash.day import KEYS, SCALE, SCENES, STORAGE, order
from tools.crash.station import QUEUED
from tools.crash.trace import LEFT_OUT
from tools.kernel.guest import DISK, EXCHANGE, SCRATCH, mount
from tools.kernel_cuts.witness import MOUNTED
from tools.net.csms_answers import Rule
from tools.net.csms_server import CentralSystem
from tools.net.station_process import StationProcess

LEFT: Final = "left"
"""Folder of the exchange: the files that the last power cut has left."""

LOG: Final = "log"
RIGHT: Final = "-"
_HOME: Final = SCRATCH / "disk"
_ANSWERED_AFTER_S: Final = 0.1
_SCENES_MAX: Final = 1000
"""In one life: numbers of scenes and of transactions are different in all."""

_LIFE_S: Final = 120.0
_UP_WITHIN_S: Final = 60.0
"""The host may be busy with other things."""
"""A guest that nobody kills any more ends by itself."""


def copy_out(storage: Path, left: Path) -> None:
    """What the station keeps of value."""
    left.mkdir()
    for path in storage.glob("*"):
        if not path.name.startswith(LEFT_OUT):
            shutil.copyfile(path, left / path.name)


async def live(wrong: str, number: int, random: Random) -> None:
    """One scene after the other, until the power goes."""
    central = CentralSystem()
    central.books.next_transaction_id = number * _SCENES_MAX + 1
    for action in QUEUED:
        central.answers.add(Rule(action, delay_s=_ANSWERED_AFTER_S))
    await central.start()
    program = ("-m", "tools.kernel_cuts.station", str(EXCHANGE / LOG), wrong)
    station = StationProcess(_HOME, central.url, time_scale=SCALE, keys=KEYS, program=program)
    await station.start()
    await _clear(central, station)
    for scene in range(number * _SCENES_MAX, (number + 1) * _SCENES_MAX):
        await random.choice(SCENES)(central, station, scene)


async def _clear(central: CentralSystem, station: StationProcess) -> None:
    """A free outlet in service, whatever the power cut came into."""
    await station.until(lambda state: state["registration"] == "Accepted", _UP_WITHIN_S)
    await station.do("plug_out")
    await order(central, station, "ChangeAvailability", {"connectorId": 1, "type": "Operative"})
    await station.until_ready()


def main(words: Sequence[str]) -> None:
    """Does not return, if all is well."""
    wrong, number, seed = words
    _HOME.mkdir()
    mount(str(DISK), str(_HOME), "ext4")
    copy_out(_HOME / STORAGE, EXCHANGE / LEFT)
    with (EXCHANGE / LOG).open("a") as log:
        log.write(f"{MOUNTED}\n")
    life = live("" if wrong == RIGHT else wrong, int(number), Random(f"{seed} {number}"))
    asyncio.run(asyncio.wait_for(life, _LIFE_S))


if __name__ == "__main__":
    main(sys.argv[1:])
