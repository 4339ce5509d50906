"""The OCPP-J dialogue with one station, as the central system leads it.

Theory of operation: ``take`` gets every frame. A CALL is checked against its schema, entered into
the books and answered as the rules say; a late answer goes out from a task of its own, so that
reading never stops. An answer settles the CALL of ours that waits for it.
"""

import asyncio
import json
import uuid
from dataclasses import dataclass, field
from typing import Protocol

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from cp.vocabulary.words import Action, CallErrorCode
from tools.net.csms_answers import Answers, Rule, RuleKind
from tools.net.csms_books import Books, Kind, Message
from tools.net.csms_words import STATION_ACTIONS, Payload, violation


@dataclass(frozen=True, slots=True)
class Answer:
    """A station's answer: ``payload`` of a CALLRESULT, or the code of a CALLERROR."""

    payload: Payload = field(default_factory=dict)
    error_code: str = ""
    description: str = ""

    @property
    def word(self) -> str:
        """The status or the error code; ``ok`` where an answer has neither."""
        return self.error_code or str(self.payload.get("status", "ok"))


class Note(Protocol):
    """Tells the server that something happened on this line."""

    def __call__(  # noqa: D102
        self,
        is_from_station: bool,
        kind: Kind,
        action: str = "",
        message_id: str = "",
        payload: Payload | None = None,
    ) -> Message: ...


class Dialogue:
    """The exchange on one connection; ``connection`` belongs to the server."""

    def __init__(
        self, connection: ServerConnection, station: str, books: Books, answers: Answers, note: Note
    ) -> None:
        self.connection = connection
        self.station = station
        self._books = books
        self._answers = answers
        self._note = note
        self._turn = asyncio.Lock()
        self._pending: dict[str, tuple[str, asyncio.Future[Answer]]] = {}
        self._late: set[asyncio.Task[None]] = set()

    async def call(self, action: str, payload: Payload, timeout_s: float) -> Answer:
        """See ``CentralSystem.call``; our CALLs wait for each other (``J 4.1.1``)."""
        async with self._turn:
            message_id = str(uuid.uuid4())
            future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
            self._pending[message_id] = (action, future)
            try:
                self._note(False, Kind.CALL, action, message_id, payload)
                await self._send([2, message_id, action, payload])
                async with asyncio.timeout(timeout_s):
                    await future
                return future.result()
            finally:
                del self._pending[message_id]

    def leave(self) -> None:
        """The connection is gone: nothing late is sent, nobody waits for an answer any more."""
        for task in self._late:
            task.cancel()
        for _, future in self._pending.values():
            if not future.done():
                future.set_exception(ConnectionError(f"{self.station} has disconnected"))

    async def take(self, frame: str | bytes) -> None:
        """Handle one frame; what cannot be handled is noted as a violation, nothing is raised."""
        try:
            parts = json.loads(frame)
        except ValueError:
            parts = None
        match parts:
            case [2, str(message_id), str(action), payload]:
                await self._take_call(action, message_id, _unless_null(payload))
            case [3, str(message_id), payload] if message_id in self._pending:
                await self._take_result(message_id, _unless_null(payload))
            case [4, str(message_id), str(code), str(text), dict()] if message_id in self._pending:
                self._settle(message_id, Answer({}, code, text))
            case [3 | 4, *_]:
                self._breach("", "", f"answer to no CALL: {frame[:300]!r}")
            case _:
                self._breach("", "", f"not an OCPP-J frame: {frame[:300]!r}")

    async def _take_call(self, action: str, message_id: str, payload: object) -> None:
        if action not in STATION_ACTIONS:
            broken: tuple[str, str] | None = (CallErrorCode.NOT_IMPLEMENTED, f"{action}: not ours")
        else:
            broken = await violation(action, payload, is_answer=False)
        if broken is not None:
            self._breach(action, message_id, f"{broken[1]} in {payload!r}")
            await self._send_error(action, message_id, *broken)
            return
        assert isinstance(payload, dict)
        message = self._note(True, Kind.CALL, action, message_id, payload)
        rule = self._answers.take(message) or Rule(action)
        is_booked = rule.kind is not RuleKind.ERROR
        answer = rule.changed(self._books.enter(message)) if is_booked else {}
        if rule.delay_s:
            task = asyncio.create_task(self._obey(message, rule, answer))
            self._late.add(task)
            task.add_done_callback(self._late.discard)
        else:
            await self._obey(message, rule, answer)

    async def _obey(self, message: Message, rule: Rule, answer: Payload) -> None:
        if rule.delay_s:
            await asyncio.sleep(rule.delay_s)
        action, message_id = message.action, message.message_id
        match rule.kind:
            case RuleKind.ERROR:
                await self._send_error(action, message_id, rule.error, "ordered by a rule")
            case RuleKind.ANSWER:
                self._note(False, Kind.ANSWER, action, message_id, answer)
                await self._send([3, message_id, answer])
            case RuleKind.CLOSE:
                await self.connection.close()

    async def _send_error(self, action: str, message_id: str, code: str, text: str) -> None:
        payload = {"errorCode": str(code), "description": text[:255]}
        self._note(False, Kind.ERROR, action, message_id, payload)
        await self._send([4, message_id, code, text[:255], {}])

    async def _take_result(self, message_id: str, payload: object) -> None:
        action = self._pending[message_id][0]
        broken = action in set(Action) and await violation(action, payload, is_answer=True)
        if broken:
            self._breach(action, message_id, f"{broken[1]} in {payload!r}")
        self._settle(message_id, Answer(payload if isinstance(payload, dict) else {}))

    def _settle(self, message_id: str, answer: Answer) -> None:
        action, future = self._pending[message_id]
        if answer.error_code:
            payload = {"errorCode": answer.error_code, "description": answer.description}
            self._note(True, Kind.ERROR, action, message_id, payload)
        else:
            self._note(True, Kind.ANSWER, action, message_id, answer.payload)
        if not future.done():
            future.set_result(answer)

    def _breach(self, action: str, message_id: str, cause: str) -> None:
        self._note(True, Kind.VIOLATION, action, message_id, {"cause": cause})

    async def _send(self, frame: list[object]) -> None:
        try:
            await self.connection.send(json.dumps(frame, separators=(",", ":")))
        except ConnectionClosed:
            return  # the reader of this connection tells it


def _unless_null(payload: object) -> object:
    """Null stands for an empty payload (``J 4.2.1``, ``J 4.2.2``)."""
    return {} if payload is None else payload
