"""Reads an SVG of ours back into what a person sees: words, boxes and where lines begin and end.

Only visible text and geometry are used. Attributes such as ``data-source`` are not believed: the
source of a transition is the box at whose border its line begins.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.etree import ElementTree

from tools.svg.notation import FIXED
from tools.svg.placement import Box

_NS: Final = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True, slots=True)
class SeenTransition:
    """One transition as it can be read; ``guard`` with brackets, ``value`` of its timer."""

    number: str
    source: str
    target: str
    trigger: str
    value: str
    guard: str
    is_else: bool
    actions: tuple[str, ...]
    req: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SeenState:
    """One state as it can be read; ``parent`` is the smallest box around it."""

    id: str
    parent: str
    kind: str
    badge: str
    enter: tuple[str, ...]
    exit: tuple[str, ...]
    req: tuple[str, ...]
    hidden: str


@dataclass(slots=True)
class Seen:
    """All that is drawn; lists, because something may be drawn twice."""

    states: list[SeenState] = field(default_factory=list)
    transitions: list[tuple[str, SeenTransition]] = field(default_factory=list)
    rows: list[tuple[str, SeenTransition]] = field(default_factory=list)
    initials: list[tuple[str, str]] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)


_Run = tuple[str, str]
_Tree = ElementTree.Element


def read_svg(text: str) -> Seen:
    """What the SVG shows. Raises ElementTree.ParseError when it is no XML."""
    root = ElementTree.fromstring(text)
    return _Reader(root).seen


class _Reader:
    def __init__(self, root: _Tree) -> None:
        self.seen = Seen()
        self._boxes = {
            group.get("id", ""): _box(group.find(f"{_NS}rect[@class='box']"))
            for group in _groups(root, "state")
        }
        self._names = {
            group.get("id", ""): _text_of(group, "ti") for group in _groups(root, "state")
        }
        for group in _groups(root, "state"):
            self._read_state(group)
        for group in _groups(root, "line"):
            self._read_line(group)
        for group in _groups(root, "initial"):
            self._read_initial(group)
        for group in _groups(root, "row"):
            self._read_row(group)
        self._find_strangers(root)

    # ---- states ----------------------------------------------------------------------------------

    def _read_state(self, group: _Tree) -> None:
        state_id = _text_of(group, "ti")
        lists: dict[str, list[str]] = {"entry /": [], "exit /": [], "rq": [], "hi": []}
        current = ""
        for style, word in _runs(group):
            if style == "kw" and word in lists:
                current = word
            elif style == "ac" and current:
                lists[current].append(word)
            elif style in lists:
                lists[style].append(word)
            elif style != "kw" or word not in FIXED:
                self.seen.strange.append(f"'{word}' in state {state_id}")
        for inner in group.findall(f"{_NS}g"):
            if "trans" in _classes(inner):
                self._read_transition(inner, state_id, "")
        self.seen.states.append(
            SeenState(
                state_id,
                self._parent(group.get("id", "")),
                _classes(group)[1],
                _text_of(group, "st") or _text_of(group, "ns"),
                tuple(lists["entry /"]),
                tuple(lists["exit /"]),
                tuple(lists["rq"]),
                " ".join(lists["hi"]),
            )
        )

    def _parent(self, box_id: str) -> str:
        own = self._boxes[box_id]
        return self._around(own, {key: box for key, box in self._boxes.items() if key != box_id})

    def _around(self, own: Box, boxes: dict[str, Box]) -> str:
        """Name of the smallest box that contains ``own``."""
        found = [(box.width * box.height, key) for key, box in boxes.items() if box.contains(own)]
        return self._names[min(found)[1]] if found else ""

    # ---- lines -----------------------------------------------------------------------------------

    def _read_line(self, group: _Tree) -> None:
        source, target = self._ends(group)
        for inner in group.findall(f"{_NS}g"):
            self._read_transition(inner, source, target)

    def _ends(self, group: _Tree) -> tuple[str, str]:
        edge = group.find(f"{_NS}path[@class='edge']")
        tip = group.find(f"{_NS}path[@class='tip']")
        if edge is None or tip is None:
            return "?", "?"
        return self._state_at(edge), self._state_at(tip)

    def _state_at(self, path: _Tree) -> str:
        """The one state whose border holds the first point of the path."""
        x, y = (float(word) for word in re.findall(r"-?[\d.]+", path.get("d", ""))[:2])
        found = [key for key, box in self._boxes.items() if _is_at_border(box, x, y)]
        return self._names[found[0]] if len(found) == 1 else f"?{found}"

    def _read_initial(self, group: _Tree) -> None:
        dot = group.find(f"{_NS}circle[@class='dot']")
        _, target = self._ends(group)
        if dot is None:
            return
        x, y = int(dot.get("cx", 0)), int(dot.get("cy", 0))
        spot = Box(x - 6, y - 6, 12, 12)
        self.seen.initials.append((self._around(spot, self._boxes), target))

    def _read_transition(self, group: _Tree, source: str, target: str) -> None:
        link = next((item for tag in "ag" if (item := group.find(_NS + tag)) is not None), None)
        words: dict[str, list[str]] = {}
        fixed: list[str] = []
        ends = {"from": source, "to": target}
        for style, word in _runs(group if link is None else link):
            if style == "kw":
                fixed += [word] if word else []
            elif style == "en" and fixed and fixed[-1] in ends:
                ends[fixed[-1]] = word
            else:
                words.setdefault(style, []).append(word)
        timers = [word for word in fixed if word in ("after", "every", "at")]
        name = group.get("id", "").removeprefix("t-")
        self.seen.strange += [f"'{word}' at {name}" for word in fixed if word not in FIXED]
        unknown = words.keys() - {"no", "ev", "tv", "gu", "ac", "rq"}
        self.seen.strange += [f"'{' '.join(words[key])}' at {name}" for key in sorted(unknown)]
        seen = SeenTransition(
            number=" ".join(words.get("no", ())),
            source=ends["from"],
            target=ends["to"],
            trigger=" ".join([*timers, *words.get("ev", ())]),
            value=" ".join(words.get("tv", ())),
            guard=" ".join(words.get("gu", ())),
            is_else="[else]" in fixed,
            actions=tuple(words.get("ac", ())),
            req=tuple(words.get("rq", ())),
        )
        self.seen.transitions.append((name, seen))

    # ---- table and the rest ----------------------------------------------------------------------

    def _read_row(self, group: _Tree) -> None:
        cells: dict[str, list[str]] = {}
        for item in group.iter(f"{_NS}text"):
            cells.setdefault(item.get("class", ""), []).append("".join(item.itertext()))
        whole = {key: " ".join(words) for key, words in cells.items()}
        trigger, _, value = whole.get("ev", "").partition(" = ")
        trigger, value = (trigger, f"= {value}") if value else (trigger, "")
        if " default " in trigger:
            trigger, _, rest = trigger.partition(" default ")
            value = f"default {rest}"
        seen = SeenTransition(
            number=whole.get("no", ""),
            source=whole.get("fr", ""),
            target=whole.get("to", ""),
            trigger=trigger,
            value=value,
            guard=whole.get("gu", ""),
            is_else=False,
            actions=_listed(whole.get("ac", "")),
            req=_listed(whole.get("rq", "")),
        )
        self.seen.rows.append((group.get("id", "").removeprefix("row-t-"), seen))

    def _find_strangers(self, root: _Tree) -> None:
        """Text of the drawing that is part of no state and no transition."""
        drawing = root.find(f"{_NS}g[@id='drawing']")
        if drawing is None:
            self.seen.strange.append("there is no drawing")
            return
        known: set[_Tree] = set()
        for group in [*_groups(root, "state"), *_groups(root, "trans")]:
            known.update(group.iter(f"{_NS}text"))
        for item in drawing.iter(f"{_NS}text"):
            is_plain = len(item) == 0 and item.get("class") not in ("ti", "st", "ns")
            if item not in known or is_plain:
                self.seen.strange.append(f"'{''.join(item.itertext())}' belongs to nothing")


def _listed(cell: str) -> tuple[str, ...]:
    return tuple(cell.split(", ")) if cell else ()


def _classes(item: _Tree) -> list[str]:
    return item.get("class", "").split()


def _groups(root: _Tree, style: str) -> Iterator[_Tree]:
    return (group for group in root.iter(f"{_NS}g") if _classes(group)[:1] == [style])


def _text_of(group: _Tree, style: str) -> str:
    return " ".join(
        "".join(item.itertext()) for item in group.iter(f"{_NS}text") if item.get("class") == style
    )


def _runs(group: _Tree) -> Iterator[_Run]:
    """Style and word of every run of the lines that lie in the group itself."""
    for item in group.findall(f"{_NS}text"):
        for span in item.findall(f"{_NS}tspan"):
            yield span.get("class", "").partition(" ")[0], (span.text or "").strip()


def _box(item: _Tree | None) -> Box:
    if item is None:
        return Box(0, 0, 0, 0)
    x, y, width, height = (int(item.get(key, 0)) for key in ("x", "y", "width", "height"))
    return Box(x, y, width, height)


def _is_at_border(box: Box, x: float, y: float) -> bool:
    is_near = box.x - 1 <= x <= box.right + 1 and box.y - 1 <= y <= box.bottom + 1
    at_side = min(abs(x - box.x), abs(x - box.right)) <= 1
    at_end = min(abs(y - box.y), abs(y - box.bottom)) <= 1
    return is_near and (at_side or at_end)
