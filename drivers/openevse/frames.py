"""RAPI on the wire: how a request is written and what comes back is read.

Theory of operation: a message is ``$``, words, and ``^`` with the exclusive or of all bytes before
it, ended by CR. The last word may be ``:`` with the number of the request, which the answer repeats
(``rapi_proc.h``). A ``$`` begins a message anew, whatever was before it; what is too long, or has
no good checksum, is dropped. No I/O here.
"""

from collections.abc import Iterator
from functools import reduce
from operator import xor
from typing import Final

from cp.vocabulary.lean import dataclass

_BEGIN: Final = ord("$")
_END: Final = ord("\r")
_LONGEST: Final = 64
"""The longest message of the firmware has 45 bytes (``TMP_BUF_SIZE``)."""

LAST_NUMBER: Final = 255
"""Numbers of requests are 1 to this; 0 means none."""


@dataclass(frozen=True, slots=True)
class Message:
    """``words`` without the number; ``number`` 0: there was none."""

    words: tuple[str, ...]
    number: int = 0


def frame(command: str, number: int) -> bytes:
    """A request; ``command`` is without ``$``."""
    body = f"${command} :{number:02X}".encode("ascii")
    return body + f"^{reduce(xor, body):02X}\r".encode("ascii")


class FrameParser:
    """Bytes in, messages out."""

    def __init__(self) -> None:
        self._begun = bytearray()

    def reset(self) -> None:
        """Forget what has begun."""
        self._begun.clear()

    def feed(self, data: bytes) -> Iterator[Message]:
        """The messages that these bytes complete."""
        for byte in data:
            if byte == _BEGIN:
                self._begun[:] = b"$"
            elif not self._begun:
                continue
            elif byte == _END:
                message = _message(bytes(self._begun))
                self._begun.clear()
                if message is not None:
                    yield message
            elif len(self._begun) >= _LONGEST:
                self._begun.clear()
            else:
                self._begun.append(byte)


def _message(raw: bytes) -> Message | None:
    body, mark, checksum = raw.rpartition(b"^")
    if not mark or checksum.upper() != f"{reduce(xor, body, 0):02X}".encode("ascii"):
        return None
    try:
        words = body[1:].decode("ascii").split()
        if words and words[-1].startswith(":"):
            return Message(tuple(words[:-1]), int(words[-1][1:], 16))
    except ValueError:
        return None
    return Message(tuple(words))
