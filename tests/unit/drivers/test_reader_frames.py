"""Bytes, keys and numbers of card readers."""

from hypothesis import given, settings, strategies as st

from drivers.reader.frames import FORMATS, FrameParser
from drivers.reader.keys import TypedNumber
from drivers.reader.numbers import tag_of_bytes, tag_of_decimal, tag_of_hex


def parser(form: str) -> FrameParser:
    return FrameParser(FORMATS[form])


# DEADBEEF: DE ^ AD ^ BE ^ EF = 22
STX = b"\x02DEADBEEF22\x03"


def test_a_frame_in_one_piece_and_in_many() -> None:
    assert parser("stx").feed(STX, 0.0) == [b"\xde\xad\xbe\xef"]
    pieces = parser("stx")
    found = [number for byte in STX for number in pieces.feed(bytes([byte]), 0.0)]
    assert found == [b"\xde\xad\xbe\xef"]
    assert pieces.ignored == 0


def test_what_does_not_check_is_ignored() -> None:
    for broken in (b"\x02DEADBEEF23\x03", b"\x02DEADBEE22\x03", b"\x02\x03", b"\x02DEADBXEF22\x03"):
        broken_parser = parser("stx")
        assert broken_parser.feed(broken, 0.0) == []
        assert broken_parser.ignored == 1
        assert broken_parser.feed(STX, 0.0) == [b"\xde\xad\xbe\xef"]


def test_a_new_beginning_ends_what_broke_off() -> None:
    made = parser("stx")
    assert made.feed(b"\x02DEAD" + STX, 0.0) == [b"\xde\xad\xbe\xef"]
    assert made.ignored == 1


def test_lines_end_with_either_or_both() -> None:
    text = b"DEADBEEF\rDEADBEEF\nDEADBEEF\r\ndead beef\n\n\r"
    assert parser("line").feed(text, 0.0) == [b"\xde\xad\xbe\xef"] * 4


def test_a_line_that_is_too_long_is_no_card() -> None:
    made = parser("line")
    assert made.feed(b"AB" * 30 + b"\n" + b"DEADBEEF\n", 0.0) == [b"\xde\xad\xbe\xef"]
    assert made.ignored > 0


def test_the_rest_of_something_else_is_not_the_beginning_of_a_card() -> None:
    made = parser("line")
    assert made.feed(b"ABCD", 0.0) == []
    assert made.feed(b"DEADBEEF\n", 0.6) == [b"\xde\xad\xbe\xef"]
    assert made.feed(b"DEAD", 1.0) == []
    assert made.feed(b"BEEF\n", 1.1) == [b"\xde\xad\xbe\xef"], "a pause of 0.1 s is none"


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(FORMATS)), st.lists(st.binary(max_size=60), max_size=8))
def test_any_bytes_are_taken_and_the_next_card_is_read(form: str, noise: list[bytes]) -> None:
    made = parser(form)
    for data in noise:
        for number in made.feed(data, 0.0):
            tag_of_bytes(number, False)
    card = STX if form == "stx" else b"DEADBEEF\n"
    assert made.feed(card, 10.0) == [b"\xde\xad\xbe\xef"]


def test_typed_numbers_end_with_enter() -> None:
    typed = TypedNumber()
    keys = [f"KEY_{digit}" for digit in "DEADBEEF"]
    assert [typed.press(key, 0.0) for key in [*keys, "KEY_ENTER"]] == [None] * 8 + ["DEADBEEF"]
    assert typed.press("KEY_ENTER", 0.0) is None, "Enter alone is nothing"
    assert typed.ignored == 0


def test_a_pause_ends_what_is_typed() -> None:
    typed = TypedNumber()
    typed.press("KEY_1", 0.0)
    assert [typed.press(f"KEY_{key}", 1.0) for key in ("2", "ENTER")] == [None, "2"]
    assert typed.ignored == 1


def test_id_tags() -> None:
    assert tag_of_hex("04a2b3c4", False) == "04A2B3C4"
    assert tag_of_hex("04a2b3c4", True) == "C4B3A204"
    assert tag_of_decimal("0077771716", False) == "04A2B3C4"
    assert tag_of_decimal("4294967296", False) == "00000100000000", "7 bytes"
    assert tag_of_bytes(bytes(10), False) == "0" * 20
    for nothing in ("", "04A2B3", "04A2B3C", "04A2B3CX", "0" * 22):
        assert tag_of_hex(nothing, False) is None
    for nothing in ("", "-1", "12A", "٣", "9" * 30):
        assert tag_of_decimal(nothing, False) is None
