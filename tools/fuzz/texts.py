"""Targets for what people write or download: station file, charts, routes, firmware image."""

import hashlib
import os
import tempfile
from pathlib import Path

from tools.fuzz.target import Try, need


def station() -> Try:
    """A station file."""
    from cp.profiles import texts as profile_texts
    from cp.settings import product_of, read_settings
    from cp.vocabulary.errors import SettingsError

    profiles = profile_texts()

    def run(data: bytes) -> None:
        try:
            settings = read_settings(data.decode(errors="replace"), "station.toml", profiles)
        except SettingsError as error:
            need(bool(error.findings), "a refusal says why")
            return
        need(bool(product_of(settings).station_id), "a station has an identity")

    return run


def charts() -> Try:
    """A chart, checked with the behavior that its first byte chooses."""
    from cp.behavior import BEHAVIORS
    from cp.chart import check, read_chart
    from cp.vocabulary.keys import GENERIC

    names = tuple(BEHAVIORS)
    keys = tuple(GENERIC)

    def run(data: bytes) -> None:
        behavior = BEHAVIORS[names[data[0] % len(names)]] if data else BEHAVIORS[names[0]]
        document, findings = read_chart(data[1:].decode(errors="replace"), "charts/x.toml")
        need(document is not None or bool(findings), "no chart, and no reason")
        if document is not None:
            check((document,), {document.name: behavior}, None, keys)

    return run


def routes() -> Try:
    """Routes, checked with the shipped charts."""
    from cp.chart import check_routes, read_routes
    from tools.scenario_house import house

    documents = [chart.document for chart in house().charts.values()]

    def run(data: bytes) -> None:
        found, findings = read_routes(data.decode(errors="replace"), "charts/routes.toml")
        need(found is not None or bool(findings), "no routes, and no reason")
        if found is not None:
            need(bool(findings or check_routes(found, documents)), "these few are not all routes")

    return run


def image() -> Try:
    """A firmware image without its last line, which is made to fit; or its manifest alone."""
    from drivers.installer.backend import InstallError
    from drivers.installer.image import each_file, read_image, trailer
    from drivers.installer.manifest import read_manifest

    memory = Path("/dev/shm")
    folder = memory if os.access(memory, os.W_OK) else Path(tempfile.gettempdir())
    file = folder / f"statecharge-fuzz-{os.getpid()}"

    def run(data: bytes) -> None:
        try:
            if data.startswith(b"{"):
                read_manifest(data)
                return
            file.write_bytes(data + trailer(hashlib.sha256(data).hexdigest()))
            for wanted, chunks in each_file(read_image(file, 1 << 20)):
                need(sum(map(len, chunks)) == wanted.size, "a file has the size that was said")
        except InstallError:
            return
        finally:
            file.unlink(missing_ok=True)

    return run
