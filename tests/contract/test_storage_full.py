"""On a real disk without room: rows can still be deleted, and that makes room for new ones."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import pytest
from full_disk import MESSAGES, TRANSACTIONS, message

from cp.thinning import thin_calls
from cp.vocabulary.errors import StorageFullError
from cp.vocabulary.records import Delete, Put
from drivers.bench.faulty import BenchStorage, StorageMode
from drivers.storage import SqliteStorage

COUNT = TRANSACTIONS * MESSAGES


def played(folder: Path, word: str) -> Mapping[str, object]:
    """What ``full_disk`` says, on a file system of 6 MiB in a mount namespace of its own."""
    if shutil.which("unshare") is None or shutil.which("mount") is None:
        pytest.skip("needs unshare and mount")
    script = Path(__file__).with_name("full_disk.py")
    mounted = (
        f'mount -t tmpfs -o size=6m tmpfs "{folder}" || exit 77\n'
        f'exec "{sys.executable}" "{script}" "{folder}" {word}'
    )
    root = Path(__file__).parent.parent.parent
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mounted],
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 77 or "unshare:" in done.stderr:
        pytest.skip(f"no mount namespace here: {done.stderr.strip()}")
    assert done.stderr == ""
    found: dict[str, object] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("neighbor", ["modest", "greedy"])
def test_thinning_makes_room_again_and_again(tmp_path: Path, neighbor: str) -> None:
    found = played(tmp_path, neighbor)
    stored, thinned = found["stored"], found["thinned"]
    assert isinstance(stored, list) and isinstance(thinned, list)
    assert found["had_ballast"] is True
    assert found["written"] == COUNT, "nothing new was refused"
    assert len(thinned) > 1 and all(gone > 0 for gone in thinned)
    assert len(stored) == COUNT - sum(thinned)
    ends = {n for n in range(COUNT) if n % MESSAGES in (0, 1, MESSAGES - 2, MESSAGES - 1)}
    assert ends <= set(stored), "transactions and the ends of their curves"
    assert max(later - earlier for earlier, later in pairwise(stored)) <= 2 ** len(thinned)
    assert found["survived"] is True
    assert found["notes"] == []


def test_without_thinning_new_messages_are_refused(tmp_path: Path) -> None:
    found = played(tmp_path, "unthinned")
    written, stored = found["written"], found["stored"]
    assert isinstance(written, int) and isinstance(stored, list)
    assert 0 < written == len(stored) < COUNT
    assert found["survived"] is True


def test_the_bench_has_a_full_disk_too(tmp_path: Path) -> None:
    storage = BenchStorage(SqliteStorage(tmp_path))
    storage.open()
    storage.commit([message(number) for number in range(10)])
    storage.mode = StorageMode.FULL
    new = message(10)
    with pytest.raises(StorageFullError):
        storage.commit([new])
    storage.commit([Delete("sample", "nothing")])
    with pytest.raises(StorageFullError):
        storage.commit([new])
    assert thin_calls(storage, "") == 4
    storage.commit([new, *(message(number) for number in range(11, 14))])
    with pytest.raises(StorageFullError):
        storage.commit([Put("key", "A", "1")])
    assert [int(row.key) for row in storage.load_calls("", 99)] == [
        0,
        1,
        3,
        5,
        7,
        9,
        *range(10, 14),
    ]
    storage.close()
