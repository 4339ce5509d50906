"""Tries of transaction messages: which one is given up, and when that is due.

Theory of operation: turns are watched. A try has failed when CALLERROR or an unusable answer came,
or when the station waits no longer though its connection is open (``S 3.7``, ``JE 4.2.3``); a
connection that is lost is no failed try, nor one that was given up while the disk was full (D-15).
A process that starts counts anew. A message whose row is deleted was answered, thinned out on a
full disk, or given up; the last is due after as many failed tries as TransactionMessageAttempts
says, neither before nor after, and each further try waits for TransactionMessageRetryInterval times
those that failed (``S 3.7.1``).
"""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Final

from cp.controller import Controller, Done
from cp.vocabulary.effects import AbandonCall, SendCall
from cp.vocabulary.events import FrameReceived, LinkClosed
from cp.vocabulary.words import Action
from tools.simulate.ledger import Queued
from tools.simulate.manners import UNUSABLE
from tools.simulate.station import Site

_ROUNDED_S: Final = 0.01


class Tries:
    """A watcher of turns; it writes ``Ledger.given_up``. ``retry_s``: None while the key may be
    written by anybody."""

    def __init__(self, site: Site, retry_s: int | None) -> None:
        self._site = site
        self._attempts = site.factory.number("TransactionMessageAttempts")
        self._retry_s = retry_s
        self._life: Controller | None = None
        self._under_way = ""
        self._sent = 0
        self._failed: Counter[str] = Counter()
        self._failed_s: dict[str, float] = {}
        self._answered: set[str] = set()
        site.ledger.on_gone = self._look_at_gone

    def before_turn(self, controller: Controller) -> None:
        """See ``Watcher``."""

    def after_turn(self, controller: Controller, done: Done, fresh: Sequence[Queued]) -> None:
        """What came, what is waited for no longer, what goes out: in this order."""
        if controller is not self._life:
            self._life, self._under_way = controller, ""
            self._failed.clear()
            self._failed_s.clear()
        for item in done.trace:
            match item:
                case FrameReceived(text) if self._under_way:
                    self._take(text)
                case LinkClosed():
                    self._under_way = ""
        if self._under_way and any(isinstance(effect, AbandonCall) for effect in done.safe):
            if controller.condition.facts.is_storage_low:
                self._under_way = ""
            else:
                self._fail()
        for effect in done.outward:
            if isinstance(effect, SendCall):
                self._send(effect.text.split('"', 2)[1])

    def _take(self, text: str) -> None:
        if not text.startswith(("[3,", "[4,")) or f'"{self._under_way}"' not in text[:60]:
            return
        kind, _, *rest = json.loads(text)
        if kind == 4 or rest == [UNUSABLE]:
            self._fail()
        else:
            self._answered.add(self._under_way)
            self._under_way = ""

    def _fail(self) -> None:
        message_id, self._under_way = self._under_way, ""
        if self._site.ledger.sent[message_id] > self._sent:
            self._failed[message_id] += 1
            self._failed_s[message_id] = self._site.time.now_s

    def _send(self, message_id: str) -> None:
        self._under_way, failed = message_id, self._failed[message_id]
        self._sent = self._site.ledger.sent[message_id]
        if not failed or message_id not in self._site.ledger.queued:
            return
        if failed >= self._attempts:
            self._site.checks.find(f"message {message_id} is tried again after {failed} tries")
        waited_s = self._site.time.now_s - self._failed_s[message_id]
        if self._retry_s is not None and waited_s < self._retry_s * failed - _ROUNDED_S:
            self._site.checks.find(
                f"message {message_id} is tried again {waited_s:.1f} s after try {failed}"
            )

    def _look_at_gone(self, message_id: str) -> None:
        """Its row is deleted for good."""
        ledger, failed = self._site.ledger, self._failed[message_id]
        if message_id in self._answered:
            return
        is_thinned = ledger.queued[message_id].action == Action.METER_VALUES
        if failed < self._attempts and is_thinned and self._site.disk.was_full:
            return
        ledger.given_up.add(message_id)
        if failed != self._attempts:
            self._site.checks.find(
                f"message {message_id} is given up after {failed} of {self._attempts} tries"
            )
