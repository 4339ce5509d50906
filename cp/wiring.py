"""The wiring: settings, house, controller, drivers and daemon of one station, put together.

Theory of operation: the order is that of a quick start. Texts are read and checked first, so that
a mistake of a person ends the process before anything is opened; then the journal is opened, which
keeps a second process away; the bench comes to life last. The panel is imported when everything
runs, and only for a terminal; elsewhere changes are told line by line.
"""

import asyncio
import gc
import logging
import os
import random
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cp.command_line import RunArguments
from cp.controller import Controller
from cp.daemon import EXIT_FAULT, EXIT_RESTART, Clocks, Daemon
from cp.devices import device_findings, make_devices, vitals_of
from cp.house import House
from cp.parts import Reports, make_parts, note, selected_slot, with_version
from cp.reading import ChartTexts, build_house, folder_findings, load_settings, read_charts
from cp.settings import Settings, product_of
from cp.stamp import CheckStamp
from cp.vocabulary.errors import Finding, SettingsError, StorageError
from cp.vocabulary.lean import dataclass
from cp.vocabulary.ports import DriverSet
from cp.vocabulary.vital import Vital
from drivers.installer.slots import Selected

if TYPE_CHECKING:
    from cp.hardware import Hardware
    from drivers.bench.bench import Bench

_RESPAWN_PAUSE_S: Final = 1.0
_SETTLED_AFTER_S: Final = 1.0
_KEY_BYTES: Final = 32
_COLLECTED_AFTER: Final = 10_000
_YIELDED_AFTER_S: Final = 0.0002


@dataclass(frozen=True, slots=True)
class _Start:
    """What was read and checked before anything is opened."""

    settings: Settings
    house: House
    texts: ChartTexts
    stamp: CheckStamp
    slot: Selected | None


