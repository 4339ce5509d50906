"""Locations: the addresses of UpdateFirmware and GetDiagnostics, read strictly.

Theory of operation: what a person would understand is understood (blanks and letters of any script
are percent-encoded), what is ambiguous is refused, and no finding repeats a part of the address,
which may hold a password. User and password are taken out here, so that nothing behind this module
shows them by showing an address.
"""

import dataclasses
import hashlib
import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit

from drivers.transfer.one_try import TryFailed

_PORTS: Final = {"http": 80, "https": 443, "ftp": 21, "ftps": 21}
_MOST_CHARACTERS: Final = 4096
_HOST: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,252}")
_STRAY_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
# What may stand unencoded in a path and in a query (RFC 3986, 3.3 and 3.4); % stands for itself.
_IN_PATH: Final = "%/:@!$&'()*+,;=~"
_IN_QUERY: Final = f"{_IN_PATH}?"


@dataclass(frozen=True, slots=True)
class Location:
    """A file or directory on a server.

    ``host``               ASCII; an IPv6 address without brackets.
    ``path`` and ``query`` percent-encoded; the path begins with a slash.
    ``user``               None: no credentials are in the address.
    """

    scheme: str
    host: str
    port: int
    path: str
    query: str = ""
    user: str | None = field(default=None, repr=False)
    password: str = field(default="", repr=False)

    @property
    def is_directory(self) -> bool:
        """Whether the address names no file."""
        return self.path.endswith("/")

    @property
    def url(self) -> str:
        """The address without credentials."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        query = f"?{self.query}" if self.query else ""
        return f"{self.scheme}://{host}:{self.port}{self.path}{query}"

    @property
    def digest(self) -> str:
        """Equal for equal addresses, whoever asks for them."""
        return hashlib.sha256(self.url.encode()).hexdigest()

    @property
    def plain_path(self) -> str:
        """The path as FTP takes it: decoded, relative to the directory of the user (RFC 1738)."""
        return unquote(self.path[1:])

    def for_file(self, name: str) -> "Location":
        """The address that a file of this name is brought to (D-18)."""
        if not self.is_directory:
            return self
        return dataclasses.replace(self, path=self.path + quote(name, safe=""))

    def redirected(self, target: str) -> "Location":
        """Where a server sends us; credentials go along to the same host and port only.

        Raises TryFailed when that is another scheme or no address.
        """
        try:
            found = read_location(urljoin(self.url, target), (self.scheme,))
        except (TryFailed, ValueError):
            raise TryFailed("the server redirects to another scheme or to no valid URL") from None
        if found.user is None and (found.host, found.port) == (self.host, self.port):
            return dataclasses.replace(found, user=self.user, password=self.password)
        return found


def read_location(text: str, schemes: Iterable[str]) -> Location:
    """The location of a request. Raises TryFailed, final, when it is none for this station."""
    if len(text) > _MOST_CHARACTERS:
        raise _refused(f"the location is longer than {_MOST_CHARACTERS} characters")
    if _CONTROL.search(text):
        raise _refused("the location holds control characters")
    try:
        parts = urlsplit(text.strip())
        location = _location(parts, {scheme.lower() for scheme in schemes})
    except ValueError:
        raise _refused("host or port of the location is not valid") from None
    # FTP writes these decoded into its commands, which end at a line end.
    for word in (location.plain_path, location.user or "", location.password):
        if _CONTROL.search(word):
            raise _refused("the location holds control characters")
    return location


def _location(parts: SplitResult, schemes: set[str]) -> Location:
    """Raises TryFailed, and ValueError for a host or port that is none."""
    if parts.scheme not in schemes or parts.scheme not in _PORTS:
        known = ", ".join(sorted(schemes))
        raise _refused(f"this station transfers files by {known}: the location is no such URL")
    if not parts.hostname:
        raise _refused("the location names no host")
    if "\\" in parts.netloc:
        raise ValueError("programs disagree where this host begins")
    return Location(
        parts.scheme,
        _host(parts.hostname),
        parts.port or _PORTS[parts.scheme],
        _encoded(parts.path, _IN_PATH) or "/",
        _encoded(parts.query, _IN_QUERY),
        None if parts.username is None else unquote(parts.username),
        unquote(parts.password or ""),
    )


def _host(name: str) -> str:
    """Raises ValueError; an address with the name of an interface is none for a server."""
    if ":" in name and "%" not in name:
        return str(ipaddress.IPv6Address(name))
    found = name.encode("idna").decode("ascii")
    if not _HOST.fullmatch(found):
        raise ValueError("no host name")
    return found


def _encoded(text: str, safe: str) -> str:
    return quote(_STRAY_PERCENT.sub("%25", text), safe=safe)


def _refused(why: str) -> TryFailed:
    return TryFailed(why, is_final=True)
