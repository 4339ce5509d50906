"""Each check of the simulation finds a station that does it wrong."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from types import FunctionType

import pytest

from cp.behavior.availability import Availability
from cp.behavior.connector import Connector
from cp.behavior.link import Link
from cp.behavior.queue import Queue
from cp.behavior.transaction import Transaction
from cp.house import House
from cp.vocabulary.words import Reason
from tools.mutate.charts import chart_mutants
from tools.mutate.trial import seeded_house, shipped
from tools.scenario_house import instead
from tools.simulate.run import World, simulate

HOURS = 4.0


def seeded(name: str) -> House:
    """The charts with this one mutant of them."""
    document = shipped().documents[name.partition(":")[0]]
    (mutant,) = (item for item in chart_mutants(document) if item.name == name)
    changed = seeded_house(mutant)
    assert isinstance(changed, House)
    return changed


@contextmanager
def coded(function: object, other: Callable[..., object]) -> Iterator[None]:
    """Charts have bound the method long ago: it gets the code of another one."""
    assert isinstance(function, FunctionType)
    assert isinstance(other, FunctionType)
    whole, function.__code__ = function.__code__, other.__code__
    try:
        yield
    finally:
        function.__code__ = whole


def nothing(self: object) -> None:
    """An action that is left out."""


def drawn(
    world: World, requests: tuple[str, ...], trouble: tuple[str, ...], stay_s: float, **keys: str
) -> None:
    """A busy world with these kinds alone."""
    world.apply(
        replace(
            world.draw,
            requests=requests,
            trouble=trouble,
            keys={**world.draw.keys, **keys},
            gap_s=600.0,
            stay_s=stay_s,
            asked_every_s=600.0,
            pace=4.0,
        )
    )


def refusing(world: World, **keys: str) -> None:
    """A world in which whom the central system refuses begins a transaction nevertheless."""
    drawn(world, ("RemoteStartTransaction",), (), 300.0, AuthorizeRemoteTxRequests="false", **keys)


def impatient(world: World) -> None:
    """A world in which messages are refused until they are given up."""
    keys = {"TransactionMessageAttempts": "3", "TransactionMessageRetryInterval": "5"}
    drawn(world, (), ("central error", "central deaf"), 2400.0, **keys)


def as_drawn(_world: World) -> None:
    """Whatever the seed has drawn."""


# ---- charts that are wrong -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "seed", "what"),
    [
        ("connector: drop transition transaction-unplugged-2", 1, "but a transaction is open"),
        ("connector: stay recovering-inputs_read-6", 1, "the outlet is None"),
        ("contactor: drop action offer_current of open-offer_ordered-2", 1, "pilot B, 0 A"),
        ("reporting: drop action send_status of current-status_changed-1", 1, "said was"),
        ("reporting: drop action keep_status of current-status_changed-1", 1, "the lamp shows"),
        ("health: drop action remove_error of warned-error_cleared-3", 1, "its errors are"),
        ("health: negate guard healthy-error_raised-1", 3, "though an error prevents charging"),
        ("transaction: negate guard open-remote_stop_requested-1", 17, "was answered"),
        ("authorization: drop action show_refusal of resting-start_asked-3", 4, "a word to"),
        (
            "firmware: drop action tell_installing of downloading-download_finished-2",
            *(16, "FirmwareStatusNotification Installed after Downloaded"),
        ),
        (
            "diagnostics: drop action tell_uploading of idle-diagnostics_requested-1",
            *(7, "DiagnosticsStatusNotification Uploaded after"),
        ),
    ],
)
def test_a_chart_that_is_wrong_is_found(name: str, seed: int, what: str) -> None:
    with instead(seeded(name)):
        outcome = simulate(seed, HOURS)

    assert any(what in finding for finding in outcome.findings)


# ---- behaviors that are wrong --------------------------------------------------------------------

Bug = Callable[[], AbstractContextManager[None]]


def stop_remotely(self: Connector) -> None:
    self._stop(Reason.LOCAL)


def keep_id_tag(self: Connector) -> None:
    self._set(id_tag="SOMEBODY", parent_id_tag=None)


def take_checkpoint(self: Transaction) -> None:
    self.take_sample()


def is_second_last(self: Queue) -> bool:
    return self._fields.attempts + 2 >= self._keys.number("TransactionMessageAttempts")


@pytest.mark.parametrize(
    ("bug", "change", "seed", "what"),
    [
        (lambda: coded(Connector.stop_remotely, stop_remotely), as_drawn, 17, "ends by"),
        (lambda: coded(Connector.keep_id_tag, keep_id_tag), as_drawn, 1, "whom nobody presented"),
        (
            lambda: coded(Transaction.tell_remote_stop_accepted, nothing),
            *(as_drawn, 17, "promised, but not done: RemoteStopTransaction"),
        ),
        (lambda: coded(Transaction.take_sample, nothing), as_drawn, 7, "fewer periodic samples"),
        (lambda: coded(Transaction.take_checkpoint, take_checkpoint), as_drawn, 7, "more periodic"),
        (lambda: coded(Transaction.take_aligned_sample, nothing), as_drawn, 7, "fewer aligned"),
        (
            lambda: coded(Availability.tell_taken_out_of_service, nothing),
            *(as_drawn, 27, "ordered was Inoperative"),
        ),
        (lambda: coded(Link.link_back_off_s, lambda self: 5000.0), as_drawn, 1, "stays away"),
        (
            lambda: coded(Transaction.order_stop, nothing),
            *(lambda world: refusing(world, StopTransactionOnInvalidId="true"), 3, "goes on"),
        ),
        (
            lambda: coded(Transaction.tell_energy_denied, nothing),
            lambda world: refusing(
                world, StopTransactionOnInvalidId="false", MaxEnergyOnInvalidId="0"
            ),
            *(3, "gets more than 0 Wh"),
        ),
        (
            lambda: coded(Transaction.is_allowance_left, lambda self: False),
            lambda world: refusing(
                world, StopTransactionOnInvalidId="false", MaxEnergyOnInvalidId="200"
            ),
            *(3, "gets less than 200 Wh"),
        ),
    ],
)
def test_a_behavior_that_is_wrong_is_found(
    bug: Bug, change: Callable[[World], None], seed: int, what: str
) -> None:
    with bug():
        outcome = simulate(seed, HOURS, change)

    assert any(what in finding for finding in outcome.findings)


# ---- messages that are given up ------------------------------------------------------------------


def test_messages_are_given_up_by_the_book_and_the_books_know_which() -> None:
    given_up: set[str] = set()

    def change(world: World) -> None:
        impatient(world)
        world.site.ledger.given_up = given_up

    outcome = simulate(11, HOURS, change)

    assert outcome.findings == ()
    assert len(given_up) > 3


@pytest.mark.parametrize(
    ("bug", "what"),
    [
        (lambda: coded(Queue.is_last_attempt, is_second_last), "is given up after 2 of 3 tries"),
        (lambda: coded(Queue.is_last_attempt, lambda self: False), "is tried again after 3 tries"),
        (lambda: coded(Queue.retry_wait_s, lambda self: 1.0), "is tried again 1.0 s after try"),
    ],
)
def test_a_station_that_tries_otherwise_is_found(bug: Bug, what: str) -> None:
    with bug():
        outcome = simulate(11, HOURS, impatient)

    assert any(what in finding for finding in outcome.findings)


def test_another_number_than_the_one_for_none_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cp.domain.outbox.NO_TRANSACTION_ID", 0)
    outcome = simulate(11, HOURS, impatient)

    assert any("carries 0, not -1" in finding for finding in outcome.findings)
