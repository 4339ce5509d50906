"""What an update needs: images, a server of files, and a station that restarts by itself."""

import asyncio
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from e2e_stand import call_of, calls, stand

from tools.firmware_pack import pack
from tools.net.csms_books import Message
from tools.net.csms_files import FileServer
from tools.net.csms_server import CentralSystem
from tools.net.station_process import StationProcess

CHARTS = Path(__file__).parents[2] / "charts"
VERSION = "2.0.0"
UPDATED = ["Downloading", "Downloaded", "Installing", "Installed"]
NOT_INSTALLED = ["Downloading", "Downloaded", "Installing", "InstallationFailed"]


@dataclass(slots=True)
class UpdateStand:
    """The three of them; ``images`` is where the server finds them."""

    central: CentralSystem
    station: StationProcess
    server: FileServer

    @property
    def images(self) -> Path:
        return self.server.folder

    async def ask(self, action: str, path: str, **fields: object) -> Mapping[str, object]:
        """UpdateFirmware or GetDiagnostics, one try unless told otherwise; the answer."""
        payload = {"location": self.server.url + path, "retries": 0, **fields}
        if action == "UpdateFirmware":
            payload.setdefault("retrieveDate", "2026-01-01T00:00:00Z")
        answer = await self.central.call(self.station.id, action, payload)
        assert answer.error_code == ""
        return answer.payload

    async def told(self, last: str, action: str = "FirmwareStatusNotification") -> list[str]:
        """The statuses so far, when this one has come."""
        await self.central.wait_for(
            lambda message: message.action == action and message.payload.get("status") == last,
            timeout_s=15.0,
        )
        await asyncio.sleep(0.1)  # nothing may follow
        return self.statuses(action)

    def statuses(self, action: str = "FirmwareStatusNotification") -> list[str]:
        return [str(message.payload["status"]) for message in calls(self.central, action)]

    def boots(self) -> list[Message]:
        return calls(self.central, "BootNotification")

    def asked(self, method: str = "GET") -> list[str]:
        """Paths that the server was asked for."""
        return [item.path for item in self.server.requests if item.method == method]

    async def until_boot(self, number: int) -> Message:
        """The BootNotification of this number, from 1; the bench is a new one then."""
        while len(self.boots()) < number:
            seq = self.central.books.messages[-1].seq if self.central.books.messages else 0
            await call_of(self.central, "BootNotification", after=seq)
        await self.station.hang_up()
        return self.boots()[number - 1]


@asynccontextmanager
async def update_stand(
    folder: Path, tables: str = "", keys: Mapping[str, object] | None = None
) -> AsyncIterator[UpdateStand]:
    """A station that runs and is registered; ``tables`` are added to its file."""
    (folder / "files").mkdir()
    server = FileServer(folder / "files")
    server.start()
    try:
        async with stand(folder, keys=keys) as (central, station):
            with station.file.open("a") as file:
                file.write(tables)
            await station.start("--respawn")
            await station.until_ready()
            yield UpdateStand(central, station, server)
    finally:
        server.stop()


def make_image(
    folder: Path,
    *,
    version: str = VERSION,
    edits: Mapping[str, tuple[str, str]] | None = None,
    lib: str | None = None,
    ballast: int = 0,
    key: object = None,
) -> str:
    """An image of the present charts in ``folder``; its name there.

    ``edits`` replace a text in a chart, ``lib`` becomes a package ``cp`` of its own, ``ballast``
    makes it so many bytes larger.
    """
    source = folder.parent / f"source-{version}"
    for file in CHARTS.glob("*.toml"):
        text = file.read_text(encoding="utf-8")
        old, new = (edits or {}).get(file.stem, ("", ""))
        assert old in text
        _write(source / "charts" / file.name, text.replace(old, new, 1) if old else text)
    if lib is not None:
        _write(source / "lib" / "cp" / "__init__.py", lib)
    if ballast:
        _write(source / "charts" / "ballast", random.Random(7).randbytes(ballast))
    _write(source / "VERSION", version)
    image = folder / f"{version}.image"
    pack(source, image, None, key)  # type: ignore[arg-type]
    return image.name


def _write(file: Path, content: str | bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content.encode() if isinstance(content, str) else content)
