"""Equipment: the drivers of real devices, made from the tables of the station file.

Theory of operation: one method for each port reads its table into the driver's own dataclass and
makes the driver; its modules are imported there, never before, and nothing is opened. What the
product knows fills what the table does not say.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from cp.driver_choice import BENCH, OPENEVSE
from cp.driver_tables import look_at_table
from cp.settings import Settings
from cp.shared_devices import shared_findings
from cp.vocabulary.errors import Finding, SettingsError
from cp.vocabulary.ports import Driver
from drivers.probe import Probe

if TYPE_CHECKING:
    from drivers.gpio.contactor import GpioContactor
    from drivers.gpio.lamp import GpioLamp
    from drivers.meter.modbus import ModbusMeter
    from drivers.meter.pulses import PulseMeter
    from drivers.openevse.meter import OpenEvseMeter
    from drivers.openevse.outlet import OpenEvseContactor, OpenEvsePilot, OpenEvsePorts
    from drivers.pilot.pilot import ControlPilot
    from drivers.reader.keyboard import KeyboardReader
    from drivers.reader.serial_line import SerialReader

_MAINS_V: Final = 230.0
_PULSES: Final = "pulses.json"

_LIBRARIES: Final[Mapping[tuple[str, str], tuple[str, str]]] = {
    ("contactor", "gpio"): ("gpiod", "gpio"),
    ("lamp", "gpio"): ("gpiod", "gpio"),
    ("meter", "pulses"): ("gpiod", "gpio"),
    ("meter", "modbus"): ("pymodbus", "modbus"),
    ("card_reader", "keyboard"): ("evdev", "rfid"),
}
"""Port and driver to the library that it imports, and the extra that installs it."""


class Config(Protocol):
    """What a driver is told."""

    def mistakes(self) -> tuple[str, ...]:
        """What an installer has to mend."""


C = TypeVar("C", bound=Config)


class Device(Driver, Protocol):
    """A driver with a device of its own."""

    async def probe(self) -> Probe:
        """Look at the device once. Raises HardwareError without the library."""


class Equipment:
    """Makes drivers; every method raises SettingsError with all findings of the tables so far."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._kinds = settings.drivers
        self._board: OpenEvsePorts | None = None
        self._board_lock = threading.Lock()

    def makers(self) -> Mapping[str, Callable[[], Device]]:
        """What makes the driver of each port that has a device, by port."""
        makers: dict[str, Callable[[], Device]] = {
            "contactor": self.contactor,
            "pilot": self._control_pilot,
            "meter": self.meter,
            "card_reader": self.card_reader,
            "lamp": self.lamp,
        }
        if self._kinds["pilot"] == OPENEVSE:
            del makers["pilot"]  # the contactor's look at the board is the pilot's too
        wrong = self._settings.tables.wrong
        return {
            port: make
            for port, make in makers.items()
            if self._kinds[port] not in (BENCH, "none") and ("drivers", port) not in wrong
        }

    def contactor(self) -> "GpioContactor | OpenEvseContactor":
        """Of ``[contactor]`` or ``[openevse]``."""
        if self._kinds["contactor"] == OPENEVSE:
            return self._openevse().contactor
        from drivers.gpio.contactor import GpioContactor, GpioContactorConfig

        return GpioContactor(self.config("contactor", GpioContactorConfig))

    def pilot(self) -> "ControlPilot | OpenEvsePilot":
        """Of ``[pilot]`` or ``[openevse]``."""
        if self._kinds["pilot"] == OPENEVSE:
            return self._openevse().pilot
        return self._control_pilot()

    def _control_pilot(self) -> "ControlPilot":
        from drivers.pilot.pilot import ControlPilot, PilotConfig

        return ControlPilot(self.config("pilot", PilotConfig))

    def meter(self) -> "ModbusMeter | PulseMeter | OpenEvseMeter":
        """Of ``[meter]`` or ``[openevse]``."""
        settings, rated_w = self._settings, self._rated_power_w
        if self._kinds["meter"] == OPENEVSE:
            return self._openevse().meter
        if self._kinds["meter"] == "pulses":
            from drivers.meter.pulses import PulseMeter, PulseMeterConfig

            pulses = self.config("meter", PulseMeterConfig, rated_power_w=rated_w, file=_PULSES)
            return PulseMeter(replace(pulses, file=str(Path(settings.storage_dir) / pulses.file)))
        from drivers.meter.modbus import ModbusMeter, ModbusMeterConfig

        config = self.config("meter", ModbusMeterConfig, rated_power_w=rated_w)
        if config.map.endswith(".toml"):
            config = replace(config, map=str(Path(settings.tables.file).parent / config.map))
        return ModbusMeter(config)

    def card_reader(self) -> "SerialReader | KeyboardReader":
        """Of ``[card_reader]``."""
        if self._kinds["card_reader"] == "keyboard":
            from drivers.reader.keyboard import KeyboardReader, KeyboardReaderConfig

            return KeyboardReader(self.config("card_reader", KeyboardReaderConfig))
        from drivers.reader.serial_line import SerialReader, SerialReaderConfig

        return SerialReader(self.config("card_reader", SerialReaderConfig))

    def lamp(self) -> "GpioLamp":
        """Of ``[lamp]``."""
        from drivers.gpio.lamp import GpioLamp, GpioLampConfig

        return GpioLamp(self.config("lamp", GpioLampConfig))

    @property
    def _rated_power_w(self) -> float:
        """What the product lets the outlet draw; each meter adds its margin."""
        profile = self._settings.profile
        return profile.offered_a * _MAINS_V * float(str(profile.hardware["phases"]))

    def _openevse(self) -> "OpenEvsePorts":
        """One board behind several ports, which are made in threads of their own."""
        with self._board_lock:
            if self._board is None:
                from drivers.openevse.config import OpenEvseConfig
                from drivers.openevse.outlet import openevse_ports

                rated_w = self._rated_power_w
                config = self.config(OPENEVSE, OpenEvseConfig, rated_power_w=rated_w)
                self._board = openevse_ports(config, Path(self._settings.storage_dir))
            return self._board

    def config(self, port: str, kind: type[C], **defaults: object) -> C:
        """The table of this port; ``defaults`` fill what it does not say. Where a key is wrong,
        mistakes are told of what is written in other keys."""
        document = self._settings.tables
        table = document.table(port)
        given = {key: value for key, value in defaults.items() if key not in table}
        config, wrong = look_at_table(document, port, kind, **given)
        told = set(_keys_in(table)) - wrong
        is_sound = not wrong
        for mistake in () if config is None else config.mistakes():
            key = mistake.split(maxsplit=1)[0].rstrip(":")
            if not wrong or key in told:
                document.find(port, key, f"[{port}] {mistake}")
            is_sound = False
        if config is None or not is_sound:
            raise SettingsError(tuple(sorted(document.findings)))
        return config


