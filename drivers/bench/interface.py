"""JSON lines over TCP: one object per line in, exactly one line out."""

import asyncio
import contextlib
import json
import os
from collections.abc import Callable, Mapping
from typing import Final

from cp.vocabulary.errors import HardwareError
from drivers.bench.commands import Command, CommandError, read_command

MOST_LINE_BYTES: Final = 64 * 1024


class Interface:
    """Serves any number of connections; commands are obeyed in the order in which they arrive."""

    def __init__(
        self, host: str, port: int, obey: Callable[[Command], Mapping[str, object]]
    ) -> None:
        """``obey`` carries a command out and returns what the answer says besides ``ok``."""
        self._host = host
        self._port = port
        self._obey = obey
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()

    @property
    def port(self) -> int:
        """The port that is listened on, also when port 0 let the system choose."""
        if self._server is None:
            return self._port
        return int(self._server.sockets[0].getsockname()[1])

    async def start(self) -> None:
        """Listen. Raises ``HardwareError`` when the address cannot be used."""
        try:
            self._server = await asyncio.start_server(
                self._talk, self._host, self._port, limit=MOST_LINE_BYTES
            )
        except OSError as error:
            # asyncio repeats the address in its text; a name that is not found has no errno > 0.
            code = error.errno or 0
            why = os.strerror(code) if code > 0 else error.strerror
            raise HardwareError(
                f"the bench cannot listen on {self._host}:{self._port} ({why}): end"
                " what uses the port, or change [bench] host and port in the station file"
            ) from error

    async def stop(self) -> None:
        """Hang up."""
        if self._server is None:
            return
        self._server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._talks.add(task)
        try:
            with contextlib.suppress(ConnectionError):
                while answer := await self._answer(reader):
                    writer.write(json.dumps(answer).encode() + b"\n")
                    await writer.drain()
        except asyncio.CancelledError:
            pass  # the bench stops; a task of a stream server must not end as cancelled
        finally:
            self._talks.discard(task)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader) -> dict[str, object] | None:
        """The answer to the next line, None when there is none."""
        try:
            line = await self._line(reader)
            if line is None:
                return None
            return {"ok": True, **self._obey(read_command(line))}
        except CommandError as error:
            return {"ok": False, "error": str(error)}

    async def _line(self, reader: asyncio.StreamReader) -> bytes | None:
        """The next line, None at the end. A line that is too long is read to its end first."""
        is_too_long = False
        while True:
            try:
                line = await reader.readuntil(b"\n")
            except asyncio.IncompleteReadError:
                return None
            except asyncio.LimitOverrunError as error:
                is_too_long = True
                await reader.readexactly(error.consumed)
                continue
            if is_too_long:
                raise CommandError(f"a line holds at most {MOST_LINE_BYTES} bytes")
            return line
