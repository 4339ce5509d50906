"""The central system of a scenario, on paper: it answers, and keeps books of what reached it.

Theory of operation: every CALL of the station is noted with its very text. It is answered at once
and accepted, unless the scenario has a rule for its action. An answer counts as settled when the
station's turn on it is durable: from then on the message must not come again.
"""

import json
from dataclasses import dataclass, field

from cp.ocppj.answers import read_answer
from cp.ocppj.decoder import ResultFrame, decode
from cp.ocppj.dialogue import Pending
from cp.ocppj.formats import date_time_of
from cp.ocppj.violations import Violation
from cp.vocabulary.events import Event, FrameReceived
from cp.vocabulary.words import Action
from tools.scenario_house import NOON_S, ScenarioError

Payload = dict[str, object]


@dataclass(frozen=True, slots=True)
class Arrival:
    """One CALL of the station as it arrived; ``is_repeat``: its id was known already."""

    message_id: str
    action: str
    payload: Payload
    text: str
    is_repeat: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that the station takes."""

    message_id: str
    payload: Payload


def answer_in(event: Event, pending: Pending | None) -> Answer | None:
    """The answer that a frame is to the CALL under way, if it can be used."""
    if not isinstance(event, FrameReceived) or pending is None:
        return None
    frame = decode(event.text)
    if not isinstance(frame, ResultFrame) or frame.id != pending.message_id:
        return None
    try:
        read_answer(pending.action, frame.payload)
    except Violation:
        return None
    return Answer(frame.id, dict(frame.payload) if isinstance(frame.payload, dict) else {})


@dataclass(slots=True)
class Books:
    """What reached the server, in order, and which answers the station has taken for good."""

    arrivals: list[Arrival] = field(default_factory=list)
    settled: dict[str, Payload] = field(default_factory=dict)
    wrong_repeats: list[str] = field(default_factory=list)

    def note(self, message_id: str, action: str, payload: Payload, text: str) -> None:
        """A CALL arrived. One that was settled, or that reads otherwise than before, is wrong."""
        before = [item for item in self.arrivals if item.message_id == message_id]
        if message_id in self.settled or any(item.text != text for item in before):
            self.wrong_repeats.append(text)
        self.arrivals.append(Arrival(message_id, action, payload, text, bool(before)))

    def messages(self, *actions: Action) -> list[Arrival]:
        """Messages of these actions in the order of their first arrival, each id once."""
        return [item for item in self.arrivals if item.action in actions and not item.is_repeat]

    def copy(self) -> "Books":
        """Books of their own, for what might have happened instead."""
        return Books(list(self.arrivals), dict(self.settled), list(self.wrong_repeats))


@dataclass(slots=True)
class Server:
    """Answers by rules; ``under_way`` is the CALL that waits for its answer."""

    is_silent: bool = False
    books: Books = field(default_factory=Books)
    rules: dict[str, str] = field(default_factory=dict)
    transaction_ids: dict[str, int] = field(default_factory=dict)
    under_way: tuple[str, str] | None = None

    def rule(self, text: str) -> None:
        """``ACTION`` and JSON, ``silent``, ``refuse CODE``, or nothing: accept again."""
        action, _, rule = text.partition(" ")
        try:
            self.rules[str(Action(action))] = rule
        except ValueError:
            raise ScenarioError(f"when {action}: no action of OCPP 1.6") from None

    def take(self, text: str, time_s: float) -> str | None:
        """A frame of the station; the frame that answers it, if any."""
        frame = json.loads(text)
        if frame[0] != 2:
            return None
        _, message_id, action, payload = frame
        self.books.note(message_id, action, payload, text)
        self.under_way = (message_id, action)
        rule = self.rules.get(action, "")
        if self.is_silent or rule == "silent":
            return None
        word, _, code = rule.partition(" ")
        return self.refuse(code) if word == "refuse" else self.answer(rule, time_s)

    def answer(self, rest: str, time_s: float) -> str:
        """The CALLRESULT to the CALL under way; no JSON: accept it. Raises ScenarioError."""
        message_id, action = self._under_way()
        payload = json.loads(rest) if rest else self._friendly(action, message_id, time_s)
        self.under_way = None
        return json.dumps([3, message_id, payload])

    def refuse(self, code: str) -> str:
        """The CALLERROR to the CALL under way. Raises ScenarioError."""
        message_id, _ = self._under_way()
        self.under_way = None
        return json.dumps([4, message_id, code, "", {}])

    def _under_way(self) -> tuple[str, str]:
        if self.under_way is None:
            raise ScenarioError("no CALL of the station waits for an answer")
        return self.under_way

    def _friendly(self, action: str, message_id: str, time_s: float) -> Payload:
        now = date_time_of(NOON_S + time_s)
        match action:
            case "BootNotification":
                return {"status": "Accepted", "currentTime": now, "interval": 3600}
            case "Heartbeat":
                return {"currentTime": now}
            case "Authorize":
                return {"idTagInfo": {"status": "Accepted"}}
            case "StartTransaction":
                number = self.transaction_ids.setdefault(message_id, len(self.transaction_ids) + 1)
                return {"transactionId": number, "idTagInfo": {"status": "Accepted"}}
        return {}

    def copy_friendly(self) -> "Server":
        """The same server, which answers everything from now on."""
        return Server(books=self.books.copy(), transaction_ids=dict(self.transaction_ids))
