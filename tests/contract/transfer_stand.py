"""A started transfer driver, and a real web server on loopback for it to talk to."""

import asyncio
import contextlib
import fcntl
import socket
import ssl
import struct
import termios
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cp.vocabulary.events import Event
from drivers.transfer.archive import Build
from drivers.transfer.config import TransferConfig
from drivers.transfer.file_transfer import FileTransfer

IMAGE = bytes(range(256)) * 4096  # 1 MiB
QUICK = TransferConfig(
    schemes=("HTTP", "HTTPS", "FTP", "FTPS"),
    connect_timeout_s=5.0,
    read_timeout_s=5.0,
    total_timeout_s=20.0,
    reserve_bytes=0,
)


class FixedArchive:
    """An archive whose content is known; ``error`` is raised instead."""

    def __init__(self, content: bytes = b"diagnostics" * 20_000) -> None:
        self.content = content
        self.error: Exception | None = None
        self.asked: list[tuple[float | None, float | None]] = []

    def begin(self, start_utc_s: float | None, stop_utc_s: float | None) -> Build:
        self.asked.append((start_utc_s, stop_utc_s))

        def build(file: Path, check: Callable[[], None]) -> None:
            check()
            file.write_bytes(self.content)
            if self.error is not None:
                raise self.error

        return build


class TransferStand:
    """A started driver, what it posted and what it noted."""

    def __init__(self, folder: Path, config: TransferConfig) -> None:
        self.archive = FixedArchive()
        self.events: list[Event] = []
        self.notes: list[str] = []
        self.driver = FileTransfer(folder, config, self.archive, self.notes.append)
        self.firmware = folder / "firmware"
        self.diagnostics = folder / "diagnostics"
        self.number = 0

    def start_download(self, location: str) -> None:
        self.number += 1
        self.driver.download(self.number, location)

    def start_upload(self, location: str, name: str = "diag.tar.gz") -> None:
        self.number += 1
        self.driver.upload(self.number, location, name, None, None)

    async def download(self, location: str) -> Event:
        self.start_download(location)
        return await self.outcome()

    async def upload(self, location: str, name: str = "diag.tar.gz") -> Event:
        self.start_upload(location, name)
        return await self.outcome()

    async def outcome(self) -> Event:
        """The one event of this try; its thread has ended."""
        await self.until(lambda: bool(self.events))
        await self.until(lambda: not threads())
        await asyncio.sleep(0)
        (event,) = self.events
        self.events.clear()
        return event

    async def until(self, condition: Callable[[], bool], within_s: float = 8.0) -> None:
        deadline_s = time.monotonic() + within_s
        while not condition():
            assert time.monotonic() < deadline_s, (self.events, self.notes)
            await asyncio.sleep(0.002)

    def left(self) -> list[str]:
        """Names of the files that are there."""
        folders = [folder for folder in (self.firmware, self.diagnostics) if folder.exists()]
        return sorted(file.name for folder in folders for file in folder.iterdir())

    @property
    def image(self) -> bytes:
        return (self.firmware / "image").read_bytes()


def threads() -> list[threading.Thread]:
    """The threads of tries that still run."""
    return [item for item in threading.enumerate() if item.name in ("download", "upload")]


@contextlib.asynccontextmanager
async def started(folder: Path, config: TransferConfig = QUICK) -> AsyncIterator[TransferStand]:
    stand = TransferStand(folder, config)
    await stand.driver.start(stand.events.append)
    try:
        yield stand
    finally:
        await stand.driver.stop()


@dataclass(frozen=True, slots=True)
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Handler(BaseHTTPRequestHandler):
    """Hands every request to the server's ``answer``; a connection is reset after ``cut``."""

    protocol_version = "HTTP/1.1"
    server: "WebServer"

    def _take(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        if self.server.reads_bodies:
            body = self.rfile.read(length)
        else:
            body = b""
            self.close_connection = True
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.asked = Asked(self.command, self.path, headers, body)
        self.server.asked.append(self.asked)
        with contextlib.suppress(OSError):
            self.server.answer(self)

    do_GET = do_PUT = do_POST = _take  # noqa: N815 - the names that http.server looks for

    def reply(self, status: int, body: bytes = b"", **headers: str) -> None:
        """``headers`` with underscores for hyphens; an empty value leaves that header out."""
        self.send_response_only(status)
        found = {"Content_Length": str(len(body))} | headers
        for name, value in found.items():
            if value:
                self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def cut(self) -> None:
        """End the connection with a reset, once all that was sent has arrived."""
        self.wfile.flush()
        while struct.unpack("i", fcntl.ioctl(self.connection, termios.TIOCOUTQ, bytes(4)))[0]:
            time.sleep(0.001)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


Answer = Callable[[Handler], None]


class WebServer(ThreadingHTTPServer):
    """Serves on loopback; ``asked`` are all requests."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, answer: Answer, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer = answer
        self.asked: list[Asked] = []
        self.reads_bodies = True
        self._tls = tls

    def get_request(self) -> tuple[socket.socket, object]:
        connection, address = super().get_request()
        if self._tls is not None:
            connection = self._tls.wrap_socket(connection, server_side=True)
        return connection, address

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that has gone is no news."""

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.server_port}"


@contextlib.contextmanager
def serving(answer: Answer, tls: ssl.SSLContext | None = None) -> Iterator[WebServer]:
    with WebServer(answer, tls) as server:
        thread = threading.Thread(target=lambda: server.serve_forever(0.01), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()


@dataclass(slots=True)
class ServedFile:
    """An ``Answer``: a file, by the book unless told otherwise.

    ``cuts`` absolute positions, each of which ends one answer with a reset.
    """

    data: bytes = IMAGE
    etag: str = '"one"'
    knows_ranges: bool = True
    believes_if_range: bool = True
    cuts: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)

    def __call__(self, handler: Handler) -> None:
        headers = handler.asked.headers
        start = 0
        is_same = headers.get("if-range") == self.etag or not self.believes_if_range
        if self.knows_ranges and is_same and "range" in headers:
            start = int(headers["range"].removeprefix("bytes=").removesuffix("-"))
        self.starts.append(start)
        size = len(self.data)
        if start >= size:
            handler.reply(416, Content_Range=f"bytes */{size}")
            return
        span = f"bytes {start}-{size - 1}/{size}" if start else ""
        length = str(size - start)
        etag = self.etag
        if not self.cuts:
            body = self.data[start:]
            handler.reply(206 if start else 200, body, ETag=etag, Content_Range=span)
            return
        body = self.data[start : self.cuts.pop(0)]
        status = 206 if start else 200
        handler.reply(status, body, ETag=etag, Content_Range=span, Content_Length=length)
        handler.cut()


Play = Callable[[TransferStand], Awaitable[None]]


def play(folder: Path, scene: Play, config: TransferConfig = QUICK) -> None:
    """Run a scene on a started driver."""

    async def run() -> None:
        async with started(folder, config) as stand:
            await scene(stand)

    asyncio.run(run())
