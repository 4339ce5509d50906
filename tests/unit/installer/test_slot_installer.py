"""``ports.Installer``: order, numbers, silence after a stop, and what is said when it fails."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from image_bed import packed, tree

from cp.vocabulary.event import Event
from cp.vocabulary.events_jobs import InstallFailed, InstallFinished, SlotRead
from drivers.installer import slots
from drivers.installer.backend import Installed, InstallError, Running, Tell
from drivers.installer.folders import FolderSlots
from drivers.installer.installer import SlotInstaller

Play = Callable[[SlotInstaller, list[Event]], Awaitable[None]]
LARGE = {f"lib/{number}.bin": bytes([number]) * 2_000_000 for number in range(10)}


class FakeSlots:
    """Slots that write down what they are asked; ``gate`` holds an installation back."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.gate = asyncio.Event()
        self.error: Exception | None = None

    async def running(self) -> Running:
        self._note("running")
        return Running("A", is_on_trial=True)

    async def install(self, image: Path, tell: Tell) -> Installed:
        self._note(f"install {image.name}")
        tell(40)
        await self.gate.wait()
        tell(100)
        return Installed("A", "B", "2")

    async def activate(self, slot: str) -> None:
        self._note(f"activate {slot}")

    async def mark_good(self, slot: str) -> None:
        self._note(f"mark_good {slot}")

    async def revert(self, slot: str) -> None:
        self._note(f"revert {slot}")

    def _note(self, text: str) -> str:
        self.asked.append(text)
        if self.error is not None:
            raise self.error
        return ""


def played(play: Callable[[SlotInstaller, FakeSlots, list[Event]], Awaitable[None]]) -> None:
    async def run() -> None:
        fake, events = FakeSlots(), []
        installer = SlotInstaller(fake, Path("firmware/image"))
        await installer.start(events.append)
        assert events.pop() == SlotRead("A", is_on_trial=True)
        await play(installer, fake, events)
        await installer.stop()

    asyncio.run(run())


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_an_installation_is_told_once() -> None:
    async def play(installer: SlotInstaller, fake: FakeSlots, events: list[Event]) -> None:
        installer.install(3)
        await settle()
        assert installer.percent == 40 and events == []
        fake.gate.set()
        await settle()
        assert events == [InstallFinished(3, "A", "B", "2")]
        assert installer.percent is None
        assert fake.asked == ["running", "install image"]

    played(play)


def test_a_stopped_installation_is_silent() -> None:
    async def play(installer: SlotInstaller, fake: FakeSlots, events: list[Event]) -> None:
        installer.install(3)
        await settle()
        fake.gate.set()  # its outcome is on the way
        installer.stop_install()
        installer.install(4)
        await settle()
        assert events == [InstallFinished(4, "A", "B", "2")]
        installer.stop_install()  # none is under way

    played(play)


def test_orders_are_carried_out_in_order() -> None:
    async def play(installer: SlotInstaller, fake: FakeSlots, events: list[Event]) -> None:
        installer.install(3)
        installer.activate(3, "B")
        installer.mark_good("B")
        installer.revert("A")
        await settle()
        assert fake.asked == ["running", "install image"]  # the rest waits
        fake.gate.set()
        await installer.stop()  # and is not lost
        assert fake.asked[2:] == ["activate B", "mark_good B", "revert A"]

    played(play)


def test_failures(caplog: pytest.LogCaptureFixture) -> None:
    async def play(installer: SlotInstaller, fake: FakeSlots, events: list[Event]) -> None:
        fake.error = InstallError("the disk is gone" + "." * 1000)
        installer.install(3)
        installer.activate(4, "B")
        await settle()
        fake.error = RuntimeError("with a secret")
        installer.install(5)
        installer.mark_good("B")
        await settle()
        words = ("the disk is gone" + "." * 1000)[:300]
        assert events == [
            InstallFailed(3, words),
            InstallFailed(4, words),
            InstallFailed(5, "a fault of our own: RuntimeError"),
        ]

    with caplog.at_level(logging.WARNING):
        played(play)
    assert caplog.messages == ["slot B is not marked good: a fault of our own: RuntimeError"]


