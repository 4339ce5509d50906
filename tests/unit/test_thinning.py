"""Thinning: what may go, what must stay, and that the walk ends well."""

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given, strategies as st

from cp.domain.outbox import spare_places
from cp.journal import call_row
from cp.thinning import WINDOW, thin_calls, thinned
from cp.vocabulary.errors import StorageFullError
from cp.vocabulary.instants import Stamp
from cp.vocabulary.records import Delete, Put, Row
from cp.vocabulary.requests import Lane, MeterValues, QueuedCall, StartTransaction, StopTransaction
from cp.vocabulary.words import Reason

NOW = Stamp(1, 0.0, 0.0)


def call_of(seq: int, word: str) -> QueuedCall:
    """``start.1``, ``values.1``, ``stop.1``, or ``idle``: values outside of transactions."""
    action, _, uid = word.partition(".")
    match action:
        case "start":
            return queued(seq, StartTransaction(uid, 1, "CARD", 0, NOW))
        case "stop":
            return queued(seq, StopTransaction(uid, "CARD", 0, NOW, Reason.LOCAL))
    return queued(seq, MeterValues(1, uid or None, ()))


def queued(seq: int, request: StartTransaction | StopTransaction | MeterValues) -> QueuedCall:
    return QueuedCall(seq, str(seq), Lane.QUEUE, request)


def calls(*words: str) -> list[QueuedCall]:
    return [call_of(seq, word) for seq, word in enumerate(words, 1)]


class Rows:
    """Rows of kind ``call`` in memory; ``commits_left`` until there is no room."""

    def __init__(self, words: Sequence[str], commits_left: int = 1000) -> None:
        rows = [call_row(call) for call in calls(*words)]
        self.bodies = {row.key: row.body for row in rows}
        self.commits_left = commits_left

    def load_calls(self, after_key: str, limit: int) -> Sequence[Put]:
        keys = sorted(key for key in self.bodies if key > after_key)
        return [Put("call", key, self.bodies[key]) for key in keys[:limit]]

    def commit(self, rows: Sequence[Row]) -> None:
        if self.commits_left == 0:
            raise StorageFullError("full")
        self.commits_left -= 1
        for row in rows:
            if isinstance(row, Put):
                self.bodies[row.key] = row.body
            else:
                del self.bodies[row.key]

    def places(self) -> list[int]:
        return [int(key) for key in sorted(self.bodies)]


def test_every_second_one_between_the_ends_may_go() -> None:
    assert spare_places(calls("start.1", *["values.1"] * 6, "stop.1")) == (3, 5)
    assert spare_places(calls("values.1", "values.1", "values.1")) == (2,)
    assert spare_places(calls("values.1", "values.1")) == ()


def test_each_transaction_keeps_its_own_ends() -> None:
    words = ["values.1"] * 3 + ["stop.1"] + ["idle"] * 3 + ["start.2"] + ["values.2"] * 3
    assert spare_places(calls(*words)) == (2, 6, 10)


def test_what_stays_is_put_back_as_it_was() -> None:
    rows = [call_row(call) for call in calls("values.1", "values.1", "values.1", "stop.1")]
    done = thinned(rows)
    assert done[:4] == tuple(Delete("call", row.key) for row in rows)
    assert done[4:] == (rows[0], rows[2], rows[3])
    assert thinned(rows[2:]) == ()


def test_a_row_that_cannot_be_read_stays() -> None:
    rows = [call_row(call) for call in calls("values.1", "values.1", "values.1")]
    broken = Put("call", rows[1].key + "5", "no JSON")
    assert broken in thinned([*rows[:2], broken, rows[2]])


WORDS = st.lists(
    st.sampled_from(["start.1", "values.1", "stop.1", "values.2", "stop.2", "idle"]), max_size=40
)


@given(WORDS, st.integers(1, 4))
def test_again_and_again_takes_only_what_lies_between(words: list[str], times: int) -> None:
    storage = Rows(words)
    bodies = dict(storage.bodies)
    for _ in range(times):
        before = len(storage.bodies)
        assert thin_calls(storage, "") == before - len(storage.bodies)
    left = storage.places()
    assert all(storage.bodies[key] == bodies[key] for key in storage.bodies)
    for kind in set(words):
        of_kind = [place for place, word in enumerate(words, 1) if word == kind]
        if kind.startswith(("values", "idle")):
            assert {of_kind[0], of_kind[-1]} <= set(left)
        else:
            assert set(of_kind) <= set(left)


def test_a_long_backlog_is_walked_in_windows_behind_the_key() -> None:
    storage = Rows(["start.1", *["values.1"] * (3 * WINDOW), "stop.1"])
    gone = thin_calls(storage, f"{10:018}")
    left = storage.places()
    assert left[:11] == list(range(1, 12)), "what is held in memory stays, and the first behind it"
    assert left[-1] == 3 * WINDOW + 2
    assert gone == 3 * WINDOW + 2 - len(left)
    assert abs(gone - 3 * WINDOW // 2) < 10
    assert max(later - earlier for earlier, later in pairwise(left)) == 2


def test_no_room_even_for_that_ends_the_walk() -> None:
    words = ["values.1"] * (3 * WINDOW)
    assert thin_calls(Rows(words, commits_left=0), "") == 0
    storage = Rows(words, commits_left=1)
    gone = thin_calls(storage, "")
    assert gone == len(words) - len(storage.bodies) == WINDOW // 2 - 1
