"""What the central system and the hardware may do to the outlet."""

from collections.abc import Callable
from typing import Final

from cp.vocabulary.events import (
    AuthorizeUnanswered,
    AvailabilityRequested,
    CloseSent,
    ErrorCleared,
    ErrorRaised,
    EvAsked,
    Event,
    EvPaused,
    FeedbackClosed,
    FeedbackOpened,
    InputsRead,
    KeyChanged,
    MeterTriggered,
    Plugged,
    RegisterLimitReached,
    RemoteStartRequested,
    RemoteStopRequested,
    ResetOrdered,
    Unplugged,
)
from cp.vocabulary.words import AvailabilityType, ChargePointErrorCode, ResetType
from tools.explore.model import Move
from tools.explore.outlet import SERVER_ID
from tools.explore.outlet_cards import OutletCards
from tools.explore.turn import LeanTurn

CALL_ID: Final = "cs-1"
OWN, OTHER, GROUP = "CARD", "OTHER", "GROUP"


class OutletDevice(OutletCards):
    """Moves of power, EV, contact, link, CALLs and errors."""

    # ---- power, EV, contact ----------------------------------------------------------------------

    def _power(self) -> tuple[Move, ...]:
        def read(turn: LeanTurn) -> bool:
            if turn.view.get(self.cells.is_read):
                return False
            turn.view.put(self.cells.is_read, True)
            turn.take(InputsRead())
            return True

        return (
            Move("inputs_read", read, ("inputs_read",)),
            Move("power cut", self.model.boot, ("power cut",), is_cut=True),
        )

    def _pilot(self, name: str, before: str, after: str, event: Event) -> Move:
        def run(turn: LeanTurn) -> bool:
            if turn.view.get(self.cells.pilot) not in before:
                return False
            turn.view.put(self.cells.pilot, after)
            turn.take(event)
            return True

        return Move(name, run, (name,))

    def _vehicle(self) -> tuple[Move, ...]:
        return (
            self._pilot("plugged", "A", "B", Plugged()),
            self._pilot("unplugged", "BC", "A", Unplugged()),
            self._pilot("ev_asked", "B", "C", EvAsked()),
            self._pilot("ev_paused", "C", "B", EvPaused()),
        )

    def _contact(self) -> tuple[Move, ...]:
        """The contact may follow the command, be late, stick, weld, or move by itself. The command
        may be late, too: it waits for the disk."""

        def run(event: Event, is_closed: bool) -> Callable[[LeanTurn], bool]:
            def move(turn: LeanTurn) -> bool:
                if self.model.fact(turn.view, "is_feedback_closed") is is_closed:
                    return False
                turn.take(event)
                return True

            return move

        def sent(turn: LeanTurn) -> bool:
            if self.model.leaf(turn.view, "contactor.1") != "close_ordered":
                return False
            turn.take(CloseSent())
            return True

        return (
            Move("close_sent", sent, ()),
            Move("feedback_closed", run(FeedbackClosed(), True), ("feedback_closed",)),
            Move("feedback_opened", run(FeedbackOpened(), False), ("feedback_opened",)),
        )

    # ---- the central system and the link ---------------------------------------------------------

    def _call(self, name: str, event: Event, line: str) -> Move:
        def run(turn: LeanTurn) -> bool:
            if not self.model.fact(turn.view, "is_online"):
                return False
            if isinstance(event, RemoteStartRequested):
                flag = self.model.room.keys["AuthorizeRemoteTxRequests"]
                if turn.view.get(flag) == "false" and not self._is_denied(turn.view):
                    self._grant(turn.view, event.id_tag)
            turn.take(event)
            return True

        return Move(name, run, (f"call {line}",))

    def _remote(self) -> tuple[Move, ...]:
        start = 'RemoteStartTransaction {"connectorId":1,"idTag":"CARD"}'
        stop = "RemoteStopTransaction"
        other = SERVER_ID + 1
        return (
            self._call("remote start", RemoteStartRequested(CALL_ID, 1, OWN), start),
            self._call(
                "remote stop",
                RemoteStopRequested(CALL_ID, SERVER_ID),
                f'{stop} {{"transactionId":{SERVER_ID}}}',
            ),
            self._call(
                "remote stop of another transaction",
                RemoteStopRequested(CALL_ID, other),
                f'{stop} {{"transactionId":{other}}}',
            ),
            self._call(
                "trigger MeterValues",
                MeterTriggered(),
                'TriggerMessage {"requestedMessage":"MeterValues","connectorId":1}',
            ),
        )

    def _nameless_start(self) -> tuple[Move, ...]:
        """An empty id is nobody's (``operations.md`` 2)."""
        line = 'RemoteStartTransaction {"connectorId":1,"idTag":""}'
        return (self._call("remote start of nobody", RemoteStartRequested(CALL_ID, 1, ""), line),)

    def _link(self) -> tuple[Move, ...]:
        """Registration is kept over reconnects, and begins anew with each power-on."""

        def facts(online: bool, registered: bool, denied: bool) -> dict[str, bool]:
            return {"is_online": online, "is_registered": registered, "is_denied": denied}

        def link_up(turn: LeanTurn) -> bool:
            return self._linked(turn, is_online=True)

        def link_down(turn: LeanTurn) -> bool:
            return self._linked(turn, is_online=False)

        def boot_answered(is_accepted: bool) -> Callable[[LeanTurn], bool]:
            def run(turn: LeanTurn) -> bool:
                view, model = turn.view, self.model
                if not model.fact(view, "is_online") or model.fact(view, "is_registered"):
                    return False
                model.know(view, **facts(True, is_accepted, not is_accepted))
                if is_accepted:
                    model.know(view, has_history=True)
                return True

            return run

        return (
            Move("link up", link_up, ("link_opened",)),
            Move("link down", link_down, ("link_closed",)),
            Move("BootNotification accepted", boot_answered(True), ("answer",)),
            Move("BootNotification pending", boot_answered(False), ("answer Pending",)),
        )

    def _linked(self, turn: LeanTurn, *, is_online: bool) -> bool:
        view = turn.view
        if self.model.fact(view, "is_online") is is_online:
            return False
        self.model.know(view, is_online=is_online)
        if not is_online and view.get(self.cells.question) is not None:
            self._settle_question(view, AuthorizeUnanswered())
            turn.take(AuthorizeUnanswered())
        return True

    # ---- errors, register, service ---------------------------------------------------------------

    def _error(
        self, connector_id: int, name: str, code: ChargePointErrorCode, *, is_repeated: bool = False
    ) -> tuple[Move, Move]:
        """``is_repeated``: a driver that says it again and again."""
        vendor = name if code is ChargePointErrorCode.OTHER_ERROR else ""
        words = f"connector_id={connector_id} error_code={code}"
        words += f" vendor_error_code={vendor}" if vendor else ""
        place = f"{connector_id} {name}"

        def run(is_raised: bool) -> Callable[[LeanTurn], bool]:
            kind = ErrorRaised if is_raised else ErrorCleared

            def move(turn: LeanTurn) -> bool:
                errors = turn.view.get(self.cells.errors)
                if (place in errors) is is_raised and not is_repeated:
                    return False
                changed = errors | {place} if is_raised else errors - {place}
                turn.view.put(self.cells.errors, changed)
                turn.take(kind(connector_id, code, vendor))
                return True

            return move

        return (
            Move(f"{name} raised", run(True), (f"error_raised {words}",)),
            Move(f"{name} cleared", run(False), (f"error_cleared {words}",)),
        )

    def _errors(self) -> tuple[Move, ...]:
        code = ChargePointErrorCode
        return (
            *self._error(1, "GroundFailure", code.GROUND_FAILURE),
            *self._error(1, "EmergencyStop", code.OTHER_ERROR),
        )

    def _register(self) -> tuple[Move, ...]:
        """The allowance of a refused id is used up, or taken away by its key."""

        def reached(turn: LeanTurn) -> bool:
            if not turn.view.get(self.cells.is_watched):
                return False
            turn.view.put(self.cells.is_denied, True)
            turn.take(RegisterLimitReached())
            return True

        def changed(text: str) -> Callable[[LeanTurn], bool]:
            def run(turn: LeanTurn) -> bool:
                if not turn.view.get(self.cells.is_watched):
                    return False
                turn.view.put(self.model.room.keys["MaxEnergyOnInvalidId"], text)
                turn.view.put(self.cells.is_denied, text == "0")
                turn.take(KeyChanged("MaxEnergyOnInvalidId"))
                return True

            return run

        call = 'call ChangeConfiguration {"key":"MaxEnergyOnInvalidId","value":"%s"}'
        return (
            Move("register limit reached", reached, ("register_limit_reached",)),
            Move("MaxEnergyOnInvalidId=500", changed("500"), (call % "500",)),
            Move("MaxEnergyOnInvalidId=0", changed("0"), (call % "0",)),
        )

    def _availability(self) -> tuple[Move, ...]:
        return tuple(
            self._call(
                f"ChangeAvailability {connector_id} {kind}",
                AvailabilityRequested(CALL_ID, connector_id, kind),
                f'ChangeAvailability {{"connectorId":{connector_id},"type":"{kind}"}}',
            )
            for connector_id in (0, 1)
            for kind in AvailabilityType
        )

    def _resets(self) -> tuple[Move, ...]:
        return (
            self._reset(ResetType.SOFT),
            self._reset(ResetType.HARD),
            Move("restart", self._restart, ("power on",)),
            Move("restart failed", self._give_up_restart, ("restart_failed",)),
        )

    def _give_up_restart(self, turn: LeanTurn) -> bool:
        """``charge_point`` has tried often enough."""
        if not self.model.fact(turn.view, "is_resetting"):
            return False
        self.model.know(turn.view, is_resetting=False)
        return True

    def _restart(self, turn: LeanTurn) -> bool:
        """The end of a reset, when its transaction has ended."""
        if not self.model.fact(turn.view, "is_resetting"):
            return False
        return turn.view.get(self.cells.kept) is None and self.model.boot(turn)

    def _reset(self, kind: ResetType) -> Move:
        """With an open transaction its end is ordered; the restart is a power cut."""

        def run(turn: LeanTurn) -> bool:
            view, model = turn.view, self.model
            is_possible = model.fact(view, "is_online") and not model.fact(view, "is_resetting")
            if not is_possible or not model.fact(view, "has_open_transaction"):
                return False
            model.know(view, is_resetting=True)
            turn.take(ResetOrdered(kind))
            return True

        return Move(f"reset {kind}", run, (f'call Reset {{"type":"{kind}"}}',))
