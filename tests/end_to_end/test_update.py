"""UpdateFirmware with the real process, a real HTTP server and real slots."""

import asyncio
from pathlib import Path

import pytest
from e2e_stand import calls, charge
from update_stand import (
    NOT_INSTALLED,
    UPDATED,
    VERSION,
    UpdateStand,
    make_image,
    update_stand,
)

from drivers.installer.signature import make_key, read_private_key
from tools.net.station_process import State

MIB = 1024 * 1024
# An action that wants another event raises when the inputs are read, after BootNotification.
_ROW = 'cond = "is_inoperative or is_installing", target = "unavailable"'
CRASHING = {"connector": (_ROW, f'{_ROW}, on = "keep_id_tag"')}
DEADLY = "import os; os._exit(3)"


def machine(state: State, name: str) -> str:
    machines = state["machines"]
    assert isinstance(machines, dict)
    return str(machines[name][-1])


def current_slot(folder: Path) -> str:
    return (folder / "storage" / "system" / "current").readlink().name


def running_versions(stand: UpdateStand) -> list[object]:
    return [boot.payload["firmwareVersion"] for boot in stand.boots()]


# ---- the whole way -------------------------------------------------------------------------------


def test_a_whole_update(tmp_path: Path) -> None:
    async def play_one() -> None:
        async with update_stand(tmp_path) as stand:
            await stand.ask("UpdateFirmware", make_image(stand.images))
            assert await stand.told("Installed") == UPDATED
            before, after = running_versions(stand)
            assert before != after == VERSION
            statuses = [message.payload for message in calls(stand.central, "StatusNotification")]
            told = [item["status"] for item in statuses if item["connectorId"] == 1]
            assert told == ["Available", "Unavailable", "Unavailable", "Available"]
            assert stand.central.books.violations == []
            assert current_slot(tmp_path) == "b"
            # The next one goes to the slot that is free now.
            await stand.ask("UpdateFirmware", make_image(stand.images, version="3"))
            await stand.until_boot(3)
            assert running_versions(stand)[2] == "3"

    asyncio.run(play_one())


def test_statuses_of_an_outage_are_told_in_order(tmp_path: Path) -> None:
    """The server is away from the download on: the new firmware is on trial until it is back."""

    async def play_one() -> None:
        async with update_stand(tmp_path) as stand:
            stand.server.pace_bytes_s = 2 * MIB
            await stand.ask("UpdateFirmware", make_image(stand.images, ballast=MIB))
            assert await stand.told("Downloading") == UPDATED[:1]
            await stand.central.refuse(60)
            while not (tmp_path / "storage" / "system" / "trial.json").exists():
                await asyncio.sleep(0.01)
            assert stand.statuses() == UPDATED[:1]
            await stand.central.refuse(0)
            assert await stand.told("Installed") == UPDATED
            assert running_versions(stand)[1:] == [VERSION]

    asyncio.run(play_one())


# ---- images that are refused ---------------------------------------------------------------------


def test_a_damaged_image_is_refused(tmp_path: Path) -> None:
    async def play_one() -> None:
        async with update_stand(tmp_path) as stand:
            name = make_image(stand.images)
            content = bytearray((stand.images / name).read_bytes())
            content[len(content) // 2] ^= 1
            (stand.images / name).write_bytes(content)
            await refused(stand, name)

    asyncio.run(play_one())


def test_with_a_key_only_what_it_signed_is_installed(tmp_path: Path) -> None:
    (tmp_path / "key.pub").write_bytes(make_key(tmp_path / "key"))
    table = '\n[firmware]\npublic_key_file = "key.pub"\n'

    async def play_one() -> None:
        async with update_stand(tmp_path, table) as stand:
            await refused(stand, make_image(stand.images, version="unsigned"))
            key = read_private_key(tmp_path / "key")
            await stand.ask("UpdateFirmware", make_image(stand.images, key=key))
            assert await stand.told("Installed") == NOT_INSTALLED + UPDATED

    asyncio.run(play_one())


async def refused(stand: UpdateStand, name: str) -> None:
    await stand.ask("UpdateFirmware", name)
    assert await stand.told("InstallationFailed") == NOT_INSTALLED
    await stand.station.until_ready()
    assert len(stand.boots()) == 1


# ---- images that do not run ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "faulty", [{"edits": CRASHING}, {"lib": DEADLY}], ids=["charts", "packages"]
)
def test_firmware_that_does_not_start_is_left_by_itself(
    tmp_path: Path, faulty: dict[str, object]
) -> None:
    """It is started three times, by the service manager where it kills its process."""

    async def play_one() -> None:
        async with update_stand(tmp_path) as stand:
            name = make_image(stand.images, **faulty)  # type: ignore[arg-type]
            await stand.ask("UpdateFirmware", name)
            manager = asyncio.create_task(restart_forever(stand))
            assert await stand.told("InstallationFailed") == NOT_INSTALLED
            manager.cancel()
            before, *between, after = running_versions(stand)
            assert before == after != VERSION
            assert set(between) <= {VERSION}
            assert bool(between) is ("edits" in faulty)
            await stand.station.hang_up()
            await stand.station.until_ready()  # its faults were not those of the old firmware
            assert current_slot(tmp_path) == "a"

    asyncio.run(play_one())


async def restart_forever(stand: UpdateStand) -> None:
    while True:
        await stand.station.ended()
        await stand.station.start("--respawn")


# ---- charging goes first -------------------------------------------------------------------------


def test_nothing_is_downloaded_during_a_transaction(tmp_path: Path) -> None:
    async def play_one() -> None:
        async with update_stand(tmp_path) as stand:
            await charge(stand.station)
            await stand.ask("UpdateFirmware", make_image(stand.images))
            await stand.station.until(lambda state: machine(state, "firmware.0") == "waiting")
            await asyncio.sleep(0.5)  # it looks every 10 s of its own
            assert (stand.server.requests, stand.statuses()) == ([], [])
            await stand.station.do("plug_out")
            assert await stand.told("Installed") == UPDATED
            assert stand.asked() == ["/2.0.0.image"]

    asyncio.run(play_one())


def test_a_transaction_interrupts_a_download(tmp_path: Path) -> None:
    async def play_one() -> None:
        async with update_stand(tmp_path) as stand:
            stand.server.pace_bytes_s = 4 * MIB
            await stand.ask("UpdateFirmware", make_image(stand.images, ballast=4 * MIB))
            await stand.station.until(lambda state: done(state) > MIB)
            await charge(stand.station)
            state = await stand.station.state()
            assert (state["transfer"], machine(state, "firmware.0")) == (None, "paused")
            await asyncio.sleep(0.2)
            assert len(stand.server.requests) == 1
            await stand.station.do("plug_out")
            assert await stand.told("Installed") == UPDATED
            first, second = stand.server.requests
            assert first.offset == 0
            assert second.offset >= MIB

    asyncio.run(play_one())


def done(state: State) -> int:
    transfer = state["transfer"]
    return int(transfer["done"]) if isinstance(transfer, dict) else 0
