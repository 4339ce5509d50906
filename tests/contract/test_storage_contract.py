"""What every storage has to do: durable, ordered, all or nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cp.vocabulary.ports import Storage
from cp.vocabulary.records import Delete, Put
from drivers.bench.faulty import BenchStorage
from drivers.storage import SqliteStorage

Maker = Callable[[Path], Storage]


@pytest.fixture(params=["sqlite", "bench"])
def make(request: pytest.FixtureRequest) -> Maker:
    makers: dict[str, Maker] = {
        "sqlite": SqliteStorage,
        "bench": lambda folder: BenchStorage(SqliteStorage(folder)),
    }
    return makers[request.param]


def opened(make: Maker, folder: Path) -> Storage:
    storage = make(folder)
    storage.open()
    return storage


def test_a_new_storage_is_empty(make: Maker, tmp_path: Path) -> None:
    storage = opened(make, tmp_path / "new")
    assert list(storage.load()) == []
    assert list(storage.load_calls("", 10)) == []
    assert list(storage.notes()) == []
    storage.close()


def test_rows_survive_closing(make: Maker, tmp_path: Path) -> None:
    storage = opened(make, tmp_path)
    storage.commit([Put("key", "A", '"ä"'), Put("call", "0001", "{}")])
    storage.close()
    again = opened(make, tmp_path)
    assert list(again.load()) == [Put("key", "A", '"ä"')]
    assert list(again.load_calls("", 10)) == [Put("call", "0001", "{}")]
    again.close()


def test_rows_come_in_order_of_kind_and_key(make: Maker, tmp_path: Path) -> None:
    storage = opened(make, tmp_path)
    rows = [Put("b", "2", "x"), Put("a", "9", "x"), Put("b", "10", "x"), Put("a", "1", "x")]
    storage.commit(rows)
    assert [(row.kind, row.key) for row in storage.load()] == [
        ("a", "1"),
        ("a", "9"),
        ("b", "10"),
        ("b", "2"),
    ]
    storage.close()


def test_calls_come_in_windows(make: Maker, tmp_path: Path) -> None:
    storage = opened(make, tmp_path)
    storage.commit([Put("call", f"{number:04}", "{}") for number in (3, 1, 4, 2)])
    assert [row.key for row in storage.load_calls("", 2)] == ["0001", "0002"]
    assert [row.key for row in storage.load_calls("0002", 5)] == ["0003", "0004"]
    assert list(storage.load_calls("0004", 5)) == []
    storage.close()


def test_put_replaces_and_delete_removes_in_the_order_given(make: Maker, tmp_path: Path) -> None:
    storage = opened(make, tmp_path)
    storage.commit([Put("k", "a", "1"), Put("k", "a", "2"), Put("k", "b", "1"), Delete("k", "b")])
    assert list(storage.load()) == [Put("k", "a", "2")]
    storage.commit([Delete("k", "a"), Put("k", "a", "3")])
    assert list(storage.load()) == [Put("k", "a", "3")]
    storage.close()


def test_deleting_what_is_missing_is_no_error(make: Maker, tmp_path: Path) -> None:
    storage = opened(make, tmp_path)
    storage.commit([Delete("k", "nothing")])
    storage.commit([])
    assert list(storage.load()) == []
    storage.close()


def test_closing_twice_is_no_error(make: Maker, tmp_path: Path) -> None:
    storage = opened(make, tmp_path)
    storage.close()
    storage.close()
