"""One visit over a real WebSocket, with a real journal, by a real process."""

import asyncio
from pathlib import Path

from e2e_stand import TAG, call_of, calls, charge, flown, only_transaction, settled, stand

from tools.net.demo import ID_TAG, make_folder, play


def test_the_demonstration_agrees_with_itself(tmp_path: Path) -> None:
    said: list[str] = []
    folder = make_folder(tmp_path / "run")
    code = asyncio.run(play(folder, lambda text, _: said.append(text), charge_s=2.1, pause_s=0.05))
    assert code == 0, "\n".join(said)
    assert "The books agree, Wh for Wh." in said
    (readings,) = [line for line in said if line.lstrip().startswith("meter values")]
    assert readings.split()[2] == "1:"
    transcript = (folder / "storage" / "transcript.txt").read_text()
    assert "StartTransaction" in transcript
    assert ID_TAG not in transcript
    assert (folder / "storage" / "mask.key").stat().st_mode & 0o077 == 0


def test_a_folder_that_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    make_folder(make_folder(tmp_path / "run"))
    (tmp_path / "own").mkdir()
    from cp.vocabulary.errors import SettingsError

    try:
        make_folder(tmp_path / "own")
    except SettingsError as error:
        assert "move it away" in str(error)
    else:
        raise AssertionError("somebody's folder was taken")


def test_the_first_messages_of_a_visit(tmp_path: Path) -> None:
    async def play_one() -> None:
        async with stand(tmp_path) as (central, station):
            await station.start()
            await charge(station)
            await flown(station, 2)
            await station.do("plug_out")
            await call_of(central, "StopTransaction")
            await settled(station)
            assert await station.stop() == 0
            assert await station.log() == ""
            heard = [
                message.action
                for action in ("BootNotification", "Authorize", "StartTransaction")
                for message in calls(central, action)
            ]
            assert heard == ["BootNotification", "Authorize", "StartTransaction"]
            transaction = only_transaction(central)
            assert transaction.id_tag == TAG
            assert transaction.reason == "EVDisconnected"
            assert (transaction.meter_stop or 0) - transaction.meter_start >= 2
            assert central.books.violations == []

    asyncio.run(play_one())


def test_a_remote_start_and_stop(tmp_path: Path) -> None:
    async def play_one() -> None:
        async with stand(tmp_path, keys={"AuthorizeRemoteTxRequests": False}) as (central, station):
            await station.start()
            await station.until_ready()
            await station.do("plug_in")
            await station.do("ev_ready", on=True)
            request = {"idTag": TAG, "connectorId": 1}
            answer = await central.call(station.id, "RemoteStartTransaction", request)
            assert answer.word == "Accepted"
            await station.until_status("Charging")
            await call_of(central, "StartTransaction")
            transaction = only_transaction(central)
            stop = {"transactionId": transaction.id}
            answer = await central.call(station.id, "RemoteStopTransaction", stop)
            assert answer.word == "Accepted"
            await call_of(central, "StopTransaction")
            assert transaction.reason == "Remote"
            assert calls(central, "Authorize") == []

    asyncio.run(play_one())
