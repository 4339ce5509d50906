"""Secrets taken out of what leaves the station, whoever put them there.

Theory of operation: id tags are masked in transcripts already, and credentials there too; this is
the second line. It works on names (``password``, ``AuthorizationKey``) and on the shape of
addresses: user, password and query, which often is a signature, are hidden, and rather too much
than too little where a password may hold a slash.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

_HIDDEN: Final = "***"
_SECRET_NAMES: Final = re.compile(
    r"password|passphrase|secret|credential|authorization_?key|private_?key|_?id_?tag$", re.I
)
_USER: Final = re.compile(rb"(?<=://)[^\s\"'<>]*@(?=[^\s\"'<>@/]+)")
_QUERY: Final = re.compile(rb"(://[^\s\"'<>?]*\?)[^\s\"'<>]+")


def redacted(value: object) -> object:
    """The same JSON value without secrets."""
    if isinstance(value, Mapping):
        named = value.get("key")  # {"key": NAME, "value": ...} as in GetConfiguration
        is_secret = isinstance(named, str) and _SECRET_NAMES.search(named)
        return {
            str(name): _HIDDEN
            if _SECRET_NAMES.search(str(name)) or (is_secret and name == "value")
            else redacted(item)
            for name, item in value.items()
        }
    if isinstance(value, str):
        return redacted_line(value.encode(errors="replace")).decode()
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [redacted(item) for item in value]
    return value


def redacted_line(line: bytes) -> bytes:
    """The same line without user, password and query of the addresses in it."""
    if b"://" not in line:
        return line
    line = _USER.sub(b"***@", line)
    return _QUERY.sub(rb"\1***", line)
