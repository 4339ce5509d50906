"""Frames of serial card readers: bytes in, card numbers out.

Theory of operation: a format says where a frame begins and ends and whether two digits of checksum
stand at its end: the exclusive or of all bytes. Between begin and end there is nothing but
hexadecimal digits. Bytes outside a frame, a frame that is too long, breaks off or does not check
are counted and forgotten. A frame comes in one go: what stands still for half a second is the
rest of something else, and must not become the beginning of another card's number.
"""

from collections.abc import Mapping
from functools import reduce
from operator import xor
from typing import Final

from cp.vocabulary.lean import dataclass

_MOST_BYTES: Final = 40
_GAP_S: Final = 0.5
_SPACE: Final = b"\r\n"


@dataclass(frozen=True, slots=True)
class FrameFormat:
    """``begin`` is empty where a frame begins after the end of the last one; ``end`` lists the
    bytes of which each ends a frame."""

    begin: bytes
    end: bytes
    has_checksum: bool


FORMATS: Final[Mapping[str, FrameFormat]] = {
    "stx": FrameFormat(b"\x02", b"\x03", has_checksum=True),
    "line": FrameFormat(b"", _SPACE, has_checksum=False),
}
"""``stx``: STX, hexadecimal digits, two of checksum, perhaps CR LF, ETX. ``line``: hexadecimal
digits, CR or LF or both."""


class FrameParser:
    """Takes bytes as they come; ``ignored`` counts bytes outside frames and wrong frames."""

    def __init__(self, form: FrameFormat) -> None:
        self.ignored = 0
        self._form = form
        self._digits = self._outside()
        self._fed_at_s = float("-inf")

    def reset(self) -> None:
        """What came so far will not be continued."""
        self.ignored += bool(self._digits)
        self._digits = self._outside()

    def feed(self, data: bytes, at_s: float) -> list[bytes]:
        """The card numbers that are complete now; ``at_s`` monotonic seconds."""
        if at_s - self._fed_at_s > _GAP_S:
            self.reset()
        self._fed_at_s = at_s
        return [number for byte in data if (number := self._take(byte))]

    def _outside(self) -> bytearray | None:
        """Nothing, or, where no byte begins a frame, an empty frame."""
        return None if self._form.begin else bytearray()

    def _take(self, byte: int) -> bytes | None:
        form, digits = self._form, self._digits
        if byte in form.begin:
            self.reset()
            self._digits = bytearray()
        elif byte in form.end:
            self._digits = self._outside()
            return self._checked(digits)
        elif byte not in _SPACE and digits is None:
            self.ignored += 1
        elif byte not in _SPACE and digits is not None:
            digits.append(byte)
            if len(digits) > _MOST_BYTES:
                self._digits = None
                self.ignored += 1
        return None

    def _checked(self, digits: bytearray | None) -> bytes | None:
        """The number in a frame that has ended."""
        if not digits and not self._form.begin:
            return None  # the second of CR and LF
        try:
            number = bytes.fromhex((digits or b"").decode("ascii"))
        except ValueError:
            number = b""
        if self._form.has_checksum:
            number = number[:-1] if reduce(xor, number, 0) == 0 else b""
        self.ignored += not number
        return number
