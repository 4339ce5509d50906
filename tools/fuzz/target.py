"""What a target is, and the list of all."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Final

CORPUS: Final = Path("tests/fuzz/corpus")

Try = Callable[[bytes], None]
"""Takes one input; returns, or raises what is wrong."""


class Wrong(Exception):
    """A reader did what it must not; the text says what."""


@dataclass(frozen=True, slots=True)
class Target:
    """``share`` of all inputs, in thousandths; ``longest`` input in bytes.

    ``place`` is ``module:function``; it is imported late, so that the engine can look inside.
    """

    place: str
    share: int
    longest: int = 512

    def load(self) -> Try:
        """The function that takes inputs."""
        module, _, name = self.place.partition(":")
        make: Callable[[], Try] = getattr(import_module(module), name)
        return make()


TARGETS: Final[Mapping[str, Target]] = MappingProxyType(
    {
        "frames": Target("tools.fuzz.network:frames", 200, 1024),
        "journal": Target("tools.fuzz.network:journal", 30),
        "commands": Target("tools.fuzz.network:commands", 220),
        "locations": Target("tools.fuzz.network:locations", 60, 256),
        "cards": Target("tools.fuzz.devices:cards", 150, 128),
        "keys": Target("tools.fuzz.devices:keys", 70, 64),
        "modbus": Target("tools.fuzz.devices:modbus", 110, 256),
        "registers": Target("tools.fuzz.devices:registers", 75, 256),
        "rapi": Target("tools.fuzz.devices:rapi", 60, 128),
        "image": Target("tools.fuzz.texts:image", 15, 1024),
        "station": Target("tools.fuzz.texts:station", 6, 1024),
        "charts": Target("tools.fuzz.texts:charts", 3, 1024),
        "routes": Target("tools.fuzz.texts:routes", 1, 1024),
    }
)
"""What anybody may send gets most, then what is cheap; texts of people are read once a start."""


def need(is_right: bool, what: str) -> None:
    """Raises Wrong unless it is right."""
    if not is_right:
        raise Wrong(what)
