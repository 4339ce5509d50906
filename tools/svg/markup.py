"""SVG text: elements on one line each, escaped, with whole or one-decimal numbers."""

from collections.abc import Iterable
from xml.sax.saxutils import escape

from tools.svg.metrics import BODY, text_width
from tools.svg.notation import CLOCK_WIDTH, TextLine
from tools.svg.placement import Box, Path

_QUOTES = {'"': "&quot;"}


def element(tag: str, content: str | None = None, **attributes: str | float) -> str:
    """One element; ``class_`` loses its last underscore, all other underscores turn to ``-``."""
    text = "".join(
        f' {_name(name)}="{escape(shown(value), _QUOTES)}"' for name, value in attributes.items()
    )
    return f"<{tag}{text}/>" if content is None else f"<{tag}{text}>{content}</{tag}>"


def _name(name: str) -> str:
    return "xml:space" if name == "xml_space" else name.rstrip("_").replace("_", "-")


def rectangle(style: str, box: Box, radius: float = 0) -> str:
    """A rectangle with rounded corners."""
    corners: dict[str, str] = {"rx": shown(radius)} if radius else {}
    return element(
        "rect",
        None,
        class_=style,
        x=str(box.x),
        y=str(box.y),
        width=str(box.width),
        height=str(box.height),
        **corners,
    )


def opening(tag: str, **attributes: str | float) -> str:
    """The start tag alone."""
    return element(tag, None, **attributes)[:-2] + ">"


def shown(value: str | float) -> str:
    """A number with at most one decimal."""
    if isinstance(value, str):
        return value
    text = f"{value:.1f}"
    return text.removesuffix(".0")


def plain(
    text: str, x: float, y: float, style: str, size: float = BODY, is_bold: bool = False
) -> str:
    """One text of one style; ``x`` and ``y`` of the start of its base line."""
    return element(
        "text",
        escape(text),
        class_=style,
        x=x,
        y=y,
        textLength=max(text_width(text, size, is_bold), 0.1),
        lengthAdjust="spacingAndGlyphs",
    )


def text_line(line: TextLine, x: float, y: float) -> Iterable[str]:
    """One line of runs, and its clock if it has one."""
    start = x + line.indent
    if line.has_clock:
        yield element("path", class_="clock", d=_clock(start + 5.5, y - 4))
        start += CLOCK_WIDTH
    content = "".join(
        element("tspan", escape(run.text), class_=f"{run.style} {run.mark}".rstrip())
        for run in line.runs
        if run.text
    )
    yield element(
        "text",
        content,
        x=start,
        y=y,
        textLength=sum(run.width for run in line.runs),
        lengthAdjust="spacingAndGlyphs",
    )


def _clock(x: float, y: float) -> str:
    """A dial with two hands around ``x``, ``y``."""
    left, right = shown(x - 5), shown(x + 5)
    dial = f"M{left} {shown(y)}A5 5 0 1 1 {right} {shown(y)}A5 5 0 1 1 {left} {shown(y)}"
    return f"{dial}M{shown(x)} {shown(y - 3)}V{shown(y)}H{shown(x + 2.5)}"


def rounded_path(path: Path, radius: float = 6) -> str:
    """Path data of straight pieces with rounded bends."""
    parts = [f"M{path[0][0]} {path[0][1]}"]
    for before, here, behind in zip(path, path[1:], path[2:], strict=False):
        reach = min(radius, _distance(before, here) / 2, _distance(here, behind) / 2)
        enter, leave = _towards(here, before, reach), _towards(here, behind, reach)
        parts.append(f"L{enter}Q{here[0]} {here[1]} {leave}")
    parts.append(f"L{path[-1][0]} {path[-1][1]}")
    return "".join(parts)


def _distance(one: tuple[int, int], other: tuple[int, int]) -> int:
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


def _towards(point: tuple[int, int], goal: tuple[int, int], by: float) -> str:
    """The point ``by`` units from ``point`` on the way to ``goal``; the way is upright or level."""
    whole = _distance(point, goal) or 1
    x = point[0] + (goal[0] - point[0]) / whole * by
    y = point[1] + (goal[1] - point[1]) / whole * by
    return f"{shown(x)} {shown(y)}"


def arrow(path: Path) -> tuple[str, Path]:
    """Path data of the tip at the end of a path, and the path cut back to the tip's base."""
    (x1, y1), (x2, y2) = path[-2], path[-1]
    dx, dy = (x2 > x1) - (x2 < x1), (y2 > y1) - (y2 < y1)
    base_x, base_y = x2 - 9 * dx, y2 - 9 * dy
    side_x, side_y = 4.5 * dy, 4.5 * dx
    corners = (
        f"M{x2} {y2}L{shown(base_x + side_x)} {shown(base_y + side_y)}"
        f"L{shown(base_x - side_x)} {shown(base_y - side_y)}Z"
    )
    cut = min(6, _distance(path[-2], path[-1]))
    return corners, (*path[:-1], (x2 - cut * dx, y2 - cut * dy))
