"""The power-cut proof: a slice of its cuts, and that it catches what it is for."""

from pathlib import Path

import pytest

from cp.vocabulary.effects import Effect, SendFrame
from cp.vocabulary.records import Delete, Put, Row
from tools.coverage import shipped
from tools.power_cuts import prove
from tools.scenario import load
from tools.scenario_station import Station

FOLDER = Path(__file__).parent
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
