"""What the link reads from files: the CAs that it trusts, and the password of the station.

Theory of operation: both are read anew for each attempt, so that they can be exchanged while the
station runs; reading blocks, the link does it in a thread. Verification of the server cannot be
switched off: there is no argument for it. A password file has to be private, and what is checked is
the very file that is read. A password is bytes, as ``ocppj.md`` 4 wants it: the content of the file
but for one line end behind it.
"""

import os
import ssl
import stat
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from cp.vocabulary.errors import Finding, SettingsError

_MOST_PASSWORD_BYTES: Final = 256


@dataclass(frozen=True, slots=True)
class Access:
    """What one attempt needs; ``secrets`` are texts that must not be shown."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    tls: ssl.SSLContext | None = None
    secrets: frozenset[str] = field(default=frozenset(), repr=False)


@dataclass(frozen=True, slots=True)
class LinkFiles:
    """``url`` ends with the station's identity; without ``ca_file`` the system's CAs count."""

    url: str
    ca_file: str | None = None
    password_file: str | None = None

    @property
    def is_secure(self) -> bool:
        """Whether the address asks for TLS."""
        return self.url[:4].lower() == "wss:"

    @property
    def is_needed(self) -> bool:
        """Whether there is anything to read."""
        return self.is_secure or self.password_file is not None

    def read(self) -> Access:
        """Read both, blocking. Raises SettingsError with one finding."""
        tls = tls_context(self.ca_file) if self.is_secure else None
        if self.password_file is None:
            return Access(tls=tls)
        password = read_password(self.password_file)
        identity = unquote(self.url.rpartition("/")[2]).encode()
        token = b64encode(identity + b":" + password).decode()
        secrets = frozenset({token, password.decode(errors="replace")})
        return Access({"Authorization": f"Basic {token}"}, tls, secrets)

    def mistakes(self) -> tuple[Finding, ...]:
        """What an installer has to mend, in both files; blocking."""
        alone = (replace(self, password_file=None), replace(self, url="", ca_file=None))
        return tuple(finding for files in alone for finding in files._mistakes())

    def _mistakes(self) -> tuple[Finding, ...]:
        try:
            self.read()
        except SettingsError as error:
            return error.findings
        return ()


def tls_context(ca_file: str | None) -> ssl.SSLContext:
    """TLS 1.2 or newer, chain and host name verified (``ocppj.md`` 5). Raises SettingsError."""
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except ssl.SSLError:
        raise _mistake(ca_file, "holds no certificate: [csms] ca_file is PEM text") from None
    except OSError as error:
        raise _unreadable(ca_file, error) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def read_password(file: str) -> bytes:
    """The password. Raises SettingsError when the file is not private, or holds none."""
    try:
        # Not to wait for the writer of a pipe; no effect on a regular file.
        handle = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise _unreadable(file, error) from None
    try:
        fault = password_file_fault(os.fstat(handle), os.geteuid())
        if fault:
            raise _mistake(file, fault)
        content = os.read(handle, _MOST_PASSWORD_BYTES + 1)
    except OSError as error:
        raise _unreadable(file, error) from None
    finally:
        os.close(handle)
    if len(content) > _MOST_PASSWORD_BYTES:
        raise _mistake(file, f"is longer than {_MOST_PASSWORD_BYTES} bytes: it is no password")
    password = content.removesuffix(b"\n").removesuffix(b"\r")
    if not password:
        raise _mistake(file, "is empty: write the password of the station into it")
    return password


def password_file_fault(facts: os.stat_result, user_id: int) -> str:
    """Why a file with these facts is no place for the password of a station that runs as this
    user, and the mend; empty when it is one."""
    mode = stat.S_IMODE(facts.st_mode)
    if not stat.S_ISREG(facts.st_mode):
        return "is no regular file: write the password of the station into one"
    if facts.st_uid != user_id:
        return f"belongs to user {facts.st_uid}: give it to the user of the station ({user_id})"
    if mode & ~0o600:
        return f"is not private (mode {mode:04o}): chmod 600 it, and change the password"
    return ""


def _unreadable(file: str | None, error: OSError) -> SettingsError:
    return _mistake(file, f"cannot be read ({error.strerror})")


def _mistake(file: str | None, message: str) -> SettingsError:
    name = "the system's CA certificates" if file is None else str(Path(file))
    return SettingsError((Finding(name, 0, message),))
