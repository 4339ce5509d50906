"""The central system itself: a WebSocket server that any OCPP 1.6J station may connect to.

Theory of operation: the last part of the URL's path is the station's identity. Each connection is
read by one task, which hands every frame to the station's ``Dialogue``. Whatever happens becomes a
``Message``: it is booked, given to ``on_message``, and wakes whoever waits for it.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from urllib.parse import unquote

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from tools.net.csms_answers import Answers
from tools.net.csms_books import Books, Kind, Message, iso_time
from tools.net.csms_dialogue import Answer, Dialogue
from tools.net.csms_words import Payload

_LOGGER = logging.getLogger("statecharge.csms")
_LOGGER.addHandler(logging.NullHandler())
_LOGGER.propagate = False  # what matters is shown as messages


class CentralSystem:
    """A small central system on ``host`` and ``port`` (0: the system chooses).

    ``clock`` gives its time in seconds since 1970. Hooks in ``on_message`` get every message of
    both directions, in order.
    """

    def __init__(
        self, host: str = "127.0.0.1", port: int = 0, *, clock: Callable[[], float] = time.time
    ) -> None:
        self.books = Books()
        self.answers = Answers()
        self.on_message: list[Callable[[Message], None]] = []
        self._host = host
        self._port = port
        self._clock = clock
        self._server: Server | None = None
        self._lines: dict[str, Dialogue] = {}
        self._waiting: list[tuple[Callable[[Message], bool], asyncio.Future[Message]]] = []
        self._seq = 0
        self._refused_until_s = 0.0

    # ---- life ------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Listen. Raises OSError when the port is taken. A stopped one may be started again."""
        self._server = await serve(
            self._serve,
            self._host,
            self._port,
            subprotocols=[Subprotocol("ocpp1.6")],
            compression=None,
            process_request=self._gate,
            ping_interval=None,
            close_timeout=1,
            logger=_LOGGER,
        )
        self._port = next(iter(self._server.sockets)).getsockname()[1]

    async def stop(self) -> None:
        """Close every connection and listen no more."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    @property
    def url(self) -> str:
        """Endpoint for a station file, without the identity."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"ws://{host}:{self._port}/ocpp"

    @property
    def connected(self) -> tuple[str, ...]:
        """Identities of the stations on the line, the longest connected first."""
        return tuple(self._lines)

    def time(self) -> str:
        """Its time, as OCPP writes it."""
        return iso_time(self._clock())

    # ---- what a server does ----------------------------------------------------------------------

    async def call(
        self, station: str, action: str, payload: Payload, timeout_s: float = 30.0
    ) -> Answer:
        """Send a CALL, unchecked, and wait for its answer.

        Raises ConnectionError when the station is not or no longer connected, TimeoutError when
        it stays silent.
        """
        return await self._line(station).call(action, payload, timeout_s)

    async def send_text(self, station: str, text: str) -> None:
        """Send any text frame. Raises ConnectionError when the station is not connected."""
        try:
            await self._line(station).connection.send(text)
        except ConnectionClosed:
            raise ConnectionError(f"{station} is not connected") from None

    async def close_connections(self, station: str | None = None) -> None:
        """Close the connection of this station, or all."""
        for line in tuple(self._lines.values()):
            if station in (None, line.station):
                await line.connection.close()

    async def refuse(self, seconds: float) -> None:
        """Close all connections; answer new ones with 503 for so long (0: accept again)."""
        self._refused_until_s = time.monotonic() + seconds
        if seconds:
            await self.close_connections()

    async def wait_for(
        self, test: Callable[[Message], bool], *, after_seq: int = 0, timeout_s: float = 30.0
    ) -> Message:
        """The first message behind ``after_seq`` that passes the test, now or when it comes.

        Raises TimeoutError.
        """
        for message in self.books.messages:
            if message.seq > after_seq and test(message):
                return message
        future: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        waiting = (test, future)
        self._waiting.append(waiting)
        try:
            async with asyncio.timeout(timeout_s):
                await future
            return future.result()
        finally:
            self._waiting.remove(waiting)

    # ---- connections -----------------------------------------------------------------------------

    def _line(self, station: str) -> Dialogue:
        line = self._lines.get(station)
        if line is None:
            raise ConnectionError(f"{station} is not connected")
        return line

    def _gate(self, connection: ServerConnection, request: Request) -> Response | None:
        if time.monotonic() < self._refused_until_s:
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "refused for a while\n")
        if not _identity(request):
            return connection.respond(HTTPStatus.NOT_FOUND, "no identity in the path\n")
        return None

    async def _serve(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        station = _identity(connection.request)
        note = partial(self._note, station)
        line = Dialogue(connection, station, self.books, self.answers, note)
        previous = self._lines.get(station)
        if previous is not None:  # it came back before we noticed that it had gone
            self._leave(previous)
            previous.connection.transport.abort()
        self._lines[station] = line
        note(True, Kind.CONNECTED)
        try:
            async for frame in connection:
                await line.take(frame)
        except ConnectionClosed:
            pass
        finally:
            self._leave(line)

    def _leave(self, line: Dialogue) -> None:
        if self._lines.get(line.station) is line:
            del self._lines[line.station]
            line.leave()
            self._note(line.station, True, Kind.DISCONNECTED)

    def _note(
        self,
        station: str,
        is_from_station: bool,
        kind: Kind,
        action: str = "",
        message_id: str = "",
        payload: Payload | None = None,
    ) -> Message:
        self._seq += 1
        message = Message(
            self._seq,
            self.time(),
            station,
            is_from_station,
            kind,
            str(action or kind),
            message_id,
            payload or {},
        )
        self.books.note(message)
        for hook in self.on_message:
            hook(message)
        for test, future in self._waiting:
            if not future.done() and test(message):
                future.set_result(message)
        return message


def _identity(request: Request) -> str:
    return unquote(request.path.partition("?")[0].rpartition("/")[2])
