"""Transfers by ftp and ftps (explicit TLS, RFC 4217), with ftplib.

Theory of operation: passive mode, binary, one control connection for each try. A download is
resumed with REST when size and time of the file at the server are what they were. An address whose
path is a directory there is one, also without a slash at its end: users write it so. Of what a
server answers only the number is shown.
"""

import contextlib
import ftplib
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from drivers.link_files import tls_context
from drivers.transfer.config import TransferConfig
from drivers.transfer.location import Location
from drivers.transfer.one_try import Try, TryFailed
from drivers.transfer.part import Part
from drivers.transfer.upload_file import UploadFile

_BLOCK_BYTES: Final = 64 * 1024
_MOST_LINES: Final = 1000


class _Session(ftplib.FTP_TLS):
    """Without TLS too: what is secured is said by ``login`` and ``prot_p``."""

    def __init__(self, one_try: Try, context: ssl.SSLContext | None) -> None:
        super().__init__(context=context)
        self._try = one_try
        self._is_secure = context is not None
        self._lines = 0

    def open(self, location: Location, config: TransferConfig) -> None:
        """Connect and log in."""
        self.connect(location.host, location.port, timeout=config.connect_timeout_s)
        control = self._control()
        self._try.take(control)
        self.timeout = config.read_timeout_s
        control.settimeout(config.read_timeout_s)
        user = "anonymous" if location.user is None else location.user
        self.login(user, location.password, secure=self._is_secure)
        if self._is_secure:
            self.prot_p()
        self.voidcmd("TYPE I")

    def ntransfercmd(
        self, cmd: str, rest: int | str | None = None
    ) -> tuple[socket.socket, int | None]:
        """A data connection that can be cut; many servers want the TLS session of the control
        connection on it."""
        connection, size = ftplib.FTP.ntransfercmd(self, cmd, rest)
        self._try.take(connection)
        if not self._is_secure:
            return connection, size
        control = self._control()
        session = control.session if isinstance(control, ssl.SSLSocket) else None
        secured = self.context.wrap_socket(connection, server_hostname=self.host, session=session)
        return secured, size

    def getline(self) -> str:
        """One line of an answer, which may have many, but not for ever."""
        self._try.check()
        self._lines += 1
        if self._lines > _MOST_LINES:
            raise ftplib.error_proto("no end of an answer")
        return super().getline()

    def _control(self) -> socket.socket:
        if self.sock is None:
            raise EOFError
        return self.sock


class FtpWay:
    """``work.Way`` by FTP. Raises TryFailed, and what a socket raises."""

    def __init__(self, config: TransferConfig, one_try: Try) -> None:
        self._config = config
        self._try = one_try

    def fetch(self, location: Location, part: Part) -> None:
        """Fetch the file, or the rest of it."""
        with self._session(location) as session:
            path = location.plain_path
            total, version = _version(session, path)
            offset = 0
            kept = part.kept
            if kept is not None and kept.validator == version and _can_rest(session, kept.size):
                offset = kept.size
            with session.transfercmd(f"RETR {path}", offset or None) as connection:
                part.begin(offset, version, total)
                while data := connection.recv(_BLOCK_BYTES):
                    part.write(data)
                _say_goodbye(connection)
            session.voidresp()

    def send(self, location: Location, file: Path, name: str) -> None:
        """Bring ``file`` there, under ``name`` when the location is a directory."""
        with self._session(location) as session, UploadFile(file, self._try) as stream:
            target = location.plain_path
            if _is_entered(session, target):
                target = name
            with session.transfercmd(f"STOR {target}") as connection:
                while data := stream.read(_BLOCK_BYTES):
                    connection.sendall(data)
                _say_goodbye(connection)
            session.voidresp()

    @contextlib.contextmanager
    def _session(self, location: Location) -> Iterator[_Session]:
        context = tls_context(self._config.ca_file) if location.scheme == "ftps" else None
        session = _Session(self._try, context)
        try:
            session.open(location, self._config)
            yield session
        except ftplib.Error as error:
            raise TryFailed(_why_refused(str(error))) from None
        finally:
            session.close()
            self._try.let_go()


def _version(session: _Session, path: str) -> tuple[int | None, str]:
    """Size and time of the file; both are extensions (RFC 3659), and without both no resuming."""
    try:
        size = session.size(path)
        changed = session.sendcmd(f"MDTM {path}")
    except ftplib.error_perm:
        return None, ""
    return size, "" if size is None else f"{size} {changed}"


def _can_rest(session: _Session, offset: int) -> bool:
    try:
        session.sendcmd(f"REST {offset}")
    except ftplib.error_perm:
        return False
    return True


def _is_entered(session: _Session, path: str) -> bool:
    """Whether ``path`` is a directory, which is the current one then."""
    if not path:
        return True
    try:
        session.cwd(path)
    except ftplib.error_perm:
        if path.endswith("/"):
            raise
        return False
    return True


def _say_goodbye(connection: socket.socket) -> None:
    """All was sent. To close is not enough, since the try has a duplicate. Servers may insist on
    the end of TLS and may leave it out: the control connection says whether all has come."""
    with contextlib.suppress(OSError):
        if isinstance(connection, ssl.SSLSocket):
            connection.unwrap()
        connection.shutdown(socket.SHUT_WR)


def _why_refused(answer: str) -> str:
    code = answer[:3]
    match code:
        case "530" | "532":
            return f"the server asks for other credentials (FTP {code})"
        case "550" | "553":
            return f"the server does not have this file or directory (FTP {code})"
        case "452" | "552":
            return f"the server has no room (FTP {code})"
    if code.isascii() and code.isdigit():
        return f"the server answered FTP {code}"
    return "the server does not speak FTP"
