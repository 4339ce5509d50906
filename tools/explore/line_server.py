"""What the network and the central system may do to the line."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from cp.vocabulary.confirmations import (
    AuthorizeConfirmation,
    BootConfirmation,
    Confirmation,
    HeartbeatConfirmation,
    StartConfirmation,
)
from cp.vocabulary.events import (
    CallAnswered,
    CallCreated,
    CallRefused,
    Event,
    KeyChanged,
    LinkClosed,
    LinkFailed,
    LinkOpened,
    MessageRequested,
    MeterTriggered,
    ResetRequested,
    RestartFailed,
)
from cp.vocabulary.requests import (
    Authorize,
    BootNotification,
    Heartbeat,
    Lane,
    MeterValues,
    QueuedCall,
    Request,
    StartTransaction,
)
from cp.vocabulary.words import (
    AuthorizationStatus,
    CallErrorCode,
    RegistrationStatus,
    ResetType,
)
from tools.explore.line import WAITING_MAX, LineModel
from tools.explore.model import Move
from tools.explore.turn import LeanTurn
from tools.scenario_house import NOON_S

CALL_ID: Final = "cs-1"
INTERVAL_S: Final = 300


_OFTEN: Final = ("BootNotification", "Heartbeat", "StatusNotification")


class LineServer:
    """Moves from outside; ``line_moves`` adds the outlet and the alphabets."""

    def __init__(self, model: LineModel) -> None:
        self.model = model
        self.cells = model.cells

    def restart(self, turn: LeanTurn) -> bool:
        """What a reset has asked for."""
        return turn.view.get(self.cells.is_ending) and self.model.boot(turn)

    def _move(self, name: str, line: str, run: Callable[[LeanTurn], Event | None]) -> Move:
        """A move whose event depends on the state; None: not possible."""

        def move(turn: LeanTurn) -> bool:
            event = run(turn)
            if event is None:
                return False
            turn.take(event)
            return True

        return Move(name, move, (line,) if line else ())

    def _bounded(self, move: Move) -> Move:
        """The heartbeat needs room, like all that creates CALLs."""
        if "HeartbeatInterval" not in move.name:
            return move
        return replace(move, run=lambda turn: self._has_room(turn) and move.run(turn))

    # ---- network and answers ---------------------------------------------------------------------

    def _network(self) -> tuple[Move, ...]:
        def socket(before: str, after: str, event: Event) -> Callable[[LeanTurn], Event | None]:
            def run(turn: LeanTurn) -> Event | None:
                if turn.view.get(self.cells.socket) not in before.split():
                    return None
                turn.view.put(self.cells.socket, after)
                return event

            return run

        return (
            self._move("link_opened", "link_opened", socket("opening", "open", LinkOpened())),
            self._move("link_failed", "link_failed", socket("opening", "closed", LinkFailed())),
            self._move(
                "link_closed",
                "link_closed",
                socket("open opening closing", "closed", LinkClosed()),
            ),
        )

    def _ping(self) -> Move:
        return self._move(
            "WebSocketPingInterval changed",
            'call ChangeConfiguration {"key":"WebSocketPingInterval","value":"30"}',
            lambda turn: self._if_called(turn, KeyChanged("WebSocketPingInterval")),
        )

    def _if_called(self, turn: LeanTurn, event: Event) -> Event | None:
        """A CALL of the central system arrives if the socket is open and is decoded."""
        is_open = turn.view.get(self.cells.socket) == "open"
        return event if is_open and turn.view.get(self.cells.is_answering) else None

    def _under_way(self, turn: LeanTurn) -> QueuedCall | None:
        """The CALL that can be answered now."""
        is_open = turn.view.get(self.cells.socket) == "open"
        return turn.view.get(self.cells.pending) if is_open else None

    def _answers(self) -> tuple[Move, ...]:
        def answer(status: RegistrationStatus) -> Callable[[LeanTurn], Event | None]:
            def run(turn: LeanTurn) -> Event | None:
                call = self._under_way(turn)
                if call is None:
                    return None
                is_boot = isinstance(call.request, BootNotification)
                if not is_boot and status is not RegistrationStatus.ACCEPTED:
                    return None
                if is_boot:
                    turn.view.put(self.cells.answered, str(status))
                turn.view.put(self.cells.pending, None)
                return CallAnswered(call.message_id, confirmation_of(call.request, status))

            return run

        def refuse(turn: LeanTurn) -> Event | None:
            call = self._under_way(turn)
            if call is None:
                return None
            turn.view.put(self.cells.pending, None)
            return CallRefused(call.message_id, CallErrorCode.INTERNAL_ERROR, "")

        return (
            self._move("CALL answered", "answer", answer(RegistrationStatus.ACCEPTED)),
            *(
                self._move(
                    f"BootNotification {status}",
                    f'answer {{"status":"{status}","currentTime":"2026-01-01T12:00:00Z",'
                    f'"interval":{INTERVAL_S}}}',
                    answer(status),
                )
                for status in (RegistrationStatus.PENDING, RegistrationStatus.REJECTED)
            ),
            self._another_time(),
            self._move("CALL refused", "refuse InternalError", refuse),
        )

    def _another_time(self) -> Move:
        """The clock of the station is wrong."""

        def answer(turn: LeanTurn) -> Event | None:
            call = self._under_way(turn)
            if call is None or not isinstance(call.request, Heartbeat):
                return None
            turn.view.put(self.cells.pending, None)
            return CallAnswered(call.message_id, HeartbeatConfirmation(NOON_S + INTERVAL_S))

        line = 'answer {"currentTime":"2026-01-01T12:05:00Z"}'
        return self._move("Heartbeat answered, another time", line, answer)

    # ---- CALLs of the central system -------------------------------------------------------------

    def _triggers(self) -> tuple[Move, ...]:
        asked: tuple[tuple[str, int | None], ...] = (
            ("BootNotification", None),
            ("Heartbeat", None),
            ("StatusNotification", 1),
            ("StatusNotification", 2),
            ("MeterValues", 1),
            ("MeterValues", 0),
            ("FirmwareStatusNotification", None),
            ("DiagnosticsStatusNotification", None),
            ("Unknown", None),
        )
        return tuple(self._trigger(name, connector_id) for name, connector_id in asked)

    def _trigger(self, name: str, connector_id: int | None) -> Move:
        place = "" if connector_id is None else f',"connectorId":{connector_id}'
        line = f'call TriggerMessage {{"requestedMessage":"{name}"{place}}}'
        event = MessageRequested(CALL_ID, name, connector_id)

        is_rare = name not in _OFTEN

        def run(turn: LeanTurn) -> Event | None:
            is_possible = self._is_quiet(turn) if is_rare else self._has_room(turn)
            return self._if_called(turn, event) if is_possible else None

        move = self._move(f"trigger {name} {connector_id}", line, run)
        return replace(move, run=lambda turn: move.run(turn) and self._send_values(turn))

    def _send_values(self, turn: LeanTurn) -> bool:
        """What ``transaction`` does in the same turn, if it was told to."""
        if any(isinstance(item, MeterTriggered) for item in turn.trace):
            uid = turn.view.get(self.cells.open_uid)
            turn.take(CallCreated(Lane.TRIGGERED, MeterValues(1, uid, ())))
        return True

    def _resets(self) -> tuple[Move, ...]:
        def fail(turn: LeanTurn) -> Event | None:
            if not turn.view.get(self.cells.is_ending):
                return None
            turn.view.put(self.cells.is_ending, False)
            return RestartFailed()

        return (
            self._reset(ResetType.SOFT),
            self._reset(ResetType.HARD),
            self._move("restart failed", "restart_failed", fail),
        )

    def _reset(self, kind: ResetType) -> Move:
        line = f'call Reset {{"type":"{kind}"}}'
        event = ResetRequested(CALL_ID, kind)
        return self._move(f"reset {kind}", line, lambda turn: self._if_called(turn, event))

    def _has_room(self, turn: LeanTurn) -> bool:
        return len(self.model.outbox(turn.view).waiting) < WAITING_MAX

    def _is_quiet(self, turn: LeanTurn) -> bool:
        """Nothing waits: enough for messages that differ from others in their name alone."""
        outbox = self.model.outbox(turn.view)
        return not (outbox.waiting or outbox.queue or outbox.under_way)


def confirmation_of(request: Request, status: RegistrationStatus) -> Confirmation:
    """An answer that accepts; for BootNotification with this status."""
    match request:
        case BootNotification():
            return BootConfirmation(status, NOON_S, INTERVAL_S)
        case Heartbeat():
            return HeartbeatConfirmation(NOON_S)
        case Authorize():
            return AuthorizeConfirmation(AuthorizationStatus.ACCEPTED, None)
        case StartTransaction():
            return StartConfirmation(AuthorizationStatus.ACCEPTED, 7, None)
    return Confirmation()
