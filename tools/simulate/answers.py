"""What the station answers, and whether it does what it has promised.

Theory of operation: an answer is judged when nothing has changed at the outlet since a while before
the question, so that both sides speak of the same moment. What follows from Accepted is a promise
with a time (``promises``).
"""

from collections.abc import Callable, Sequence
from typing import Final

from cp.controller import Controller, Done
from cp.vocabulary.words import Action, CallErrorCode, ChargePointStatus as Status, MessageTrigger
from tools.net.csms_words import Payload
from tools.simulate.central import Central
from tools.simulate.ledger import Queued
from tools.simulate.lines import Asked
from tools.simulate.orders import is_operative
from tools.simulate.people import REFUSED
from tools.simulate.promises import Promises
from tools.simulate.settled import Settled
from tools.simulate.station import Site

_BEFORE_S: Final = 5.0
_AUTHORIZED_S: Final = 200.0
"""Authorize for a card, and ConnectionTimeOut after it."""
_AT_ONCE_S: Final = 5.0
_SAID_S: Final = 100.0
_RESTARTED_S: Final = 120.0

_CONSTANT: Final[dict[str, Payload]] = {
    Action.UNLOCK_CONNECTOR: {"status": "NotSupported"},
    Action.CLEAR_CACHE: {"status": "Rejected"},
    Action.DATA_TRANSFER: {"status": "UnknownVendorId"},
    Action.RESERVE_NOW: {"errorCode": str(CallErrorCode.NOT_SUPPORTED)},
    Action.UPDATE_FIRMWARE: {},
}
"""What is answered whatever the state (``charts/routes.toml``)."""

_STARTABLE: Final = (Status.AVAILABLE, Status.PREPARING, Status.FINISHING)