def test_an_unknown_slot_is_empty(caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> list[Event]:
        fake, events = FakeSlots(), []
        fake.error = InstallError("no answer")
        await SlotInstaller(fake, Path("image")).start(events.append)
        return events

    assert asyncio.run(run()) == [SlotRead("")]
    assert caplog.messages == ["the slot that runs is unknown: no answer"]


# ---- the same over real folders ------------------------------------------------------------------


def over_folders(folder: Path, image: Path, running: str, play: Play) -> list[Event]:
    async def run() -> list[Event]:
        events: list[Event] = []
        installer = SlotInstaller(FolderSlots(folder, running), image)
        await installer.start(events.append)
        await play(installer, events)
        await installer.stop()
        return events

    return asyncio.run(run())


async def until(events: list[Event], count: int) -> None:
    async with asyncio.timeout(20):
        while len(events) < count:
            await asyncio.sleep(0.001)


def test_an_update_of_folders(tmp_path: Path) -> None:
    folder = tmp_path / "cp"

    async def update(installer: SlotInstaller, events: list[Event]) -> None:
        installer.install(1)
        await until(events, 2)
        installer.activate(1, "b")

    async def accept(installer: SlotInstaller, events: list[Event]) -> None:
        installer.mark_good("b")

    events = over_folders(folder, packed(tmp_path, "2"), "a", update)
    assert events == [SlotRead("a"), InstallFinished(1, "a", "b", "2")]
    running = slots.select_slot(folder)
    assert running.version == "2"
    assert over_folders(folder, tmp_path / "none", running.slot, accept) == [
        SlotRead("b", is_on_trial=True)
    ]
    assert not slots.is_on_trial(folder, "b")


def test_stopped_in_the_middle_nothing_is_left(tmp_path: Path) -> None:
    folder, image = tmp_path / "cp", packed(tmp_path, "2", LARGE)

    async def play(installer: SlotInstaller, events: list[Event]) -> None:
        installer.install(1)
        while not installer.percent:
            await asyncio.sleep(0)
        assert (folder / "slots" / "b.new").exists()
        installer.stop_install()

    assert over_folders(folder, image, "a", play) == [SlotRead("a")]
    assert tree(folder) == {"slots": ""}


def test_a_slot_on_trial_keeps_the_way_back(tmp_path: Path) -> None:
    folder = tmp_path / "cp"

    async def update(installer: SlotInstaller, events: list[Event]) -> None:
        installer.install(1)
        await until(events, 2)
        installer.activate(1, events[1].to_slot if isinstance(events[1], InstallFinished) else "b")

    over_folders(folder, packed(tmp_path, "2"), "a", update)
    slots.select_slot(folder)
    events = over_folders(folder, packed(tmp_path, "3"), "b", update)
    failed = InstallFailed(1, "slot b is on trial: a may be needed again")
    assert events[:2] == [SlotRead("b", is_on_trial=True), failed]


def test_only_a_whole_slot_that_does_not_run_is_activated(tmp_path: Path) -> None:
    folder = tmp_path / "cp"

    async def play(installer: SlotInstaller, events: list[Event]) -> None:
        installer.activate(1, "b")
        installer.activate(2, "a")
        installer.activate(3, "../x")
        await until(events, 4)
        installer.install(4)
        await until(events, 5)
        (folder / "slots" / "b" / "lib" / "tool").write_bytes(b"other")
        installer.activate(5, "b")

    events = over_folders(folder, packed(tmp_path, "2"), "a", play)
    whys = {event.number: event.why for event in events if isinstance(event, InstallFailed)}
    assert whys[1].startswith("slot b is not whole: ")
    assert whys[2] == "slot a cannot be the next: a runs"
    assert whys[3] == "slot ../x cannot be the next: a runs"
    assert whys[5].endswith("tool has changed since it was installed")
    assert slots.linked_slot(folder) == "a"


def test_an_image_that_is_not_there(tmp_path: Path) -> None:
    async def play(installer: SlotInstaller, events: list[Event]) -> None:
        installer.install(1)
        await until(events, 2)

    events = over_folders(tmp_path / "cp", tmp_path / "image", "a", play)
    assert events[1] == InstallFailed(1, f"{tmp_path / 'image'}: No such file or directory")
