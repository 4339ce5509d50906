"""What may be laid over a picture: color, weight, signs, remarks; coordinates stay as they are.

An overlay gives CSS classes to elements by their id in the SVG (``s-STATE``, ``t-TRANSITION``,
``l-SOURCE-TARGET``, ``i-COMPOUND``). Everything that it says by color it says by a word or sign
too: words that an overlay adds to labels have class ``sg``, and ``without_overlay`` takes them out
again, so that the picture below can be proved to be the program.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from tools.svg.table import Column

SIGN: Final = "sg"
"""Style of words that an overlay adds to a label or a box."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One line below the drawing; ``style`` is a CSS class, empty for plain text."""

    text: str
    style: str = ""


@dataclass(frozen=True, slots=True)
class Overlay:
    """``title`` stands behind the chart's name, ``caption`` where the file's hash stands else.

    ``legend``   what signs and colors mean, one sentence.
    ``classes``  SVG id to CSS classes.
    ``notes``    SVG id of a transition to a sentence for its tooltip.
    ``columns``  further columns of the transition table.
    ``remarks``  lines below the drawing.
    """

    title: str
    caption: str
    legend: str
    classes: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    columns: tuple[Column, ...] = ()
    remarks: tuple[Remark, ...] = ()


NO_OVERLAY: Final = Overlay("", "", "")


def without_overlay(text: str, mark: str = "") -> str:
    """The SVG without the words that an overlay added to labels and boxes, and without those that
    bear ``mark``; lines that hold nothing else vanish."""
    words = rf'<tspan class="(?:{SIGN}(?: \w+)?|\w+ {mark})">[^<]*</tspan>'
    return re.sub(r"<text [^>]*></text>\n?", "", re.sub(words, "", text))
