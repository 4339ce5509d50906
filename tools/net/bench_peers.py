"""The floors: bare programs that do the least that the station does, for ``make bench``.

Theory of operation: each is run as ``python -m tools.net.bench_peers NAME URL [FOLDER]``. They
check nothing, decide nothing and keep nothing but what the comparison asks for.
"""

import asyncio
import json
import sqlite3
import sys
from pathlib import Path

from websockets.typing import Subprotocol

_OCPP = [Subprotocol("ocpp1.6")]
_BOOT = [2, "1", "BootNotification", {"chargePointModel": "M", "chargePointVendor": "V"}]


async def boot(url: str) -> None:
    """A charge point of the ``ocpp`` package, as its manual writes it."""
    import websockets
    from ocpp.v16 import ChargePoint, call  # type: ignore[import-untyped]

    async with websockets.connect(url, subprotocols=_OCPP) as line:
        charge_point = ChargePoint("FLOOR", line)
        reading = asyncio.create_task(charge_point.start())
        request = call.BootNotification(charge_point_model="M", charge_point_vendor="V")
        await charge_point.call(request)
        reading.cancel()


async def configuration(url: str) -> None:
    """Parses the frame, builds the answer of one key, sends it."""
    from websockets.asyncio.client import connect

    values = {"HeartbeatInterval": "300"}
    async with connect(url, subprotocols=_OCPP, compression=None) as line:
        await line.send(json.dumps(_BOOT))
        await line.recv()
        async for text in line:
            _, message_id, _, payload = json.loads(text)
            keys = [{"key": key, "readonly": False, "value": values[key]} for key in payload["key"]]
            await line.send(json.dumps([3, message_id, {"configurationKey": keys}]))


async def start(url: str, folder: str) -> None:
    """Accepts a remote start, commits one row, sends StartTransaction."""
    from websockets.asyncio.client import connect

    journal = sqlite3.connect(Path(folder) / "floor.db", isolation_level=None)
    for pragma in ("locking_mode=EXCLUSIVE", "journal_mode=WAL", "synchronous=FULL"):
        journal.execute(f"PRAGMA {pragma}").fetchall()
    journal.execute("CREATE TABLE row(id INTEGER PRIMARY KEY, body TEXT)")
    async with connect(url, subprotocols=_OCPP, compression=None) as line:
        await line.send(json.dumps(_BOOT))
        async for text in line:
            kind, message_id, *rest = json.loads(text)
            if kind != 2:
                continue
            await line.send(json.dumps([3, message_id, {"status": "Accepted"}]))
            if rest[0] == "RemoteStartTransaction":
                body = {"connectorId": 1, "idTag": rest[1]["idTag"], "meterStart": 0}
                journal.execute("INSERT INTO row(body) VALUES (?)", (json.dumps(body),))
                await line.send(json.dumps([2, message_id, "StartTransaction", body]))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["boot", url]:
            asyncio.run(boot(url))
        case ["configuration", url]:
            asyncio.run(configuration(url))
        case ["start", url, folder]:
            asyncio.run(start(url, folder))
