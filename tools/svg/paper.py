"""Which paper a drawing fits on with text of at least 6 points."""

from typing import Final

from tools.svg.metrics import BODY

LEAST_PT: Final = 6.0
"""Smallest printed text, in points."""
_MARGIN_MM: Final = 6
_PT_PER_MM: Final = 72 / 25.4
PAPERS_MM: Final = {"A4": (210, 297), "A3": (297, 420)}
"""Width and height of a sheet in portrait."""


def text_size_pt(width: int, height: int, paper: str = "A4") -> float:
    """Size of the body text in points when the drawing fills the sheet, portrait or landscape."""
    return max(_scale(width, height, paper, is_landscape) for is_landscape in (False, True)) * BODY


def _scale(width: int, height: int, paper: str, is_landscape: bool) -> float:
    """Points per user unit when the drawing fills the sheet."""
    short, long = ((side - 2 * _MARGIN_MM) * _PT_PER_MM for side in PAPERS_MM[paper])
    across, down = (long, short) if is_landscape else (short, long)
    return min(across / width, down / height)


def page_scale(width: int, height: int) -> float:
    """1 when the drawing just fits on A4, less when it is too large, at most 1.25."""
    return min(1.25, text_size_pt(width, height) / LEAST_PT)


def smallest_paper(width: int, height: int) -> str | None:
    """The smallest sheet on which text has 6 points; None when not even A3 is large enough."""
    for paper in PAPERS_MM:
        if text_size_pt(width, height, paper) >= LEAST_PT:
            return paper
    return None


def print_rule(width: int, height: int) -> str:
    """CSS that prints a document on one sheet, the smallest that keeps text readable.

    Empty when not even A3 does: the browser then spreads it over pages.
    """
    paper = smallest_paper(width, height)
    if paper is None:
        return ""
    is_landscape = _scale(width, height, paper, True) > _scale(width, height, paper, False)
    side = "landscape" if is_landscape else "portrait"
    across, down = sorted(PAPERS_MM[paper], reverse=is_landscape)
    size = f"width:{across - 2 * _MARGIN_MM}mm;height:{down - 2 * _MARGIN_MM - 1}mm"
    return f"@page{{size:{paper} {side};margin:{_MARGIN_MM}mm}}\n@media print{{.sc{{{size}}}}}"
