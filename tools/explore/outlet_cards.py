"""Cards, and the answers of the central system to what they lead to."""

from collections.abc import Callable
from typing import Final

from cp.vocabulary.events import (
    AuthorizeUnanswered,
    CardPresented,
    Event,
    IdTagAccepted,
    IdTagRefused,
    StartConfirmed,
    StartDiscarded,
    StartRefused,
)
from tools.explore.cells import View
from tools.explore.model import Move
from tools.explore.outlet import SERVER_ID, OutletModel
from tools.explore.turn import LeanTurn

CALL_ID: Final = "cs-1"
OWN, OTHER, GROUP = "CARD", "OTHER", "GROUP"


class OutletCards:
    """Moves of cards and answers; ``outlet_moves`` adds the rest."""

    def __init__(self, model: OutletModel) -> None:
        self.model = model
        self.cells = model.cells

    def _is_online(self, view: View) -> bool:
        return self.model.fact(view, "is_online") and self.model.fact(view, "is_registered")

    def _may_start_offline(self, view: View) -> bool:
        flag = self.model.room.keys["AllowOfflineTxForUnknownId"]
        return view.get(flag) == "true" and self.model.fact(view, "has_history")

    def _cards(self) -> tuple[Move, ...]:
        return tuple(self._card(id_tag) for id_tag in (OWN, OTHER))

    def _card(self, id_tag: str) -> Move:
        def run(turn: LeanTurn) -> bool:
            view = turn.view
            if id_tag != OWN and not self._is_any_id_known(view):
                return False
            is_offline = not self._is_online(view)
            if is_offline and self._may_start_offline(view) and not self._is_denied(view):
                self._grant(view, id_tag)
            turn.take(CardPresented(id_tag))
            return True

        return Move(f"card {id_tag}", run, (f"card_presented id_tag={id_tag}",))

    def _grant(self, view: View, id_tag: str) -> None:
        """The first authorization stands."""
        if view.get(self.cells.granted) is None:
            view.put(self.cells.granted, id_tag)

    def _is_denied(self, view: View) -> bool:
        return self.model.fact(view, "is_denied")

    def _is_any_id_known(self, view: View) -> bool:
        """Whether a card can be another one than the first."""
        if view.get(self.cells.kept) or view.get(self.cells.question):
            return True
        return self.model.leaf(view, "connector.1") == "waiting_for_plug"

    def _answers(self) -> tuple[Move, ...]:
        """Answers to Authorize; CALLERROR and every refusal are one event (D-11)."""
        accepted = '{"idTagInfo":{"status":"Accepted"}}'
        group = '{"idTagInfo":{"status":"Accepted","parentIdTag":"GROUP"}}'
        invalid = '{"idTagInfo":{"status":"Invalid"}}'
        return (
            self._answer("Authorize accepted", IdTagAccepted(None), f"answer {accepted}"),
            self._answer("Authorize accepted, group", IdTagAccepted(GROUP), f"answer {group}"),
            self._answer("Authorize refused", IdTagRefused(), f"answer {invalid}"),
            self._answer("Authorize unanswered", AuthorizeUnanswered(), "wait 30"),
            *self._start_answers(),
        )

    def _answer(self, name: str, event: Event, line: str) -> Move:
        def run(turn: LeanTurn) -> bool:
            question = turn.view.get(self.cells.question)
            if question is None:
                return False
            self._settle_question(turn.view, event)
            turn.take(event)
            return True

        return Move(name, run, (line,))

    def _settle_question(self, view: View, event: Event) -> None:
        """An answer may grant a start; while a transaction is open it can only grant a stop."""
        question = view.get(self.cells.question)
        view.put(self.cells.question, None)
        is_accepted = isinstance(event, IdTagAccepted)
        is_offline_rule = isinstance(event, AuthorizeUnanswered) and self._may_start_offline(view)
        if question and (is_accepted or is_offline_rule) and view.get(self.cells.kept) is None:
            self._grant(view, question)

    def _start_answers(self) -> tuple[Move, ...]:
        return (
            self._start_answer("accepted", lambda uid: StartConfirmed(uid, SERVER_ID, None)),
            self._start_answer(
                "accepted, group", lambda uid: StartConfirmed(uid, SERVER_ID, GROUP)
            ),
            self._start_answer("refused", lambda uid: StartRefused(uid, SERVER_ID, None)),
            self._start_answer("discarded", StartDiscarded),
        )

    def _start_answer(self, name: str, event_of: Callable[[str], Event]) -> Move:
        texts = {
            "accepted": 'answer {"transactionId":7,"idTagInfo":{"status":"Accepted"}}',
            "accepted, group": 'answer {"transactionId":7,"idTagInfo":'
            '{"status":"Accepted","parentIdTag":"GROUP"}}',
            "refused": 'answer {"transactionId":7,"idTagInfo":{"status":"Invalid"}}',
            "discarded": "refuse InternalError",
        }

        def run(turn: LeanTurn) -> bool:
            view = turn.view
            starts = view.get(self.cells.starts)
            if not starts or not self._is_online(view):
                return False
            view.put(self.cells.starts, starts[1:])
            kept = view.get(self.cells.kept)
            event = event_of(starts[0])
            if isinstance(event, StartRefused) and kept is not None and kept.uid == starts[0]:
                view.put(self.cells.is_denied, self._is_refusal_final(view))
            turn.take(event)
            return True

        return Move(f"StartTransaction {name}", run, (texts[name],))

    def _is_refusal_final(self, view: View) -> bool:
        keys = self.model.room.keys
        is_stopped = view.get(keys["StopTransactionOnInvalidId"]) == "true"
        return is_stopped or view.get(keys["MaxEnergyOnInvalidId"]) == "0"
