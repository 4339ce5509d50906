"""The central system's file server: images for stations, and a place for their diagnostics.

Theory of operation: plain HTTP of the standard library, each request in a thread of its own. The
files of one folder are served, whole or from an offset on, so that a station can go on where it
was cut off; nothing below the folder but ``uploads`` can be reached, and only plain names. An
upload, a PUT or the POST of a form, is bounded and gets its name when it is whole.
"""

import re
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import BinaryIO, Final
from urllib.parse import unquote

UPLOADS: Final = "uploads"
"""The folder for what stations send, below the one that is served."""

MOST_BYTES: Final = 64 * 1024 * 1024
"""What one upload may have; a diagnostics file has 40 MiB at most."""

_CHUNK: Final = 16 * 1024
_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_FROM: Final = re.compile(r"bytes=(\d{1,15})-")
_SILENCE_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for, and how it was answered; ``offset`` in bytes, of a GET."""

    method: str
    path: str
    offset: int
    status: HTTPStatus

    def __str__(self) -> str:
        start = f" from {self.offset}" if self.offset else ""
        return f"{self.method} {self.path}{start}: {self.status.value} {self.status.phrase}"


class FileServer:
    """Serves ``folder`` at ``url``, from ``start`` to ``stop``.

    ``requests``     all that were answered, oldest first; hooks in ``on_request`` get each one, in
                     a thread of the server.
    ``refusal``      answer every request with this.
    ``pace_bytes_s`` send files no faster than this; None: as fast as it goes.
    """

    def __init__(self, folder: Path, host: str = "127.0.0.1", port: int = 0) -> None:
        """Raises OSError when the port is taken."""
        self.folder = folder
        self.requests: list[Request] = []
        self.on_request: list[Callable[[Request], None]] = []
        self.refusal: HTTPStatus | None = None
        self.pace_bytes_s: float | None = None
        self._server = _Server((host, port), self)
        self._host = f"[{host}]" if ":" in host else host

    def start(self) -> None:
        """Serve, in a thread."""
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Serve no more; an exchange under way ends with the process. Call it after ``start``."""
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Where the files are, with a slash at the end."""
        return f"http://{self._host}:{self._server.server_address[1]}/"

    def note(self, request: Request) -> None:
        """A request was answered, but for the body."""
        self.requests.append(request)
        for hook in self.on_request:
            hook(request)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], files: FileServer) -> None:
        self.files = files
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _SILENCE_S
    server: _Server

    def do_GET(self) -> None:
        """Send a file, or the rest of it."""
        file = self._file()
        if self._is_refused():
            return
        if file is None or not file.is_file():
            self._answer(HTTPStatus.NOT_FOUND)
            return
        with file.open("rb") as stream, suppress(OSError):  # the station may hang up at any time
            self._send(stream)

    def do_PUT(self) -> None:
        """Take a file under the name that the path ends with."""
        data = self._body()
        if data is not None and not self._is_refused():
            self._keep(self.path.rpartition("/")[2], data)

    def do_POST(self) -> None:
        """Take the first file of a form."""
        data = self._body()
        if data is None or self._is_refused():
            return
        head = f"Content-Type: {self.headers.get('Content-Type', '')}\r\n\r\n".encode()
        parts = BytesParser().parsebytes(head + data).walk()
        part = next((part for part in parts if part.get_filename()), Message())
        content = part.get_payload(decode=True)
        self._keep(part.get_filename() or "", content if isinstance(content, bytes) else b"")

    def log_message(self, *_: object) -> None:
        pass  # see on_request

    # ---- files -----------------------------------------------------------------------------------

    def _file(self) -> Path | None:
        """The file of the path; None for a name that none of ours has."""
        folder, _, name = unquote(self.path).removeprefix("/").rpartition("/")
        if folder not in ("", UPLOADS) or not _NAME.fullmatch(name):
            return None
        return self.server.files.folder / folder / name

    def _send(self, stream: BinaryIO) -> None:
        size = stream.seek(0, 2)
        tag = f'"{size}-{Path(stream.name).stat().st_mtime_ns}"'
        asked = _FROM.fullmatch(self.headers.get("Range", ""))
        offset = int(asked[1]) if asked and self.headers.get("If-Range", tag) == tag else 0
        if offset > size:
            self._answer(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
            return
        headers = {"ETag": tag, "Accept-Ranges": "bytes"}
        if offset:
            headers["Content-Range"] = f"bytes {offset}-{size - 1}/{size}"
        status = HTTPStatus.PARTIAL_CONTENT if offset else HTTPStatus.OK
        self._answer(status, size - offset, headers, offset)
        stream.seek(offset)
        while data := stream.read(_CHUNK):
            self.wfile.write(data)
            if pace := self.server.files.pace_bytes_s:
                time.sleep(len(data) / pace)

    def _keep(self, name: str, data: bytes) -> None:
        """A file that is seen is whole."""
        if not _NAME.fullmatch(name):
            self._answer(HTTPStatus.BAD_REQUEST)
            return
        folder = self.server.files.folder / UPLOADS
        folder.mkdir(exist_ok=True)
        new = folder / f".{name}.{threading.get_ident()}"
        new.write_bytes(data)
        new.rename(folder / name)
        self._answer(HTTPStatus.CREATED)

    def _body(self) -> bytes | None:
        """What was sent, read before anything is answered; None after a refusal."""
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal():
            self._answer(HTTPStatus.LENGTH_REQUIRED)
        elif int(length) > MOST_BYTES:
            self._answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        elif len(data := self.rfile.read(int(length))) == int(length):
            return data
        return None

    # ---- answers ---------------------------------------------------------------------------------

    def _is_refused(self) -> bool:
        refusal = self.server.files.refusal
        if refusal is not None:
            self._answer(refusal)
        return refusal is not None

    def _answer(
        self,
        status: HTTPStatus,
        length: int = 0,
        headers: dict[str, str] | None = None,
        offset: int = 0,
    ) -> None:
        """The head of an answer; each connection serves one request."""
        self.server.files.note(Request(self.command, self.path, offset, status))
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(length))
        self.send_header("Connection", "close")
        self.end_headers()
