"""The SQLite storage on real disks: damage, a second opener, no room, a broken disk."""

import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from cp.vocabulary.errors import StorageError, StorageFullError
from cp.vocabulary.records import Put
from drivers.ballast import BALLAST_BYTES, Ballast
from drivers.storage import SqliteStorage

ROW = Put("key", "A", '"1"')


def opened(folder: Path) -> SqliteStorage:
    storage = SqliteStorage(folder)
    storage.open()
    return storage


def filled(folder: Path) -> None:
    storage = opened(folder)
    storage.commit([ROW, *(Put("sample", f"{n:05}", "x" * 500) for n in range(200))])
    storage.close()


def test_a_commit_is_on_disk_when_it_returns(tmp_path: Path) -> None:
    """The process dies without closing: what was committed is there, what was not is not."""
    script = (
        "import os, sys; from pathlib import Path\n"
        "from cp.vocabulary.records import Put\n"
        "from drivers.storage import SqliteStorage\n"
        "storage = SqliteStorage(Path(sys.argv[1])); storage.open()\n"
        "storage.commit([Put('key', 'A', '\"1\"')]); os._exit(9)\n"
    )
    assert (
        subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False).returncode == 9
    )
    storage = opened(tmp_path)
    assert list(storage.load()) == [ROW]
    storage.close()


def test_settings_that_durability_stands_on(tmp_path: Path) -> None:
    storage = opened(tmp_path)
    connection = storage._connection
    assert connection is not None
    values = [
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "locking_mode")
    ]
    assert values == ["wal", 2, "exclusive"]
    assert not list(tmp_path.glob("*-shm"))
    storage.close()


@pytest.mark.parametrize("damage", ["garbage", "truncated", "page", "table"])
def test_a_damaged_file_is_moved_aside_and_reported(tmp_path: Path, damage: str) -> None:
    filled(tmp_path)
    file = tmp_path / "journal.db"
    match damage:
        case "garbage":
            file.write_bytes(b"no database at all " * 1000)
        case "truncated":
            os.truncate(file, file.stat().st_size // 2)
        case "page":
            content = bytearray(file.read_bytes())
            content[4096 * 3 : 4096 * 3 + 64] = b"\xff" * 64
            file.write_bytes(content)
        case "table":
            with sqlite3.connect(file) as connection:
                connection.execute("DROP TABLE row")
            connection.close()
    storage = opened(tmp_path)
    assert list(storage.load()) == []
    (note,) = storage.notes()
    assert "journal.damaged-1.db" in note
    assert (tmp_path / "journal.damaged-1.db").exists()
    storage.commit([ROW])
    storage.close()
    again = opened(tmp_path)
    assert list(again.load()) == [ROW]
    assert list(again.notes()) == []
    again.close()


def test_damaged_files_do_not_pile_up(tmp_path: Path) -> None:
    for _ in range(12):
        (tmp_path / "journal.db").write_bytes(b"no database " * 1000)
        opened(tmp_path).close()
    assert len(list(tmp_path.glob("journal.damaged-*"))) == 9


def test_a_wal_of_a_damaged_file_is_not_taken_for_the_new_one(tmp_path: Path) -> None:
    """The process died, so a WAL is there; then the file itself was damaged."""
    script = (
        "import os, sys; from pathlib import Path\n"
        "from cp.vocabulary.records import Put\n"
        "from drivers.storage import SqliteStorage\n"
        "storage = SqliteStorage(Path(sys.argv[1])); storage.open()\n"
        "storage.commit([Put('key', 'A', 'new')]); os._exit(9)\n"
    )
    filled(tmp_path)
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
    assert (tmp_path / "journal.db-wal").stat().st_size
    (tmp_path / "journal.db").write_bytes(b"no database " * 10000)
    storage = opened(tmp_path)
    assert len(storage.notes()) == 1
    assert list(storage.load()) == []
    storage.commit([ROW])
    storage.close()
    again = opened(tmp_path)
    assert list(again.load()) == [ROW]
    again.close()


def test_a_flipped_bit_in_a_text_does_not_end_the_load(tmp_path: Path) -> None:
    filled(tmp_path)
    file = tmp_path / "journal.db"
    file.write_bytes(file.read_bytes().replace(b"x" * 500, b"\xff" + b"x" * 499, 1))
    storage = opened(tmp_path)
    assert len(storage.load()) == 201
    storage.close()


def test_a_newer_schema_is_left_alone(tmp_path: Path) -> None:
    filled(tmp_path)
    with sqlite3.connect(tmp_path / "journal.db") as connection:
        connection.execute("PRAGMA user_version=7")
    connection.close()
    with pytest.raises(StorageError, match=r"newer release \(schema 7, this one knows 1\)"):
        opened(tmp_path)
    assert not list(tmp_path.glob("journal.damaged-*"))


def test_a_second_opener_is_refused_and_harms_nothing(tmp_path: Path) -> None:
    storage = opened(tmp_path)
    with pytest.raises(StorageError, match="in use by another process"):
        opened(tmp_path)
    script = (
        "import sys; from pathlib import Path\n"
        "from drivers.storage import SqliteStorage\n"
        "from cp.vocabulary.errors import StorageError\n"
        "try: SqliteStorage(Path(sys.argv[1])).open()\n"
        "except StorageError as error: sys.exit('in use by another process' not in str(error))\n"
        "sys.exit(2)\n"
    )
    assert (
        subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False).returncode == 0
    )
    storage.commit([ROW])
    assert list(storage.load()) == [ROW]
    storage.close()