def equipment_findings(settings: Settings) -> tuple[Finding, ...]:
    """Every mistake in the tables of the drivers, and libraries that are missing; imports the
    drivers, opens nothing."""
    findings = {
        *_missing_libraries(settings),
        *_mistakes_of_map(settings),
        *shared_findings(settings),
    }
    for make in Equipment(settings).makers().values():
        try:
            make()
        except SettingsError as error:
            findings.update(error.findings)
    return tuple(sorted(findings))


def _mistakes_of_map(settings: Settings) -> tuple[Finding, ...]:
    """In a register map of one's own, whatever is wrong in the table that names it."""
    from drivers.meter.register_map import load_map

    name = settings.tables.table("meter").get("map")
    if settings.drivers["meter"] == "modbus" and isinstance(name, str) and name.endswith(".toml"):
        try:
            load_map(str(Path(settings.tables.file).parent / name))
        except SettingsError as error:
            return error.findings
    return ()


def _keys_in(table: Mapping[str, object]) -> Iterator[str]:
    """At any depth."""
    for key, value in table.items():
        yield key
        if isinstance(value, Mapping):
            yield from _keys_in(value)


def _missing_libraries(settings: Settings) -> Iterator[Finding]:
    tables = settings.tables
    needed = {port: _LIBRARIES.get((port, kind)) for port, kind in settings.drivers.items()}
    if "comparators" in tables.table("pilot"):
        needed["pilot"] = _LIBRARIES["contactor", "gpio"]
    for port, library in needed.items():
        if library is not None and find_spec(library[0]) is None:
            name, extra = library
            message = f"{port} needs the library {name}: pip install 'statecharge[{extra}]'"
            yield Finding(tables.file, tables.line("drivers", port), message)
