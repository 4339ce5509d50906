"""Why a transaction begins and ends, against what people and the central system did.

Theory of operation: a transaction message is looked at in the turn that makes it, when what caused
it has happened a moment ago.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from cp.controller import Controller, Done
from cp.vocabulary.words import Action, Reason
from tools.simulate.central import Central
from tools.simulate.ledger import Queued
from tools.simulate.lines import Asked
from tools.simulate.people import GROUPS, REFUSED
from tools.simulate.station import Site
from tools.simulate.trouble import EMERGENCY_STOP

_AT_ONCE_S: Final = 1.0
_ASKED_S: Final = 70.0
"""Authorize may wait for a CALL that is under way, and for its answer."""
_PLUGGED_S: Final = 130.0
"""The longest ConnectionTimeOut that anybody writes, and a little."""
_STARTING_S: Final = 10.0


class Reasons:
    """A watcher of turns."""

    def __init__(self, site: Site, central: Central) -> None:
        self._site = site
        self._central = central
        self._causes: Mapping[str, Callable[[Queued, Queued], bool]] = {
            Reason.LOCAL: self._is_local,
            Reason.REMOTE: self._is_remote,
            Reason.EV_DISCONNECTED: self._is_unplugged,
            Reason.DE_AUTHORIZED: lambda start, _: start.id_tag in REFUSED,
            Reason.EMERGENCY_STOP: self._is_emergency,
            Reason.SOFT_RESET: lambda *_: self._is_reset("Soft"),
            Reason.HARD_RESET: lambda *_: self._is_reset("Hard"),
            Reason.POWER_LOSS: self._is_starting,
        }

    def before_turn(self, controller: Controller) -> None:
        """See ``Watcher``."""

    def after_turn(self, controller: Controller, done: Done, fresh: Sequence[Queued]) -> None:
        """See ``Watcher``."""
        for queued in fresh:
            if queued.action == Action.START_TRANSACTION:
                self._look_at_start(queued)
            elif queued.action == Action.STOP_TRANSACTION:
                self._look_at_stop(queued)

    def _look_at_start(self, start: Queued) -> None:
        """Somebody presented this card, or it was asked for, not long ago (``S 4.8``)."""
        since_s = self._site.time.now_s - _ASKED_S - _PLUGGED_S
        is_asked = any(
            asked.payload.get("idTag") == start.id_tag
            for asked in self._asked(Action.REMOTE_START_TRANSACTION)
        )
        if not is_asked and not self._was_presented(start.id_tag, since_s):
            self._find(f"session {start.uid} begins by {start.id_tag}, whom nobody presented")
        if not self._site.board.outlet.is_plugged and not self._is_just_unplugged():
            self._find(f"session {start.uid} begins without an EV")

    def _look_at_stop(self, stop: Queued) -> None:
        start = self._site.ledger.starts[stop.uid]
        cause = self._causes.get(stop.reason)
        if cause is None or not cause(start, stop):
            self._find(f"session {stop.uid} of {start.id_tag} ends by {stop.id_tag}: {stop.reason}")
        if stop.reason != Reason.LOCAL and stop.id_tag != start.id_tag:
            self._find(f"session {stop.uid} of {start.id_tag} ends by {stop.id_tag} (D-10)")

    # ---- causes ----------------------------------------------------------------------------------

    def _is_local(self, start: Queued, stop: Queued) -> bool:
        """The card at once, one of its group after Authorize (``T 068``, ``T 069``)."""
        if stop.id_tag == start.id_tag:
            return self._was_presented(stop.id_tag, self._site.time.now_s - _AT_ONCE_S)
        is_group = {start.id_tag, stop.id_tag} <= GROUPS
        return is_group and self._was_presented(stop.id_tag, self._site.time.now_s - _ASKED_S)

    def _is_remote(self, start: Queued, _stop: Queued) -> bool:
        number = self._central.starts.get(start.message_id)
        stops = self._asked(Action.REMOTE_STOP_TRANSACTION)
        return any(asked.payload["transactionId"] == number for asked in stops)

    def _is_unplugged(self, _start: Queued, _stop: Queued) -> bool:
        return not self._site.board.outlet.is_plugged or self._is_just_unplugged()

    def _is_emergency(self, _start: Queued, _stop: Queued) -> bool:
        noticed_s = self._site.board.noticed.get(EMERGENCY_STOP)
        return noticed_s is not None and self._site.time.now_s - noticed_s < _AT_ONCE_S

    def _is_reset(self, kind: str) -> bool:
        return any(asked.payload["type"] == kind for asked in self._asked(Action.RESET))

    def _is_starting(self, _start: Queued, _stop: Queued) -> bool:
        return self._site.time.now_s - self._site.started_s < _STARTING_S

    # ---- helpers ---------------------------------------------------------------------------------

    def _is_just_unplugged(self) -> bool:
        return self._site.time.now_s - self._site.board.outlet.unplugged_s < _AT_ONCE_S

    def _was_presented(self, id_tag: str, since_s: float) -> bool:
        return any(
            presented_s >= max(since_s, self._site.started_s)
            for card, presented_s in self._site.board.presented.items()
            if card.casefold() == id_tag.casefold()
        )

    def _asked(self, action: str) -> list[Asked]:
        """What was asked of this process."""
        return [
            asked
            for asked in self._central.asked
            if asked.action == action and asked.asked_s >= self._site.started_s
        ]

    def _find(self, what: str) -> None:
        self._site.checks.find(what)
