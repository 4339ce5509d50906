"""The station in the guest: ``LOG WRONG-OR-EMPTY WORDS-OF-STATECHARGE...``.

Theory of operation: fd 1 is a file outside of the guest; each line is out when ``write`` returns. A
frame is written there before it is sent and when it was received, before anything is done about it;
so is what the relay does (``tools.crash.station``), and each commit that has returned. A commit
takes as long as on a card, for the disk of the guest is a file in memory: between a turn and its
records there has to be a while in which the power can go.
"""

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from websockets.asyncio.client import ClientConnection

from cp.vocabulary.records import Row
from drivers.storage import SqliteStorage
from tools.crash import station
from tools.kernel_cuts.witness import COMMITTED, HEARD, SAID

COMMIT_S: Final = 0.05

WRONG: Final[Mapping[str, Callable[[], None]]] = {
    station.NO_SYNC: partial(station.sync_less, "OFF"),
    **station.WRONG,
}
"""Stations that have to be caught."""


def _watch_line() -> None:
    send, recv = ClientConnection.send, ClientConnection.recv

    async def watched_send(self: ClientConnection, text: str) -> None:
        _write(SAID + text)
        await send(self, text)

    async def watched_recv(self: ClientConnection) -> str | bytes:
        frame = await recv(self)
        if isinstance(frame, str):
            _write(HEARD + frame)
        return frame

    station.replace(ClientConnection, send=watched_send, recv=watched_recv)


def _watch_commits() -> None:
    commit = SqliteStorage.commit

    def watched_commit(self: SqliteStorage, rows: Sequence[Row]) -> None:
        time.sleep(COMMIT_S)
        commit(self, rows)
        _write(COMMITTED)

    station.replace(SqliteStorage, commit=watched_commit)


def _write(line: str) -> None:
    os.write(1, f"{line}\n".encode())


def main(words: Sequence[str]) -> int:
    """The exit code of the station."""
    log, wrong, *rest = words
    os.dup2(os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT), 1)
    _watch_line()
    _watch_commits()
    if wrong:
        WRONG[wrong]()
    return station.run(rest)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
