"""Colors and CSS of the pictures: light, dark and print.

Colors stand as literals because librsvg, Inkscape and PDF tools do not know CSS variables. The dark
palette holds on dark screens only; class ``light`` switches it off, class ``dark`` on. Nothing
depends on color alone: every word and line also has its place, weight or shape. Each pair in
``CONTRASTS`` is at least 4.5:1 in both palettes (tested).
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from cp.vocabulary.words import ChargePointStatus


class Theme(StrEnum):
    """``auto`` follows the reader's screen."""

    AUTO = "auto"
    LIGHT = "light"
    DARK = "dark"


PALETTE: Final[Mapping[str, tuple[str, str]]] = {
    "paper": ("#ffffff", "#0f172a"),
    "box": ("#ffffff", "#1e293b"),
    "head": ("#eef2f7", "#334155"),
    "compound": ("#f7f9fc", "#162133"),
    "label": ("#ffffff", "#0f172a"),
    "ink": ("#111827", "#f1f5f9"),
    "muted": ("#4b5563", "#b6c2d1"),
    "guard": ("#8a2c0d", "#fdba74"),
    "action": ("#14532d", "#86efac"),
    "req": ("#4338ca", "#a5b4fc"),
    "rule": ("#cbd5e1", "#475569"),
    "mark": ("#fde68a", "#713f12"),
    "added": ("#15703a", "#4ade80"),
    "removed": ("#b91c1c", "#fca5a5"),
    "changed": ("#9a4a06", "#fbbf24"),
    "added_ground": ("#e8faef", "#0b3320"),
    "removed_ground": ("#fef0f0", "#3b1212"),
    "changed_ground": ("#fff7e0", "#3a2408"),
    "heat1_ground": ("#eff6ff", "#12203a"),
    "heat2_ground": ("#dbeafe", "#172c55"),
    "heat3_ground": ("#c7dcfd", "#1b376b"),
    "heat4_ground": ("#b4d0fc", "#204383"),
    "heat1": ("#7a8fb0", "#5f7596"),
    "heat2": ("#4f7fd1", "#6f9be6"),
    "heat3": ("#1d4ed8", "#93c5fd"),
    "heat4": ("#1e3a8a", "#dbeafe"),
}
"""Name to light and dark color."""

HUE_COLORS: Final = (
    ("#1d4ed8", "#93c5fd"),
    ("#b93a0a", "#fdba74"),
    ("#137538", "#86efac"),
    ("#7e22ce", "#d8b4fe"),
    ("#be123c", "#fda4af"),
    ("#0e7490", "#67e8f9"),
    ("#854d0e", "#fde047"),
    ("#a21caf", "#f0abfc"),
    ("#475569", "#cbd5e1"),
    ("#0369a1", "#7dd3fc"),
    ("#456f0d", "#bef264"),
    ("#9f1239", "#f9a8d4"),
)
"""Light and dark color of the lines that leave a state, by ``Node.hue``."""

STATUS_COLORS: Final[Mapping[ChargePointStatus, str]] = {
    ChargePointStatus.AVAILABLE: "#15803d",
    ChargePointStatus.PREPARING: "#1d4ed8",
    ChargePointStatus.CHARGING: "#0e7490",
    ChargePointStatus.SUSPENDED_EV: "#92600a",
    ChargePointStatus.SUSPENDED_EVSE: "#b45309",
    ChargePointStatus.FINISHING: "#6d28d9",
    ChargePointStatus.RESERVED: "#be185d",
    ChargePointStatus.UNAVAILABLE: "#475569",
    ChargePointStatus.FAULTED: "#b91c1c",
}
"""Ground of a status badge in both palettes; its text is white."""

CONTRASTS: Final = (
    *((word, ground) for word in ("ink", "muted", "guard", "action", "req")
      for ground in ("paper", "box", "head", "compound", "label")),
    ("ink", "mark"),
    *((word, f"{word}_ground") for word in ("added", "removed", "changed")),
    *((word, ground) for word in ("added", "removed", "changed")
      for ground in ("paper", "box", "head", "compound", "label")),
    *((word, f"{ground}_ground") for word in ("ink", "muted", "guard", "action", "req")
      for ground in ("added", "removed", "changed", "heat1", "heat2", "heat3", "heat4")),
)  # fmt: skip
"""Text color and ground of every combination that occurs."""

