"""A bare station: a WebSocket client that sends what it is told, for tests of the server."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tools.net.csms_server import CentralSystem

BOOT = {"chargePointVendor": "Vendor", "chargePointModel": "Model"}
START = {
    "connectorId": 1,
    "idTag": "TAG",
    "meterStart": 100,
    "timestamp": "2026-01-01T12:00:00Z",
}


class BareStation:
    """One connection; frames as Python values."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self._count = 0

    async def call(self, action: str, payload: object, message_id: str = "") -> list[object]:
        """Send a CALL; the frame that comes next."""
        await self.send_call(action, payload, message_id)
        return await self.receive()

    async def send_call(self, action: str, payload: object, message_id: str = "") -> None:
        self._count += 1
        await self.send([2, message_id or f"m{self._count}", action, payload])

    async def send(self, frame: object) -> None:
        text = frame if isinstance(frame, str) else json.dumps(frame)
        await self.connection.send(text)

    async def receive(self) -> list[object]:
        frame = json.loads(await self.connection.recv())
        assert isinstance(frame, list)
        return frame

    async def status(self, status: str, connector_id: int = 1) -> list[object]:
        payload = {"connectorId": connector_id, "status": status, "errorCode": "NoError"}
        return await self.call("StatusNotification", payload)


@asynccontextmanager
async def server() -> AsyncIterator[CentralSystem]:
    """A central system on a port of its own, with a clock that stands still."""
    central = CentralSystem(clock=lambda: 1767268800.5)
    await central.start()
    try:
        yield central
    finally:
        await central.stop()


@asynccontextmanager
async def station(central: CentralSystem, identity: str = "CP001") -> AsyncIterator[BareStation]:
    """A connected station."""
    async with connect(
        f"{central.url}/{identity}", subprotocols=[Subprotocol("ocpp1.6")], proxy=None
    ) as connection:
        yield BareStation(connection)
