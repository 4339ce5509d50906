"""Hardware: the real drivers of a station, alone or in the place of some of the bench's.

Theory of operation: real drivers are made late, when the daemon starts them (``drivers.late``).
Without the bench nothing is alive but the drivers; in a mixed set the world of the bench follows
what the real drivers see.
"""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from cp.driver_choice import BENCH, PROCESS
from cp.equipment import Equipment
from cp.settings import Settings
from cp.vocabulary.lean import dataclass, replace
from cp.vocabulary.ports import (
    CardReader,
    Contactor,
    DriverSet,
    Lamp,
    Meter,
    Pilot,
    Post,
    Restarter,
)
from drivers.late import LateCardReader, LateContactor, LateLamp, LateMeter, LatePilot
from drivers.no_lamp import NoLamp
from drivers.real_parts import RealParts
from drivers.restarter import BoardRestarter, ProcessRestarter
from drivers.storage import SqliteStorage

if TYPE_CHECKING:
    from drivers.bench.bench import Bench

OnRestart = Callable[[int], None]
Snapshot = Callable[[], Mapping[str, object]]


class Hardware:
    """What stands around the drivers of a station that is all real, as ``Bench`` does."""

    def __init__(self, settings: Settings, parts: RealParts, on_restart: OnRestart) -> None:
        ports = _late_ports(settings)
        self.wall_clock: Callable[[], float] = time.time
        """Seconds since 1970."""
        self.drivers = DriverSet(
            link=parts.link,
            contactor=ports.contactor,
            pilot=ports.pilot,
            meter=ports.meter,
            card_reader=ports.card_reader,
            lamp=ports.lamp,
            restarter=_restarter(settings, on_restart),
            transfer=parts.transfer,
            installer=parts.installer,
            storage=SqliteStorage(Path(settings.storage_dir)),
            transcript=parts.transcript,
        )
        self._snapshot: Snapshot = dict

    def set_snapshot(self, snapshot: Snapshot) -> None:
        """What the daemon knows, for ``state``."""
        self._snapshot = snapshot

    def state(self) -> Mapping[str, object]:
        """What the daemon knows, and the meter."""
        meter = self.drivers.meter
        outlet = {"register_wh": meter.register_wh(), "power_w": meter.power_w()}
        return {**self._snapshot(), "connectors": {"1": outlet}}

    async def start(self) -> None:
        """Nothing is alive but the drivers."""

    async def stop(self) -> None:
        """Nothing is alive but the drivers."""


def replace_ports(bench: "Bench", settings: Settings, on_restart: OnRestart) -> None:
    """Give the ports that the station file names to their real drivers."""
    ports, kinds, theirs = _late_ports(settings, bench.follow), settings.drivers, bench.drivers
    bench.drivers = replace(
        theirs,
        contactor=theirs.contactor if kinds["contactor"] == BENCH else ports.contactor,
        pilot=theirs.pilot if kinds["pilot"] == BENCH else ports.pilot,
        meter=theirs.meter if kinds["meter"] == BENCH else ports.meter,
        card_reader=theirs.card_reader if kinds["card_reader"] == BENCH else ports.card_reader,
        lamp=theirs.lamp if kinds["lamp"] == BENCH else ports.lamp,
        restarter=_restarter(settings, on_restart),
    )


@dataclass(frozen=True, slots=True)
class _Ports:
    """The ports of the outlet with their drivers."""

    contactor: Contactor
    pilot: Pilot
    meter: Meter
    card_reader: CardReader
    lamp: Lamp


def _late_ports(settings: Settings, watch: Post = lambda _event: None) -> _Ports:
    """Only those with a real driver may be started; ``watch`` sees what these post."""
    equipment = Equipment(settings)
    return _Ports(
        LateContactor(equipment.contactor, watch),
        LatePilot(equipment.pilot, watch),
        LateMeter(equipment.meter, watch),
        LateCardReader(equipment.card_reader, watch),
        NoLamp() if settings.drivers["lamp"] == "none" else LateLamp(equipment.lamp, watch),
    )


def _restarter(settings: Settings, on_restart: OnRestart) -> Restarter:
    if settings.drivers["restarter"] == PROCESS:
        return ProcessRestarter(on_restart)
    return BoardRestarter(on_restart)
