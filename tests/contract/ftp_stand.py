"""A small FTP server on loopback: passive mode, RFC 959 and what RFC 3659 and 4217 add."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

CHANGED = "20260105120000"


@dataclass(slots=True)
class FtpServer:
    """Serves ``files`` and takes what is stored.

    ``refused``   commands that are answered 502.
    ``cut_after`` bytes after which one data connection is closed and 426 answered.
    ``cut_reply`` what is answered then; ``pause`` is waited for before that.
    ``login``     user and password that are let in; None: everybody.
    ``commands``  all that was asked, without passwords.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    directories: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    cut_after: int | None = None
    cut_reply: str = "426 broken off"
    pause: threading.Event | None = None
    login: tuple[str, str] | None = None
    tls: ssl.SSLContext | None = None
    commands: list[str] = field(default_factory=list)
    greeting: bytes = b"220 here\r\n"
    port: int = 0

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"


@contextlib.contextmanager
def serving_ftp(server: FtpServer) -> Iterator[FtpServer]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server.port = listener.getsockname()[1]

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    threading.Thread(target=_Talk(server, connection).run, daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield server
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()


class _Talk:
    def __init__(self, server: FtpServer, connection: socket.socket) -> None:
        self._server = server
        self._control = connection
        self._name = ""
        self._offset = 0
        self._folder = ""
        self._is_data_secure = False
        self._listener: socket.socket | None = None

    def run(self) -> None:
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            stack.callback(lambda: self._control.close())
            self._control.sendall(self._server.greeting)
            while line := self._read_line():
                word, _, rest = line.partition(" ")
                self._server.commands.append(word if word == "PASS" else line)
                if word in self._server.refused:
                    self._say("502 no")
                else:
                    getattr(self, f"_{word.lower()}")(rest)
            if self._listener is not None:
                self._listener.close()

    def _read_line(self) -> str:
        found = b""
        while not found.endswith(b"\r\n"):
            if not (byte := self._control.recv(1)):
                return ""
            found += byte
        return found.decode().rstrip("\r\n")

    def _say(self, line: str) -> None:
        self._control.sendall(f"{line}\r\n".encode())

    def _path(self, name: str) -> str:
        return name if name.startswith("/") else f"{self._folder}{name}"

    # ---- commands --------------------------------------------------------------------------------

    def _auth(self, _: str) -> None:
        if self._server.tls is None:
            self._say("502 no TLS")
            return
        self._say("234 go on")
        self._control = self._server.tls.wrap_socket(self._control, server_side=True)

    def _pbsz(self, _: str) -> None:
        self._say("200 yes")

    def _prot(self, level: str) -> None:
        self._is_data_secure = level == "P"
        self._say("200 yes")

    def _user(self, name: str) -> None:
        self._name = name
        self._say("331 password")

    def _pass(self, password: str) -> None:
        is_let_in = self._server.login in (None, (self._name, password))
        self._say("230 in" if is_let_in else f"530 {self._name}:{password} is not known here")

    def _type(self, _: str) -> None:
        self._say("200 yes")

    def _size(self, name: str) -> None:
        data = self._server.files.get(self._path(name))
        self._say("550 none" if data is None else f"213 {len(data)}")

    def _mdtm(self, _: str) -> None:
        self._say(f"213 {CHANGED}")

    def _rest(self, offset: str) -> None:
        self._offset = int(offset)
        self._say("350 from there")

    def _cwd(self, name: str) -> None:
        path = self._path(name).rstrip("/")
        if path not in self._server.directories:
            self._say("550 none")
            return
        self._folder = f"{path}/"
        self._say("250 there")

    def _pasv(self, _: str) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        high, low = divmod(self._listener.getsockname()[1], 256)
        self._say(f"227 here (127,0,0,1,{high},{low})")

    def _retr(self, name: str) -> None:
        data = self._server.files.get(self._path(name))
        if data is None:
            self._say("550 none")
            return
        with self._data() as connection:
            cut, self._server.cut_after = self._server.cut_after, None
            connection.sendall(data[self._offset :][:cut])
            self._offset = 0
            if cut is not None and self._server.pause is not None:
                self._server.pause.wait(5)
        self._say("226 all" if cut is None else self._server.cut_reply)

    def _stor(self, name: str) -> None:
        path = self._path(name)
        if path in self._server.directories:
            self._say("550 a directory")
            return
        found = b""
        with self._data() as connection:
            cut, self._server.cut_after = self._server.cut_after, None
            while (cut is None or len(found) < cut) and (data := connection.recv(65536)):
                found += data
        if cut is None:
            self._server.files[path] = found
        self._say("226 kept" if cut is None else "452 full")

    @contextlib.contextmanager
    def _data(self) -> Iterator[socket.socket]:
        assert self._listener is not None
        self._say("150 comes")
        connection, _ = self._listener.accept()
        self._listener.close()
        if self._is_data_secure and self._server.tls is not None:
            connection = self._server.tls.wrap_socket(connection, server_side=True)
        with connection:
            yield connection
            if isinstance(connection, ssl.SSLSocket):
                with contextlib.suppress(OSError):
                    connection.unwrap()
