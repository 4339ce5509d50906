"""A started link, and real WebSocket servers on loopback for it to talk to."""

import asyncio
import contextlib
import logging
import socket
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from urllib.parse import urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from cp.vocabulary.events import Event, LinkClosed, LinkFailed
from cp.vocabulary.ports import Link

Handler = Callable[[ServerConnection], Awaitable[None]]
logging.getLogger("websockets.server").setLevel(logging.CRITICAL)


class LinkStand:
    """A started link and the events that it posted."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.events: list[Event] = []

    async def until(self, condition: Callable[[], bool]) -> None:
        deadline_s = time.monotonic() + 3.0
        while not condition():
            assert time.monotonic() < deadline_s, self.events
            await asyncio.sleep(0.002)

    async def next(self, kind: type[Event]) -> Event:
        """The next event, which must be of this kind."""
        await self.until(lambda: bool(self.events))
        event = self.events.pop(0)
        assert isinstance(event, kind), event
        return event

    async def why(self, kind: type[LinkFailed] | type[LinkClosed]) -> str:
        event = await self.next(kind)
        assert isinstance(event, LinkFailed | LinkClosed)
        return event.why


MakeLink = Callable[[str], Link]


@contextlib.asynccontextmanager
async def started(make: MakeLink, url: str) -> AsyncIterator[LinkStand]:
    stand = LinkStand(make(url))
    await stand.link.start(stand.events.append)
    try:
        yield stand
    finally:
        await stand.link.stop()


@contextlib.asynccontextmanager
async def serving(
    handler: Handler,
    subprotocols: Sequence[str] | None = ("ocpp1.6",),
    process_request: Callable[[ServerConnection, Request], Response | None] | None = None,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[str]:
    async with serve(
        handler,
        "127.0.0.1",
        0,
        subprotocols=subprotocols,  # type: ignore[arg-type]
        process_request=process_request,
        ping_interval=None,
        ssl=tls,
    ) as server:
        yield f"{'wss' if tls else 'ws'}://127.0.0.1:{port_of(server)}/ocpp/CP001"


def port_of(server: Server) -> int:
    return int(next(iter(server.sockets)).getsockname()[1])


async def idle(connection: ServerConnection) -> None:
    await connection.wait_closed()


async def echo(connection: ServerConnection) -> None:
    with contextlib.suppress(ConnectionClosed):
        async for message in connection:
            await connection.send(message)


class Proxy:
    """A TCP proxy on loopback; frozen, it forwards nothing and closes nothing: a half-open line."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._target = parts.port
        self._path = parts.path
        self._scheme = parts.scheme
        self._flows = asyncio.Event()
        self._flows.set()
        self._tasks: list[asyncio.Task[None]] = []

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        try:
            yield f"{self._scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}{self._path}"
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def freeze(self) -> None:
        self._flows.clear()

    def thaw(self) -> None:
        self._flows.set()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        for source, sink in ((reader, far_writer), (far_reader, writer)):
            self._tasks.append(asyncio.create_task(self._forward(source, sink)))

    async def _forward(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.closing(sink), contextlib.suppress(OSError):
            while data := await source.read(65536):
                await self._flows.wait()
                sink.write(data)
                await sink.drain()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
