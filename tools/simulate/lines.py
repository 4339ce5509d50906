"""What the central system remembers of a connection and of a message."""

import asyncio
from dataclasses import dataclass, field

from websockets.asyncio.server import ServerConnection

from tools.net.csms_words import Payload
from tools.simulate.tcp import End


@dataclass(slots=True)
class Arrival:
    """What arrived first under an id, and how often."""

    action: str
    payload: Payload
    text: str
    times: int = 1


@dataclass(slots=True)
class Asked:
    """A CALL of the central system. ``answer`` None: none has come, the line is lost or mute."""

    action: str
    payload: Payload
    asked_s: float
    answer: Payload | None = None


@dataclass(slots=True)
class Line:
    """One connection. ``heard_s``: when the last frame came; ``asked``: our CALLs, whether each was
    answered."""

    connection: ServerConnection
    end: End
    heard_s: float
    opened_s: float
    asked: dict[str, bool] = field(default_factory=dict)
    pending: dict[str, "asyncio.Future[Payload]"] = field(default_factory=dict)

    @property
    def is_good(self) -> bool:
        """Nothing was ever held back or lost on it."""
        ends = (self.end, self.end.peer)
        return not any(end.was_stalled or end.is_lost or end.is_closing() for end in ends)
