"""A real station as a child process, with a hand on its bench.

Theory of operation: a station file is written, ``statecharge run`` is started as on a device, and
the JSON lines of its bench are spoken over one connection. The demonstration, the measurements and
the end-to-end tests all start stations this way.
"""

import asyncio
import json
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, cast

State = Mapping[str, object]
"""The bench's answer to ``state``."""

_POLL_S: Final = 0.01
_UP_WITHIN_S: Final = 15.0


class StationError(Exception):
    """The station ended, or its bench refused a command."""


def free_port() -> int:
    """A TCP port of the loopback interface that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class StationProcess:
    """``statecharge run FOLDER/station.toml``; the journal is in ``FOLDER/storage``."""

    def __init__(
        self,
        folder: Path,
        url: str,
        *,
        station: str = "CP001",
        time_scale: float = 1.0,
        keys: Mapping[str, object] | None = None,
        program: tuple[str, ...] = ("-m", "cp"),
    ) -> None:
        """``url`` is the central system's, without the identity; ``keys`` are factory values;
        ``program`` are the words behind ``python``."""
        self.id = station
        self.file = folder / "station.toml"
        self.storage = folder / "storage"
        self.port = free_port()
        self._program = program
        self._process: Process | None = None
        self._lines: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self.file.write_text(
            f'[station]\nid = "{station}"\nprofile = "generic"\n\n'
            f'[csms]\nurl = "{url}"\nreconnect_max_s = 1\n\n'
            f'[storage]\ndir = "{self.storage.name}"\n\n'
            f"[ocpp]\n{_toml(keys or {})}\n"
            f"[bench]\nport = {self.port}\ntime_scale = {time_scale}\n",
            encoding="utf-8",
        )

    # ---- life ------------------------------------------------------------------------------------

    async def start(self, *flags: str) -> None:
        """Power on."""
        words = (*self._program, "run", str(self.file), "--no-panel", *flags)
        self._lines = None
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, *words, stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE
        )

    @property
    def pid(self) -> int:
        """Of the running process."""
        return self._running.pid

    @property
    def is_running(self) -> bool:
        """It was started, and has not ended."""
        return self._process is not None and self._process.returncode is None

    async def stop(self) -> int:
        """An ordered stop, as a service manager does it; the exit code."""
        if self.is_running:
            self._running.terminate()
        return await self.ended()

    async def hang_up(self) -> None:
        """Close the connection to the bench; the next command opens one."""
        if self._lines is not None:
            self._lines[1].close()
            self._lines = None

    async def kill(self) -> None:
        """SIGKILL: what a power cut looks like from inside. Does nothing when it has ended."""
        if self.is_running:
            self._running.kill()
            await self.ended()

    async def ended(self) -> int:
        """Wait for the end; the exit code."""
        await self.hang_up()
        return await asyncio.wait_for(self._running.wait(), _UP_WITHIN_S)

    async def log(self) -> str:
        """What the process wrote to its standard error until it ended."""
        assert self._running.stderr is not None
        return (await self._running.stderr.read()).decode()

    @property
    def _running(self) -> Process:
        if self._process is None:
            raise StationError("the station was not started")
        return self._process

    # ---- the bench -------------------------------------------------------------------------------

    async def do(self, cmd: str, **fields: object) -> State:
        """One command; the answer. Raises StationError when it is refused or nobody answers."""
        reader, writer = self._lines or await self._connected()
        writer.write(json.dumps({"cmd": cmd, **fields}).encode() + b"\n")
        try:
            line = await asyncio.wait_for(reader.readline(), _UP_WITHIN_S)
        except ConnectionError:
            line = b""
        if not line:
            raise StationError(f"the station ended at the command {cmd}")
        answer = cast("dict[str, object]", json.loads(line))
        if not answer.get("ok"):
            raise StationError(str(answer.get("error")))
        return answer

    async def state(self) -> State:
        """The present state."""
        return await self.do("state")

    async def until(self, test: Callable[[State], bool], within_s: float = 10.0) -> State:
        """The first state that passes the test. Raises TimeoutError with the last state."""
        state: State = {}
        try:
            async with asyncio.timeout(within_s):
                while not test(state := await self.state()):
                    await asyncio.sleep(_POLL_S)
        except TimeoutError:
            raise TimeoutError(f"last state: {json.dumps(state)}") from None
        return state

    async def until_ready(self) -> State:
        """Wait until a car may come: registered, and connector 1 is available."""
        return await self.until(
            lambda state: state["registration"] == "Accepted" and status_of(state) == "Available"
        )

    async def until_status(self, status: str, within_s: float = 10.0) -> State:
        """Wait until connector 1 has this status."""
        return await self.until(lambda state: status_of(state) == status, within_s)

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """The bench listens a moment after the process started."""
        async with asyncio.timeout(_UP_WITHIN_S):
            while self._running.returncode is None:
                try:
                    self._lines = await asyncio.open_connection("127.0.0.1", self.port)
                except OSError:
                    await asyncio.sleep(_POLL_S)
                else:
                    return self._lines
        raise StationError(f"the station ended: {await self.log()}")


def status_of(state: State, connector: int = 1) -> str | None:
    """The OCPP status of a connector."""
    return cast("dict[str, str]", state["statuses"]).get(str(connector))


def outlet_of(state: State) -> Mapping[str, object]:
    """What hands and eyes find at the outlet."""
    return cast("dict[str, dict[str, object]]", state["connectors"])["1"]


def _toml(keys: Mapping[str, object]) -> str:
    """JSON's scalars and lists are TOML's."""
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in keys.items())
