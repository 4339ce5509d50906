"""One GPIO line as an installer names it, and what a driver needs of a chip.

Theory of operation: the protocols are what ``drivers.gpio.chip`` does with the kernel; tests have
another one in memory. All errors are ``DeviceError``: they name the line and tell the mend.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from cp.vocabulary.errors import HardwareError


class Bias(StrEnum):
    """Resistor of the pin; ``AS_IS`` leaves what the board has set."""

    AS_IS = "as_is"
    DISABLED = "disabled"
    PULL_UP = "pull_up"
    PULL_DOWN = "pull_down"


@dataclass(frozen=True, slots=True)
class Line:
    """One GPIO line.

    ``chip``        label or name of the chip (``gpiodetect`` shows both), or its path.
    ``line``        name of the line (``gpioinfo`` shows it), or its offset in the chip.
    ``active_low``  a low pin is active.
    ``bias``        resistor of the pin.
    ``debounce_ms`` an input's change counts when it has lasted so long.
    """

    chip: str
    line: str | int
    active_low: bool = False
    bias: Bias = Bias.AS_IS
    debounce_ms: int = 5

    def __str__(self) -> str:
        return f"GPIO line {self.line} of chip {self.chip}"


class InputLine(Protocol):
    """An input that is ours."""

    def fileno(self) -> int:
        """Readable when the level may have changed."""

    def read(self) -> bool:
        """Whether it is active now; what made ``fileno`` readable is done with."""

    def close(self) -> None:
        """Give it back."""


class OutputLine(Protocol):
    """An output that is ours."""

    def write(self, is_active: bool) -> None:
        """Drive it."""

    def close(self) -> None:
        """Give it back; nobody drives it then."""


class Chips(Protocol):
    """All chips of this machine. Every method raises ``DeviceError``."""

    def open_input(self, line: Line, *, is_waking: bool) -> InputLine:
        """Take an input; ``is_waking``: its ``fileno`` is needed."""

    def open_output(self, line: Line) -> OutputLine:
        """Take an output; it is inactive from now on."""


OpenChips = Callable[[], Chips]


def system_chips() -> Chips:
    """The chips of the kernel. Raises ``HardwareError`` when gpiod is not installed."""
    try:
        from drivers.gpio.chip import GpiodChips  # 15 ms that no other station has to pay
    except ImportError:
        raise HardwareError(
            "GPIO lines need the library gpiod: pip install 'statecharge[gpio]'"
        ) from None
    return GpiodChips()
