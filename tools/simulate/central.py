"""The central system: the real WebSocket server, books, and manners that come and go.

Theory of operation: every CALL is checked against its schema, compared with what arrived under its
id before, and entered into the books, which know a repeated StartTransaction by its id. Then one of
the present manners may spoil the answer. What it asks itself must be answered exactly once.
"""

import asyncio
import json
import logging
import uuid
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from cp.vocabulary.words import Action, CallErrorCode
from tools.net.csms_books import Books, Kind, Message, iso_time
from tools.net.csms_words import Payload, violation
from tools.scenario_house import NOON_S
from tools.simulate.chance import Chance
from tools.simulate.clock import VirtualTime
from tools.simulate.lines import Arrival, Asked, Line
from tools.simulate.manners import GARBAGE, GARBAGE_IDS, MANNERS, UNUSABLE
from tools.simulate.record import Record
from tools.simulate.tcp import End

STATION: Final = "CP001"

_ANSWERED_WITHIN_S: Final = 60.0
_HEARD_WITHIN_S: Final = 600.0
_LOGGER: Final = logging.getLogger("statecharge.simulate.central")
_LOGGER.addHandler(logging.NullHandler())
_LOGGER.propagate = False
_LOGGER.setLevel(logging.CRITICAL)


class Central:
    """Answers one station.

    ``manners``  how likely each is now.
    ``denial``   what BootNotification is answered while it is not empty; ``is_denied``: it was.
    ``off_s``    what its clock is off by; ``is_timed``: no clock ever jumps.
    ``asked``    everything that it asked; ``judge`` is told of each answer.
    ``said``     status and error code of each connector, as they arrived last.
    ``heard_s``  when a CALL of each action arrived last.
    """

    def __init__(
        self, time: VirtualTime, chance: Chance, record: Record, is_held: Callable[[], bool]
    ) -> None:
        """``is_held``: whether a full disk holds the station's frames back."""
        self._time = time
        self._chance = chance
        self._record = record
        self.is_held = is_held
        self.is_timed = True
        self._seq = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self.books = Books(heartbeat_interval_s=chance.choice((0, 60, 90, 100)))
        self.arrivals: dict[str, Arrival] = {}
        self.starts: dict[str, int] = {}
        self._metered: set[str] = set()
        self.manners: dict[str, float] = {}
        self.denial = ""
        self.is_denied = False
        self.is_refusing = False
        self.off_s = 0.0
        self.line: Line | None = None
        self.asked: list[Asked] = []
        self.said: dict[int, tuple[str, str]] = {}
        self.heard_s: dict[str, float] = {}
        self.judge: Callable[[Asked], None] = lambda _asked: None

    async def start(self) -> None:
        """Listen."""
        await serve(
            self._serve,
            "central",
            80,
            subprotocols=[Subprotocol("ocpp1.6")],
            compression=None,
            process_request=self._gate,
            ping_interval=None,
            close_timeout=1,
            logger=_LOGGER,
        )

    def now(self) -> str:
        """Its time, as OCPP writes it."""
        return iso_time(NOON_S + self._time.now_s + self.off_s)

    def _find(self, what: str) -> None:
        self._record.find(self._time.now_s, what)

    # ---- connections -----------------------------------------------------------------------------

    def _gate(self, connection: ServerConnection, _request: Request) -> Response | None:
        if self.is_refusing:
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "refused for a while\n")
        return None

    async def _serve(self, connection: ServerConnection) -> None:
        """The newest connection is the station's; an older one had been lost unnoticed."""
        transport = connection.transport
        assert isinstance(transport, End)
        now_s = self._time.now_s
        previous, self.line = self.line, Line(connection, transport, now_s, now_s)
        if previous is not None:
            previous.connection.transport.abort()
        line = self.line
        self._record.counts["connections"] += 1
        try:
            async for frame in connection:
                await self._take(line, frame)
        except ConnectionClosed:
            pass
        except Exception as error:  # the library would only log it
            self._find(f"the central system itself: {error!r}")
        finally:
            if self.line is line:
                self.line = None
            for future in line.pending.values():
                future.cancel()

    async def hang_up(self) -> None:
        """Close the present connection."""
        if self.line is not None:
            await self.line.connection.close(1012)

    # ---- what the station says -------------------------------------------------------------------

    async def listen(self) -> None:
        """A station that says nothing on a good connection is stuck: heartbeats never end."""
        while True:
            await asyncio.sleep(_HEARD_WITHIN_S)
            line = self.line
            is_quiet = line is not None and self._time.now_s - line.heard_s > _HEARD_WITHIN_S
            if line is not None and is_quiet and line.is_good and not self._is_excused():
                self._find("the station says nothing though the connection is good")

    def _is_excused(self) -> bool:
        return self.is_denied or self.is_held()

    async def _take(self, line: Line, frame: str | bytes) -> None:
        line.heard_s = self._time.now_s
        parts = json.loads(frame)
        match parts:
            case [2, str(message_id), str(action), dict(payload)]:
                await self._take_call(line, message_id, action, payload, str(frame))
            case [3, str(message_id), dict(payload)]:
                self._settle(line, message_id, payload)
            case [4, str(message_id), str(code), str(), dict()]:
                if message_id not in GARBAGE_IDS:
                    self._settle(line, message_id, {"errorCode": code})
            case _:
                self._find(f"the station sent {frame[:200]!r}")

    async def _take_call(
        self, line: Line, message_id: str, action: str, payload: Payload, text: str
    ) -> None:
        self._record.counts["messages"] += 1
        broken = await violation(action, payload, is_answer=False)
        if broken is not None:
            self._find(f"{action} breaks its schema: {broken[1]}")
        self._compare(message_id, action, payload, text)
        self.heard_s[action] = self._time.now_s
        if action == Action.STATUS_NOTIFICATION:
            connector_id = int(str(payload["connectorId"]))
            self.said[connector_id] = (str(payload["status"]), str(payload["errorCode"]))
        manner = next((name for name in MANNERS if self._is_so(name)), "")
        if manner:
            self._record.counts[f"manner: {manner}"] += 1
        if manner in ("deaf", "error"):
            if manner == "error":
                code = self._chance.choice(list(CallErrorCode))
                await self._send(line, [4, message_id, str(code), "drawn", {}])
            return
        answer = self._answer(message_id, action, payload)
        await self._spoil(line, manner, [3, message_id, answer])

    def _is_so(self, manner: str) -> bool:
        return manner in self.manners and self._chance.is_so(self.manners[manner])

    async def _spoil(self, line: Line, manner: str, answer: list[object]) -> None:
        match manner:
            case "silent":
                return
            case "late":
                self._send_later(line, self._chance.uniform(31.0, 90.0), answer)
            case "slow":
                self._send_later(line, self._chance.uniform(1.0, 25.0), answer)
            case "hang up":
                await line.connection.close()
            case "unusable":
                await self._send(line, [3, answer[1], UNUSABLE])
            case _:
                if manner == "garbage":
                    for _ in range(self._chance.randrange(1, 4)):
                        await self._send_text(line, self._chance.choice(GARBAGE))
                await self._send(line, answer)

    def _compare(self, message_id: str, action: str, payload: Payload, text: str) -> None:
        """The same id is the same message, byte for byte; only a time that no clock knew when it
        was made may be another one."""
        first = self.arrivals.get(message_id)
        if first is None:
            self.arrivals[message_id] = Arrival(action, payload, text)
            return
        first.times += 1
        self._record.counts["repeats"] += 1
        if text != first.text and (self.is_timed or action != first.action):
            self._find(f"message {message_id} came again with another text: {first.text} {text}")

    def _answer(self, message_id: str, action: str, payload: Payload) -> Payload:
        """The books' answer; the same MeterValues once more change nothing there."""
        if action == Action.METER_VALUES and message_id in self._metered:
            return {}
        self._metered.add(message_id)
        self._seq += 1
        message = Message(
            self._seq, self.now(), STATION, True, Kind.CALL, action, message_id, payload
        )
        answer = self.books.enter(message)
        if action == Action.START_TRANSACTION:
            number = answer["transactionId"]
            assert isinstance(number, int)
            self.starts[message_id] = number
        if action == Action.BOOT_NOTIFICATION:
            self.is_denied = bool(self.denial)
            if self.denial:
                answer |= {"status": self.denial, "interval": self._chance.choice((0, 20, 120))}
        return answer

    # ---- what it says ----------------------------------------------------------------------------

    def _send_later(self, line: Line, delay_s: float, frame: list[object]) -> None:
        async def send() -> None:
            await asyncio.sleep(delay_s)
            await self._send(line, frame)

        task = asyncio.get_running_loop().create_task(send())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send(self, line: Line, frame: list[object]) -> None:
        await self._send_text(line, json.dumps(frame, separators=(",", ":")))

    async def _send_text(self, line: Line, text: str | bytes) -> None:
        try:
            await line.connection.send(text)
        except ConnectionClosed:
            return  # the reader of this line notices

    async def call(self, action: str, payload: Payload) -> Payload | None:
        """Ask the station; its answer, None when it is not there or the connection was lost.

        No answer on a good connection is a finding, except while the station was rejected, and
        while a full disk holds back what it sends (DESIGN, order of effects).
        """
        line = self.line
        if line is None:
            return None
        message_id = str(uuid.uuid4())
        future: asyncio.Future[Payload] = asyncio.get_running_loop().create_future()
        line.asked[message_id], line.pending[message_id] = False, future
        self._record.tell(self._time.now_s, f"asks {action} {json.dumps(payload)}")
        self._record.counts["asked"] += 1
        was_excused = self._is_excused()
        asked = Asked(action, payload, self._time.now_s)
        self.asked.append(asked)
        await self._send(line, [2, message_id, action, payload])
        done, _ = await asyncio.wait((future,), timeout=_ANSWERED_WITHIN_S)
        line.pending.pop(message_id, None)
        if done:
            asked.answer = None if future.cancelled() else future.result()
            self.judge(asked)
            return asked.answer
        is_excused = was_excused or self._is_excused() or self.manners
        if self.line is line and line.is_good and not is_excused:
            self._find(f"{action} was never answered")
        return None

    def _settle(self, line: Line, message_id: str, payload: Payload) -> None:
        if line.asked.get(message_id) is not False:
            self._find(f"answer {message_id} to no CALL, or once more: {payload}")
            return
        line.asked[message_id] = True
        future = line.pending.get(message_id)
        if future is not None and not future.done():
            future.set_result(payload)
