"""Books of the central system: what each station said, and what its transactions come to.

Theory of operation: every message of both directions becomes one frozen ``Message``. The station's
CALLs are entered here; ``ordinary_answer`` is what a well-behaved server answers. Misbehavior is
the business of ``csms_answers``.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import cast

from cp.vocabulary.words import Action, AuthorizationStatus, RegistrationStatus
from tools.net.csms_words import Payload

KEPT_MESSAGES = 10_000


class Kind(StrEnum):
    """What a ``Message`` stands for."""

    CALL = "call"
    ANSWER = "answer"
    ERROR = "error"
    CONNECTED = "Connected"
    DISCONNECTED = "Disconnected"
    VIOLATION = "violation"


@dataclass(frozen=True, slots=True)
class Message:
    """One thing that happened on a station's line.

    ``seq``     order over all stations, from 1.
    ``time``    UTC with milliseconds, as OCPP writes it.
    ``action``  also for answers: the action of the CALL that is answered.
    ``payload`` of an error: ``errorCode``, ``description``; of a violation: ``cause``.
    """

    seq: int
    time: str
    station: str
    is_from_station: bool
    kind: Kind
    action: str
    message_id: str
    payload: Payload

    @property
    def is_station_news(self) -> bool:
        """A CALL of the station, or its coming and going: what scripts expect."""
        is_call = self.kind is Kind.CALL and self.is_from_station
        return is_call or self.kind in (Kind.CONNECTED, Kind.DISCONNECTED)


@dataclass(frozen=True, slots=True)
class Tag:
    """What the server thinks of an id tag (``S 7.8``)."""

    status: str = AuthorizationStatus.ACCEPTED
    parent: str | None = None

    def info(self) -> dict[str, object]:
        """As idTagInfo."""
        parent = {"parentIdTag": self.parent} if self.parent else {}
        return {"status": str(self.status), **parent}


@dataclass(slots=True)
class Transaction:
    """One transaction as the server knows it; registers in Wh, times as the station wrote them."""

    id: int
    station: str
    connector_id: int
    id_tag: str
    meter_start: int
    started: str
    meter_stop: int | None = None
    stopped: str | None = None
    reason: str | None = None
    stop_tag: str | None = None
    meter_values: list[Payload] = field(default_factory=list)
    transaction_data: list[Payload] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """No StopTransaction has arrived."""
        return self.meter_stop is None


@dataclass(slots=True)
class StationBook:
    """What one station told; ``statuses`` by connector id."""

    id: str
    is_connected: bool = False
    boot: Payload | None = None
    boots: int = 0
    heartbeats: int = 0
    statuses: dict[int, str] = field(default_factory=dict)
    error_codes: dict[int, str] = field(default_factory=dict)


@dataclass(slots=True)
class Books:
    """All books.

    ``tags``       id tags that are not simply Accepted.
    ``messages``   the last ``KEPT_MESSAGES`` of both directions.
    ``violations`` breaches of the schemas or of OCPP-J by stations, newest last.
    """

    tags: dict[str, Tag] = field(default_factory=dict)
    heartbeat_interval_s: int = 300
    next_transaction_id: int = 1
    stations: dict[str, StationBook] = field(default_factory=dict)
    transactions: dict[int, Transaction] = field(default_factory=dict)
    messages: deque[Message] = field(default_factory=lambda: deque(maxlen=KEPT_MESSAGES))
    violations: list[Message] = field(default_factory=list)
    _starts: dict[tuple[str, str], int] = field(default_factory=dict)

    def station(self, station: str) -> StationBook:
        """The book of this station, a new one if it was never seen."""
        return self.stations.setdefault(station, StationBook(station))

    def open_transactions(self, station: str) -> list[Transaction]:
        """Oldest first."""
        return [t for t in self.transactions.values() if t.station == station and t.is_open]

    def tag(self, id_tag: object) -> Tag:
        """What is known of this tag; any tag is Accepted unless the books say otherwise."""
        return self.tags.get(str(id_tag), Tag())

    def note(self, message: Message) -> None:
        """Keep a message of either direction."""
        self.messages.append(message)
        book = self.station(message.station)
        match message.kind:
            case Kind.CONNECTED | Kind.DISCONNECTED:
                book.is_connected = message.kind is Kind.CONNECTED
            case Kind.VIOLATION:
                self.violations.append(message)

    def enter(self, message: Message) -> dict[str, object]:
        """Book a station's CALL (valid by its schema); returns the ordinary answer."""
        payload = message.payload
        book = self.station(message.station)
        match message.action:
            case Action.BOOT_NOTIFICATION:
                book.boot = payload
                book.boots += 1
            case Action.HEARTBEAT:
                book.heartbeats += 1
            case Action.STATUS_NOTIFICATION:
                connector_id = _integer(payload, "connectorId")
                book.statuses[connector_id] = str(payload["status"])
                book.error_codes[connector_id] = str(payload["errorCode"])
            case Action.START_TRANSACTION:
                return self._start(message)
            case Action.METER_VALUES:
                self._add_values(payload)
            case Action.STOP_TRANSACTION:
                return self._stop(payload)
        return self._ordinary_answer(message)

    def _ordinary_answer(self, message: Message) -> dict[str, object]:
        match message.action:
            case Action.BOOT_NOTIFICATION:
                return {
                    "status": str(RegistrationStatus.ACCEPTED),
                    "currentTime": message.time,
                    "interval": self.heartbeat_interval_s,
                }
            case Action.HEARTBEAT:
                return {"currentTime": message.time}
            case Action.AUTHORIZE:
                return {"idTagInfo": self.tag(message.payload["idTag"]).info()}
            case Action.DATA_TRANSFER:
                return {"status": "UnknownVendorId"}
            case Action.SIGN_CERTIFICATE:
                return {"status": "Rejected"}
            case _:
                return {}

    def _start(self, message: Message) -> dict[str, object]:
        """The same CALL again, because our answer was lost, is the same transaction (``S 3.7``)."""
        payload = message.payload
        key = (message.station, message.message_id)
        if key not in self._starts:
            self._starts[key] = transaction_id = self.next_transaction_id
            self.next_transaction_id += 1
            self.transactions[transaction_id] = Transaction(
                id=transaction_id,
                station=message.station,
                connector_id=_integer(payload, "connectorId"),
                id_tag=str(payload["idTag"]),
                meter_start=_integer(payload, "meterStart"),
                started=str(payload["timestamp"]),
            )
        return {
            "transactionId": self._starts[key],
            "idTagInfo": self.tag(payload["idTag"]).info(),
        }

    def _add_values(self, payload: Payload) -> None:
        transaction = self.transactions.get(cast("int", payload.get("transactionId")))
        if transaction is not None:
            transaction.meter_values.extend(_list(payload, "meterValue"))

    def _stop(self, payload: Payload) -> dict[str, object]:
        transaction = self.transactions.get(_integer(payload, "transactionId"))
        id_tag = payload.get("idTag")
        if transaction is not None:
            transaction.meter_stop = _integer(payload, "meterStop")
            transaction.stopped = str(payload["timestamp"])
            transaction.reason = str(payload.get("reason", "Local"))
            transaction.stop_tag = None if id_tag is None else str(id_tag)
            transaction.transaction_data = _list(payload, "transactionData")
        return {} if id_tag is None else {"idTagInfo": self.tag(id_tag).info()}


def iso_time(seconds: float) -> str:
    """Seconds since 1970 as OCPP writes a time: UTC, milliseconds."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def _integer(payload: Payload, name: str) -> int:
    return cast("int", payload[name])


def _list(payload: Payload, name: str) -> list[Mapping[str, object]]:
    return list(cast("list[Mapping[str, object]]", payload.get(name, [])))
