"""What may happen to the station while a job runs: moves that both jobs have."""

from collections.abc import Callable
from typing import Final

from cp.vocabulary.events import (
    AvailabilityRequested,
    BootAccepted,
    BootHeld,
    BootRejected,
    BootUnanswered,
    CardPresented,
    Event,
    FaultCleared,
    FaultRaised,
    InputsRead,
    LinkLost,
    LinkRestored,
    MessageRequested,
    Plugged,
    ProgressTold,
    ResetRequested,
    RestartFailed,
    StartAuthorized,
    StopAuthorized,
    StopSettled,
    Unplugged,
)
from cp.vocabulary.words import AvailabilityType, ResetType
from tools.explore.cells import View
from tools.explore.job import RESTART, JobModel
from tools.explore.model import Move
from tools.explore.turn import LeanTurn

CALL_ID: Final = "cs-1"
CARD: Final = "CARD"


def move(
    name: str, line: str, run: Callable[[View], Event | None], *, is_cut: bool = False
) -> Move:
    """A move whose event depends on the state; None: not possible."""

    def play(turn: LeanTurn) -> bool:
        event = run(turn.view)
        if event is None:
            return False
        turn.take(event)
        return True

    return Move(name, play, (line,) if line else (), is_cut)


class JobMoves:
    """Builds the moves of one model; subclasses add those of the job."""

    def __init__(self, model: JobModel) -> None:
        self.model = model
        self.cells = model.cells

    # ---- power and effects -----------------------------------------------------------------------

    def power(self) -> tuple[Move, ...]:
        """Inputs, power cuts, restarts that were ordered, and effects that are carried out."""

        def read(view: View) -> Event | None:
            if view.get(self.cells.is_read):
                return None
            view.put(self.cells.is_read, True)
            return InputsRead()

        def failed(view: View) -> Event | None:
            return RestartFailed() if self.taken(view, RESTART) else None

        def restart(turn: LeanTurn) -> bool:
            return self.is_next(turn.view, RESTART) and self.model.boot(turn)

        return (
            move("inputs_read", "inputs_read", read),
            Move("power cut", self.model.boot, ("power cut",), is_cut=True),
            Move("restart", restart, ("power on",)),
            move("restart failed", "restart_failed", failed),
        )

    def is_next(self, view: View, word: str) -> bool:
        """Whether this effect is the first that waits."""
        return view.get(self.cells.outward)[:1] == (word,)

    def taken(self, view: View, word: str) -> bool:
        """Whether this effect was the first that waited; it waits no more."""
        if not self.is_next(view, word):
            return False
        view.put(self.cells.outward, view.get(self.cells.outward)[1:])
        return True

    def carried_out(self, word: str, change: Callable[[View], None]) -> Move:
        """The first effect that waits is carried out."""

        def run(turn: LeanTurn) -> bool:
            if not self.taken(turn.view, word):
                return False
            change(turn.view)
            return True

        return Move(f"carried out: {word}", run)

    # ---- the outlet ------------------------------------------------------------------------------

    def outlet(self) -> tuple[Move, ...]:
        """A car comes, charges by card, and leaves."""
        return (
            self._plug("plugged", Plugged(), True),
            self._plug("unplugged", Unplugged(), False),
            move("card", "card_presented id_tag=CARD", lambda _view: CardPresented(CARD)),
            move("Authorize accepted", "answer", self._authorized),
            Move(
                "Authorize refused", self._refused, ('answer {"idTagInfo":{"status":"Invalid"}}',)
            ),
        )

    def _plug(self, name: str, event: Event, is_plugged: bool) -> Move:
        def run(view: View) -> Event | None:
            if self.model.fact(view, "is_plugged") is is_plugged:
                return None
            self.model.know(view, is_plugged=is_plugged)
            return event

        return move(name, name, run)

    def _authorized(self, view: View) -> Event | None:
        question = view.get(self.cells.question)
        self.model.ask(view, "")
        answers = {"start": StartAuthorized(CARD, None), "stop": StopAuthorized("GROUP")}
        return answers.get(question)

    def _refused(self, turn: LeanTurn) -> bool:
        if not turn.view.get(self.cells.question):
            return False
        self.model.ask(turn.view, "")
        return True

    def disturbances(self) -> tuple[Move, ...]:
        """A card of the group, faults of the outlet, and ChangeAvailability."""

        def ask(turn: LeanTurn) -> bool:
            view = turn.view
            if view.get(self.cells.question) or view.get(self.cells.kept) is None:
                return False
            self.model.ask(view, "stop")
            return True

        def fault(event: Event, is_present: bool) -> Callable[[View], Event | None]:
            def run(view: View) -> Event | None:
                if self.model.fact(view, "has_fault") is is_present:
                    return None
                self.model.know(view, has_fault=is_present)
                return event

            return run

        words = "connector_id=1 error_code=GroundFailure"
        return (
            Move("card of the group", ask, ("card_presented id_tag=GROUP",)),
            move("fault", f"error_raised {words}", fault(FaultRaised(1), True)),
            move("no fault", f"error_cleared {words}", fault(FaultCleared(1), False)),
            *(
                self.call(
                    f"ChangeAvailability {kind}",
                    f'ChangeAvailability {{"connectorId":1,"type":"{kind}"}}',
                    AvailabilityRequested(CALL_ID, 1, kind),
                )
                for kind in AvailabilityType
            ),
        )

    # ---- the central system ----------------------------------------------------------------------

    def call(self, name: str, line: str, event: Event) -> Move:
        """A CALL of the central system: it needs a link, and a station that answers."""

        def run(view: View) -> Event | None:
            is_silent = self.model.leaf(view, "charge_point.0") == "rejected"
            return event if self.model.fact(view, "is_online") and not is_silent else None

        return move(name, f"call {line}", run)

    def trigger(self, message: str) -> Move:
        """TriggerMessage."""
        line = f'TriggerMessage {{"requestedMessage":"{message}"}}'
        return self.call(f"trigger {message}", line, MessageRequested(CALL_ID, message, None))

    def line(self) -> tuple[Move, ...]:
        """The link, an accepted BootNotification, answers to notices, and a reset."""

        def linked(view: View) -> Event | None:
            if self.model.fact(view, "is_online"):
                return None
            self.model.know(view, is_online=True)
            return LinkRestored()

        def lost(view: View) -> Event | None:
            if not self.model.fact(view, "is_online"):
                return None
            self.model.know(view, is_online=False)
            view.put(self.cells.is_told, False)
            return LinkLost()

        def told(view: View) -> Event | None:
            if not view.get(self.cells.is_told):
                return None
            view.put(self.cells.is_told, False)
            return ProgressTold()

        def settled(view: View) -> Event | None:
            is_awaited = self.model.leaf(view, "charge_point.0") == "stopping_softly"
            return StopSettled("0.1") if is_awaited else None

        return (
            move("link restored", "link_opened", linked),
            move("link lost", "link_closed", lost),
            self.boot_answered("accepted", "answer", BootAccepted(0)),
            move("notice answered", "answer", told),
            self.call("reset", 'Reset {"type":"Soft"}', ResetRequested(CALL_ID, ResetType.SOFT)),
            move("StopTransaction answered", "answer", settled),
        )

    def refusals(self) -> tuple[Move, ...]:
        """The other answers to BootNotification."""
        return (
            self.boot_answered("held", 'answer {"status":"Pending"}', BootHeld(0)),
            self.boot_answered("rejected", 'answer {"status":"Rejected"}', BootRejected(0)),
            self.boot_answered("unanswered", "refuse InternalError", BootUnanswered()),
            self.trigger("BootNotification"),
        )

    def boot_answered(self, how: str, line: str, event: Event) -> Move:
        """One answer to BootNotification."""

        def run(view: View) -> Event | None:
            is_asked = self.model.leaf(view, "charge_point.0") == "registering"
            return event if is_asked and self.model.fact(view, "is_online") else None

        return move(f"BootNotification {how}", line, run)

    def timers(self) -> tuple[Move, ...]:
        """Those of the transaction only measure, the outlet has explored them."""
        every = self.model.timer_moves()
        return tuple(item for item in every if not item.name.startswith("transaction"))
