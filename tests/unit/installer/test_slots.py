"""Which slot is started: the trial, its end, and files that cannot be read or written."""

import json
import os
import time
from pathlib import Path

import pytest
from image_bed import install, packed

from drivers.installer import slots
from drivers.installer.slots import Selected, select_slot


def on_trial(tmp_path: Path) -> Path:
    """A folder whose slot b is chosen, never started; the factory's runs."""
    folder = tmp_path / "cp"
    install(folder, packed(tmp_path, "2"))
    slots.activate(folder, "b", "a")
    return folder


def test_a_new_folder_runs_what_was_installed_and_is_not_touched(tmp_path: Path) -> None:
    assert select_slot(tmp_path / "cp") == Selected("a")
    assert not (tmp_path / "cp").exists()


def test_a_slot_that_is_never_marked_good_is_left(tmp_path: Path) -> None:
    folder = on_trial(tmp_path)
    assert [select_slot(folder).slot for _ in range(6)] == ["b", "b", "b", "a", "a", "a"]
    assert sorted(path.name for path in folder.iterdir()) == ["current", "slots"]


def test_a_slot_that_is_marked_good_stays(tmp_path: Path) -> None:
    folder = on_trial(tmp_path)
    assert select_slot(folder).version == "2"
    slots.mark_good(folder, "a")  # not the one on trial
    assert slots.is_on_trial(folder, "b")
    slots.mark_good(folder, "b")
    assert [select_slot(folder).slot for _ in range(5)] == ["b"] * 5


def test_what_a_slot_brings(tmp_path: Path) -> None:
    folder = on_trial(tmp_path)
    selected = select_slot(folder)
    assert selected.lib == folder / "slots" / "b" / "lib"
    assert selected.charts is None
    assert Selected("a").lib is None


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"slot": "b"}', b'{"slot":"b","previous":"x","starts":0}', b"[" * 9999],
)
def test_a_trial_that_cannot_be_read_is_over(tmp_path: Path, content: bytes) -> None:
    folder = on_trial(tmp_path)
    (folder / "trial.json").write_bytes(content)
    assert select_slot(folder).slot == "a"
    assert slots.linked_slot(folder) == "a"


def test_a_trial_of_another_slot_is_void(tmp_path: Path) -> None:
    folder = on_trial(tmp_path)
    (folder / "trial.json").write_text(json.dumps({"slot": "a", "previous": "b", "starts": 9}))
    assert select_slot(folder).slot == "b"


def test_a_start_that_cannot_be_counted_is_from_the_slot_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = on_trial(tmp_path)

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        assert select_slot(folder).slot == "a"
    assert select_slot(folder).slot == "b"


@pytest.mark.parametrize("missing", ["manifest.json", "VERSION"])
def test_a_slot_that_is_not_whole_is_not_started(tmp_path: Path, missing: str) -> None:
    folder = on_trial(tmp_path)
    (folder / "slots" / "b" / missing).unlink()
    assert select_slot(folder) == Selected("a")


def test_a_trial_of_a_slot_that_is_not_whole_is_over(tmp_path: Path) -> None:
    folder = on_trial(tmp_path)
    slots.mark_good(folder, "b")
    install(folder, packed(tmp_path, "3"), "b")
    slots.activate(folder, "a", "b")
    (folder / "slots" / "a" / "manifest.json").unlink()
    assert select_slot(folder).version == "2"
    assert slots.linked_slot(folder) == "b"


def test_a_link_to_elsewhere_is_not_followed(tmp_path: Path) -> None:
    folder = on_trial(tmp_path)
    (folder / "current").unlink()
    (folder / "current").symlink_to("../../etc")
    assert select_slot(folder) == Selected("a")


def test_selecting_is_quick(tmp_path: Path) -> None:
    """Under a millisecond where nothing is on trial; the best of many, for machines are busy."""
    folder = on_trial(tmp_path)
    slots.mark_good(folder, "b")
    times = []
    for _ in range(200):
        begin = time.perf_counter()
        select_slot(folder)
        times.append(time.perf_counter() - begin)
    print(f"select_slot: {1e6 * min(times):.0f} us")
    assert min(times) < 0.001
