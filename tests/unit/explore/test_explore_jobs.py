"""Bugs seeded into the charts, each found near a new device or near an installed image."""

import pytest
from explore_kit import SHIPPED, Item, after, broken, changed_line, normal, raw, seeded

from cp.chart import Step
from cp.vocabulary.effects import OpenContactor, Restart, Tell
from cp.vocabulary.events import CallCreated, StopAsked, UpdateRequested
from cp.vocabulary.instants import Stamp
from cp.vocabulary.metering import Sample, TransactionRecord
from cp.vocabulary.requests import Heartbeat, Lane, StartTransaction
from cp.vocabulary.words import ReadingContext
from tools.explore.cells import State
from tools.explore.command import Build, diagnostics, update, update_beside_charging
from tools.explore.job_invariants import JOB
from tools.explore.model import Model
from tools.explore.promises import BOOT_FIRST, ORDER, OWNER
from tools.explore.report import report_of
from tools.explore.search import explore
from tools.explore.update import Slots, UpdateModel, ordered
from tools.explore.update_invariants import UPDATE
from tools.explore.upload import UPLOAD

Bug = tuple[str, Build, str, tuple[str, ...], str, str]
"""Invariant, composition, chart, words of the one line that is changed, and what is changed."""

CHARGING = update_beside_charging
NO_GUARD = ("not has_open_transaction and ", "")
NO_FACT = (" or is_installing", "")
BUGS: list[Bug] = [
    ("no download", CHARGING, "firmware", ("begin_ordered",), "begin_ordered", "link_lost"),
    ("no download", CHARGING, "firmware", ("retry_interval_s", "cond"), *NO_GUARD),
    ("no installation", CHARGING, "firmware", ("idle_check_s", "tell_installing"), *NO_GUARD),
    ("whole image", update, "firmware", ("not is_this_try",), "not is_this_try", "is_resetting"),
    ("no start", update, "firmware", ("note_installing",), ', "take_out_of_service"', ""),
    ("out of service", CHARGING, "connector", ("inputs_read", "is_installing"), *NO_FACT),
    ("out of service", CHARGING, "connector", ("returned_to", "is_installing"), *NO_FACT),
    ("out of service", CHARGING, "connector", ("fault_cleared", "is_installing"), *NO_FACT),
    ("installing", update, "firmware", ("note_installing",), '"note_installing", ', ""),
    ("no reset", update, "charge_point", ("reset_requested", "is_installing"), "is_", "not is_"),
    ("end", update, "firmware", ("verify_limit_s",), "target", 'cond = "is_online", target'),
    ("slot record", update, "firmware", ("keep_slots",), ', on = "keep_slots"', ""),
    ("whole slot", update, "firmware", ("keep_slots",), ', cond = "is_this_try"', ""),
    ("trial", update, "firmware", ("is_on_trial", "Installed"), "is_on", "not is_on"),
    ("true outcome", update, "firmware", ("slot_read", "revert_slot"), '"revert_slot", ', ""),
    ("true outcome", update, "firmware", ("boot_accepted",), '"mark_slot_good", ', ""),
    ("journal", update, "firmware", ("boot_accepted",), ', "end_update"', ""),
    ("journal", update, "firmware", ("boot_accepted",), '"tell_installed", ', ""),
    (
        "one final status",
        update,
        "firmware",
        ("_broken", '["tell_inst'),
        "installation",
        "download",
    ),
    ("notices", update, "progress", ("has_more_notices",), ', on = "drop_notice"', ""),
    ("one notice", update, "progress", ("told again",), '"withheld"', '"current"'),
    ("one upload", diagnostics, "diagnostics", ("exit",), 'exit = "stop_upload"', ""),
    ("journal", diagnostics, "diagnostics", ("upload_finished",), ', "end_upload"', ""),
    (
        "one final status",
        diagnostics,
        "diagnostics",
        ("_requested", '"uploading", on = ["tell_upload_failed"'),
        '"tell_upload_failed", ',
        "",
    ),
]


INSTALLED = (
    "inputs_read",
    "link restored",
    "update",
    "firmware.0: at_retrieve_utc_s in scheduled",
    "carried out: download",
    "download finished",
    "carried out: install",
    "installed",
)
"""The way to where the second half of the bugs is."""


