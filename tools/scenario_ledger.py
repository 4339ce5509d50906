"""What really happened to energy, written by the world and not by the controller.

Theory of operation: a transaction exists from the moment its record is durable until the moment
its end is. The ledger reads the meter at both, and notes every command to the hardware that no
durable transaction covers. The proofs compare the central system's books with it.
"""

import json
from dataclasses import dataclass, field, replace

from cp.vocabulary.records import Delete, Row
from cp.vocabulary.words import Action

OPEN = ("transaction", "open")


@dataclass(frozen=True, slots=True)
class Account:
    """One transaction; registers in Wh, ``closed_wh`` None while its record is open."""

    uid: str
    id_tag: str
    opened_wh: int
    closed_wh: int | None = None


@dataclass(slots=True)
class Ledger:
    """``queued``: ids of all durable messages. ``commands`` that let energy flow, so far.

    ``is_meter_whole``: the register rose as a register does, and was never unreadable.
    """

    accounts: list[Account] = field(default_factory=list)
    queued: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    commands: int = 0
    is_meter_whole: bool = True
    last_wh: int = 1000

    def meter(self, register_wh: int | None) -> None:
        """The register shows this from now on."""
        if register_wh is None or register_wh < self.last_wh:
            self.is_meter_whole = False
        else:
            self.last_wh = register_wh

    def row(self, row: Row) -> None:
        """A row became durable."""
        if isinstance(row, Delete):
            if (row.kind, row.key) == OPEN:
                self._close()
            return
        try:
            body = json.loads(row.body)
        except ValueError:
            return  # a scenario about rows that cannot be read
        if row.kind == "call" and body["message_id"] not in self.queued:
            self.queued.append(body["message_id"])
        if (row.kind, row.key) != OPEN:
            return
        if not self.accounts or self.accounts[-1].uid != body["uid"]:
            self.accounts.append(Account(body["uid"], body["id_tag"], self.last_wh))

    def thin(self, body: str) -> None:
        """A stored message goes because there is no room: only MeterValues may."""
        message = json.loads(body)
        action = json.loads(message["request"])["action"]
        if action != Action.METER_VALUES:
            self.violations.append(f"{action} {message['message_id']} was thinned out")
        self.queued.remove(message["message_id"])

    def _close(self) -> None:
        if self.accounts and self.accounts[-1].closed_wh is None:
            self.accounts[-1] = replace(self.accounts[-1], closed_wh=self.last_wh)

    @property
    def has_open(self) -> bool:
        """A transaction is durable and not ended."""
        return bool(self.accounts) and self.accounts[-1].closed_wh is None

    def command(self, what: str) -> None:
        """Energy is offered or let through: only within a durable transaction."""
        self.commands += 1
        if not self.has_open:
            self.violations.append(f"{what} without a durable transaction")

    def copy(self) -> "Ledger":
        """A ledger of its own, for what might have happened instead."""
        return replace(
            self,
            accounts=list(self.accounts),
            queued=list(self.queued),
            violations=list(self.violations),
        )