@pytest.mark.parametrize("folder", ["missing/parent", "file/below", "file"])
def test_a_folder_that_cannot_be_made(tmp_path: Path, folder: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError) as caught:
        opened(tmp_path / folder)
    assert str(tmp_path / folder) in str(caught.value)
    assert "[storage] dir" in str(caught.value)


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder nobody can write")
def test_a_folder_that_cannot_be_written() -> None:
    with pytest.raises(StorageError, match=r"/proc/self cannot be written: .* \[storage\] dir"):
        opened(Path("/proc/self"))


def test_a_commit_that_fails_half_way_keeps_nothing(tmp_path: Path) -> None:
    storage = opened(tmp_path)
    with pytest.raises(StorageError):
        storage.commit([ROW, Put("key", "B", object())])  # type: ignore[arg-type]
    assert list(storage.load()) == []
    storage.commit([ROW])
    assert list(storage.load()) == [ROW]
    storage.close()


def test_use_before_opening_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="not open"):
        SqliteStorage(tmp_path).commit([ROW])


def test_a_broken_disk_is_an_io_error(tmp_path: Path) -> None:
    """A limit on the file size stands for the disk: the write fails with EFBIG."""
    storage = opened(tmp_path)
    storage.commit([ROW])
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, hard))
    try:
        with pytest.raises(StorageError) as caught:
            storage.commit([Put("k", "big", "x" * 200_000)])
        assert not isinstance(caught.value, StorageFullError)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(storage.load()) == [ROW]
    storage.close()


def test_ballast_is_really_written_and_kept(tmp_path: Path) -> None:
    ballast = tmp_path / "ballast"
    opened(tmp_path).close()
    written = ballast.read_bytes()
    assert len(written) == BALLAST_BYTES
    opened(tmp_path).close()
    assert ballast.read_bytes() == written
    os.truncate(ballast, 0)
    os.truncate(ballast, BALLAST_BYTES)
    opened(tmp_path).close()
    assert ballast.stat().st_blocks * 512 >= BALLAST_BYTES


def test_no_room_in_the_file_keeps_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = opened(tmp_path)
    storage.commit([ROW])
    connection = storage._connection
    assert connection is not None
    connection.execute("PRAGMA max_page_count=10")
    big = Put("k", "big", "x" * 200_000)
    with monkeypatch.context() as disk:
        disk.setattr(Ballast, "room_bytes", lambda _: 0)
        with pytest.raises(StorageFullError, match="no room left"):
            storage.commit([Put("key", "A", '"2"'), big])
    assert list(storage.load()) == [ROW]
    storage.commit([big])
    assert len(storage.load()) == 2
    assert (tmp_path / "ballast").exists(), "it is written again when there is room"
    storage.close()


FULL_DISK = """
import sys
from pathlib import Path
from cp.vocabulary.errors import StorageFullError
from cp.vocabulary.records import Delete, Put
from drivers.storage import SqliteStorage
folder = Path(sys.argv[1])
storage = SqliteStorage(folder)
storage.open()
ballast = folder / "ballast"
assert ballast.exists(), "there is room for it"
storage.commit([Put("key", "A", "1")])
filler = (folder / "filler").open("wb", buffering=0)
try:
    while filler.write(b"x" * 4096) == 4096: pass
except OSError: pass
storage.commit([Put("call", "00000", "x" * 20000)])
assert not ballast.exists(), "dropped for this commit"
kept = 1
try:
    while True:
        storage.commit([Put("call", f"{kept:05}", "x" * 20000)])
        kept += 1
except StorageFullError: pass
assert kept > 10, kept
assert len(storage.load_calls("", 10000)) == kept
filler.close()
(folder / "filler").unlink()
storage.commit([Delete("call", "00000")])
assert ballast.exists(), "written again"
storage.close()
storage.open()
assert len(storage.load_calls("", 10000)) == kept - 1
assert not storage.notes()
print("survived")
"""


def test_a_full_disk_drops_the_ballast_and_loses_nothing(tmp_path: Path) -> None:
    """On a real file system of 8 MiB, in a mount namespace of its own."""
    if shutil.which("unshare") is None or shutil.which("mount") is None:
        pytest.skip("needs unshare and mount")
    mounted = (
        f'mount -t tmpfs -o size=8m tmpfs "{tmp_path}" || exit 77\n'
        f'exec "{sys.executable}" -c "$SCRIPT" "{tmp_path}"'
    )
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mounted],
        env={**os.environ, "SCRIPT": FULL_DISK},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 77 or "unshare:" in done.stderr:
        pytest.skip(f"no mount namespace here: {done.stderr.strip()}")
    assert (done.stdout, done.stderr) == ("survived\n", "")