class Answers:
    """A watcher of turns; ``judge`` takes the answers."""

    def __init__(self, site: Site, central: Central, settled: Settled, promises: Promises) -> None:
        self._site = site
        self._central = central
        self._settled = settled
        self._promises = promises
        self._status: Status | None = None

    def before_turn(self, controller: Controller) -> None:
        """See ``Watcher``."""
        self._status = controller.statuses().get(1)

    def after_turn(self, controller: Controller, done: Done, fresh: Sequence[Queued]) -> None:
        """See ``Watcher``."""

    def judge(self, asked: Asked) -> None:
        """An answer came, or will not."""
        answer = asked.answer
        if answer is None:
            return
        expected = self._expected(asked)
        if expected is not None and answer != expected:
            self._site.checks.find(
                f"{asked.action} {dict(asked.payload)} was answered {dict(answer)},"
                f" not {dict(expected)}, the outlet being {self._status}"
            )
        if answer.get("status") == "Accepted":
            self._promise(asked)

    # ---- what is answered ------------------------------------------------------------------------

    def _expected(self, asked: Asked) -> Payload | None:
        """The answer that the specification leaves; None: it depends on what is not known here."""
        if asked.action in _CONSTANT:
            return _CONSTANT[asked.action]
        status = None
        if self._is_still(asked) and not self._is_resetting():
            match asked.action:
                case Action.CHANGE_AVAILABILITY:
                    status = self._availability(asked.payload)
                case Action.REMOTE_STOP_TRANSACTION:
                    status = self._remote_stop(asked.payload)
                case Action.REMOTE_START_TRANSACTION:
                    status = self._remote_start(asked.payload)
                case Action.TRIGGER_MESSAGE:
                    status = self._trigger(asked.payload)
        return None if status is None else {"status": status}

    def _is_still(self, asked: Asked) -> bool:
        """Nothing was going on when it was asked, and nothing has happened since."""
        started_s = self._site.started_s
        is_accepted = self._central.heard_s.get(Action.STATUS_NOTIFICATION, -1.0) > started_s
        is_denied = self._central.is_denied or bool(self._central.denial)
        since_s = max(self._site.board.outlet.changed_s, started_s)
        is_calm = self._settled.has_time and since_s < asked.asked_s - _BEFORE_S
        return is_accepted and is_calm and not is_denied

    def _is_resetting(self) -> bool:
        resets = [asked for asked in self._central.asked if asked.action == Action.RESET]
        return any(
            self._site.time.now_s - asked.asked_s < _RESTARTED_S
            or asked.asked_s > self._site.started_s
            for asked in resets
        )

    def _availability(self, payload: Payload) -> str | None:
        """Scheduled while a transaction runs (``S 5.2``), or while an older order waits still."""
        connector_id = int(str(payload["connectorId"]))
        if connector_id not in (0, 1):
            return "Rejected"
        if payload["type"] == "Operative":
            return "Accepted"
        if not is_operative(self._central.asked[:-1], connector_id):
            return None
        return "Scheduled" if self._site.board.outlet.has_session else "Accepted"

    def _remote_stop(self, payload: Payload) -> str | None:
        """The transaction that runs, as soon as its id is known (``S 5.12``)."""
        ledger = self._site.ledger
        if payload["transactionId"] != self._running():
            return "Rejected"
        message_id = ledger.starts[ledger.uid].message_id
        if message_id in ledger.given_up:
            return "Rejected"
        return "Accepted" if message_id in ledger.gone else None

    def _running(self) -> int | None:
        """The number of the open transaction, if the central system has given one."""
        ledger = self._site.ledger
        start = ledger.starts.get(ledger.uid)
        return None if start is None else self._central.starts.get(start.message_id)

    def _remote_start(self, payload: Payload) -> str | None:
        """Nobody else is authorized, and the outlet may be used (``S 5.11``)."""
        if self._site.board.outlet.has_session:
            return "Rejected"
        if self._status in (Status.UNAVAILABLE, Status.FAULTED):
            return "Rejected"
        since_s = self._site.time.now_s - _AUTHORIZED_S
        others = [
            asked
            for asked in self._central.asked[:-1]
            if asked.action == Action.REMOTE_START_TRANSACTION and asked.asked_s > since_s
        ]
        is_presented = any(at_s > since_s for at_s in self._site.board.presented.values())
        is_open = is_operative(self._central.asked, 1) and is_operative(self._central.asked, 0)
        is_free = self._status in _STARTABLE and is_open and not others and not is_presented
        return "Accepted" if is_free and self._has_register() else None

    def _has_register(self) -> bool:
        """The meter was read, or a transaction left its register (decision 27)."""
        ledger = self._site.ledger
        edges = ledger.queued.values()
        return ledger.is_exact or any(edge.true_wh > 0 and edge.is_exact for edge in edges)

    def _trigger(self, payload: Payload) -> str:
        """A station that is registered tells all but BootNotification (``E 5.17``, D-14)."""
        message, connector_id = payload["requestedMessage"], payload.get("connectorId", 1)
        is_refused = message == MessageTrigger.BOOT_NOTIFICATION or (
            message == MessageTrigger.METER_VALUES and connector_id != 1
        )
        return "Rejected" if is_refused else "Accepted"

    # ---- what follows ----------------------------------------------------------------------------

    def _promise(self, asked: Asked) -> None:
        match asked.action:
            case Action.REMOTE_STOP_TRANSACTION:
                number = asked.payload["transactionId"]
                self._expect(asked, _AT_ONCE_S, lambda: self._running() != number)
            case Action.RESET:
                board = self._site.board
                what = f"{asked.action} {dict(asked.payload)}"
                self._promises.expect(
                    what, _RESTARTED_S, lambda: False, lambda: board.is_restarter_broken
                )
            case Action.TRIGGER_MESSAGE:
                action, since_s = str(asked.payload["requestedMessage"]), asked.asked_s
                self._expect(
                    asked, _SAID_S, lambda: self._central.heard_s.get(action, -1.0) > since_s
                )
            case Action.REMOTE_START_TRANSACTION:
                self._expect_start(asked)

    def _expect_start(self, asked: Asked) -> None:
        outlet = self._site.board.outlet
        if asked.payload["idTag"] in REFUSED or not self._is_still(asked):
            return
        changed_s = outlet.changed_s
        is_plugged = outlet.is_plugged
        self._expect(
            asked,
            _SAID_S,
            lambda: outlet.has_session if is_plugged else self._status is Status.PREPARING,
            lambda: outlet.changed_s > changed_s or self._status is Status.UNAVAILABLE,
        )

    def _expect(
        self,
        asked: Asked,
        within_s: float,
        is_kept: Callable[[], bool],
        is_void: Callable[[], bool] = lambda: False,
    ) -> None:
        """Unless the line is not at its best."""
        line = self._central.line

        def is_over() -> bool:
            is_same = self._central.line is line and self._settled.is_line_fine
            return not is_same or is_void()

        what = f"{asked.action} {dict(asked.payload)}"
        self._promises.expect(what, within_s, is_kept, is_over)