_RULES: Final = (
    (".sc", 'font-family:Helvetica,Arial,"Liberation Sans",sans-serif;background:{paper}'),
    (".sc text", "font-size:11px;fill:{ink};white-space:pre"),
    (".sc .ti,.sc .ev,.sc .no,.sc .th,.sc .st", "font-weight:700"),
    (".sc .ti", "font-size:13px"),
    (".sc .h1", "font-size:20px;font-weight:700"),
    (".sc .gu", "fill:{guard}"),
    (".sc .ac", "fill:{action}"),
    (".sc .rq", "fill:{req}"),
    (".sc .kw", "fill:{muted};font-style:italic"),
    (".sc .no,.sc .mut,.sc .hi,.sc .tv,.sc .ns", "fill:{muted}"),
    (".sc .bg", "fill:{paper}"),
    (".sc .state>.box", "fill:{box};stroke:{ink};stroke-width:1.5"),
    (".sc .compound>.box", "fill:{compound}"),
    (".sc .ghost>.box", "fill:{paper};stroke:{muted};stroke-dasharray:5 4"),
    (".sc .state>.head", "fill:{head}"),
    (".sc .state>.card", "stroke:{ink};stroke-width:1"),
    (".sc .state>.sep", "fill:none;stroke:{ink};stroke-width:1"),
    (".sc .state>.bar", "fill:currentColor"),
    (".sc .status>rect", "stroke:none"),
    (".sc .status>.st", "fill:#ffffff"),
    (".sc .status.silent>rect", "fill:none;stroke:{muted};stroke-dasharray:3 2"),
    (".sc .dot,.sc .eye", "fill:{ink}"),
    (".sc .ring", "fill:none;stroke:{ink};stroke-width:1.4"),
    (".sc .edge", "fill:none;stroke:currentColor;stroke-width:1.5"),
    (".sc .tip", "fill:currentColor;stroke:none"),
    (".sc .lab", "fill:{label};stroke:currentColor;stroke-width:1.1"),
    (".sc .cut", "fill:none;stroke:currentColor;stroke-width:.6"),
    (".sc .hit", "fill:none;stroke:none;pointer-events:all"),
    (".sc .clock", "fill:none;stroke:{muted};stroke-width:1.2"),
    (".sc .rule", "fill:none;stroke:{rule};stroke-width:.8"),
    (".sc .rbg", "fill:none"),
    (".sc .band", "fill:{head}"),
    (".sc .initial", "color:{ink}"),
    (".sc a", "cursor:pointer"),
    (".sc .trans:hover .hit,.sc .trans:target .hit,.sc .row:target>.rbg", "fill:{mark}"),
    (
        ".sc .line:hover>.edge,.sc .line:focus-within>.edge,.sc .line:target>.edge",
        "stroke-width:3.5",
    ),
)

_Rules = tuple[tuple[str, str], ...]


def _kind_rules(kind: str, line: str) -> _Rules:
    """How one kind of difference looks; ``line`` is the CSS of its borders and lines."""
    return (
        (f".sc .state.is-{kind}>.box", f"stroke:{{{kind}}};{line}"),
        (f".sc .state.is-{kind}>.head", f"fill:{{{kind}_ground}}"),
        (f".sc .line.is-{kind},.sc .initial.is-{kind}", f"color:{{{kind}}}"),
        (f".sc .initial.is-{kind}>.dot", f"fill:{{{kind}}}"),
        (f".sc .line.is-{kind}>.edge", line),
        (f".sc .trans.is-{kind} .hit,.sc .row.is-{kind}>.rbg", f"fill:{{{kind}_ground}}"),
    )


def _heat_rules(level: int) -> _Rules:
    """More often taken: wider and stronger."""
    return (
        (f".sc .line.heat{level}", f"color:{{heat{level}}}"),
        (f".sc .line.heat{level}>.edge", f"stroke-width:{0.4 + level * 1.1:.1f}"),
        (f".sc .trans.heat{level} .hit,.sc .row.heat{level}>.rbg", f"fill:{{heat{level}_ground}}"),
    )


_OVERLAY_RULES: Final = (
    (".sc .sg", "font-weight:700"),
    (".sc .add", "fill:{added};text-decoration:underline"),
    (".sc .del", "fill:{removed};text-decoration:line-through"),
    (".sc .sg.add,.sc .sg.del,.sc text.add,.sc text.del", "text-decoration:none"),
    (".sc .chg", "fill:{changed}"),
    *_kind_rules("added", "stroke-width:3"),
    *_kind_rules("removed", "stroke-width:2;stroke-dasharray:6 4"),
    *_kind_rules("changed", "stroke-width:3"),
    *(rule for level in (1, 2, 3, 4) for rule in _heat_rules(level)),
)


def _colored(template: str, index: int) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: PALETTE[found[1]][index], template)


def _hues(index: int, prefix: str = ".sc ") -> str:
    rules = [f"{prefix}.c{hue}{{color:{pair[index]}}}" for hue, pair in enumerate(HUE_COLORS)]
    return "".join(rules)


def _dark_rules(rules: _Rules, switch: str) -> str:
    found = []
    for selector, body in rules:
        kept = ";".join(part for part in body.split(";") if "{" in part)
        if kept:
            names = ",".join(part.replace(".sc", switch, 1) for part in selector.split(","))
            found.append(f"{names}{{{_colored(kept, 1)}}}")
    return "".join(found) + _hues(1, f"{switch} ")


def css(theme: Theme, has_overlay: bool = False) -> str:
    """The style sheet of a picture, one rule a line."""
    rules = _RULES + _OVERLAY_RULES if has_overlay else _RULES
    lines = [f"{selector}{{{_colored(body, 0)}}}" for selector, body in rules]
    lines += [
        f".sc .{status_class(key)}>rect{{fill:{fill}}}" for key, fill in STATUS_COLORS.items()
    ]
    lines.append(_hues(0))
    if theme is Theme.AUTO:
        dark = _dark_rules(rules, ".sc:not(.light)")
        lines.append(f"@media screen and (prefers-color-scheme:dark){{{dark}}}")
    if theme is Theme.DARK:
        lines.append(_dark_rules(rules, ".sc.dark"))
    lines.append("@media print{.sc{background:none}.sc .bg{fill:none}}")
    return "\n".join(lines)


def status_class(status: ChargePointStatus) -> str:
    """CSS class of a status badge."""
    return f"is-{status.lower()}"


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colors ``#rrggbb`` by WCAG 2: 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: str) -> float:
    parts = [int(color[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
