"""The parts of the power cuts that need no kernel: lines, instants, files, verdicts.

The kernels are shell scripts, whose disks forget everything.
"""

import io
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from tools.crash.told import Told
from tools.kernel_cuts import __main__ as command, cuts
from tools.kernel_cuts.cuts import Lines, Outcome, Plan, age, missing
from tools.kernel_cuts.guest import copy_out
from tools.kernel_cuts.station import WRONG
from tools.kernel_cuts.witness import (
    COMMITTED,
    MOUNTED,
    SURE_AFTER,
    Cut,
    GuestError,
    draw_cuts,
    is_promise,
    tell,
)

START = '[2,"100000001","StartTransaction",{"idTag":"A"}]'
ANSWER = '[3,"100000001",{"transactionId":7}]'
ORDER = '[2,"x","ChangeConfiguration",{"key":"HeartbeatInterval","value":"9"}]'
GRANT = '[3,"x",{"status":"Accepted"}]'


def told(*lines: str) -> Told:
    found = Told(sure_after=SURE_AFTER)
    for line in lines:
        tell(found, line)
    return found


def test_lines_are_entered_into_the_books() -> None:
    found = told(f"> {START}", "relay closed", f"< {ORDER}", f"> {GRANT}")
    assert found.sent == {100000001: ("StartTransaction", {"idTag": "A"})}
    assert found.granted == {"key HeartbeatInterval": "9"}
    assert found.is_relay_closed and not found.answered
    assert not told("relay closed", "relay opened").is_relay_closed


def test_an_answer_is_sure_some_commits_later() -> None:
    almost = [f"> {START}", f"< {ANSWER}", *[COMMITTED] * (SURE_AFTER - 1)]
    assert told(*almost).answers == {100000001: 7}
    assert not told(*almost).is_over(100000001)
    assert told(*almost, COMMITTED).is_over(100000001)


@pytest.mark.parametrize("line", ["", "Traceback", "relay", f">{START}"])
def test_a_line_that_nobody_knows_ends_the_proof(line: str) -> None:
    with pytest.raises(GuestError, match="nobody knows"):
        told(line)


def test_promises_are_new_transaction_messages_and_answers_of_the_station() -> None:
    heartbeat = '> [2,"5","Heartbeat",{}]'
    lines = (f"> {START}", f"> {GRANT}", f"< {ANSWER}", f"< {ORDER}", heartbeat, COMMITTED)
    assert [is_promise(Told(), line) for line in lines] == [True, True, *[False] * 4]
    assert not is_promise(told(f"> {START}"), f"> {START}")


def test_cuts_come_at_any_time_and_soon_after_promises() -> None:
    drawn = list(islice(draw_cuts(Random(1)), 200))
    assert (
        drawn == list(islice(draw_cuts(Random(1)), 200)) != list(islice(draw_cuts(Random(2)), 200))
    )
    at_any_time = [cut for cut in drawn if not cut.promises]
    assert 20 < len(at_any_time) < 60 and max(cut.delay_s for cut in at_any_time) > 3.0
    assert max(cut.delay_s for cut in drawn if cut.promises) <= 0.1
    assert {cut.promises for cut in drawn} >= set(range(13))


def test_a_torn_line_was_not_said(tmp_path: Path) -> None:
    file = tmp_path / "log"
    with file.open("w+") as stream, file.open("a") as writer:
        lines = Lines(stream)
        for text, expected in (("one\ntw", ["one"]), ("o\nthr", ["two"])):
            writer.write(text)
            writer.flush()
            assert lines.read() == expected
    assert Lines(io.StringIO("whole\n")).read() == ["whole"]


