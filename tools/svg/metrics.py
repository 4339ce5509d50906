"""Text widths from a fixed table, so that a layout does not depend on installed fonts.

The advance widths are those of Helvetica, Arial and Liberation Sans, which are equal by design; one
of the three is present on every desktop system. A viewer with another font squeezes the text into
the same width, because every ``text`` element carries its ``textLength``.
"""

import math
from typing import Final

BODY: Final = 11.0
"""Font size of all text but titles, in user units."""
TITLE: Final = 13.0
"""Font size of state names, in user units."""
PITCH: Final = 13
"""Distance of two lines of body text, in user units."""

_REGULAR: Final = (
    "278 278 355 556 556 889 667 191 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 "
    "556 556 556 278 278 584 584 584 556 1015 667 667 722 722 667 611 778 722 278 500 667 556 833 "
    "722 778 667 778 722 667 611 722 667 944 667 667 611 278 278 278 469 556 333 556 556 500 556 "
    "556 278 556 556 222 222 500 222 833 556 556 556 556 333 500 278 556 500 722 500 500 500 334 "
    "260 334 584"
)
_BOLD: Final = (
    "278 333 474 556 556 889 722 238 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 "
    "556 556 556 333 333 584 584 584 611 975 722 722 722 722 667 611 778 722 278 556 722 611 833 "
    "722 778 667 778 722 667 611 722 667 944 667 667 611 333 278 333 584 556 333 556 611 556 611 "
    "556 333 611 611 278 278 556 278 889 611 611 611 611 389 556 333 611 556 778 556 556 500 389 "
    "280 389 584"
)
_WIDTHS: Final = tuple(
    {chr(32 + index): int(word) for index, word in enumerate(table.split())}
    for table in (_REGULAR, _BOLD)
)
_OTHER: Final = 600
"""Width of a character outside ASCII; descriptions only, names are ASCII."""


def text_width(text: str, size: float = BODY, is_bold: bool = False) -> float:
    """Width of one line of text in user units; ``size`` is the font size in user units."""
    table = _WIDTHS[is_bold]
    return sum(table.get(letter, _OTHER) for letter in text) * size / 1000


def units(value: float) -> int:
    """``value`` rounded up to whole user units: boxes have whole sizes, so lines stay sharp."""
    return math.ceil(value - 1e-9)
