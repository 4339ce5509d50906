"""Why an attempt failed or a connection ended, in words for the person who has to mend it.

Theory of operation: of what a server or a library says, only status codes, names of TLS reasons and
the text of a close frame are shown; everything else is a sentence of our own, since such texts may
quote an address or a header with credentials.
"""

import errno
import os
import re
import socket
import ssl
from collections.abc import Iterable, Mapping
from typing import Final

from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidMessage,
    InvalidStatus,
    NegotiationError,
)

from cp.vocabulary.errors import SettingsError

WRONG_ADDRESS: Final = "the address of the central system cannot be used: check [csms] url"
_MOST_CHARACTERS: Final = 200

_STATUSES: Final[Mapping[int, str]] = {
    403: "the central system forbids this station to connect (HTTP 403): see its rules there",
    404: "the central system does not know this station (HTTP 404): register its identity there, "
    "or check [station] id and [csms] url",
}

_CUT: Final = "the central system cut the connection during the handshake"
_ADDRESS: Final = "check [csms] url, and whether it has to be ws:// or wss://"
_CUT_TLS: Final = f"{_CUT}: does it speak TLS 1.2 or newer at this port?"
_NO_WAY: Final = "there is no way to the central system: is the network up?"
_ERRORS: Final[Mapping[int, str]] = {
    errno.ECONNREFUSED: "the connection was refused: nothing listens at this host and port; is the "
    "central system up, and [csms] url right?",
    errno.ETIMEDOUT: "the central system did not answer in time",
    errno.ENETUNREACH: _NO_WAY,
    errno.ENETDOWN: _NO_WAY,
    errno.EHOSTUNREACH: _NO_WAY,
    errno.ECONNRESET: _CUT,
    errno.ECONNABORTED: _CUT,
    errno.EPIPE: _CUT,
}

_NUMBER: Final = re.compile(r"\[Errno (\d+)\]")

_DISTRUST: Final = "the certificate of the central system"
# Codes of OpenSSL's verification (x509_vfy.h).
_CERTIFICATES: Final[Mapping[int, str]] = {
    9: f"{_DISTRUST} is not valid yet: is the clock of the station right?",
    10: f"{_DISTRUST} has expired: it is to be renewed, or the clock of the station is wrong",
    62: f"{_DISTRUST} is for another host name than that of [csms] url",
    64: f"{_DISTRUST} is for another address than that of [csms] url",
}


def why_failed(error: Exception, *, is_secure: bool, has_password: bool) -> str:
    """Why no connection came about: one sentence without credentials.

    ``is_secure``: TLS was wanted; ``has_password``: credentials were sent.
    """
    match error:
        case SettingsError():
            return str(error)
        case InvalidStatus():
            return _why_refused(error.response.status_code, has_password)
        case InvalidHandshake():
            return _why_no_handshake(error)
        case ssl.SSLError():
            return _why_no_tls(error)
        case socket.gaierror():
            return (
                "the name of the central system cannot be resolved: is the network up, and [csms] "
                "url right?"
            )
        case OSError():
            words = _why_unreachable(error)
            return _CUT_TLS if is_secure and words == _CUT else words
        case _:
            return WRONG_ADDRESS


def why_closed(error: ConnectionClosed, secrets: Iterable[str]) -> str:
    """Why a connection ended; what the server wrote into its close frame is shown in one line."""
    return printable(str(error), secrets)


def printable(text: str, secrets: Iterable[str]) -> str:
    """At most 200 characters on one line, each secret as ``***``."""
    for secret in sorted(set(secrets) - {""}, key=len, reverse=True):
        text = text.replace(secret, "***")
    return "".join(c if c.isprintable() else " " for c in text)[:_MOST_CHARACTERS]


def _why_refused(status: int, has_password: bool) -> str:
    if status == 401:
        if has_password:
            return "the credentials were refused (HTTP 401): check what [csms] password_file holds"
        return "the central system asks for credentials (HTTP 401): set [csms] password_file"
    if 300 <= status < 400:
        return (
            f"the central system sends the station elsewhere (HTTP {status}), which is not "
            "followed: put the right address into [csms] url"
        )
    if status >= 500:
        return f"the central system cannot serve stations at present (HTTP {status})"
    return _STATUSES.get(status, f"the central system refused the handshake (HTTP {status})")


def _why_no_handshake(error: InvalidHandshake) -> str:
    if isinstance(error, NegotiationError) and "subprotocol" in str(error):
        return (
            "the central system did not choose the subprotocol ocpp1.6: does it speak OCPP 1.6 at "
            "this address?"
        )
    if isinstance(error, InvalidMessage) and isinstance(error.__cause__, EOFError):
        return f"{_CUT}: {_ADDRESS}"
    return f"what answers at this address is no WebSocket server: {_ADDRESS}"


def _why_no_tls(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return _CERTIFICATES.get(
            error.verify_code,
            f"{_DISTRUST} comes from nobody that the station trusts ({error.verify_message}): "
            "check [csms] ca_file",
        )
    reason = error.reason or type(error).__name__
    if "PROTOCOL" in reason:
        return f"the central system offers no TLS 1.2 or newer ({reason})"
    if reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST"):
        return f"the central system does not speak TLS at this port ({reason}): {_ADDRESS}"
    return f"the TLS handshake with the central system failed ({reason})"


def _why_unreachable(error: OSError) -> str:
    """A name with several addresses gives one error whose text holds the number of each."""
    numbers = {error.errno} if error.errno else {int(n) for n in _NUMBER.findall(str(error))}
    if isinstance(error, TimeoutError):
        numbers = {errno.ETIMEDOUT}
    elif isinstance(error, ConnectionError) and not numbers:
        numbers = {errno.ECONNRESET}
    for number, words in _ERRORS.items():
        if number in numbers:
            return words
    named = (os.strerror(number) for number in sorted(numbers))
    return f"the central system cannot be reached ({', '.join(named) or 'no reason given'})"