def test_what_is_of_value_is_copied_out(tmp_path: Path) -> None:
    storage = tmp_path / "storage"
    storage.mkdir()
    for name in ("journal.db", "journal.db-wal", "bench.json", "ballast", "transcript.1"):
        (storage / name).write_text(name)
    copy_out(storage, tmp_path / "left")
    left = {path.name: path.read_text() for path in (tmp_path / "left").iterdir()}
    assert left == {name: name for name in ("journal.db", "journal.db-wal", "bench.json")}
    copy_out(tmp_path / "none", tmp_path / "nothing")
    assert list((tmp_path / "nothing").iterdir()) == []


# ---- one image -------------------------------------------------------------------------------

needs_ext4 = pytest.mark.skipif(bool(missing()), reason=missing())


def kernel(folder: Path, *said: str) -> Path:
    """It mounts nothing, says this, and lives on."""
    words = "".join(f"echo '{line}' >> $exchange/log\n" for line in (MOUNTED, *said))
    file = folder / "linux"
    head = "#!/bin/sh\nfor exchange; do :; done\nmkdir $exchange/left\n"
    file.write_text(f"{head}{words}exec sleep 60\n")
    file.chmod(0o755)
    return file


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each power cut comes when one promise was made."""
    monkeypatch.setattr(cuts, "draw_cuts", lambda _: iter([Cut(1, 0.0)] * 9))


@needs_ext4
@pytest.mark.usefixtures("soon")
def test_what_was_promised_and_is_gone_is_found(tmp_path: Path) -> None:
    outcome = age(Plan(kernel(tmp_path, f"> {START}", "relay closed"), 9, 1, enough=1))
    assert outcome.cuts == 1 and outcome.sent == 1
    assert (
        outcome.findings[0]
        == "cut 1: lost: StartTransaction 100000001 was sent and is not answered"
    )
    assert "cut 1: relay: it was closed, and no transaction is known" in outcome.findings


@needs_ext4
@pytest.mark.usefixtures("soon")
def test_all_cuts_are_made_when_nothing_is_lost(tmp_path: Path) -> None:
    outcome = age(Plan(kernel(tmp_path, '> [3,"5",{}]'), 3, 1))
    assert outcome == Outcome(3, 0, ())


@needs_ext4
def test_a_guest_that_ends_by_itself_ends_the_proof(tmp_path: Path) -> None:
    dead = tmp_path / "linux"
    dead.write_text("#!/bin/sh\necho Kernel panic\n")
    dead.chmod(0o755)
    with pytest.raises(GuestError, match="Kernel panic"):
        age(Plan(dead, 1, 1))


def test_without_ext4_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cuts, "_PROGRAMS", "/nowhere")
    assert missing() == "no mkfs.ext4 on this machine: apt-get install e2fsprogs"


# ---- all of them -----------------------------------------------------------------------------


def test_the_right_station_shares_its_cuts_and_each_wrong_one_has_tries() -> None:
    made = command.plans(Path("linux"), 51, 5)
    assert sum(plan.cuts for plan in made if not plan.wrong) == 51
    assert {plan.wrong for plan in made} == {"", *WRONG} and len(WRONG) == 4
    assert len({(plan.seed, plan.wrong) for plan in made}) == len(made)


@pytest.mark.parametrize(
    ("right", "wrong", "is_proven"),
    [((), ("cut 1: lost",), True), (("cut 2: lost",), ("cut 1: lost",), False), ((), (), False)],
)
def test_it_is_proven_when_only_the_wrong_ones_are_caught(
    right: tuple[str, ...],
    wrong: tuple[str, ...],
    is_proven: bool,
    capsys: pytest.CaptureFixture[str],
) -> None:
    linux = Path("linux")
    outcomes = {
        Plan(linux, 25, 1): Outcome(25, 90, right),
        Plan(linux, 16, 1, "no fsync", enough=1): Outcome(2, 9, wrong),
    }
    assert command.show(outcomes, 100.0) is is_proven
    said = capsys.readouterr().out
    assert "power cut 25 times on 1 images of ext4, 90 transaction messages" in said
    assert ("NOT CAUGHT in 2 cuts" in said) == (not wrong)
    assert all(finding in said for finding in (*right, *wrong))
