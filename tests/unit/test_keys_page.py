"""The page of configuration keys: up to date, and computed from the charts."""

from pathlib import Path

import pytest

from cp.vocabulary.keys import GENERIC
from tools import keys_page
from tools.chart_files import read_files
from tools.key_uses import KeyUse, effect_of_change, uses

PLACES = uses(read_files().documents)


def test_the_committed_page_is_what_the_tool_generates() -> None:
    """Mend: ``python -m tools.keys_page``."""
    assert keys_page.PAGE.read_text(encoding="utf-8") == keys_page.page()
    assert keys_page.main(["--check"]) == 0


def test_a_stale_page_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys_page, "PAGE", tmp_path / "KEYS.md")
    assert keys_page.main(["--check"]) == 1
    assert keys_page.main([]) == 0
    assert keys_page.main(["--check"]) == 0
    keys_page.PAGE.write_text("| `HeartbeatInterval` |")
    assert keys_page.main(["--check"]) == 1
    assert keys_page.main(["--chek"]) == 2


def test_every_key_has_one_row() -> None:
    rows = [line for line in keys_page.page().splitlines() if line.startswith("| `")]
    assert [row.split("`")[1] for row in rows] == list(GENERIC)


def test_the_row_of_a_key_with_limits_of_its_own() -> None:
    (row,) = [
        line for line in keys_page.page().splitlines() if "`MeterValueSampleInterval`" in line
    ]
    cells = [cell.strip() for cell in row.split("|")]
    assert cells[2:7] == [
        "int, s",
        "RW",
        "`60`; 0 (off) or 1 to 86400 s",
        "",
        "`60`; 0 (off) or 60 to 100 s",
    ]


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("HeartbeatInterval", "the period starts anew at once (`charge_point.accepted`)"),
        ("ClockAlignedDataInterval", "the next instant is computed anew at once"),
        ("WebSocketPingInterval", "takes effect at once (`link.online`)"),
        ("ConnectionTimeOut", "counts from the next time the wait begins"),
        ("TransactionMessageRetryInterval", "counts from the next time the wait begins"),
        ("StopTransactionOnInvalidId", "counts from the next use (`transaction.unconfirmed`)"),
        ("LocalPreAuthorize", "stored and reported; nothing here depends on it"),
    ],
)
def test_what_a_change_does(key: str, words: str) -> None:
    """The table "effect at once" of the configuration keys (S 9.1)."""
    assert effect_of_change(key, PLACES).startswith(words)


def test_a_key_that_is_only_written_is_not_used() -> None:
    """An accepted BootNotification sets HeartbeatInterval (D-03); that is no use of it."""
    assert {use.state for use in PLACES if use.key == "HeartbeatInterval"} == {"accepted"}


def test_a_use_is_told_once() -> None:
    places = (KeyUse("K", "c", "s", "every"), KeyUse("K", "c", "s", "read"))
    assert effect_of_change("K", places) == "the period starts anew at once (`c.s`)"
