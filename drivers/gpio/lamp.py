"""The status lamp: up to three lines that are on, off or blinking, one pattern for each status.

Theory of operation: a pattern is a text such as ``green``, ``blink blue`` or ``red blink green``:
lights before ``blink`` are on, those behind it blink. One timer drives all lights anew, which also
brings back a light whose chip was gone. A lamp that fails is only logged: OCPP has no error for it
that would not end charging.
"""

import asyncio
from dataclasses import dataclass, fields
from typing import Final

from cp.vocabulary.errors import HardwareError
from cp.vocabulary.ports import Post
from cp.vocabulary.words import ChargePointStatus
from drivers.device_faults import FaultLog
from drivers.gpio.line import Line, OpenChips, system_chips
from drivers.gpio.output import Output
from drivers.probe import Probe
from drivers.trouble import words_of

LIGHTS: Final = ("red", "green", "blue")
_REFRESH_S: Final = 1.0
_REFUSAL_IS_FASTER: Final = 4


@dataclass(frozen=True, slots=True)
class GpioLampConfig:
    """Lights and patterns; a light without a line stays dark.

    ``red``, ``green``, ``blue`` lines of the lights.
    ``available`` ... ``faulted`` the pattern of each OCPP status.
    ``refused``                  shown for ``refusal_ms`` when a card is refused, blinking faster.
    ``blink_ms``                 time between on and off.
    """

    red: Line | None = None
    green: Line | None = None
    blue: Line | None = None
    available: str = "green"
    preparing: str = "blink green"
    charging: str = "blue"
    suspended_ev: str = "blink blue"
    suspended_evse: str = "blink green blue"
    finishing: str = "green blue"
    reserved: str = "red green"
    unavailable: str = "blink red green"
    faulted: str = "red"
    refused: str = "blink red"
    blink_ms: int = 500
    refusal_ms: int = 2000

    def mistakes(self) -> tuple[str, ...]:
        """What an installer has to mend."""
        found = []
        if not self.lines():
            found.append("a lamp has at least one of red, green, blue")
        if not 50 <= self.blink_ms <= 5000:
            found.append(f"blink_ms is from 50 to 5000, not {self.blink_ms}")
        if not 100 <= self.refusal_ms <= 10_000:
            found.append(f"refusal_ms is from 100 to 10000, not {self.refusal_ms}")
        for field in fields(self):
            pattern = getattr(self, field.name)
            words = pattern.split() if isinstance(pattern, str) else ()
            for word in words:
                if word not in (*LIGHTS, "blink"):
                    found.append(f"{field.name}: {word!r} is neither blink nor a light")
        return tuple(found)

    def lines(self) -> dict[str, Line]:
        """By light."""
        lines = {"red": self.red, "green": self.green, "blue": self.blue}
        return {name: line for name, line in lines.items() if line is not None}

    def pattern(self, status: ChargePointStatus) -> str:
        """What is shown for a status."""
        pattern: str = getattr(self, status.name.lower())
        return pattern


@dataclass(frozen=True, slots=True)
class Pattern:
    """Which lights are on, and which blink."""

    steady: frozenset[str]
    blinking: frozenset[str]

    def lit(self, *, is_bright: bool) -> frozenset[str]:
        """What is lit in the bright and in the dark half of a blink."""
        return self.steady | self.blinking if is_bright else self.steady


def read_pattern(text: str) -> Pattern:
    """``red blink green``: red is on, green blinks."""
    steady, _blink, blinking = text.partition("blink")
    return Pattern(frozenset(steady.split()), frozenset(blinking.split()))


class GpioLamp:
    """``ports.Lamp``."""

    def __init__(self, config: GpioLampConfig, open_chips: OpenChips = system_chips) -> None:
        self._config = config
        self._open_chips = open_chips
        self._lights = {name: Output(line) for name, line in config.lines().items()}
        self._status = ChargePointStatus.UNAVAILABLE
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._refused_until_s = self._refreshed_at_s = 0.0
        self._is_bright = True
        self._log = FaultLog()

    async def start(self, post: Post) -> None:
        """Take the lines and show the status. Raises HardwareError when gpiod is not installed."""
        chips = self._open_chips()
        self._loop = asyncio.get_running_loop()
        for light in self._lights.values():
            light.open(chips)
        self._begin()

    async def stop(self) -> None:
        """All lights off, lines given back."""
        if self._timer is not None:
            self._timer.cancel()
        self._loop = None
        for light in self._lights.values():
            light.close()

    def show_status(self, status: ChargePointStatus) -> None:
        """One pattern for each status."""
        self._status = status
        self._begin()

    def show_refusal(self) -> None:
        """A short signal: refused."""
        if self._loop is not None:
            self._refused_until_s = self._loop.time() + self._config.refusal_ms / 1000
            self._begin()

    async def probe(self) -> Probe:
        """Take each line once; all stay dark."""
        what = f"lamp with {', '.join(self._lights)}"
        try:
            chips = self._open_chips()
        except HardwareError as error:
            return Probe(what, False, str(error), "install it")
        lights = [Output(line) for line in self._config.lines().values()]
        for light in lights:
            light.open(chips)
            light.close()
        troubles = [light.trouble for light in lights if light.trouble is not None]
        if troubles:
            return Probe(what, False, *words_of(troubles))
        return Probe(what, True, "all lights can be driven")

    def _begin(self) -> None:
        """Show a pattern from its bright half on."""
        self._is_bright = True
        self._show()

    def _show(self) -> None:
        loop = self._loop
        if loop is None:
            return
        if self._timer is not None:
            self._timer.cancel()
        is_refused = loop.time() < self._refused_until_s
        text = self._config.refused if is_refused else self._config.pattern(self._status)
        pattern = read_pattern(text)
        self._refresh(loop.time())
        lit = pattern.lit(is_bright=self._is_bright)
        for name, light in self._lights.items():
            light.write(name in lit)
        wait_s = self._config.blink_ms / 1000 / (_REFUSAL_IS_FASTER if is_refused else 1)
        if not pattern.blinking and not is_refused:
            wait_s = _REFRESH_S
        self._timer = loop.call_later(wait_s, self._blink)

    def _blink(self) -> None:
        self._is_bright = not self._is_bright
        self._show()

    def _refresh(self, now_s: float) -> None:
        if now_s - self._refreshed_at_s >= _REFRESH_S:
            self._refreshed_at_s = now_s
            for light in self._lights.values():
                light.refresh()
        self._log.tell(
            {
                f"lamp {name}": light.trouble
                for name, light in self._lights.items()
                if light.trouble is not None
            }
        )
