"""The dead man's hold."""

import threading
import time
from collections.abc import Iterator

import pytest

from drivers.hold import Hold


class Held:
    def __init__(self) -> None:
        self.dropped = threading.Event()
        self.hold = Hold(self.dropped.set, timeout_s=0.05)


@pytest.fixture
def held() -> Iterator[Held]:
    it = Held()
    it.hold.start()
    yield it
    it.hold.stop()


def test_drops_when_nobody_renews(held: Held) -> None:
    pulled_s = time.monotonic()
    held.hold.pull()
    assert held.dropped.wait(2.0)
    assert time.monotonic() - pulled_s >= 0.05


def test_holds_while_renewed(held: Held) -> None:
    held.hold.pull()
    until_s = time.monotonic() + 0.15
    while time.monotonic() < until_s:
        held.hold.renew()
        time.sleep(0.002)
    assert not held.dropped.is_set()


def test_renewing_what_is_not_held_holds_nothing(held: Held) -> None:
    held.hold.renew()
    assert not held.dropped.wait(0.1)


def test_a_released_hold_does_not_expire(held: Held) -> None:
    held.hold.pull()
    held.hold.release()
    held.hold.renew()
    assert not held.dropped.wait(0.1)


def test_can_be_pulled_again(held: Held) -> None:
    held.hold.pull()
    assert held.dropped.wait(2.0)
    held.dropped.clear()
    held.hold.renew()
    assert not held.dropped.wait(0.08)
    held.hold.pull()
    assert held.dropped.wait(2.0)
