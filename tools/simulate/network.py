"""The network: who can be reached, and the loops whose connections go through it.

Theory of operation: one server listens. A station's loop and the world's loop open connections to
it (``tcp``); the last one of the station is the one that trouble comes to.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from tools.simulate.chance import Chance
from tools.simulate.clock import VirtualLoop
from tools.simulate.tcp import GIVEN_UP_AFTER_S, Conditions, End

Factory = Callable[[], asyncio.Protocol]


@dataclass(slots=True)
class Listener:
    """What ``create_server`` returns: enough of ``asyncio.Server`` for websockets."""

    network: "Network"
    sockets: tuple[object, ...] = ()

    def close(self) -> None:
        """Listen no more."""
        self.network.listening = None

    def is_serving(self) -> bool:
        """Whether a connection would be taken."""
        return self.network.listening is not None

    async def wait_closed(self) -> None:
        """Nothing is left to wait for."""


@dataclass(slots=True)
class Network:
    """All connections; ``live`` the ends of the last one that a station opened, its own first."""

    chance: Chance
    conditions: Conditions = field(default_factory=Conditions)
    listening: tuple[VirtualLoop, Factory] | None = None
    live: tuple[End, ...] = ()
    connections: int = 0

    def cut_off(self, *, is_told: bool) -> None:
        """The machine of the station is gone, or only its process: then its system says so."""
        for end in self.live[:1]:
            end.vanish()
            if is_told:
                end.peer.reset()

    async def connect(self, loop: VirtualLoop, factory: Factory, *, is_station: bool) -> End:
        """A new connection from ``loop``. Raises OSError; does not return while nobody answers."""
        await asyncio.sleep(self.chance.uniform(0.01, 0.2))
        if self.conditions.is_mute:
            await asyncio.sleep(GIVEN_UP_AFTER_S)
            raise TimeoutError("no answer")
        if not self.conditions.is_up or self.listening is None:
            raise ConnectionRefusedError("nobody listens")
        server_loop, server_factory = self.listening
        ours = End(loop, self.conditions, self.chance)
        theirs = End(server_loop, self.conditions, self.chance)
        ours.peer, theirs.peer = theirs, ours
        server_loop.call_from_outside(0.0, lambda: theirs.begin(server_factory()))
        ours.begin(factory())
        self.connections += 1
        if is_station:
            self.live = (ours, theirs)
        return ours


class NetLoop(VirtualLoop):
    """A loop whose connections are those of a ``Network``."""

    network: Network
    is_station = False

    async def create_connection(  # type: ignore[override]
        self, protocol_factory: Factory, *_args: object, **_options: object
    ) -> tuple[End, asyncio.BaseProtocol]:
        """See asyncio; where to does not matter, there is one server."""
        end = await self.network.connect(self, protocol_factory, is_station=self.is_station)
        return end, end.get_protocol()

    async def create_server(  # type: ignore[override]
        self, protocol_factory: Factory, *_args: object, **_options: object
    ) -> Listener:
        """See asyncio."""
        self.network.listening = (self, protocol_factory)
        return Listener(self.network)