def installed(model: Model) -> State:
    """The state after ``INSTALLED``."""
    (state,) = model.starts()
    for name in INSTALLED:
        (move,) = (move for move in model.moves if move.name == name)
        after_move = raw(model, move, state)
        assert after_move is not None
        state = normal(model, after_move)
    return state


@pytest.mark.parametrize(("name", "build", "chart", "words", "old", "new"), BUGS)
def test_a_bug_is_found(
    name: str,
    build: Build,
    chart: str,
    words: tuple[str, ...],
    old: str,
    new: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = build(seeded(chart, *changed_line(chart, words, old, new)), ())
    found = {item.invariant for item in report_of(explore(model, 4000)).violations}
    if name not in found:
        start = installed(model)
        monkeypatch.setattr(model, "starts", lambda: (start,))
        found |= {item.invariant for item in report_of(explore(model, 2500)).violations}
    assert name in found


ASKED = UpdateRequested("cs-1", "http://127.0.0.1/image", 0.0, None, None)
ACTS = Step("diagnostics.0", "event", ("t",), (), (), (OpenContactor(1),), None, None)
STAMP = Stamp(1, 0.0, 0.0)
SAMPLE = Sample(STAMP, 0, ReadingContext.OTHER)
RECORD = TransactionRecord("1.1", 1, "CARD", None, SAMPLE, SAMPLE)
START = Tell(CallCreated(Lane.QUEUE, StartTransaction("1.1", 1, "CARD", 0, STAMP)))
STARTS = Step("transaction.1", "event", ("t",), (), (), (START,), None, None)
MORE: list[tuple[str, Build, dict[str, object], tuple[Item, ...]]] = [
    (OWNER, update, {"kept": RECORD}, (StopAsked("CARD", "GROUP"),)),
    (BOOT_FIRST, update, {}, (CallCreated(Lane.OTHER, Heartbeat()),)),
    (ORDER, update, {}, (STARTS,)),
    ("records", update, {}, (STARTS,)),
    ("answers", update, {}, (ASKED,)),
    ("short turns", update, {}, (Restart(False),) * 41),
    ("apart", diagnostics, {}, (ACTS,)),
]
"""What no small change of a chart breaks."""


@pytest.mark.parametrize(("name", "build", "cells", "trace"), MORE)
def test_an_invariant_can_be_broken(
    name: str, build: Build, cells: dict[str, object], trace: tuple[Item, ...]
) -> None:
    model = build(SHIPPED(), ())
    turn = after(model, cells, trace)
    found = broken(model, turn)
    if name == "short turns":
        turn.length = len(trace)
        found = {finding.invariant for finding in model.findings(turn)}
    assert name in found


def test_no_invariant_is_left_out() -> None:
    names = {bug[0] for bug in BUGS} | {more[0] for more in MORE}
    invariants = [{item.name for item in group} for group in (JOB, UPDATE, UPLOAD)]
    assert names == set().union(*invariants)


def falls_back(model: Model, slots: Slots) -> Slots:
    assert isinstance(model, UpdateModel)
    turn = after(model, {"slots": slots}, ())
    model.fall_back(turn)
    return turn.view.get(model.own.slots)


def test_slots_on_paper() -> None:
    """The slot that runs is called a; a start from the other one turns the names around."""
    model = update(SHIPPED(), ())
    activated = ordered(Slots(is_whole=True), "activate b")
    assert activated == Slots("b", "b", is_whole=True)
    assert ordered(activated, "revert a") == Slots(is_whole=True)
    assert ordered(activated, "install") == Slots()
    assert ordered(Slots("a", "a"), "good a") == Slots()
    assert falls_back(model, activated) == Slots(is_whole=True)
    assert falls_back(model, Slots("a", "a", is_whole=True)) == Slots(is_whole=True)
    assert isinstance(model, UpdateModel)
    turn = after(model, {"slots": activated}, ())
    assert model.boot(turn)
    assert turn.view.get(model.own.slots) == Slots("a", "a", is_whole=True)
    half = after(model, {"slots": Slots("b", "b")}, ())
    assert model.boot(half)
    assert "whole slot" in broken(model, half)
