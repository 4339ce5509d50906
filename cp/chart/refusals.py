"""Keys of the engine's own document format that the dialect refuses, and what to write instead."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

REFUSED_KEYS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "before": "put its actions into on",
        "cancel": "a timer ends when the state that holds it is left",
        "datamodel": "data are fields of the behavior",
        "donedata": "let an action of enter tell an event",
        "history": "draw the return as guarded transitions",
        "initial": "the first state, and the first one of each compound state, is entered first",
        "internal": "leave out target to stay, or aim at the child",
        "invoke": "let an action emit an effect and wait for its event",
        "parallel": "write a second chart and let the two tell each other events",
        "states": 'write [states.NAME] with in = "PARENT"',
        "timeout": "write after, every or at",
        "unless": "write not in cond",
        "validators": "write cond",
    }
)
