"""The state of the control pilot from two or three comparators on GPIO lines.

Theory of operation: the comparators stand behind a peak detector of the positive half, so their
lines are steady while the square wave runs. A truth table says what their levels mean; levels that
it does not know are a broken circuit, which is state E: no energy, and an error.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from drivers.gpio.line import Chips, InputLine, Line, OpenChips
from drivers.pilot.levels import PilotState
from drivers.pilot.source import Look

_LEVELS: Final = {False: "0", True: "1"}


@dataclass(frozen=True, slots=True)
class ComparatorsConfig:
    """The lines and what they mean.

    ``lines``    two or three lines.
    ``truth``    the state for each combination of levels, in the order of ``lines``, 1 is active:
                 ``{ 111 = "A", 011 = "B", 001 = "C", 000 = "E" }``.
    ``diode_ok`` active while the negative half is at -12 V; None: nobody sees it, and the diode of
                 the EV is not checked.
    """

    lines: tuple[Line, ...]
    truth: Mapping[str, str]
    diode_ok: Line | None = None

    def mistakes(self) -> tuple[str, ...]:
        """What an installer has to mend."""
        found = []
        if len(self.lines) not in (2, 3):
            found.append(f"lines are two or three, not {len(self.lines)}")
        for levels, state in self.truth.items():
            if len(levels) != len(self.lines) or set(levels) - set("01"):
                found.append(f"truth: {levels!r} is not one 0 or 1 for each line")
            if state not in tuple(PilotState):
                found.append(f"truth: {levels} is a state from A to F, not {state!r}")
        missing = {"A", "B", "C"} - set(self.truth.values())
        if missing:
            found.append(f"truth: nothing means {', '.join(sorted(missing))}")
        return tuple(found)


class ComparatorSource:
    """``source.Source`` of GPIO lines."""

    volts = ""

    def __init__(self, config: ComparatorsConfig, open_chips: OpenChips) -> None:
        self._config = config
        self._open_chips = open_chips
        self._chips: Chips | None = None
        self._opened: dict[Line, InputLine] = {}

    @property
    def is_diode_seen(self) -> bool:
        """Whether there is a line for it."""
        return self._config.diode_ok is not None

    def look(self) -> Look:
        """Read all lines. Raises DeviceError, and HardwareError when gpiod is not installed."""
        levels = "".join(_LEVELS[self._read(line)] for line in self._config.lines)
        state = PilotState(self._config.truth.get(levels, PilotState.E))
        diode_ok = self._config.diode_ok
        return Look(state, None if diode_ok is None else self._read(diode_ok))

    def close(self) -> None:
        """Give the lines back."""
        for opened in self._opened.values():
            opened.close()
        self._opened.clear()

    def _read(self, line: Line) -> bool:
        if self._chips is None:
            self._chips = self._open_chips()
        if line not in self._opened:
            self._opened[line] = self._chips.open_input(line, is_waking=False)
        return self._opened[line].read()
