"""The HTTP side of a watch: the page, its events, and on a bench its commands.

Theory of operation: it listens on the loopback address alone. A page of somebody else may not look
nor drive, though the browser runs on this machine: the Host header must be this server (a name that
points here by trick is another one), an Origin must be its own, and a command must have one.
"""

import json
import queue
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from tools.live.feed import Feed
from tools.live.sources import GoneError

LOOPBACK: Final = "127.0.0.1"
_MOST_BYTES: Final = 4096
_ALIVE_EVERY_S: Final = 5.0
_READ_WITHIN_S: Final = 10.0

Drive = Callable[[Mapping[str, object]], Mapping[str, object]]
"""Carry out a command of the bench and return its answer. Raises GoneError."""


class Server(ThreadingHTTPServer):
    """Serves one feed; ``drive`` None: read-only. Raises OSError when the port is in use."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port: int, page: str, policy: str, feed: Feed, drive: Drive | None) -> None:
        super().__init__((LOOPBACK, port), _Handler)
        self.page = page.encode()
        self.policy = policy
        self.feed = feed
        self.drive = drive
        self.hosts = {f"{name}:{self.port}" for name in (LOOPBACK, "localhost")}
        self.origins = {f"http://{host}" for host in self.hosts}

    @property
    def port(self) -> int:
        """The port that is listened on, also when port 0 let the system choose."""
        return int(self.server_address[1])

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that hangs up in the middle is nobody's fault."""


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Server
    timeout = _READ_WITHIN_S
    server_version = "statecharge"
    sys_version = ""

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: who looks on needs no log."""

    def do_GET(self) -> None:
        """The page, or its events."""
        if not self._is_ours(needs_origin=False):
            return
        if self.path == "/":
            self._send(200, "text/html; charset=utf-8", self.server.page)
        elif self.path == "/events":
            self._stream()
        else:
            self._say(404, "there is / and /events")

    def do_POST(self) -> None:
        """A command of the bench."""
        if not self._is_ours(needs_origin=True):
            return
        if self.path != "/do":
            self._say(404, "there is /do")
        elif self.server.drive is None:
            self._say(403, "this station is no bench: it can only be watched")
        else:
            self._drive(self.server.drive)

    # ---- who asks --------------------------------------------------------------------------------

    def _is_ours(self, *, needs_origin: bool) -> bool:
        host, origin = self.headers.get("Host", ""), self.headers.get("Origin")
        site = self.headers.get("Sec-Fetch-Site", "none")
        is_own = origin is None or origin in self.server.origins
        if host not in self.server.hosts:
            self._say(403, "the Host header is not this server")
        elif origin is None and needs_origin:
            self._say(403, "a command needs an Origin")
        elif not is_own or site not in ("none", "same-origin"):
            self._say(403, "the page of somebody else may not do this")
        else:
            return True
        return False

    # ---- answers ---------------------------------------------------------------------------------

    def _stream(self) -> None:
        viewer = self.server.feed.join()
        if viewer is None:
            self._say(503, "too many viewers")
            return
        try:
            self._head(200, "text/event-stream")
            self.end_headers()
            while (text := self._next(viewer)) is not None:
                self.wfile.write(text.encode())
                self.wfile.flush()
        except OSError:
            pass  # the viewer is gone
        finally:
            self.server.feed.leave(viewer)
            self.close_connection = True

    def _next(self, viewer: "queue.Queue[str | None]") -> str | None:
        """The next event; a remark now and then, which fails when nobody reads any more."""
        try:
            return viewer.get(timeout=_ALIVE_EVERY_S)
        except queue.Empty:
            return ": alive\n\n"

    def _drive(self, drive: Drive) -> None:
        try:
            length = int(self.headers.get("Content-Length", "0"))
            body = self.rfile.read(length) if 0 <= length <= _MOST_BYTES else b""
            command = json.loads(body)
            if not isinstance(command, dict):
                raise ValueError
        except (ValueError, RecursionError):
            self._say(400, 'expected one object, as {"cmd": "plug_in"}')
            return
        try:
            answer = drive(command)
        except GoneError as error:
            self._say(503, f"the station does not answer ({error})")
            return
        self._send(200, "application/json", json.dumps(answer).encode())

    def _say(self, code: int, error: str) -> None:
        self.close_connection = True  # a body that nobody read may stand behind
        self._send(code, "application/json", json.dumps({"ok": False, "error": error}).encode())

    def _head(self, code: int, kind: str) -> None:
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        policy = f"{self.server.policy}; frame-ancestors 'none'"
        self.send_header("Content-Security-Policy", policy)

    def _send(self, code: int, kind: str, body: bytes) -> None:
        self._head(code, kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
