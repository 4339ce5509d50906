"""The bench as one object: a driver set, the command interface, and a clock.

Theory of operation: ``build_bench`` makes the parts, ``start`` opens the interface, the daemon
starts the drivers. Each command is one small method, found by its name.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from cp.vocabulary.events import (
    ErrorRaised,
    EvAsked,
    Event,
    EvPaused,
    FeedbackClosed,
    FeedbackOpened,
    Plugged,
    Unplugged,
)
from cp.vocabulary.lean import dataclass
from cp.vocabulary.ports import DriverSet
from cp.vocabulary.words import ChargePointErrorCode
from drivers.bench.commands import Command, ReaderMode
from drivers.bench.devices import (
    OUTLET,
    BenchContactor,
    BenchLamp,
    BenchPilot,
    BenchReader,
    ErrorButtons,
)
from drivers.bench.faulty import BenchLink, BenchStorage, StorageMode, WallClock
from drivers.bench.interface import Interface
from drivers.bench.meter import BenchMeter, MeterMode
from drivers.bench.rig import Rig
from drivers.bench.world import ContactorMode, plugged_in, plugged_out
from drivers.real_parts import RealParts
from drivers.restarter import ProcessRestarter
from drivers.storage import SqliteStorage

KILLED: Final = 137
"""Exit code of a process that a power cut ended."""

_EMERGENCY_STOP: Final = ErrorRaised(OUTLET, ChargePointErrorCode.OTHER_ERROR, "EmergencyStop")
_NOTHING: Final[Mapping[str, object]] = {}

Snapshot = Callable[[], Mapping[str, object]]
"""What the daemon knows, as JSON: time, link, registration, queue, statuses, machines, ..."""


@dataclass(frozen=True, slots=True)
class Car:
    """An EV that is plugged in when power comes on."""

    connector: int = 1
    ev_ready: bool = False


@dataclass(frozen=True, slots=True)
class BenchConfig:
    """Table ``[bench]`` of the station file.

    ``cars``  None when the file does not say: then the plug is as it was; ``()``: no car.
    ``port``  0 lets the system choose.
    """

    host: str = "127.0.0.1"
    port: int = 9100
    cars: tuple[Car, ...] | None = None
    time_scale: float = 1.0


class Bench:
    """The simulated station hardware and its interface."""

    def __init__(
        self,
        config: BenchConfig,
        storage_dir: Path,
        real: RealParts,
        on_restart: Callable[[int], None],
    ) -> None:
        """Use ``build_bench``."""
        self._rig = Rig(storage_dir, plug=_plug(config.cars), time_scale=config.time_scale)
        self._contactor = BenchContactor(self._rig)
        self._errors = ErrorButtons(self._rig)
        self._pilot = BenchPilot(self._rig, self._errors)
        self._meter = BenchMeter(self._rig)
        self._reader = BenchReader(self._rig)
        self._lamp = BenchLamp(self._rig)
        self._link = BenchLink(self._rig, real.link)
        self._storage = BenchStorage(SqliteStorage(storage_dir))
        self.wall_clock = WallClock()
        """The device's wall clock: seconds since 1970, with the offset that was commanded."""
        self.drivers = DriverSet(
            link=self._link,
            contactor=self._contactor,
            pilot=self._pilot,
            meter=self._meter,
            card_reader=self._reader,
            lamp=self._lamp,
            restarter=ProcessRestarter(on_restart),
            transfer=real.transfer,
            installer=real.installer,
            storage=self._storage,
            transcript=real.transcript,
        )
        self._interface = Interface(config.host, config.port, self._obey)
        self._transcript = real.transcript
        self._snapshot: Snapshot = dict

    @property
    def port(self) -> int:
        """The port of the interface."""
        return self._interface.port

    def set_snapshot(self, snapshot: Snapshot) -> None:
        """What ``state`` answers besides the connectors."""
        self._snapshot = snapshot

    async def start(self) -> None:
        """Let time run and listen. Raises ``HardwareError`` when the port is in use."""
        await self._interface.start()
        self._rig.start()

    async def stop(self) -> None:
        """Hang up and keep what hardware keeps; call it after the drivers were stopped."""
        await self._interface.stop()
        await self._rig.stop()

    def follow(self, event: Event) -> None:
        """A real driver in the place of one of the bench's has seen this: the world does it too,
        so that the bench's meter counts what a real contactor lets through."""
        match event:
            case Plugged():
                self._rig.change(plugged_in)
            case Unplugged():
                self._rig.change(plugged_out)
            case EvAsked() | EvPaused():
                is_ready = isinstance(event, EvAsked)
                self._rig.change(lambda inputs: replace(inputs, is_ev_ready=is_ready))
            case FeedbackClosed() | FeedbackOpened():
                is_pulled = isinstance(event, FeedbackClosed)
                self._rig.change(lambda inputs: replace(inputs, is_pulled=is_pulled))

    def state(self) -> dict[str, object]:
        """The answer to the command ``state``, without ``ok``."""
        look = self._rig.look()
        inputs = look.inputs
        outlet = {
            "plugged": inputs.is_plugged,
            "ev_ready": inputs.is_ev_ready,
            "pilot": inputs.pilot,
            "offered_a": inputs.offered_a,
            "contactor": {
                "command": "closed" if inputs.is_pulled else "open",
                "feedback": "closed" if look.is_feedback_closed else "open",
            },
            "register_wh": look.register_wh,
            "power_w": look.power_w,
            "lamp": self._lamp.shown,
        }
        return {**self._snapshot(), "connectors": {str(OUTLET): outlet}}

    # ---- commands --------------------------------------------------------------------------------

    def _obey(self, command: Command) -> Mapping[str, object]:
        if command.name == "state":
            return self.state()
        if command.name == "watch":
            last, lines = self._transcript.watch(int(command.value))
            return {"last": last, "lines": lines}
        _ACTS[command.name](self, command)
        return _NOTHING

    def _plug_in(self, command: Command) -> None:
        self._rig.change(plugged_in)

    def _plug_out(self, command: Command) -> None:
        self._rig.change(plugged_out)

    def _ev_ready(self, command: Command) -> None:
        self._rig.change(lambda inputs: replace(inputs, is_ev_ready=command.is_on))

    def _swipe(self, command: Command) -> None:
        self._reader.present(command.token)

    def _fault(self, command: Command) -> None:
        self._errors.set(ErrorRaised(command.connector, command.code), True)

    def _clear_fault(self, command: Command) -> None:
        self._errors.set(ErrorRaised(command.connector, command.code), False)

    def _emergency_stop(self, command: Command) -> None:
        self._errors.set(_EMERGENCY_STOP, command.is_on)

    def _set_power(self, command: Command) -> None:
        self._rig.change(lambda inputs: replace(inputs, watts=command.value))

    def _set_register(self, command: Command) -> None:
        self._meter.set_register(int(command.value))

    def _set_contactor(self, command: Command) -> None:
        mode = ContactorMode(command.mode)
        self._rig.change(lambda inputs: replace(inputs, contactor=mode))

    def _set_meter(self, command: Command) -> None:
        self._meter.set_mode(MeterMode(command.mode))

    def _set_reader(self, command: Command) -> None:
        self._reader.set_failed(command.mode == ReaderMode.FAILED)

    def _set_link(self, command: Command) -> None:
        self._link.set_up(command.is_on)

    def _set_clock(self, command: Command) -> None:
        self.wall_clock.offset_s = command.value

    def _set_storage(self, command: Command) -> None:
        self._storage.mode = StorageMode(command.mode)

    def _power_cut(self, command: Command) -> None:
        """Hardware keeps its register without being asked; the process gets no goodbye."""
        self._rig.save()
        self.drivers.transcript.close()  # the observer of the bench; it has power of its own
        os._exit(KILLED)


