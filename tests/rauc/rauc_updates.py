"""Updates by the real RAUC: installed, activated, marked good, reverted, refused, given up."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from rauc_stand import RaucStand, rauc as rauc  # the fixture

from cp.vocabulary.event import Event
from cp.vocabulary.events_jobs import InstallFailed, InstallFinished, SlotRead
from drivers.installer.build import build_installer
from drivers.installer.config import InstallerConfig
from drivers.installer.installer import SlotInstaller

Play = Callable[[SlotInstaller, list[Event]], Awaitable[None]]


def run(stand: RaucStand, image: Path, play: Play) -> tuple[list[Event], list[int]]:
    """The station's life from a start to its end; what was posted, the percentages seen."""
    percents: list[int] = []

    async def life() -> list[Event]:
        installer = build_installer(InstallerConfig(stand.place, "rauc", rauc=stand.command), image)
        events: list[Event] = []
        await installer.start(events.append)
        playing = asyncio.create_task(play(installer, events))
        while not playing.done():
            if installer.percent is not None and installer.percent not in percents:
                percents.append(installer.percent)
            await asyncio.sleep(0.001)
        await playing
        await installer.stop()
        return events

    return asyncio.run(life()), percents


async def until(events: list[Event], count: int) -> None:
    async with asyncio.timeout(60):
        while len(events) < count:
            await asyncio.sleep(0.001)


async def install(installer: SlotInstaller, events: list[Event]) -> None:
    installer.install(1)
    await until(events, 2)


async def update(installer: SlotInstaller, events: list[Event]) -> None:
    await install(installer, events)
    installer.activate(1, "rootfs.1")


INSTALLED = [
    SlotRead("rootfs.0", is_on_trial=True),
    InstallFinished(1, "rootfs.0", "rootfs.1", "2.0.0"),
]


@pytest.mark.parametrize("activate", ["", "activate-installed=false"])
def test_an_update_that_proves_itself(rauc: RaucStand, activate: str) -> None:
    rauc.configure(activate)
    rauc.boot("A")
    bundle = rauc.bundle("good")
    events, percents = run(rauc, bundle, install)
    assert events == INSTALLED
    assert rauc.primary == "A"  # nothing is chosen before the station has recorded it
    assert percents == sorted(percents) and len(percents) > 2, percents
    content = (rauc.place / "in-good" / "rootfs.img").read_bytes()
    assert Path(rauc.devices[1]).read_bytes()[: len(content)] == content
    run(rauc, bundle, update)
    assert rauc.primary == "B"

    async def accept(installer: SlotInstaller, events: list[Event]) -> None:
        installer.mark_good("rootfs.1")

    rauc.boot("B")
    (rauc.place / "boot" / "state.B").write_text("tried")
    assert run(rauc, bundle, accept)[0] == [SlotRead("rootfs.1", is_on_trial=True)]
    assert (rauc.primary, rauc.state("B")) == ("B", "good")


def test_an_update_that_is_given_back(rauc: RaucStand) -> None:
    run(rauc, rauc.bundle("good"), update)
    rauc.boot("B")

    async def give_back(installer: SlotInstaller, events: list[Event]) -> None:
        installer.revert("rootfs.0")

    assert run(rauc, rauc.place, give_back)[0] == [SlotRead("rootfs.1", is_on_trial=True)]
    assert (rauc.primary, rauc.state("A"), rauc.state("B")) == ("A", "good", "bad")


def test_bundles_that_are_refused(rauc: RaucStand) -> None:
    good = rauc.bundle("good").read_bytes()
    flipped = bytearray(good)
    flipped[500_000] ^= 1
    bundles = {
        "short": (good[:200_000], "Invalid bundle format"),
        "flipped": (bytes(flipped), "signature verification failed"),
        "stranger": (rauc.bundle("s", key="other-").read_bytes(), "signature verification failed"),
        "other": (rauc.bundle("o", compatible="other").read_bytes(), "Compatible mismatch"),
        "nothing": (b"", "Invalid bundle format"),
    }
    before = Path(rauc.devices[1]).read_bytes()
    for name, (content, words) in bundles.items():
        image = rauc.place / f"{name}.image"
        image.write_bytes(content)
        events, _ = run(rauc, image, install)
        failed = events[1]
        assert isinstance(failed, InstallFailed) and words in failed.why, (name, failed)
    assert Path(rauc.devices[1]).read_bytes() == before
    assert rauc.primary == "A"


def test_an_installation_that_is_given_up(rauc: RaucStand) -> None:
    """RAUC goes on by itself; nothing is posted and the next start is as it was."""

    async def give_up(installer: SlotInstaller, events: list[Event]) -> None:
        installer.install(1)
        while not installer.percent:
            await asyncio.sleep(0.001)
        installer.stop_install()

    assert run(rauc, rauc.bundle("good"), give_up)[0] == [SlotRead("rootfs.0", is_on_trial=True)]
    assert rauc.primary == "A"


def test_a_slot_that_rauc_does_not_know(rauc: RaucStand) -> None:
    async def activate(installer: SlotInstaller, events: list[Event]) -> None:
        installer.activate(1, "rootfs.9")
        await until(events, 2)

    failed = run(rauc, rauc.place, activate)[0][1]
    assert isinstance(failed, InstallFailed) and "rootfs.9" in failed.why


def test_without_a_service(rauc: RaucStand, caplog: pytest.LogCaptureFixture) -> None:
    rauc.shut_down()
    events, _ = run(rauc, rauc.place, install)
    assert events[0] == SlotRead("")
    assert isinstance(events[1], InstallFailed)
    assert caplog.messages[0].startswith("the slot that runs is unknown: ")
