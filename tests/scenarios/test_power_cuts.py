"""The power-cut proof: a slice of its cuts, and that it catches what it is for."""

from pathlib import Path

import pytest

from cp.journal import call_row
from cp.vocabulary.effects import Effect, SendFrame, ThinCalls
from cp.vocabulary.effects_jobs import ActivateSlot, MarkSlotGood, StopDownload
from cp.vocabulary.events import Event
from cp.vocabulary.instants import Stamp
from cp.vocabulary.records import Delete, Put, Row
from cp.vocabulary.requests import (
    Lane,
    MeterValues,
    QueuedCall,
    Request,
    StartTransaction,
    StopTransaction,
)
from cp.vocabulary.words import Reason
from tools.coverage import shipped
from tools.power_cuts import prove
from tools.scenario import load
from tools.scenario_jobs import Workshop
from tools.scenario_ledger import Ledger
from tools.scenario_station import Station

FOLDER = Path(__file__).parent
NOW = Stamp(1, 0.0, 0.0)
EVERY = 16
"""`python -m tools.power_cuts` plays all cuts; so many fewer keep `make test` quick."""

WHOLE = [path for path in shipped(FOLDER) if "chart" not in load(path).options]


@pytest.mark.parametrize("path", WHOLE, ids=lambda path: path.stem)
def test_books_are_the_same_after_a_power_cut(path: Path) -> None:
    assert prove(load(path), EVERY).findings == []


def test_every_cut_of_one_charge() -> None:
    proof = prove(load(FOLDER / "t003_plug_first.txt"))

    assert proof.findings == []
    assert proof.cuts == proof.places > 20


def findings(name: str, kind: type[Station]) -> str:
    return "\n".join(prove(load(FOLDER / f"{name}.txt"), kind=kind).findings)


class LateRows(Station):
    """Commits rows when what goes out is out."""

    def _commit(self) -> None:
        while self._outward:
            self._before()
            self._go_out(self._outward.popleft()[1])
        super()._commit()


def test_rows_after_outward_effects_are_caught() -> None:
    found = findings("t003_plug_first", LateRows)

    assert "current offered without a durable transaction" in found
    assert "0 transactions, 1 starts" in found


class Forgetful(Station):
    """Drops the record of one kind of message."""

    dropped = '"StopTransaction'

    def _store(self, rows: list[Row]) -> None:
        kept = [row for row in rows if not (isinstance(row, Put) and self._is_dropped(row))]
        super()._store(kept)

    def _is_dropped(self, row: Put) -> bool:
        return row.kind == "call" and self.dropped in row.body.replace("\\", "")


def test_dropped_record_is_caught() -> None:
    assert "1 transactions, 1 starts, 0 stops" in findings("t003_plug_first", Forgetful)


class Oblivious(Forgetful):
    """Does not keep the server's id of the transaction."""

    def _is_dropped(self, row: Put) -> bool:
        return row.kind == "transaction_id"


def test_lost_transaction_id_is_caught() -> None:
    assert "stopped as -1, started as 1" in findings("t003_plug_first", Oblivious)


class Hasty(Station):
    """Settles a message when it is sent, not when it is answered."""

    def _go_out(self, effect: Effect) -> None:
        if isinstance(effect, SendFrame):
            for kind, key in list(self.rows):
                if kind == "call" and f'"{int(key)}"' in effect.text:
                    self._store([Delete(kind, key)])
                    self._before()
        super()._go_out(effect)


def test_message_settled_before_its_answer_is_caught() -> None:
    found = findings("t003_plug_first", Hasty)

    assert "was durable and never arrived" in found
    assert "1 transactions, 0 starts" in found


class Stubborn(Station):
    """An open cancels no close that waits."""

    def _cancel(self, waiting: Effect) -> None:
        pass


def test_close_that_is_not_canceled_is_caught() -> None:
    assert "contactor closed without a durable transaction" in findings("storage_slow", Stubborn)


class Reckless(Station):
    """Thins out whatever is stored, and says nothing of it."""

    def _thin(self, effect: ThinCalls) -> None:
        self._store([Delete(kind, key) for kind, key in self.rows if kind == "call"])


def test_thinning_too_much_is_caught() -> None:
    assert "was durable and never arrived" in findings("storage_full", Reckless)


@pytest.mark.parametrize(
    ("request_", "violations"),
    [
        (MeterValues(1, "1.1", ()), []),
        (StartTransaction("1.1", 1, "CARD", 0, NOW), ["StartTransaction 7 was thinned out"]),
        (
            StopTransaction("1.1", "CARD", 0, NOW, Reason.LOCAL),
            ["StopTransaction 7 was thinned out"],
        ),
    ],
)
def test_only_meter_values_may_be_thinned_out(request_: Request, violations: list[str]) -> None:
    row = call_row(QueuedCall(7, "7", Lane.QUEUE, request_))
    ledger = Ledger()
    ledger.row(row)

    ledger.thin(row.body)

    assert ledger.queued == []
    assert ledger.violations == violations


class Amnesiac(Station):
    """Forgets the checkpoint that goes with a sample: the record stays as it was opened."""

    def _store(self, rows: list[Row]) -> None:
        is_open = ("transaction", "open") in self.rows
        kept = [row for row in rows if not (is_open and self._is_checkpoint(row))]
        super()._store(kept)

    def _is_checkpoint(self, row: Row) -> bool:
        return isinstance(row, Put) and row.kind == "transaction"


def test_stop_older_than_the_last_sample_is_caught() -> None:
    assert "times fall" in findings("t003_plug_first", Amnesiac)


class Careless(Station):
    """Goes on downloading when it is told to stop."""

    def _make_safe(self, effect: Effect) -> None:
        if not isinstance(effect, StopDownload):
            super()._make_safe(effect)


def test_download_during_a_transaction_is_caught() -> None:
    assert "downloaded during a transaction" in findings("update_while_charging", Careless)


class Impatient(Station):
    """Makes the new slot the next to start before the record of it is durable."""

    def _store(self, rows: list[Row]) -> None:
        for _, effect in self._outward:
            if isinstance(effect, ActivateSlot):
                self.workshop.do(effect)
        super()._store(rows)


def test_slot_without_a_record_is_caught() -> None:
    assert "slot b activated without a record" in findings("t044_1_update", Impatient)


class Silent(Forgetful):
    """Does not keep what is to be told."""

    def _is_dropped(self, row: Put) -> bool:
        return row.kind == "notice"


def test_status_that_is_never_told_is_caught() -> None:
    assert "updates are over, told" in findings("update_while_offline", Silent)


class Deaf(Workshop):
    """Never hears that a slot is good."""

    def do(self, effect: Effect) -> Event | None:
        return None if isinstance(effect, MarkSlotGood) else super().do(effect)


class Unsure(Station):
    """Never calls a slot good."""

    def __post_init__(self) -> None:
        self.workshop = Deaf()
        super().__post_init__()


def test_slot_on_trial_for_ever_is_caught() -> None:
    assert "slot b is on trial for ever" in findings("t044_1_update", Unsure)
