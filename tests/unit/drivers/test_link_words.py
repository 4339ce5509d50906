"""Words for errors that loopback does not give; the others are in the link's contract."""

import errno
import socket

import pytest
from websockets.exceptions import ConnectionClosedError, InvalidURI
from websockets.frames import Close

from drivers.link_words import WRONG_ADDRESS, printable, why_closed, why_failed


def words(error: Exception, *, is_secure: bool = False) -> str:
    return why_failed(error, is_secure=is_secure, has_password=False)


@pytest.mark.parametrize(
    ("error", "found"),
    [
        (socket.gaierror(socket.EAI_AGAIN, "Temporary failure"), "name of the central system"),
        (TimeoutError(), "did not answer in time"),
        (OSError(errno.ETIMEDOUT, "x"), "did not answer in time"),
        (OSError(errno.EHOSTUNREACH, "x"), "is the network up?"),
        (ConnectionResetError(), "cut the connection"),
        (OSError(errno.EMFILE, "x"), "cannot be reached (Too many open files)"),
        (OSError("odd"), "cannot be reached (no reason given)"),
        (
            OSError("Multiple exceptions: [Errno 111] Connect ('::1'), [Errno 111] Connect (...)"),
            "nothing listens",
        ),
        (InvalidURI("ws://u:s3cret@h", "s3cret"), WRONG_ADDRESS),
        (ValueError("s3cret"), WRONG_ADDRESS),
        (UnicodeError("s3cret"), WRONG_ADDRESS),
    ],
)
def test_why_no_connection_came_about(error: Exception, found: str) -> None:
    assert found in words(error)
    assert "s3cret" not in words(error) and "\n" not in words(error)


def test_a_cut_during_the_tls_handshake() -> None:
    assert "TLS 1.2" in words(ConnectionResetError(), is_secure=True)
    assert "TLS" not in words(ConnectionResetError())


def test_the_close_frame_is_shown_without_secrets() -> None:
    error = ConnectionClosedError(Close(4001, "no s3cret-and-more,\nno s3cret"), None)
    assert why_closed(error, {"s3cret", "s3cret-and-more", ""}) == (
        "received 4001 (private use) no ***, no ***; no close frame sent"
    )


def test_long_texts_are_cut() -> None:
    assert printable("x" * 1000, ()) == "x" * 200
