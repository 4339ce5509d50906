"""What may happen to the line: the alphabets of the second composition."""

from collections.abc import Callable
from itertools import count
from typing import Final

from cp.vocabulary.events import (
    CallCreated,
    ErrorChanged,
    Event,
    RestartOrdered,
    StatusChanged,
    StorageFilled,
)
from cp.vocabulary.facts import ErrorShown
from cp.vocabulary.requests import (
    Authorize,
    Lane,
    MeterValues,
    Request,
    StartTransaction,
    StopTransaction,
)
from cp.vocabulary.words import (
    ChargePointErrorCode,
    ChargePointStatus,
    Reason,
)
from tools.explore.line import QUEUE_MAX
from tools.explore.line_server import LineServer
from tools.explore.model import Move
from tools.explore.names import uid_of
from tools.explore.room import NOW
from tools.explore.turn import LeanTurn

CALL_ID: Final = "cs-1"
INTERVAL_S: Final = 300


class LineMoves(LineServer):
    """What the outlet tells, and the alphabets."""

    def traffic(self) -> tuple[Move, ...]:
        """Registration, transactions, Authorize, heartbeats, resets; each status is told once."""
        return (
            *self._always(),
            *self._resets(),
            *self._statuses()[:2],
            *self._calls(),
            self._move("no room", "storage_filled", lambda _turn: StorageFilled()),
            self._trigger("Heartbeat", None),
        )

    def statuses(self) -> tuple[Move, ...]:
        """Registration, statuses, errors and triggers, without transactions."""
        return (
            *self._always(),
            *self._statuses(),
            *self._triggers(),
            *self._resets()[::2],
            self._ping(),
        )

    def restarts(self) -> tuple[Move, ...]:
        """Registration, resets, and restarts that firmware orders, beside one transaction."""
        return (
            *self._always(),
            *self._resets(),
            *self._firmware(),
            *self._calls()[1::2],
            *self._statuses()[1:2],
        )

    def _firmware(self) -> tuple[Move, ...]:
        """What ``firmware`` tells: nothing is installed in a transaction or a reset."""

        def installing(is_so: bool) -> Callable[[LeanTurn], bool]:
            def run(turn: LeanTurn) -> bool:
                fact, view = self.model.fact, turn.view
                is_kept_from = view.get(self.cells.open_uid) or fact(view, "is_resetting")
                if fact(view, "is_installing") is is_so or is_kept_from:
                    return False
                self.model.know(view, is_installing=is_so)
                return True

            return run

        def ordered(turn: LeanTurn) -> Event | None:
            """A restart that fails may end in one more BootNotification: it needs room."""
            is_installing = self.model.fact(turn.view, "is_installing")
            return RestartOrdered() if is_installing and self._has_room(turn) else None

        return (
            Move("firmware is being installed", installing(True)),
            Move("no firmware is being installed", installing(False)),
            self._move("firmware orders a restart", "", ordered),
        )

    def _always(self) -> tuple[Move, ...]:
        return (
            Move("power cut", self.model.boot, ("power cut",), is_cut=True),
            Move("restart", self.restart, ("power on",)),
            *self._network(),
            *self._answers(),
            *(self._bounded(move) for move in self.model.timer_moves()),
        )

    # ---- what the outlet tells -------------------------------------------------------------------

    def _statuses(self) -> tuple[Move, ...]:
        status = ChargePointStatus
        return (
            self._status(0, status.AVAILABLE),
            self._status(1, status.AVAILABLE),
            self._status(0, status.UNAVAILABLE),
            self._status(1, status.FAULTED),
            self._error(ChargePointErrorCode.GROUND_FAILURE),
            self._error(ChargePointErrorCode.NO_ERROR),
        )

    def _status(self, connector_id: int, status: ChargePointStatus) -> Move:
        def run(turn: LeanTurn) -> Event | None:
            view = turn.view
            told = view.get(self.cells.statuses)
            if told[connector_id] == status or not self._has_room(turn):
                return None
            error = view.get(self.model.room.facts["outlet_error"])
            if status is ChargePointStatus.FAULTED and error == ErrorShown():
                return None
            new = (told[0], str(status)) if connector_id else (str(status), told[1])
            view.put(self.cells.statuses, new)
            return StatusChanged(connector_id, status, NOW.stamp)

        return self._move(f"connector {connector_id} {status}", "", run)

    def _error(self, code: ChargePointErrorCode) -> Move:
        def run(turn: LeanTurn) -> Event | None:
            shown = ErrorShown(code)
            if turn.view.get(self.model.room.facts["outlet_error"]) == shown:
                return None
            if not self._has_room(turn):
                return None
            self.model.know(turn.view, outlet_error=shown)
            return ErrorChanged(1)

        is_raised = code is not ChargePointErrorCode.NO_ERROR
        word = "error_raised" if is_raised else "error_cleared"
        line = f"{word} connector_id=1 error_code=GroundFailure"
        return self._move(f"connector 1 shows {code}", line, run)

    def _calls(self) -> tuple[Move, ...]:
        def authorize(turn: LeanTurn) -> Event | None:
            is_online = self.model.fact(turn.view, "is_online")
            if not (is_online and self.model.fact(turn.view, "is_registered")):
                return None
            return self._created(turn, Lane.AUTHORIZE, Authorize("CARD"))

        def start(turn: LeanTurn) -> Event | None:
            if turn.view.get(self.cells.open_uid) is not None or not self._has_place(turn):
                return None
            uid = self._new_uid(turn)
            turn.view.put(self.cells.open_uid, uid)
            self.model.know(turn.view, has_open_transaction=True)
            return CallCreated(Lane.QUEUE, StartTransaction(uid, 1, "CARD", 1000, NOW.stamp))

        def stop(turn: LeanTurn) -> Event | None:
            uid = turn.view.get(self.cells.open_uid)
            if uid is None or not self._has_place(turn):
                return None
            turn.view.put(self.cells.open_uid, None)
            self.model.know(turn.view, has_open_transaction=False)
            request = StopTransaction(uid, "CARD", 1000, NOW.stamp, Reason.LOCAL)
            return CallCreated(Lane.QUEUE, request)

        def sample(turn: LeanTurn) -> Event | None:
            uid = turn.view.get(self.cells.open_uid)
            if uid is None or not self._has_place(turn):
                return None
            return CallCreated(Lane.QUEUE, MeterValues(1, uid, ()))

        return (
            self._move("Authorize", "card_presented id_tag=CARD", authorize),
            self._move("StartTransaction", "card_presented id_tag=CARD", start),
            self._move("MeterValues", "wait 60", sample),
            self._move("StopTransaction", "card_presented id_tag=CARD", stop),
        )

    def _new_uid(self, turn: LeanTurn) -> str:
        """A name that no transaction has."""
        known = {uid_of(call) for call in turn.view.get(self.cells.queue)}
        known |= {uid for uid, _ in turn.view.get(self.cells.ids)}
        return next(uid for number in count(1) if (uid := f"1.{number}") not in known)

    def _created(self, turn: LeanTurn, lane: Lane, request: Request) -> Event | None:
        return CallCreated(lane, request) if self._has_room(turn) else None

    def _has_place(self, turn: LeanTurn) -> bool:
        return len(turn.view.get(self.cells.queue)) < QUEUE_MAX
