"""The committed pictures inside a page: ids of their own, one style for all, no table.

Theory of operation: a picture is a document of its own, with ids that are unique in it and a style
that holds for it. In a page that holds many, ids get the picture's name before them, and the style
is written once. The table below a drawing is left out: a page has tables that can be searched.
"""

import re
from dataclasses import dataclass
from typing import Final

_STYLE: Final = re.compile(r"<style>.*?</style>\n?", re.DOTALL)
_ID: Final = re.compile(r' id="([^"]*)"')
_LINK: Final = re.compile(r' href="#([^"]*)"')
_LABELED: Final = re.compile(r' aria-labelledby="([^"]*)"')
_SIZE: Final = re.compile(r'viewBox="0 0 (\d+) (\d+)" width="\d+" height="\d+"')
_PRINTED: Final = re.compile(r"^@page.*\n^@media print\{\.sc\{width.*\n", re.MULTILINE)
_TABLE: Final = '<g id="table"'
_BAND: Final = re.compile(r'class="band" x="[^"]*" y="([\d.]+)"')


@dataclass(frozen=True, slots=True)
class Inlined:
    """``svg`` for the body of a page and the ``css`` that it needs there."""

    svg: str
    css: str
    width: int
    height: int


def inline(text: str, name: str) -> Inlined:
    """A picture of ours for a page; its ids become ``NAME--ID``.

    Raises ValueError for a text that is none.
    """
    size, style = _SIZE.search(text), _STYLE.search(text)
    if size is None or style is None:
        raise ValueError(f"{name} is no picture of ours")
    width, height = int(size[1]), int(size[2])
    text = text.replace(style[0], "")
    if _TABLE in text:
        text, _, table = text.partition(_TABLE)
        band = _BAND.search(table)
        height = round(float(band[1])) if band else height
        text += "</svg>\n"
    sized = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    text = text.replace(size[0], sized, 1)
    text = _ID.sub(rf' id="{name}--\1"', text)
    text = _LINK.sub(rf' href="#{name}--\1"', text)
    text = _LABELED.sub(lambda found: _labels(found[1], name), text)
    css = style[0].partition(">")[2].rpartition("</style>")[0]
    return Inlined(text, _PRINTED.sub("", css).strip(), width, height)


def _labels(ids: str, name: str) -> str:
    shown = " ".join(f"{name}--{item}" for item in ids.split())
    return f' aria-labelledby="{shown}"'
