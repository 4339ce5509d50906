"""A bench that is switched on, with one connection to its interface."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from cp.vocabulary.events import (
    Event,
)
from drivers.bench.bench import Bench, BenchConfig, build_bench
from drivers.installer.build import build_installer
from drivers.installer.config import InstallerConfig
from drivers.real_parts import RealParts
from drivers.transcript import NullTranscript
from drivers.transfer.archive import DiagnosticsArchive, DiagnosticsSources
from drivers.transfer.config import TransferConfig
from drivers.transfer.file_transfer import FileTransfer
from drivers.websocket_link import WebsocketLink

NOWHERE = "ws://127.0.0.1:1/CP001"


def real_parts(folder: Path, url: str = NOWHERE) -> RealParts:
    """What the bench does not simulate, with nothing to report."""
    sources = DiagnosticsSources(dict, dict, tuple, dict, dict, dict)
    config = InstallerConfig(folder / "slots")
    return RealParts(
        WebsocketLink(url),
        FileTransfer(folder, TransferConfig(), DiagnosticsArchive(sources), print),
        build_installer(config, folder / "firmware" / "image"),
        NullTranscript(),
    )


class Bed:
    """A started bench, its events, and one connection to its interface."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.events: list[Event] = []
        self.restarts: list[int] = []

    async def connect(self) -> None:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.bench.port)

    async def say(self, line: bytes) -> dict[str, object]:
        self.writer.write(line + b"\n")
        answer = json.loads(await asyncio.wait_for(self.reader.readline(), 2.0))
        assert isinstance(answer, dict)
        return answer

    async def do(self, cmd: str, **fields: object) -> dict[str, object]:
        answer = await self.say(json.dumps({"cmd": cmd, **fields}).encode())
        assert answer.pop("ok") is True, answer
        return answer

    async def outlet(self) -> dict[str, object]:
        connectors = (await self.do("state"))["connectors"]
        assert isinstance(connectors, dict)
        return connectors["1"]

    async def until(self, condition: Callable[[], bool]) -> None:
        deadline_s = time.monotonic() + 2.0
        while not condition():
            assert time.monotonic() < deadline_s, self.events
            await asyncio.sleep(0.002)

    async def told(self, *expected: Event) -> None:
        await self.until(lambda: len(self.events) >= len(expected))
        assert self.events == list(expected)
        self.events.clear()


@contextlib.asynccontextmanager
async def power_on(folder: Path, config: BenchConfig, url: str = NOWHERE) -> AsyncIterator[Bed]:
    restarts: list[int] = []
    bench = build_bench(config, folder, real_parts(folder, url), restarts.append)
    bed = Bed(bench)
    bed.restarts = restarts
    drivers = bench.drivers
    devices = (
        drivers.link,
        drivers.contactor,
        drivers.pilot,
        drivers.meter,
        drivers.card_reader,
        drivers.lamp,
    )
    await bench.start()
    for device in devices:
        await device.start(bed.events.append)
    await bed.connect()
    try:
        yield bed
    finally:
        bed.writer.close()
        for device in devices:
            await device.stop()
        await bench.stop()


FAST = BenchConfig(port=0, time_scale=50.0)
