"""The WebSocket to the central system.

Theory of operation: ``open`` starts one session, a task that makes one attempt and, when it
succeeds, reads until the connection is gone. Everything that ends a connection (close, no pong, a
write that fails) works on the connection, and the reader notices: each session therefore posts
``LinkFailed`` once, or ``LinkOpened`` and later ``LinkClosed`` once. The next session begins when
the last one has ended. The watchdog is a ping of our own, whatever else comes: its pong has to be
received, so that a half-open connection is found within two intervals. Files are read anew for
each attempt (``link_files``); texts of errors are our own or scrubbed (``link_words``).
"""

import asyncio
import contextlib
import logging
from typing import Final
from urllib.parse import unquote

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, NegotiationError
from websockets.typing import Subprotocol

from cp.vocabulary.errors import SettingsError
from cp.vocabulary.events import FrameReceived, LinkClosed, LinkFailed, LinkOpened
from cp.vocabulary.ports import Post
from drivers.link_files import Access, LinkFiles
from drivers.link_words import why_closed, why_failed

SUBPROTOCOL: Final = Subprotocol("ocpp1.6")
# The dialogue refuses frames above 64 KiB and keeps the connection; only a frame that would cost
# real memory closes it, with 1009.
_MOST_FRAME_BYTES: Final = 1024 * 1024
_MOST_WAITING_FRAMES: Final = 1024
_OPEN_TIMEOUT_S: Final = 15.0
_CLOSE_TIMEOUT_S: Final = 2.0
_PONG_TIMEOUT_S: Final = 20.0

# Below WARNING websockets logs the headers of the handshake, among them Authorization.
_LOGGER: Final = logging.getLogger("websockets.client.statecharge")
_LOGGER.setLevel(logging.WARNING)


class WebsocketLink:
    """``ports.Link`` to ``url``, which already ends with the identity of the station.

    ``ca_file``        CAs that ``wss://`` trusts, PEM; None: those of the system.
    ``password_file``  private file with the password of HTTP Basic, whose user name is the
    identity (``ocppj.md`` 4); None: no credentials are sent.
    """

    def __init__(
        self,
        url: str,
        *,
        ca_file: str | None = None,
        password_file: str | None = None,
        open_timeout_s: float = _OPEN_TIMEOUT_S,
    ) -> None:
        self._files = LinkFiles(url, ca_file, password_file)
        self._open_timeout_s = open_timeout_s
        self._ping_s = 0.0
        self._post: Post | None = None
        self._session: _Session | None = None

    async def start(self, post: Post) -> None:
        """Remember whom to tell; nothing is opened before ``open``.

        Raises SettingsError when the CA file or the password file is no good.
        """
        if self._files.is_needed and (found := await asyncio.to_thread(self._files.mistakes)):
            raise SettingsError(found)
        self._post = post

    async def stop(self) -> None:
        """Close and wait until everything is closed."""
        self.close()
        if self._session is not None:
            await asyncio.wait({self._session.task})

    def open(self) -> None:
        """Start one attempt; does nothing while one runs or the link is open."""
        if self._post is None:
            raise RuntimeError("the link was opened before it was started")
        before = self._session
        if before is None or before.is_ending or before.task.done():
            self._session = _Session(self._files, self._post, self._open_timeout_s, before)
            self._session.set_ping(self._ping_s)

    def close(self) -> None:
        """Close with the closing handshake, 2 s at most; ends an attempt that still runs."""
        if self._session is not None:
            self._session.close()

    def drop(self, why: str) -> None:
        """Cut the connection, or the attempt, without a goodbye."""
        if self._session is not None:
            self._session.drop(why)

    def send(self, text: str) -> None:
        """Queue one text frame; dropped when the link is not open."""
        if self._session is not None:
            self._session.send(text)

    def set_ping(self, interval_s: float) -> None:
        """Ping every so many seconds from now on, 0 none."""
        self._ping_s = interval_s
        if self._session is not None:
            self._session.set_ping(interval_s)


