"""The service manager's words, over a real datagram socket, and what keeps them from being said."""

import asyncio
import logging
import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cp.vocabulary.vital import Vital
from drivers.service import (
    Feeder,
    JournalFormatter,
    Manager,
    for_journal,
    has_journal,
    manager_of,
    status_of,
)

STARTING: dict[str, object] = {"link": "connecting", "registration": None, "statuses": {"0": "x"}}
READY: dict[str, object] = {
    "link": "online",
    "registration": "Accepted",
    "queue": 0,
    "statuses": {"0": "Available", "1": "Charging"},
}


class Listener:
    """What systemd would hear."""

    def __init__(self, folder: Path) -> None:
        self.address = str(folder / "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.address)
        self.socket.setblocking(False)

    def heard(self) -> list[str]:
        lines: list[str] = []
        while True:
            try:
                lines += self.socket.recv(4096).decode().split("\n")
            except BlockingIOError:
                return lines


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[Listener]:
    made = Listener(tmp_path)
    yield made
    made.socket.close()


def feed(
    listener: Listener,
    scene: Callable[[Feeder, dict[str, object]], object],
    vitals: tuple[Vital, ...] = (),
    seconds: float = 0.2,
) -> list[str]:
    """What is heard when a feeder runs so long; ``scene`` happens in its loop."""

    heard: list[str] = []

    async def listen() -> None:
        while True:
            heard.extend(listener.heard())
            await asyncio.sleep(0.01)

    async def play() -> None:
        snapshot = dict(STARTING)
        feeder = Feeder(Manager(listener.address, 0.15), lambda: snapshot, lambda: vitals)
        task = asyncio.create_task(feeder.run())
        listening = asyncio.create_task(listen())
        scene(feeder, snapshot)
        await asyncio.sleep(seconds)
        task.cancel()
        await asyncio.wait((task,))
        feeder.stop()
        listening.cancel()

    asyncio.run(play())
    return heard + listener.heard()


def become_ready(_feeder: Feeder, snapshot: dict[str, object]) -> None:
    snapshot.update(READY)


# ---- the words -----------------------------------------------------------------------------------


def test_ready_alive_status_stopping(listener: Listener) -> None:
    heard = feed(listener, become_ready, seconds=0.5)
    assert heard[:3] == ["READY=1", "WATCHDOG=1", "STATUS=Charging, online, Accepted"]
    assert heard[-2:] == ["STOPPING=1", "STATUS=Stopping"]
    assert set(heard[3:-2]) == {"WATCHDOG=1"}
    assert len(heard) > 5


@pytest.mark.parametrize("missing", ["link", "statuses"])
def test_not_ready_before_inputs_and_link(listener: Listener, missing: str) -> None:
    never = {"link": "offline", "statuses": {"0": "Available"}}[missing]
    heard = feed(listener, lambda _feeder, snapshot: snapshot.update({**READY, missing: never}))
    assert heard == ["STOPPING=1", "STATUS=Stopping"]


def test_status_names_what_waits() -> None:
    assert status_of(STARTING) == "starting, connecting, not registered"
    assert status_of({**READY, "queue": 4}) == "Charging, online, Accepted, 4 messages wait"


def test_the_environment_says_who_listens() -> None:
    watched = {"NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "10000000"}
    assert manager_of(watched) == Manager("/run/x", 10.0)
    assert manager_of({**watched, "WATCHDOG_PID": str(os.getpid())}).watchdog_s == 10.0
    assert manager_of({**watched, "WATCHDOG_PID": "1"}).watchdog_s is None
    assert manager_of({"NOTIFY_SOCKET": "@x"}) == Manager("@x", None)
    with pytest.raises(KeyError):
        manager_of({})


def test_an_abstract_socket_and_one_that_is_gone() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(f"\0statecharge-test-{os.getpid()}")
        Manager(f"@statecharge-test-{os.getpid()}", None).tell("READY=1")
        assert listening.recv(100) == b"READY=1"
    Manager("/nowhere/at/all", None).tell("READY=1")


# ---- what keeps the watchdog hungry --------------------------------------------------------------


def test_a_vital_that_stands_still_starves_the_watchdog(
    listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    asked_at_s: list[float] = []

    def since_s() -> float:
        """It stands still from the first look on."""
        asked_at_s.append(time.monotonic())
        return asked_at_s[0]

    vital = Vital("a commit of the journal", 0.1, since_s)
    heard = feed(listener, become_ready, (vital,), seconds=0.4)
    fed = [number for number, line in enumerate(heard) if line == "WATCHDOG=1"]
    assert fed and "STATUS=Hung: a commit of the journal" in heard[fed[-1] :]
    assert len(fed) < 5, "it was fed while nothing was late"
    assert "stands still: a commit of the journal" in caplog.text


def test_a_vital_that_owes_nothing_starves_nobody(listener: Listener) -> None:
    heard = feed(listener, become_ready, (Vital("idle", 0.0, lambda: None),), seconds=0.5)
    assert heard.count("WATCHDOG=1") > 2


def test_a_loop_that_hangs_feeds_nobody(listener: Listener) -> None:
    """The control is the same feeder in a loop that turns."""

    def hang(_feeder: Feeder, snapshot: dict[str, object]) -> None:
        snapshot.update(READY)
        asyncio.get_running_loop().call_later(0.08, time.sleep, 0.6)

    hung, well = (feed(listener, scene, seconds=0.6) for scene in (hang, become_ready))
    assert hung.count("WATCHDOG=1") <= 3 < well.count("WATCHDOG=1")


# ---- the journal ---------------------------------------------------------------------------------


def test_priorities_and_no_time() -> None:
    formatter = JournalFormatter("%(message)s")
    for level, priority in ((50, 2), (40, 3), (30, 4), (20, 6)):
        record = logging.LogRecord("x", level, "f", 1, "one\ntwo", None, None)
        assert formatter.format(record) == f"<{priority}>one\n<{priority}>two"
    assert for_journal("wrong") == "<3>wrong"


def test_the_journal_is_known_by_its_file(capfd: pytest.CaptureFixture[str]) -> None:
    facts = os.fstat(2)
    assert has_journal({"JOURNAL_STREAM": f"{facts.st_dev}:{facts.st_ino}"})
    assert not has_journal({"JOURNAL_STREAM": "1:1"})
    assert not has_journal({})
