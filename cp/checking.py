"""``run --check``: every mistake that a start would meet, found without changing anything.

Theory of operation: station file, profile, charts, routes and bindings go through the very code of
a start. What drivers need is looked at, not opened: their tables and libraries, the installer's
too, the journal's folder and file, the memory of the bench, its port. One check does not keep the
next from running.
"""

import fcntl
import socket
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from cp.command_line import RunArguments
from cp.devices import device_findings
from cp.driver_choice import BENCH
from cp.parts import look_at_installer, transfer_config
from cp.reading import build_house, folder_findings, look_at_station_file, read_charts
from cp.settings import Settings, product_of, station_url
from cp.vocabulary.context import Product
from cp.vocabulary.errors import ChartError, Finding, HardwareError, SettingsError
from cp.vocabulary.keys import GENERIC
from drivers.bench.memory import Memory
from drivers.installer.build import installer_mistakes
from drivers.link_files import LinkFiles
from drivers.storage import SCHEMA_VERSION

_EXIT_MISTAKE: Final = 2
# SQLite's file format: where the lock is, and where the release's version of the schema stands.
_LOCK_BYTE, _LOCK_BYTES = 0x4000_0000, 512
_HEADER_BYTES, _SCHEMA_AT = 100, slice(60, 64)


def check(arguments: RunArguments) -> int:
    """Print every finding; exit code 2 if there is one, else 0."""
    settings, findings = _check_settings(arguments.station_file)
    findings += _check_charts(arguments.charts_dir, None if findings else settings)
    if settings is not None:
        file = arguments.station_file
        findings += [Finding(file, 0, text) for text in check_drivers(settings)]
        findings += check_tables(settings)
        url = station_url(settings)
        findings += LinkFiles(url, settings.ca_file, settings.password_file).mistakes()
    for finding in sorted(set(findings)):
        sys.stderr.write(f"{finding}\n")
    if findings:
        return _EXIT_MISTAKE
    sys.stdout.write(f"{arguments.station_file}: station file, charts and drivers are in order\n")
    return 0


def check_drivers(settings: Settings) -> Iterator[str]:
    """What keeps the drivers from being opened, one sentence each; nothing of a folder or port that
    the file does not name as it should."""
    wrong = settings.tables.wrong
    if ("storage", "dir") not in wrong:
        yield from _check_folder(settings)
    if BENCH in settings.drivers.values() and not wrong & {("bench", "host"), ("bench", "port")}:
        yield from check_port(settings.bench.host, settings.bench.port)


def _check_folder(settings: Settings) -> Iterator[str]:
    folder = Path(settings.storage_dir)
    problems = folder_findings(folder)
    yield from problems
    try:
        if not problems:
            yield from check_journal(folder / "journal.db")
            if BENCH in settings.drivers.values():
                Memory(folder).load()
    except OSError as error:
        yield f"{folder} cannot be read ({error.strerror}): give it to the user of the station"
    except HardwareError as error:
        yield str(error)


def check_tables(settings: Settings) -> list[Finding]:
    """Mistakes in the tables of drivers, transfer and installer, each once."""
    findings = set(device_findings(settings))
    for look in (_look_at_transfer, _look_at_installer):
        try:
            findings.update(look(settings))
        except SettingsError as error:
            findings.update(error.findings)
    return sorted(findings)


def _look_at_transfer(settings: Settings) -> Iterable[Finding]:
    transfer_config(settings)
    return ()


def _look_at_installer(settings: Settings) -> Iterable[Finding]:
    config = look_at_installer(settings)[0]
    return (*settings.tables.findings, *(() if config is None else installer_mistakes(config)))


def _check_settings(file: str) -> tuple[Settings | None, list[Finding]]:
    try:
        settings, findings = look_at_station_file(file)
        return settings, list(findings)
    except SettingsError as error:
        return None, list(error.findings)


def _check_charts(folder: str | None, settings: Settings | None) -> list[Finding]:
    table, product = (settings.keys, product_of(settings)) if settings else (GENERIC, Product())
    try:
        build_house(read_charts(folder), table, product)
    except (SettingsError, ChartError) as error:
        return list(error.findings)
    return []


def check_journal(file: Path) -> Iterator[str]:
    """Why it cannot be opened; a damaged one is no finding: a start moves it aside."""
    if not file.exists():
        return
    if is_in_use(file):
        yield f"{file} is in use by another process: is this station already running?"
    with file.open("rb") as stream:
        header = stream.read(_HEADER_BYTES)
    version = int.from_bytes(header[_SCHEMA_AT], "big")
    if header.startswith(b"SQLite format 3\0") and version > SCHEMA_VERSION:
        yield f"{file} was written by a newer release: install that, or change [storage] dir"


def is_in_use(file: Path) -> bool:
    """Whether another process has this journal. Raises OSError when it cannot be opened."""
    with file.open("r+b") as stream:
        try:
            fcntl.lockf(stream, fcntl.LOCK_EX | fcntl.LOCK_NB, _LOCK_BYTES, _LOCK_BYTE)
        except OSError:
            return True
    return False


def check_port(host: str, port: int) -> Iterator[str]:
    """Why the bench cannot listen there."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(1)
    except (OSError, UnicodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "no valid name"
        yield (
            f"the bench cannot listen on {host}:{port} ({why}): end what uses the port, or"
            " change [bench] host and port"
        )
