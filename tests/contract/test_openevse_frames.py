"""RAPI on the wire, against the examples in its documentation (``rapi_proc.h``)."""

import pytest

from drivers.openevse.frames import FrameParser, Message, frame


def messages(data: bytes) -> list[Message]:
    return list(FrameParser().feed(data))


def test_a_request_has_number_and_checksum() -> None:
    assert frame("GS", 0x0A) == b"$GS :0A^5B\r"
    assert frame("SC 16 V", 255)[-7:-4] == b":FF"


@pytest.mark.parametrize("example", [b"$GS^30\r", b"$GU^36\r", b"$F0 1^43\r", b"$SK 0^2C\r"])
def test_the_checksums_of_the_documentation_are_right(example: bytes) -> None:
    assert messages(example) == [Message(tuple(example[1:-4].decode().split()))]


def test_an_answer_is_read_whatever_is_around_it_and_however_it_comes() -> None:
    answer = b"$OK 03 1234 03 0140 :1F^4C\r"
    expected = [Message(("OK", "03", "1234", "03", "0140"), 0x1F)]
    assert messages(b"\x00OK^\r$OK 0" + answer + b"\n$") == expected
    parser = FrameParser()
    assert [m for byte in answer for m in parser.feed(bytes([byte]))] == expected


@pytest.mark.parametrize(
    "noise",
    [
        b"$OK 03 :1F\r",
        b"$OK 03 :1F^00\r",
        b"$OK 03 :1F^2\r",
        b"$\r",
        b"$OK :xy^3B\r",
        b"$\xff^DB\r",
        b"$" + b"x" * 100 + b"^00\r",
    ],
)
def test_noise_is_no_message(noise: bytes) -> None:
    assert messages(noise) == []
