"""Why a try failed, in words for the person who has to mend it.

Theory of operation: of what servers and libraries say only numbers are shown; the rest is our own,
since such texts may quote an address or a header with credentials. The libraries wrap the error of
the socket into their own, so the chain of causes is searched for it.
"""

import errno
import os
import socket
import ssl
from collections.abc import Iterator
from typing import Final

from cp.vocabulary.errors import SettingsError

_BROKEN: Final = "the server broke the connection off"


def why_failed(error: BaseException) -> str:
    """One sentence without credentials."""
    for cause in _causes(error):
        if isinstance(cause, SettingsError):
            return str(cause)
        if isinstance(cause, ssl.SSLError):
            return _why_tls(cause)
        if isinstance(cause, OSError | EOFError) and (words := _why_unreachable(cause)):
            return words
        # By name, since the libraries are loaded only where they are needed.
        if type(cause).__name__ == "RemoteProtocolError":
            return "the server broke its answer off, or does not speak HTTP"
    return f"the transfer failed ({type(error).__name__})"


def _why_tls(error: ssl.SSLError) -> str:
    match error:
        case ssl.SSLCertVerificationError():
            return f"the certificate of the server is not trusted ({error.verify_message})"
        case ssl.SSLEOFError():
            return _BROKEN
    return f"the TLS connection failed ({error.reason or 'no reason given'})"


def _why_unreachable(error: OSError | EOFError) -> str:
    match error:
        case socket.gaierror():
            return "the name of the server cannot be resolved: is the network up?"
        case TimeoutError():
            return "the server did not answer in time"
        case ConnectionRefusedError():
            return "the server refused the connection"
        case ConnectionError() | EOFError():
            return _BROKEN
    return f"the server cannot be reached ({os.strerror(error.errno)})" if error.errno else ""


def why_disk(error: OSError, what: str) -> str:
    """``what`` could not be kept on the disk of the station."""
    return f"{what} cannot be written ({error.strerror or type(error).__name__})"


def is_full(error: OSError) -> bool:
    """Whether the disk has no room."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def why_status(status: int) -> str:
    """An HTTP status that is no success."""
    match status:
        case 401 | 407:
            return f"the server asks for other credentials (HTTP {status})"
        case 403:
            return f"the server forbids it (HTTP {status})"
        case 404 | 410:
            return f"the server does not have this file or directory (HTTP {status})"
        case 413:
            return f"the file is too large for the server (HTTP {status})"
    if status >= 500:
        return f"the server cannot serve at present (HTTP {status})"
    return f"the server answered HTTP {status}"


def _causes(error: BaseException) -> Iterator[BaseException]:
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__ or found.__context__
