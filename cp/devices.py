"""Devices: what stands behind the ports of one station, the bench, real drivers, or some of each.

Theory of operation: each is imported when the station file asks for it: a station on the bench
loads no real driver, a real one no bench. Without any port for the bench no interface listens.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from cp.driver_choice import BENCH, PROCESS
from cp.settings import Settings
from cp.vocabulary.errors import Finding
from cp.vocabulary.ports import DriverSet
from cp.vocabulary.vital import Vital
from drivers.real_parts import RealParts

if TYPE_CHECKING:
    from cp.hardware import Hardware
    from drivers.bench.bench import Bench

OnRestart = Callable[[int], None]


def device_findings(settings: Settings) -> tuple[Finding, ...]:
    """Every mistake of the installer about the devices of this file; nothing is opened."""
    if _is_bench_alone(settings):
        return ()
    from cp.equipment import equipment_findings

    return equipment_findings(settings)


def make_devices(settings: Settings, parts: RealParts, on_restart: OnRestart) -> "Bench | Hardware":
    """The devices that the station file describes; nothing is opened but the memory of the bench.

    ``on_restart`` gets the exit code of a wanted restart. Raises HardwareError.
    """
    if BENCH not in settings.drivers.values():
        from cp.hardware import Hardware

        return Hardware(settings, parts, on_restart)
    bench = _make_bench(settings, parts, on_restart)
    if not _is_bench_alone(settings):
        from cp.hardware import replace_ports

        replace_ports(bench, settings, on_restart)
    return bench


def vitals_of(drivers: DriverSet) -> Iterator[Vital]:
    """What of the drivers must not stand still."""
    from drivers.late import LateDriver

    for driver in (drivers.contactor, drivers.pilot, drivers.meter, drivers.card_reader):
        if isinstance(driver, LateDriver):
            yield from driver.vitals()


def _make_bench(settings: Settings, parts: RealParts, on_restart: OnRestart) -> "Bench":
    from drivers.bench.bench import BenchConfig, Car, build_bench

    bench = settings.bench
    cars = None
    if bench.cars is not None:
        cars = tuple(Car(car.connector_id, car.is_ready) for car in bench.cars)
    config = BenchConfig(bench.host, bench.port, cars, bench.time_scale)
    return build_bench(config, Path(settings.storage_dir), parts, on_restart)


def _is_bench_alone(settings: Settings) -> bool:
    return set(settings.drivers.values()) <= {BENCH, PROCESS}
