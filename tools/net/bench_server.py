"""A server without checks or books, so that ``make bench`` measures stations and not itself."""

import asyncio
import json
import logging
import time
from collections.abc import Callable
from typing import Final, cast

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.typing import Subprotocol

from tools.net.csms_books import iso_time

Payload = dict[str, object]

_LOGGER: Final = logging.getLogger("statecharge.bench")
_LOGGER.addHandler(logging.NullHandler())
_LOGGER.propagate = False


class BenchServer:
    """Answers every CALL at once and notes when each came; the last connection is the line."""

    def __init__(self) -> None:
        self._server: Server | None = None
        self._line: ServerConnection | None = None
        self._number = 0
        self.last_transaction = 0
        self.call_bytes = 0
        """Length of all CALLs that came."""
        self._answers: dict[str, asyncio.Future[float]] = {}
        self._awaited: list[tuple[Callable[[str, Payload], bool], asyncio.Future[float]]] = []

    async def start(self) -> str:
        """Listen; the endpoint without the identity."""
        self._server = await serve(
            self._serve,
            "127.0.0.1",
            0,
            subprotocols=[Subprotocol("ocpp1.6")],
            compression=None,
            ping_interval=None,
            logger=_LOGGER,
        )
        port = next(iter(self._server.sockets)).getsockname()[1]
        return f"ws://127.0.0.1:{port}/ocpp"

    async def stop(self) -> None:
        """Close everything."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    def coming(
        self, action: str, test: Callable[[Payload], bool] = lambda _: True
    ) -> asyncio.Future[float]:
        """When the next such CALL comes, on the clock of ``time.perf_counter``."""
        future: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._awaited.append((lambda name, payload: name == action and test(payload), future))
        return future

    async def call(self, action: str, payload: Payload) -> tuple[float, float]:
        """Send a CALL; when it went and when its answer came."""
        assert self._line is not None
        self._number += 1
        message_id = f"bench-{self._number}"
        future: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._answers[message_id] = future
        text = json.dumps([2, message_id, action, payload])
        sent_s = time.perf_counter()
        await self._line.send(text)
        return sent_s, await asyncio.wait_for(future, 10)

    async def _serve(self, line: ServerConnection) -> None:
        self._line = line
        async for text in line:
            now_s = time.perf_counter()
            kind, message_id, *rest = json.loads(text)
            if kind != 2:
                self._answers.pop(message_id).set_result(now_s)
                continue
            self.call_bytes += len(text)
            action, payload = cast("str", rest[0]), cast("Payload", rest[1])
            for item in tuple(self._awaited):
                if item[0](action, payload):
                    self._awaited.remove(item)
                    item[1].set_result(now_s)
            await line.send(json.dumps([3, message_id, self._answer(action)]))

    def _answer(self, action: str) -> Payload:
        self.last_transaction += action == "StartTransaction"
        info = {"status": "Accepted"}
        now = iso_time(time.time())
        answers: dict[str, Payload] = {
            "BootNotification": {"status": "Accepted", "currentTime": now, "interval": 300},
            "Heartbeat": {"currentTime": now},
            "Authorize": {"idTagInfo": info},
            "StartTransaction": {"transactionId": self.last_transaction, "idTagInfo": info},
            "StopTransaction": {"idTagInfo": info},
        }
        return answers.get(action, {})
