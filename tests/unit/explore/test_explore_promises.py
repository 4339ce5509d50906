"""The five promises: each is lost by a seeded bug, listed by its name, and told of after a run."""

from pathlib import Path

import pytest
from explore_kit import SHIPPED, changed_line, seeded

from cp.behavior.transaction import Transaction
from cp.domain.outbox import Outbox
from cp.house import House
from cp.vocabulary.requests import QueuedCall
from tools.explore import main
from tools.explore.catalogue import INVARIANTS, listing, verdicts
from tools.explore.command import charging, diagnostics, traffic
from tools.explore.model import Model
from tools.explore.outlet_meter import HIGHEST_WH, LOWER_WH, renamed, shown
from tools.explore.promises import BOOT_FIRST, NOT_STUCK, ORDER, OWNER, PROMISES as FIVE, REGISTER
from tools.explore.report import Report, Violation, report_of
from tools.explore.search import explore
from tools.explore.stuck import stuck
from tools.scenario import played, read

ONE = ("stop",)


def bug(chart: str, words: tuple[str, ...], old: str, new: str) -> House:
    return seeded(chart, *changed_line(chart, words, old, new))


def only(model: Model, *names: str) -> Model:
    """The model with some of its moves."""
    assert set(names) <= {move.name for move in model.moves}
    model.moves = tuple(move for move in model.moves if move.name in names)
    return model


def found(model: Model, name: str, limit: int | None = None) -> Violation:
    violations = {item.invariant: item for item in report_of(explore(model, limit)).violations}
    return violations[name]


# ---- who started is not asked for ----------------------------------------------------------------

START = ("inputs_read", "plugged", "link up", "BootNotification accepted", "card CARD")
GROUP = (*START, "Authorize accepted, group")


def test_an_owner_who_is_asked_for_is_found() -> None:
    line = ("connector", ("stop_by_owner",), '"is_own_card"', '"not has_group"')
    assert found(only(charging(bug(*line), ONE), *GROUP), OWNER).moves == (*GROUP, "card CARD")
    graph = explore(only(charging(SHIPPED(), ONE), *GROUP))
    assert OWNER not in graph.found


def test_a_job_asks_for_no_owner_either() -> None:
    line = changed_line("connector", ("stop_by_owner",), "", "")[0]
    on = line.index("on = ")
    asked = f'{line[:on]}on = ["ask_start_authorization", "stop_by_owner"] }},\n'
    model = diagnostics(seeded("connector", line, asked))
    moves = ("inputs_read", "plugged", "link restored", "BootNotification accepted", "card")
    violation = found(only(model, *moves, "Authorize accepted"), OWNER)
    assert violation.moves == ("inputs_read", "plugged", "card", "Authorize accepted", "card")


# ---- the register --------------------------------------------------------------------------------

OPEN = (*START, "Authorize accepted")
SAMPLE = "transaction.1: every_MeterValueSampleInterval in open, register risen"
BLIND = "inputs_read, register unreadable"


def test_a_register_that_follows_a_falling_meter_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    moves = (*OPEN, "unplugged, register fallen")
    assert not explore(only(charging(SHIPPED(), ONE), *moves)).found
    monkeypatch.setattr(
        "cp.behavior.transaction.risen", lambda wh, last_wh: last_wh if wh is None else wh
    )
    violation = found(only(charging(SHIPPED(), ONE), *moves), REGISTER)
    assert violation.moves == moves
    assert violation.seen == "meterStop is 10 Wh below what was told or recorded before"


def test_an_older_record_after_a_power_cut_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    moves = (*OPEN, SAMPLE, "power cut", BLIND)
    assert not explore(only(charging(SHIPPED(), ONE), *moves)).found
    monkeypatch.setattr(Transaction, "_keep_checkpoint", lambda _behavior, _checkpoint: None)
    violation = found(only(charging(SHIPPED(), ONE), *moves), REGISTER)
    assert violation.moves == moves
    told = [line for line in violation.scenario.splitlines() if line.startswith("* meter")]
    assert told == ["* meter 1010", "* meter none"]
    assert played(read(violation.scenario, Path("found.txt"))).steps


