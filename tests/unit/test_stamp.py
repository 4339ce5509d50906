"""The stamp of checked charts, and the mask of id tags."""

from dataclasses import replace
from pathlib import Path

import pytest

from cp.reading import read_charts
from cp.stamp import CheckStamp
from cp.wiring import TagMask


def test_a_stamp_holds_for_equal_texts_only(tmp_path: Path) -> None:
    texts = read_charts(None)
    stamp = CheckStamp(tmp_path, texts)
    assert not stamp.is_valid
    stamp.keep()
    assert CheckStamp(tmp_path, texts).is_valid
    assert not CheckStamp(tmp_path, replace(texts, routes=texts.routes + "#")).is_valid
    charts = {**texts.charts, "link": texts.charts["link"] + "#"}
    assert not CheckStamp(tmp_path, replace(texts, charts=charts)).is_valid


@pytest.mark.parametrize("content", [b"", b"abc", b"\xff"])
def test_a_damaged_stamp_means_check_again(tmp_path: Path, content: bytes) -> None:
    texts = read_charts(None)
    CheckStamp(tmp_path, texts).keep()
    (tmp_path / "charts.checked").write_bytes(content)
    assert not CheckStamp(tmp_path, texts).is_valid


def test_another_program_checks_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = read_charts(None)
    CheckStamp(tmp_path, texts).keep()
    program = tmp_path / "program"
    for room in ("behavior", "chart", "domain", "vocabulary"):
        (program / room).mkdir(parents=True)
    monkeypatch.setattr("cp.stamp._PROGRAM", program)
    assert not CheckStamp(tmp_path, texts).is_valid


def test_masks_are_stable_on_a_device_and_differ_between_devices(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    mask = TagMask(tmp_path / "a")
    assert mask("04A1B2C3") == mask("04a1b2c3") == TagMask(tmp_path / "a")("04A1B2C3")
    assert mask("04A1B2C3") != mask("04A1B2C4")
    assert mask("04A1B2C3") != TagMask(tmp_path / "b")("04A1B2C3")
    assert "04A1B2C3" not in mask("04A1B2C3")
    assert (tmp_path / "a" / "mask.key").stat().st_mode & 0o777 == 0o600
