"""Parts of a station that are real on every machine: link, transfer, installer.

Theory of operation: what is needed before BootNotification is made at once; the installer is a
promise until the inputs have been read, and so is the check of its table.
"""

import logging
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cp.controller import Controller
from cp.daemon import Daemon
from cp.driver_tables import look_at_table, read_table
from cp.reading import ChartTexts
from cp.settings import Settings, station_url
from cp.vocabulary.context import Product
from cp.vocabulary.errors import Finding, SettingsError
from cp.vocabulary.instants import Stamp
from cp.vocabulary.ports import Installer
from drivers.installer.late import LateInstaller
from drivers.installer.slots import Selected
from drivers.installer.start import start_from_slot
from drivers.real_parts import RealParts
from drivers.transcript import FileTranscript
from drivers.transfer.archive import DiagnosticsArchive, DiagnosticsSources
from drivers.transfer.config import TransferConfig
from drivers.transfer.file_transfer import FileTransfer
from drivers.websocket_link import WebsocketLink

if TYPE_CHECKING:
    from drivers.installer.config import InstallerConfig

_LOG: Final = logging.getLogger("statecharge")
_IMAGE: Final = Path("firmware", "image")
_SYSTEM: Final = "system"


def note(line: str) -> None:
    """A line for the log."""
    _LOG.warning("%s", line)


def selected_slot(settings: Settings) -> Selected | None:
    """The firmware slot of this start; None where another updater chooses. Does not return when
    the packages of the slot have to run instead of these."""
    table = settings.tables.table("firmware")
    if table.get("kind", "folders") != "folders":
        return None
    return start_from_slot(_slots_folder(settings, table))


def with_version(product: Product, settings: Settings, slot: Selected | None) -> Product:
    """The product with the version of the firmware that runs (``operations.md`` 6)."""
    version = None if slot is None else slot.version
    file = settings.tables.table("firmware").get("version_file")
    if isinstance(file, str):
        path = Path(settings.tables.file).parent / file
        try:
            version = path.read_text(encoding="utf-8").split("\n", 1)[0].strip()[:50]
        except (OSError, UnicodeDecodeError):
            finding = Finding(str(path), 0, "cannot be read: it holds the version of the firmware")
            raise SettingsError((finding,)) from None
    return replace(product, firmware_version=version) if version else product


def make_parts(settings: Settings, slot: Selected | None, reports: "Reports") -> RealParts:
    """Raises SettingsError."""
    folder = Path(settings.storage_dir)
    link = WebsocketLink(
        station_url(settings), ca_file=settings.ca_file, password_file=settings.password_file
    )
    transcript = FileTranscript(folder)
    transcript.set_clock(reports.stamp)
    archive = DiagnosticsArchive(reports.sources(transcript, settings))
    transfer = FileTransfer(folder, transfer_config(settings), archive, note)
    installer = LateInstaller(lambda: make_installer(settings, slot))
    return RealParts(link, transfer, installer, transcript)


def transfer_config(settings: Settings) -> TransferConfig:
    """The table ``[transfer]``. Raises SettingsError."""
    protocols = settings.factory_values.items("SupportedFileTransferProtocols")
    schemes = tuple(name.lower() for name in protocols)
    config = read_table(settings.tables, "transfer", TransferConfig, schemes=schemes)
    if config is None:
        raise SettingsError(tuple(settings.tables.findings))
    return config


def make_installer(settings: Settings, slot: Selected | None) -> Installer:
    """The installer of the table ``[firmware]``. Raises SettingsError."""
    from drivers.installer.build import build_installer

    config = installer_config(settings)
    image = Path(settings.storage_dir) / _IMAGE
    if slot is None:
        return build_installer(config, image)
    return build_installer(config, image, slot.slot)


def installer_config(settings: Settings) -> "InstallerConfig":
    """The table ``[firmware]``. Raises SettingsError."""
    config, wrong = look_at_installer(settings)
    if config is None or wrong:
        raise SettingsError(tuple(settings.tables.findings))
    return config


def look_at_installer(settings: Settings) -> "tuple[InstallerConfig | None, frozenset[str]]":
    """The same as far as it can be read, as ``look_at_table``."""
    from drivers.installer.config import InstallerConfig

    table = settings.tables.table("firmware")
    given = {} if "folder" in table else {"folder": _slots_folder(settings, table)}
    config, wrong = look_at_table(settings.tables, "firmware", InstallerConfig, **given)
    mistakes = () if config is None or wrong else config.mistakes()
    for mistake in mistakes:
        settings.tables.find("firmware", "kind", mistake)
    return config, wrong | {"kind"} if mistakes else wrong


def _slots_folder(settings: Settings, table: Mapping[str, object]) -> Path:
    folder = table.get("folder")
    if isinstance(folder, str):
        return Path(settings.tables.file).parent / folder
    return Path(settings.storage_dir) / _SYSTEM


class Reports:
    """What a diagnostics file says of this process; daemon and controller come later."""

    def __init__(self, texts: ChartTexts) -> None:
        self.texts = texts
        self.daemon: Daemon | None = None
        self.controller: Controller | None = None

    def stamp(self) -> Stamp:
        """Boot number and both clocks now."""
        controller, now_s = self._controller(), time.monotonic()
        return Stamp(controller.boot, now_s, controller.utc_s(now_s))

    def sources(self, transcript: FileTranscript, settings: Settings) -> DiagnosticsSources:
        """Each is read when a file is made."""
        keys = dict(settings.factory_values.values)
        return DiagnosticsSources(
            lambda: self._daemon().snapshot(),
            self._configuration,
            transcript.open_files,
            lambda: {"rows": dict(self._daemon().journal_counts())},
            lambda: {**self.texts.charts, "routes": self.texts.routes},
            lambda: {"profile": settings.profile.name, "keys": keys},
        )

    def _configuration(self) -> Mapping[str, object]:
        return dict(self._controller().condition.keys.values)

    def _controller(self) -> Controller:
        if self.controller is None:
            raise RuntimeError("nothing runs yet")
        return self.controller

    def _daemon(self) -> Daemon:
        if self.daemon is None:
            raise RuntimeError("nothing runs yet")
        return self.daemon
