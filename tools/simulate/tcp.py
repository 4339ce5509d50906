"""TCP connections in memory, between loops on one virtual clock.

Theory of operation: each direction of a connection is a queue of chunks, which arrive in order
after a drawn delay, sometimes in pieces. A stalled connection holds what is under way and delivers
it later; a lost one delivers nothing any more and tells nobody, until the sender's TCP gives up.
What the receiver does not take fills the sender's buffer. Methods that asyncio names do what its
documentation says.
"""

import asyncio
from collections import deque
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from tools.simulate.chance import Chance
from tools.simulate.clock import VirtualLoop

GIVEN_UP_AFTER_S: Final = 924.0
"""Linux sends again for so long before a connection without any answer is given up."""

_HIGH_BYTES: Final = 64 * 1024
_LOW_BYTES: Final = 16 * 1024
_APART_S: Final = 1e-6


class _Mark(Enum):
    """What travels behind the bytes."""

    END = auto()
    RESET = auto()


Chunk = bytes | _Mark


@dataclass(slots=True)
class Conditions:
    """``delay_s`` of a chunk, lowest and highest; ``pieces``: how often one arrives in two."""

    is_up: bool = True
    is_mute: bool = False
    delay_s: tuple[float, float] = (0.005, 0.08)
    pieces: float = 0.0


class End(asyncio.Transport):
    """One end of a connection; the bytes that it sends are queued at the other."""

    def __init__(self, loop: VirtualLoop, conditions: Conditions, chance: Chance) -> None:
        super().__init__({"peername": ("10.0.0.1", 1), "sockname": ("10.0.0.2", 80)})
        self._loop = loop
        self._conditions = conditions
        self._chance = chance
        self.peer: End
        self.is_lost = False
        """Nothing arrives here any more, and nobody is told."""
        self.is_stalled = False
        self.was_stalled = False
        self._protocol: asyncio.Protocol | None = None
        self._incoming: deque[Chunk] = deque()
        self._incoming_bytes = 0
        self._arrived = 0
        self._last_s = 0.0
        self._is_closed = False
        self._is_reading = True
        self._is_full = False
        self._is_giving_up = False

    def begin(self, protocol: asyncio.Protocol) -> None:
        """The connection is there."""
        self._protocol = protocol
        protocol.connection_made(self)

    # ---- what a protocol calls -------------------------------------------------------------------

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Who gets what arrives."""
        assert isinstance(protocol, asyncio.Protocol)
        self._protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        """Who gets what arrives."""
        assert self._protocol is not None
        return self._protocol

    def is_closing(self) -> bool:
        """Closed, or about to be."""
        return self._is_closed

    def is_reading(self) -> bool:
        """What arrives is handed over."""
        return self._is_reading

    def pause_reading(self) -> None:
        """Hand nothing over."""
        self._is_reading = False

    def resume_reading(self) -> None:
        """Hand over what has arrived, and what comes."""
        self._is_reading = True
        self._loop.call_soon(self._deliver)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """The limits are those of this module."""

    def get_write_buffer_size(self) -> int:
        """What the other end has not taken yet."""
        return self.peer._incoming_bytes

    def can_write_eof(self) -> bool:
        """TCP can."""
        return True

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send, perhaps in two pieces."""
        if not self._is_closed and data:
            whole = bytes(data)
            if len(whole) > 1 and self._chance.is_so(self._conditions.pieces):
                place = self._chance.randrange(1, len(whole))
                self._send(whole[:place])
                whole = whole[place:]
            self._send(whole)

    def writelines(self, list_of_data: "list[bytes]") -> None:  # type: ignore[override]
        """Send all of them."""
        self.write(b"".join(list_of_data))

    def write_eof(self) -> None:
        """Send nothing more; what comes is still taken."""
        if not self._is_closed:
            self._send(_Mark.END)

    def close(self) -> None:
        """Send what is to be sent, then close."""
        if not self._is_closed:
            self._send(_Mark.END)
            self._lose(None)

    def abort(self) -> None:
        """Close now; the other end is told."""
        if not self._is_closed:
            self._send(_Mark.RESET)
            self._lose(None)

    # ---- what the network does -------------------------------------------------------------------

    def vanish(self) -> None:
        """The machine is gone: nothing leaves or arrives, and nobody is told."""
        self._is_closed = True
        self.is_lost = True

    def reset(self) -> None:
        """Something between the two ends cut the connection."""
        self._incoming.clear()
        self._incoming_bytes = 0
        self._lose(ConnectionResetError())

    def stall(self) -> None:
        """What is under way stays there until ``flow``."""
        self.is_stalled = self.was_stalled = True

    def flow(self) -> None:
        """What was held arrives."""
        self.is_stalled = False
        self._loop.call_from_outside(0.0, self._deliver)

    def _send(self, chunk: Chunk) -> None:
        peer = self.peer
        if peer.is_lost or peer._loop.is_closed():
            self._give_up_later()
            return
        low_s, high_s = self._conditions.delay_s
        now_s = self._loop.time()
        when_s = max(peer._last_s + _APART_S, now_s + self._chance.uniform(low_s, high_s))
        peer._last_s = when_s
        peer._incoming.append(chunk)
        peer._incoming_bytes += len(chunk) if isinstance(chunk, bytes) else 0
        if peer._incoming_bytes > _HIGH_BYTES and not self._is_full:
            self._is_full = True
            self.get_protocol().pause_writing()
        peer._loop.call_from_outside(when_s - now_s, peer._arrive)

    def _give_up_later(self) -> None:
        if not self._is_giving_up:
            self._is_giving_up = True
            self._loop.call_later(GIVEN_UP_AFTER_S, self._lose, TimeoutError())

    def _arrive(self) -> None:
        self._arrived += 1
        self._deliver()

    def _deliver(self) -> None:
        """Hand over what has arrived, while somebody takes it."""
        protocol = self._protocol
        while self._arrived and self._incoming and not self.is_stalled and protocol is not None:
            if self._is_closed or self.is_lost or not self._is_reading:
                return
            self._arrived -= 1
            chunk = self._incoming.popleft()
            if isinstance(chunk, bytes):
                self._incoming_bytes -= len(chunk)
                self._tell_room()
                protocol.data_received(chunk)
            elif chunk is _Mark.RESET:
                self._lose(ConnectionResetError())
            elif not protocol.eof_received():
                self.close()

    def _tell_room(self) -> None:
        peer = self.peer
        if peer._is_full and self._incoming_bytes < _LOW_BYTES:
            peer._is_full = False
            peer._loop.call_from_outside(0.0, peer._resume_writing)

    def _resume_writing(self) -> None:
        if not self._is_closed:
            self.get_protocol().resume_writing()

    def _lose(self, error: Exception | None) -> None:
        if not self._is_closed:
            self._is_closed = True
            self._loop.call_from_outside(0.0, self.get_protocol().connection_lost, error)
