"""What the station file says of an OpenEVSE board."""

from typing import Final

from cp.vocabulary.lean import dataclass
from drivers.hold import HOLD_S

BAUDS: Final = (9600, 19200, 38400, 57600, 115200)

_RANGES: Final = {
    "hold_s": (1.0, 10.0),
    "heartbeat_s": (5, 60),
    "poll_s": (0.05, 1.0),
    "timeout_s": (0.1, 2.0),
    "silence_s": (1.0, 10.0),
    "retry_s": (0.1, 60.0),
    "rated_power_w": (1000.0, 60000.0),
}


@dataclass(frozen=True, slots=True)
class OpenEvseConfig:
    """The device has to be named."""

    device: str
    """The serial device, as /dev/serial/by-id/..., which stays the same at every start."""

    baud: int = 115200
    """Bits per second, as the firmware was built: 115200."""

    hold_s: float = HOLD_S
    """Seconds without a renewal after which the relay is dropped; renewed twice a second."""

    heartbeat_s: int = 10
    """Seconds without a word of this program after which the board offers 6 A only. Above 65 its
    firmware miscounts."""

    poll_s: float = 0.25
    """Seconds from one look at the board to the next."""

    timeout_s: float = 0.5
    """Seconds until a request without answer is sent again."""

    silence_s: float = 3.0
    """Seconds without any answer after which the board is lost. It tests its ground fault detector
    for 1 s before each closing, and answers nothing meanwhile."""

    retry_s: float = 1.0
    """Seconds until a device that is gone, or a board that is silent, is tried again."""

    rated_power_w: float = 19200.0
    """What the outlet can draw at most; a register that rises faster is not believed."""

    def mistakes(self) -> tuple[str, ...]:
        """What an installer has to mend."""
        found = [] if self.device else ["device is missing: name the serial device of the board"]
        if self.baud not in BAUDS:
            found.append(f"baud = {self.baud}: one of {', '.join(map(str, BAUDS))}")
        for name, (least, most) in _RANGES.items():
            value = getattr(self, name)
            if not least <= value <= most:
                found.append(f"{name} is from {least:g} to {most:g}, not {value:g}")
        return tuple(found)
