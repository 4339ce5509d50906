"""From the number of a card to its id tag: uppercase hexadecimal, byte 0 first.

Theory of operation: a card has 4, 7 or 10 bytes (ISO 14443-3), some readers put one more in front.
Readers do not agree on the order of the bytes; one setting turns it around, so that a card has the
same id tag at every station. An id tag holds 20 characters (``S 7.28``): 10 bytes.
"""

from typing import Final

_FEWEST_BYTES: Final = 4
_MOST_BYTES: Final = 10
_DECIMAL_BYTES: Final = (4, 7)


def tag_of_bytes(number: bytes, is_reversed: bool) -> str | None:
    """The id tag, None when this is no number of a card."""
    if not _FEWEST_BYTES <= len(number) <= _MOST_BYTES:
        return None
    return (number[::-1] if is_reversed else number).hex().upper()


def tag_of_hex(text: str, is_reversed: bool) -> str | None:
    """The id tag of hexadecimal digits, None when this is no number of a card."""
    try:
        return tag_of_bytes(bytes.fromhex(text), is_reversed)
    except ValueError:
        return None


def tag_of_decimal(text: str, is_reversed: bool) -> str | None:
    """The id tag of a decimal number, in as few bytes as a card can have."""
    if not (text.isascii() and text.isdigit()):
        return None
    number = int(text)
    for length in _DECIMAL_BYTES:
        if number < 1 << (8 * length):
            return tag_of_bytes(number.to_bytes(length), is_reversed)
    return None
