"""What the world had been told by a certain moment, read from the bytes on the wire and the relay.

Theory of operation: transaction messages that were sent, those that were answered, orders that were
granted, and whether the relay was closed. A message is over for good when its answer came and five
syncs of the log have ended since: a commit that was under way has at most three (a new head of the
log, the rows, and before it is brought over), the next one writes the end of the message with its
second. Until then it may be sent once more; when the power goes before, this counts from the next
answer.
"""

import json
import re
import sys
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Final

from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from tools.crash.station import CLOSED, OPENED, QUEUED
from tools.crash.trace import Act, Heard, Said, Synced

LOG: Final = "journal.db-wal"
SURE_AFTER: Final = 5
_MOST_BYTES: Final = 1 << 20
_NOT_YET: Final = sys.maxsize


class Wire:
    """One direction of a WebSocket, from its first byte: text frames come out."""

    def __init__(self, is_masked: bool, take: Callable[[str], None]) -> None:
        self._reader = StreamReader()
        self._take = take
        self._parser = self._parse(is_masked)
        next(self._parser)

    def feed(self, data: bytes) -> None:
        """Bytes as they come."""
        self._reader.feed_data(data)
        next(self._parser)

    def _parse(self, is_masked: bool) -> Generator[None, None, None]:
        """The opening handshake, then frames; the station sends none in pieces."""
        while (yield from self._reader.read_line(_MOST_BYTES)) != b"\r\n":
            pass
        while True:
            frame = yield from Frame.parse(self._reader.read_exact, mask=is_masked)
            if frame.opcode is Opcode.TEXT:
                self._take(bytes(frame.data).decode())


@dataclass(slots=True)
class Told:
    """Grows with every act.

    ``sent``      transaction messages by place: action and payload, as first sent.
    ``answered``  places of those that were answered; ``answers`` of StartTransaction: the id.
    ``granted``   what the last granted order of each kind said; ``asked`` is not answered yet.
    ``sure_after`` syncs of the log since its answer a message is over.
    """

    sent: dict[int, tuple[str, dict[str, object]]] = field(default_factory=dict)
    answered: dict[int, int] = field(default_factory=dict)
    answers: dict[int, int] = field(default_factory=dict)
    granted: dict[str, str] = field(default_factory=dict)
    asked: dict[str, tuple[str, str]] = field(default_factory=dict)
    is_relay_closed: bool = False
    syncs: int = 0
    sure_after: int = SURE_AFTER
    _wires: dict[tuple[int, bool], Wire] = field(default_factory=dict)

    def see(self, act: Act) -> bool:
        """One act more; whether the world knows more now."""
        match act:
            case Said(1, data):
                self.is_relay_closed = {CLOSED: True, OPENED: False}[data]
                return True
            case Said(stream, data):
                self._wire(stream, is_ours=True).feed(data)
                return True
            case Heard(stream, data):
                self._wire(stream, is_ours=False).feed(data)
                return True
            case Synced(name) if name == LOG:
                self.syncs += 1
        return False

    def died(self) -> None:
        """The process has ended: its relay has dropped, and the end of a message that was not
        durable by then may never become so: the message is sent and answered once more."""
        self.is_relay_closed = False
        for place in self.answered:
            if not self.is_over(place):
                self.answered[place] = _NOT_YET

    def is_over(self, place: int) -> bool:
        """This message must not be sent again."""
        return place in self.answered and self.syncs - self.answered[place] >= self.sure_after

    def _wire(self, stream: int, *, is_ours: bool) -> Wire:
        wire = self._wires.get((stream, is_ours))
        if wire is None:
            take = self.say if is_ours else self.hear
            wire = self._wires[stream, is_ours] = Wire(is_ours, take)
        return wire

    def say(self, text: str) -> None:
        """A frame of the station."""
        match json.loads(text):
            case [2, str(message_id), str(action), dict(payload)] if action in QUEUED:
                self.sent.setdefault(int(message_id), (action, payload))
            case [3, str(message_id), dict(answer)] if message_id in self.asked:
                what, value = self.asked.pop(message_id)
                if answer.get("status", "Accepted") == "Accepted":
                    self.granted[what] = value
                    # One that was under way at a power cut cannot be obeyed any more.
                    left = self.asked.items()
                    self.asked = {key: asked for key, asked in left if asked[0] != what}

    def hear(self, text: str) -> None:
        """A frame of the central system."""
        match json.loads(text):
            case [2, str(message_id), str(action), dict(payload)]:
                asked = _order(action, payload)
                if asked is not None:
                    self.asked[message_id] = asked
            case [3 | 4, str(message_id), *rest] if re.fullmatch(r"\d+", message_id):
                place = int(message_id)
                if place in self.sent and not self.is_over(place):
                    self.answered[place] = self.syncs
                    answer = rest[0] if isinstance(rest[0], dict) else {}
                    if "transactionId" in answer:
                        self.answers[place] = int(answer["transactionId"])


def _order(action: str, payload: dict[str, object]) -> tuple[str, str] | None:
    """What an order changes, and to what."""
    match action:
        case "ChangeConfiguration":
            return f"key {payload['key']}", str(payload["value"])
        case "ChangeAvailability":
            return f"availability {payload['connectorId']}", str(payload["type"]).lower()
        case "UpdateFirmware":
            return "update", str(payload["location"])
    return None
