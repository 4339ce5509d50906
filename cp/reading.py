"""Texts that the core is given: the station file, the profiles, the charts.

Theory of operation: whatever is wrong with a file becomes one finding that names it; nothing here
looks into a text.
"""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from cp.chart import ROUTES_FILE
from cp.house import House, load_house
from cp.profiles import texts as profile_texts
from cp.settings import Settings, look_at_settings
from cp.vocabulary.context import Product
from cp.vocabulary.errors import ChartError, Finding, SettingsError
from cp.vocabulary.keys import KeyTable
from cp.vocabulary.lean import dataclass

CHARTS_DIR: Final = Path(__file__).parent.parent / "charts"
_ROUTES: Final = "routes"
_MOST_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ChartTexts:
    """The texts of one folder of charts, by chart name; ``folder`` as findings show it."""

    folder: str
    charts: Mapping[str, str]
    routes: str


def load_settings(station_file: str) -> Settings:
    """The settings of a station file; a relative storage folder is beside the file.

    Raises SettingsError with every finding.
    """
    settings, findings = look_at_station_file(station_file)
    if settings is None or findings:
        raise SettingsError(findings)
    return settings


def look_at_station_file(station_file: str) -> tuple[Settings | None, tuple[Finding, ...]]:
    """The same, and every finding, as ``look_at_settings``. Raises SettingsError when the file
    cannot be read."""
    text = _read(Path(station_file))
    settings, findings = look_at_settings(text, station_file, profile_texts())
    if settings is None:
        return None, findings
    folder = Path(station_file).absolute().parent / settings.storage_dir
    return replace(settings, storage_dir=str(folder)), findings


def folder_findings(folder: Path) -> tuple[str, ...]:
    """Why this cannot be the storage folder, one sentence or none; nothing is changed."""
    if folder.is_dir():
        if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            return (
                f"the storage folder {folder} cannot be written: give it to the station's user",
            )
    elif folder.exists():
        return (f"the storage folder {folder} is a file: change [storage] dir",)
    elif not folder.parent.is_dir():
        return (f"the storage folder {folder} cannot be created: {folder.parent} is no folder",)
    elif not os.access(folder.parent, os.W_OK | os.X_OK):
        return (f"the storage folder {folder} cannot be created in {folder.parent}: no permission",)
    return ()


def read_charts(folder: str | None) -> ChartTexts:
    """The charts of a folder, or with None of this release. Raises SettingsError."""
    place = CHARTS_DIR if folder is None else Path(folder)
    shown = "charts" if folder is None else folder
    files = sorted(place.glob("*.toml"))
    if place / f"{_ROUTES}.toml" not in files:
        message = f"no {_ROUTES}.toml in this folder: it is no folder of charts"
        raise SettingsError((Finding(shown, 0, message),))
    texts: dict[str, str] = {}
    findings: list[Finding] = []
    for file in files:
        try:
            texts[file.stem] = _read(file)
        except SettingsError as error:
            findings += error.findings
    if findings:
        raise SettingsError(tuple(findings))
    return ChartTexts(shown, texts, texts.pop(_ROUTES))


def build_house(
    texts: ChartTexts, table: KeyTable, product: Product, *, checked: bool = False
) -> House:
    """The house of these texts; ``checked``: they have passed the checks before.

    Raises ChartError with every finding, in the folder's files.
    """
    try:
        return load_house(texts.charts, texts.routes, table, product, checked=checked)
    except ChartError as error:
        usual = ROUTES_FILE.partition("/")[0]
        findings = (
            replace(finding, file=finding.file.replace(usual, texts.folder, 1))
            for finding in error.findings
        )
        raise ChartError(tuple(findings)) from None


def _read(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            data = stream.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise SettingsError((Finding(str(file), 0, f"cannot be read: {why}"),)) from None
    if len(data) > _MOST_BYTES:
        message = f"is longer than {_MOST_BYTES} bytes: it is no file of ours"
        raise SettingsError((Finding(str(file), 0, message),))
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = "is not UTF-8: save it as UTF-8 text"
        raise SettingsError((Finding(str(file), line, message),)) from None
