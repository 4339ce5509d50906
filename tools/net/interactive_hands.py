"""What a person does to the station with single keys, as values.

Theory of operation: ``Hands`` is how the driver and the world around the outlet are at present; a
key turns one into another. The commands of the bench follow from it, so that whoever knows two of
them knows what to send, and a station that was without power is told everything again.
"""

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from tools.net.demo import ID_TAG

WATTS: Final = 7360
OTHER_ID_TAG: Final = "04E5F60718"
CARDS: Final = MappingProxyType({"c": ID_TAG, "o": OTHER_ID_TAG})
"""Key to the id tag of the card that it presents."""

KEYS: Final = (
    ("p", "plug", "plug in an EV that wants energy"),
    ("u", "unplug", "unplug the EV"),
    ("c", "", f"present card {ID_TAG}"),
    ("o", "card", f"present card {OTHER_ID_TAG}"),
    ("e", "EV", "the EV pauses, or goes on"),
    ("f", "fault", "a ground fault comes, or goes"),
    ("x", "E-stop", "push, or release, emergency stop"),
    ("n", "net", "the network goes, or comes back"),
    ("k", "power", "cut the power for 2 seconds"),
    ("h", "help", "show or hide this; also ?"),
    ("q", "quit", "end, and compare the books"),
)
"""Key, its word in the line of keys (empty: that of the next), and what it does."""

BenchCommand = tuple[str, tuple[tuple[str, object], ...]]
"""Name and fields of a command of the bench."""


@dataclass(frozen=True, slots=True)
class Hands:
    """The world around the station; ``is_stopped``: the emergency stop is pushed in."""

    is_plugged: bool = False
    is_ev_ready: bool = False
    has_fault: bool = False
    is_stopped: bool = False
    is_network_up: bool = True

    def turned(self, key: str) -> "Hands":
        """After this key; the same for a key that changes nothing."""
        match key:
            case "p":
                return self if self.is_plugged else replace(self, is_plugged=True, is_ev_ready=True)
            case "u":
                return replace(self, is_plugged=False, is_ev_ready=False)
            case "e":
                return replace(self, is_ev_ready=self.is_plugged and not self.is_ev_ready)
            case "f":
                return replace(self, has_fault=not self.has_fault)
            case "x":
                return replace(self, is_stopped=not self.is_stopped)
            case "n":
                return replace(self, is_network_up=not self.is_network_up)
            case _:
                return self

    def commands(self) -> tuple[BenchCommand, ...]:
        """What brings the bench here, from wherever it is; in the order in which to send it."""
        return (
            ("link", (("up", self.is_network_up),)),
            ("set_power", (("watts", WATTS),)),
            ("plug_in" if self.is_plugged else "plug_out", ()),
            ("ev_ready", (("on", self.is_ev_ready),)),
            ("fault" if self.has_fault else "clear_fault", (("code", "GroundFailure"),)),
            ("emergency_stop", (("on", self.is_stopped),)),
        )

    def engaged(self) -> frozenset[str]:
        """Keys whose doing lasts and is not ordinary."""
        lasting = {"f": self.has_fault, "x": self.is_stopped, "n": not self.is_network_up}
        return frozenset(key for key, is_on in lasting.items() if is_on)

    def words(self) -> str:
        """For the panel."""
        wish = "EV asking" if self.is_ev_ready else "EV pausing"
        words = [wish if self.is_plugged else "no EV"]
        words += ["ground fault"] * self.has_fault
        words += ["emergency stop"] * self.is_stopped
        words += ["network down"] * (not self.is_network_up)
        return ", ".join(words)


def told(key: str, hands: Hands) -> str:
    """What has happened with this key, after which ``hands`` are so; empty: nothing."""
    match key:
        case "p":
            return "the driver plugs in"
        case "u":
            return "the driver unplugs"
        case "c" | "o":
            return f"the driver presents card {CARDS[key]}"
        case "e":
            return "the EV wants energy" if hands.is_ev_ready else "the EV pauses"
        case "f":
            return "a ground fault comes" if hands.has_fault else "the ground fault is gone"
        case "x":
            return "emergency stop pushed" if hands.is_stopped else "emergency stop released"
        case "n":
            return "the network is back" if hands.is_network_up else "the network is gone"
        case _:
            return ""