def run(arguments: RunArguments) -> int:
    """The station, until it is stopped; the exit code. Raises what a person has to mend."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os._exit(0))  # nothing is open yet
    _set_up_log()
    settings = load_settings(arguments.station_file)
    for problem in folder_findings(Path(settings.storage_dir)):
        raise SettingsError((Finding(arguments.station_file, 0, problem),))
    slot = selected_slot(settings)
    charts = None if slot is None or slot.charts is None else str(slot.charts)
    texts = read_charts(arguments.charts_dir or charts)
    stamp = CheckStamp(Path(settings.storage_dir), texts, repr(settings.tables.tables))
    if not stamp.is_valid and (found := device_findings(settings)):
        raise SettingsError(found)
    product = with_version(product_of(settings), settings, slot)
    house = build_house(texts, settings.keys, product, checked=stamp.is_valid)
    has_panel = arguments.has_panel and sys.stdout.isatty()
    start = _Start(settings, house, texts, stamp, slot)
    exit_code = asyncio.run(_serve(start, has_panel=has_panel))
    if arguments.is_respawning and exit_code in (EXIT_FAULT, EXIT_RESTART):
        _respawn(exit_code)
    return exit_code


def _respawn(exit_code: int) -> None:
    """The same command in the same process; a fault that comes back at once is given a pause."""
    if exit_code == EXIT_FAULT:
        time.sleep(_RESPAWN_PAUSE_S)
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


async def _serve(start: "_Start", *, has_panel: bool) -> int:
    settings, house = start.settings, start.house
    reports = Reports(start.texts)
    parts = make_parts(settings, start.slot, reports)
    devices = make_devices(settings, parts, lambda _exit_code: None)  # the daemon ends by itself
    clocks = Clocks(time.monotonic, devices.wall_clock, random.random)
    controller = Controller(house, settings.factory_values)
    mask = TagMask(Path(settings.storage_dir))
    drivers = devices.drivers if has_panel else _told_plainly(devices.drivers)
    daemon = Daemon(controller, drivers, clocks, mask, note)
    reports.daemon, reports.controller = daemon, controller
    devices.set_snapshot(daemon.snapshot)
    await daemon.open()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, daemon.stop)
    loop.call_later(_SETTLED_AFTER_S, _settle, start.stamp)
    panel = asyncio.create_task(_show_panel(devices, daemon)) if has_panel else None
    try:
        await devices.start()
        async with _told_to_manager(devices, daemon):
            return await daemon.run()
    finally:
        if panel is not None:
            panel.cancel()
            await asyncio.wait((panel,))
        await daemon.close()
        await devices.stop()


def _set_up_log() -> None:
    """The journal stamps the time itself, and wants the priority of a line first."""
    if not _has_journal():
        logging.basicConfig(format="%(levelname)s %(message)s")
        return
    from drivers.service import JournalFormatter

    handler = logging.StreamHandler()
    handler.setFormatter(JournalFormatter("%(message)s"))
    logging.basicConfig(handlers=(handler,))


def _told_plainly(drivers: DriverSet) -> DriverSet:
    """A line for each change instead of the panel, if there is anywhere to write it."""
    if not sys.stdout:
        return drivers
    from drivers.plain_lines import told_plainly

    return told_plainly(drivers, sys.stdout.fileno(), is_dated=not _has_journal())


def _has_journal() -> bool:
    if "JOURNAL_STREAM" not in os.environ:
        return False
    from drivers.service import has_journal

    return has_journal()


@asynccontextmanager
async def _told_to_manager(devices: "Bench | Hardware", daemon: Daemon) -> AsyncIterator[None]:
    """While this runs, the service manager, if there is one, hears that the station lives."""
    if "NOTIFY_SOCKET" not in os.environ:
        yield
        return
    from drivers.service import Feeder, manager_of

    def vitals() -> Iterable[Vital]:
        return (*daemon.vitals(), *vitals_of(devices.drivers))

    feeder = Feeder(manager_of(), daemon.snapshot, vitals)
    feeding = asyncio.create_task(feeder.run())
    try:
        yield
    finally:
        feeding.cancel()
        await asyncio.wait((feeding,))
        feeder.stop()


def _settle(stamp: CheckStamp) -> None:
    """What is there now stays: the collector need not look at it again and again."""
    stamp.keep()
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECTED_AFTER)  # the usual 700 come together in half a turn
    gc.enable()
    # A thread that looks at the pilot needs the interpreter a dozen times before the plug is out:
    # each time it would wait for the usual 5 ms while a long queue is worked off.
    sys.setswitchinterval(_YIELDED_AFTER_S)


async def _show_panel(devices: "Bench | Hardware", daemon: Daemon) -> None:
    await asyncio.sleep(_SETTLED_AFTER_S)  # BootNotification goes first
    from drivers.panel import Panel

    panel = Panel(devices.state, daemon.messages)
    await panel.start()
    try:
        await asyncio.Event().wait()
    finally:
        await panel.stop()


class TagMask:
    """Id tags as keyed short hashes: equal tags stay equal, on this device only.

    The key is made when it is first needed, in the storage folder, readable by the station alone.
    Letter case of an id tag does not count (``S 7.28``). One that is empty is nobody's, and hides
    nothing: a group that the central system leaves empty is no group.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / "mask.key"
        self._key = b""

    def __call__(self, id_tag: str) -> str:
        """What a transcript shows of ``id_tag``. Raises StorageError."""
        if not id_tag:
            return ""
        self._key = self._key or self._load()
        return f"#{blake2b(id_tag.lower().encode(), digest_size=4, key=self._key).hexdigest()}"

    def _load(self) -> bytes:
        try:
            if self._file.exists() and len(key := self._file.read_bytes()) == _KEY_BYTES:
                return key
            self._file.unlink(missing_ok=True)
            handle = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as stream:
                stream.write(key := os.urandom(_KEY_BYTES))
        except OSError as error:
            raise StorageError(f"{self._file} cannot be used ({error.strerror})") from error
        return key
