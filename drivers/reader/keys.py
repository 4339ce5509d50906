"""What a reader types that plays a keyboard: keys in, card numbers out.

Theory of operation: digits and the letters A to F are collected until Enter. Any other key spoils
the number, but Shift, which some readers press for capital letters. A number is typed in one go: a
pause of half a second means that the rest will not come.
"""

from collections.abc import Mapping
from typing import Final

_MOST_CHARACTERS: Final = 40
_GAP_S: Final = 0.5

CHARACTERS: Final[Mapping[str, str]] = {
    f"KEY_{character}": character for character in "0123456789ABCDEF"
} | {f"KEY_KP{digit}": digit for digit in "0123456789"}
"""Names of keys, as the kernel has them, and what they type."""

ENTER: Final = frozenset({"KEY_ENTER", "KEY_KPENTER"})
SHIFT: Final = frozenset({"KEY_LEFTSHIFT", "KEY_RIGHTSHIFT"})


class TypedNumber:
    """Takes keys as they are pressed; ``ignored`` counts what was no number of a card."""

    def __init__(self) -> None:
        self.ignored = 0
        self._typed = ""
        self._is_spoilt = False
        self._pressed_at_s = float("-inf")

    def reset(self) -> None:
        """What was typed so far will not be continued."""
        self.ignored += bool(self._typed or self._is_spoilt)
        self._typed, self._is_spoilt = "", False

    def spoil(self) -> None:
        """Keys were lost: what is typed until Enter is no number."""
        self._is_spoilt = True

    def press(self, key: str, at_s: float) -> str | None:
        """The text that Enter ends, None at any other key; ``at_s`` seconds of any clock."""
        if at_s - self._pressed_at_s > _GAP_S:
            self.reset()
        self._pressed_at_s = at_s
        if key in ENTER:
            return self._entered()
        character = CHARACTERS.get(key)
        if character is not None and len(self._typed) < _MOST_CHARACTERS:
            self._typed += character
        elif key not in SHIFT:
            self._is_spoilt = True
        return None

    def _entered(self) -> str | None:
        if self._is_spoilt:
            self.reset()
            return None
        typed, self._typed = self._typed, ""
        return typed or None