def test_transaction_data_that_falls_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    moves = (*OPEN, SAMPLE, "unplugged")
    assert not explore(only(charging(SHIPPED(), ("data",)), *moves)).found
    monkeypatch.setattr(
        "cp.behavior.transaction.transaction_data", lambda begin, between, end, _: (end, begin)
    )
    violation = found(only(charging(SHIPPED(), ("data",)), *moves), REGISTER)
    assert violation.seen.startswith("transactionData falls")


def test_registers_by_name() -> None:
    assert [shown(0, by) for by in (0, 10, -10, None)] == [100, 110, 90, None]
    assert [renamed(wh, 1230) for wh in (0, 990, 1230)] == [0, LOWER_WH, HIGHEST_WH]


# ---- BootNotification, order ---------------------------------------------------------------------


def test_a_call_before_acceptance_is_found() -> None:
    house = bug("delivery", ("send_oldest_call",), "is_registered and has_call", "has_call")
    assert found(traffic(house), BOOT_FIRST, 1500).seen.endswith("while registration is Pending")


def test_a_message_that_overtakes_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def newest(outbox: Outbox) -> QueuedCall | None:
        return max((*outbox.waiting, *outbox.queue), key=lambda call: call.seq, default=None)

    monkeypatch.setattr("cp.domain.outbox.oldest", newest)
    moves = ("link_opened", "CALL answered", "StartTransaction", "MeterValues")
    assert "overtakes" in found(only(traffic(SHIPPED()), *moves), ORDER).seen


# ---- nothing is stuck ----------------------------------------------------------------------------

PLUGS = (*START[:4], "unplugged")


def test_a_machine_that_cannot_leave_home_is_found() -> None:
    """Every state has a way to an idle one: only what comes after that is amiss."""
    assert stuck(explore(only(charging(SHIPPED(), ONE), *PLUGS))) is None
    line = ("connector", ("plugged", "M A2", "AQ-2"), "target", 'cond = "not has_history", target')
    violation = found(only(charging(bug(*line), ONE), *PLUGS), NOT_STUCK)
    assert violation.seen == "never left again: connector.1"


def test_a_machine_that_cannot_get_home_is_found() -> None:
    violation = found(only(charging(SHIPPED(), ONE), *PLUGS[:-1]), NOT_STUCK)
    assert violation.seen.startswith("never home again: connector.1, vehicle.1 (")


# ---- what is told --------------------------------------------------------------------------------


def test_help_lists_the_five(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    assert listing() in capsys.readouterr().out
    where = {name: [part for part in INVARIANTS if name in dict(INVARIANTS[part])] for name in FIVE}
    assert where == {
        OWNER: ["A", "C", "D"],
        REGISTER: ["A"],
        BOOT_FIRST: ["B", "C", "D"],
        ORDER: ["A", "B", "C", "D"],
        NOT_STUCK: ["A", "B", "C", "D"],
    }


def test_a_run_says_whether_the_five_hold() -> None:
    lost = Violation(ORDER, "", (), "")
    nothing: frozenset[str] = frozenset()

    def report(title: str, *violations: Violation, is_complete: bool = True) -> Report:
        return Report(title, 7, 9, 3, 4, 0.1, is_complete, violations, frozenset(), nothing)

    assert list(verdicts([report("A x"), report("A y"), report("B z", lost)])) == [
        f"{OWNER}: holds, 14 states of A",
        f"{REGISTER}: holds, 14 states of A",
        f"{BOOT_FIRST}: holds, 7 states of B",
        f"{ORDER}: broken, 21 states of A, B",
        f"{NOT_STUCK}: holds, 21 states of A, B",
    ]
    cut_off = verdicts([report("B z", is_complete=False)])
    assert f"{ORDER}: not broken so far, 7 states of B" in list(cut_off)
