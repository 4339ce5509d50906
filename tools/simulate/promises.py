"""Promises: what must have happened by a time, unless something comes between.

Theory of operation: looked at before every turn. A promise ends with the process that gave it, and
when its disk is not quick.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from cp.chart import Step
from cp.controller import Controller, Done
from cp.vocabulary.events import CardPresented
from cp.vocabulary.words import ChargePointStatus as Status
from tools.simulate.central import Central
from tools.simulate.ledger import Queued
from tools.simulate.settled import Settled
from tools.simulate.station import Site

_DECIDED_S: Final = 100.0
"""Authorize may wait for a CALL that is under way, and for its answer."""
_DEAF: Final = (None, Status.UNAVAILABLE, Status.FAULTED)
"""Where a card does nothing, and the lamp says so already."""


@dataclass(frozen=True, slots=True)
class _Promise:
    what: str
    due_s: float
    is_kept: Callable[[], bool]
    is_void: Callable[[], bool]


def _is_answered(done: Done) -> bool:
    """The outlet has done something already, in this very turn."""
    steps = (step for step in done.trace if isinstance(step, Step))
    return any(step.status_before != step.status_after for step in steps)


class Promises:
    """A watcher of turns. It makes one promise itself: whoever presents a card is told what comes
    of it, by the lamp or by what the outlet does; a central system that is slow excuses it."""

    def __init__(self, site: Site, central: Central, settled: Settled) -> None:
        self._site = site
        self._central = central
        self._settled = settled
        self._made: list[_Promise] = []

    def before_turn(self, controller: Controller) -> None:
        """Those that are due."""
        for promise in list(self._made):
            if promise.is_kept() or promise.is_void():
                self._made.remove(promise)
            elif self._site.time.now_s > promise.due_s:
                self._made.remove(promise)
                self._site.checks.find(f"promised, but not done: {promise.what}")

    def after_turn(self, controller: Controller, done: Done, fresh: Sequence[Queued]) -> None:
        """See ``Watcher``."""
        for event in done.trace[:1]:
            if isinstance(event, CardPresented) and not _is_answered(done):
                self._expect_word(controller, event.id_tag)

    def expect(
        self,
        what: str,
        within_s: float,
        is_kept: Callable[[], bool],
        is_void: Callable[[], bool] = lambda: False,
    ) -> None:
        """A promise, made now."""
        started_s = self._site.started_s

        def is_over() -> bool:
            is_same = self._site.started_s == started_s
            return not is_same or not self._settled.has_time or is_void()

        self._made.append(_Promise(what, self._site.time.now_s + within_s, is_kept, is_over))

    def _expect_word(self, controller: Controller, id_tag: str) -> None:
        outlet, board, now_s = self._site.board.outlet, self._site.board, self._site.time.now_s
        status, had_session = controller.statuses().get(1), outlet.has_session
        if status in _DEAF:
            return
        self.expect(
            f"a word to {id_tag}, status {status}",
            _DECIDED_S,
            lambda: (
                board.refused_s >= now_s
                or outlet.has_session is not had_session
                or controller.statuses().get(1) is not status
            ),
            lambda: self._central.line is not None and not self._settled.is_line_fine,
        )