_ACTS: Final[Mapping[str, Callable[[Bench, Command], None]]] = {
    "plug_in": Bench._plug_in,
    "plug_out": Bench._plug_out,
    "ev_ready": Bench._ev_ready,
    "swipe": Bench._swipe,
    "fault": Bench._fault,
    "clear_fault": Bench._clear_fault,
    "emergency_stop": Bench._emergency_stop,
    "set_power": Bench._set_power,
    "set_register": Bench._set_register,
    "contactor": Bench._set_contactor,
    "meter": Bench._set_meter,
    "reader": Bench._set_reader,
    "link": Bench._set_link,
    "clock": Bench._set_clock,
    "storage": Bench._set_storage,
    "power_cut": Bench._power_cut,
}


def _plug(cars: tuple[Car, ...] | None) -> tuple[bool, bool] | None:
    if cars is None:
        return None
    ours = [car for car in cars if car.connector == OUTLET]
    return bool(ours), any(car.ev_ready for car in ours)


def build_bench(
    config: BenchConfig,
    storage_dir: Path,
    real: RealParts,
    on_restart: Callable[[int], None],
) -> Bench:
    """The bench of a station whose files are in ``storage_dir``.

    ``on_restart`` gets the exit code of a wanted restart. Raises ``HardwareError`` when the memory
    of the bench cannot be read.
    """
    return Bench(config, storage_dir, real, on_restart)