class _Connect(connect):
    """A redirect is a refusal like any other answer that is not 101 (``ocppj.md`` 1)."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


class _Session:
    """One attempt and the connection that comes of it."""

    def __init__(
        self, files: LinkFiles, post: Post, open_timeout_s: float, before: "_Session | None"
    ) -> None:
        self._files = files
        user_info = files.url.partition("//")[2].rpartition("@")[0]
        url_secrets = {user_info, user_info.partition(":")[2]}
        self._secrets = url_secrets | {unquote(secret) for secret in url_secrets}
        self._post = post
        self._open_timeout_s = open_timeout_s
        self._connection: ClientConnection | None = None
        self._frames: asyncio.Queue[str] = asyncio.Queue(_MOST_WAITING_FRAMES)
        self._ping_s = 0.0
        self._ping_changed = asyncio.Event()
        self._why = ""
        self._closing: asyncio.Task[None] | None = None
        self.is_ending = False
        self.task: asyncio.Task[None] = asyncio.get_running_loop().create_task(
            self._run(before.task if before is not None else None)
        )
        self.task.add_done_callback(self._tell_cancelled)

    def send(self, text: str) -> None:
        if self._connection is None or self.is_ending:
            return
        try:
            self._frames.put_nowait(text)
        except asyncio.QueueFull:
            self.drop("the server does not read what it is sent")

    def set_ping(self, interval_s: float) -> None:
        """The same interval again, at a change of another key, does not put the ping off."""
        if interval_s != self._ping_s:
            self._ping_s = interval_s
            self._ping_changed.set()

    def close(self) -> None:
        if self.is_ending or self.task.done():
            return
        if self._connection is None:
            self.drop("closed by the station")
        else:
            self.is_ending = True
            self._why = "closed by the station"
            self._closing = asyncio.create_task(self._connection.close())

    def drop(self, why: str) -> None:
        if self.task.done():
            return
        self.is_ending = True
        self._why = self._why or why
        if self._connection is None:
            self.task.cancel()
        else:
            self._connection.transport.abort()

    # ---- the task --------------------------------------------------------------------------------

    async def _run(self, before: "asyncio.Task[None] | None") -> None:
        try:
            if before is not None:
                await asyncio.wait({before})
            self._connection = await self._opened()
        except Exception as error:  # whatever an attempt meets, it ends in exactly one event
            has_password = self._files.password_file is not None
            is_secure = self._files.is_secure
            why = why_failed(error, is_secure=is_secure, has_password=has_password)
            self._post(LinkFailed(why))
        else:
            self._post(LinkOpened())
            await self._live(self._connection)

    def _tell_cancelled(self, task: "asyncio.Task[None]") -> None:
        """An attempt that was given up, perhaps before its first step, has failed."""
        if task.cancelled() and self._connection is None:
            self._post(LinkFailed(self._why))

    async def _opened(self) -> ClientConnection:
        access = await asyncio.to_thread(self._files.read) if self._files.is_needed else Access()
        self._secrets |= access.secrets
        connection = await _Connect(
            self._files.url,
            ssl=access.tls,
            additional_headers=access.headers,
            subprotocols=[SUBPROTOCOL],
            compression=None,
            proxy=None,
            user_agent_header="Statecharge",
            open_timeout=self._open_timeout_s,
            close_timeout=_CLOSE_TIMEOUT_S,
            ping_interval=None,
            max_size=_MOST_FRAME_BYTES,
            logger=_LOGGER,
        )
        if connection.subprotocol != SUBPROTOCOL:
            try:
                await connection.close(1002, "subprotocol ocpp1.6 is required")
            finally:
                connection.transport.abort()
            raise NegotiationError("no subprotocol")
        return connection

    async def _live(self, connection: ClientConnection) -> None:
        helpers = [
            asyncio.create_task(self._write(connection)),
            asyncio.create_task(self._keep_alive(connection)),
        ]
        try:
            while True:
                message = await connection.recv()
                if isinstance(message, str):  # binary frames are ignored (``ocppj.md`` 3)
                    self._post(FrameReceived(message))
        except ConnectionClosed as error:
            self._why = self._why or why_closed(error, self._secrets)
        finally:
            self.is_ending = True
            connection.transport.abort()
            for helper in helpers:
                helper.cancel()
            await asyncio.wait([*helpers, *([self._closing] if self._closing else [])])
            self._post(LinkClosed(self._why))

    async def _write(self, connection: ClientConnection) -> None:
        """The only writer of frames, so that they leave in the order in which they were sent."""
        with contextlib.suppress(ConnectionClosed):
            while True:
                await connection.send(await self._frames.get())

    async def _keep_alive(self, connection: ClientConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            while await self._is_ping_due():
                pong_s = min(self._ping_s, _PONG_TIMEOUT_S)
                try:
                    # Also over the sending: a peer that does not read blocks the ping itself.
                    async with asyncio.timeout(pong_s):
                        await (await connection.ping())
                except TimeoutError:
                    self.drop(f"no pong within {pong_s:g} s")

    async def _is_ping_due(self) -> bool:
        """Returns, always with True, when a ping is to be sent; a new interval starts anew."""
        while True:
            self._ping_changed.clear()
            try:
                async with asyncio.timeout(self._ping_s or None):
                    await self._ping_changed.wait()
            except TimeoutError:
                return True
