"""A long backlog: the start with it, and how it is worked off.

Theory of operation: the journal is filled with transaction messages as a long time offline leaves
them, by the storage driver itself; then the real station starts and delivers them, one in flight,
each deleted from the journal, while the server asks for a key again and again.
"""

import asyncio
import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cp.domain.outbox import SEQ_PER_BOOT
from cp.journal import rows_of
from cp.vocabulary.instants import Stamp
from cp.vocabulary.metering import Sample
from cp.vocabulary.records import BootCounted, CallKept, TransactionIdLearned
from cp.vocabulary.requests import Lane, MeterValues, QueuedCall
from cp.vocabulary.words import ReadingContext
from drivers.storage import SqliteStorage
from tools.net.bench_figure import Figure
from tools.net.bench_process import resident_mib, written_bytes
from tools.net.bench_server import BenchServer, Payload
from tools.net.station_process import StationProcess

_NOON_S: Final = 1_767_268_800.0
_ASKED_EVERY_S: Final = 0.02
_ONE_KEY: Final[Payload] = {"key": ["HeartbeatInterval"]}


@dataclass(frozen=True, slots=True)
class Backlog:
    """``start_s`` from the start of the process to BootNotification; ``rate`` messages a second;
    ``first_s`` from acceptance to the first of them; ``answers_s`` the times to an answer
    meanwhile; ``grown_mib`` memory since then; ``written`` bytes to the disk for each message."""

    start_s: float
    rate: float
    first_s: float
    answers_s: list[float]
    grown_mib: float
    written: float


async def backlog_figures(
    server: BenchServer, url: str, folder: Path, messages: int
) -> list[Figure]:
    """The lines of the table."""
    each_s = await exchanges(url, 2000)
    floor = len(each_s) / sum(each_s)
    done = await drained(server, folder, url, messages)
    p99_ms = statistics.quantiles(done.answers_s, n=100)[98] * 1e3
    rate, ratio = f"{done.rate:.0f} /s", done.rate / floor
    start = f"{done.start_s * 1e3:.0f} ms"
    first, grown = f"{done.first_s * 1e3:.0f} ms", f"{done.grown_mib:.1f} MiB"
    name = f"backlog of {messages}, messages"
    return [
        Figure("start with a backlog, once", start, "", None, "none", True),
        Figure(name, rate, f"{floor:.0f} /s", ratio, "1000 /s", done.rate >= 1000),
        Figure("its first message after acceptance", first, "", None, "1 s", done.first_s <= 1),
        Figure("answers meanwhile, p99", f"{p99_ms:.1f} ms", "", None, "50 ms", p99_ms <= 50),
        Figure("memory it takes", grown, "", None, "20 MiB", done.grown_mib <= 20),
        Figure("written to disk for each", f"{done.written:.0f} B", "", None, "none", True),
    ]


async def drained(server: BenchServer, folder: Path, url: str, messages: int) -> Backlog:
    """Fill the journal of a new station, start it, and watch it work the backlog off."""
    folder.mkdir()
    fill(folder / "storage", messages)
    last_wh = f"'{1000 + messages - 1}'"
    station = StationProcess(folder, url, station="BACKLOG")
    accepted = server.coming("BootNotification")
    first = server.coming("MeterValues")
    last = server.coming("MeterValues", lambda payload: last_wh in str(payload))
    began_s = time.perf_counter()
    await station.start()
    try:
        accepted_s, first_s = await accepted, await asyncio.wait_for(first, 20)
        rest_mib, before = resident_mib(station.pid), written_bytes(station.pid)
        answers_s = []
        while not last.done():
            sent_s, answered_s = await server.call("GetConfiguration", _ONE_KEY)
            answers_s.append(answered_s - sent_s)
            await asyncio.sleep(_ASKED_EVERY_S)
        rate = (messages - 1) / (await last - first_s)
        grown = resident_mib(station.pid) - rest_mib
        written = (written_bytes(station.pid) - before) / messages
    finally:
        await station.kill()
    start_s = accepted_s - began_s
    return Backlog(start_s, rate, first_s - accepted_s, answers_s, grown, written)


def fill(folder: Path, messages: int) -> None:
    """A journal that holds so many MeterValues of one transaction."""
    storage = SqliteStorage(folder)
    storage.open()
    rows = [*rows_of(BootCounted(1, _NOON_S)), *rows_of(TransactionIdLearned("1.1", 7))]
    for number in range(messages):
        stamp = Stamp(1, float(number), _NOON_S + number)
        sample = Sample(stamp, 1000 + number, ReadingContext.SAMPLE_PERIODIC)
        seq = SEQ_PER_BOOT + number
        call = QueuedCall(seq, str(seq), Lane.QUEUE, MeterValues(1, "1.1", (sample,)))
        rows += rows_of(CallKept(call))
    storage.commit(rows)
    storage.close()


async def exchanges(url: str, count: int) -> list[float]:
    """The floor: a bare client that sends the same message and waits for its answer."""
    from websockets.asyncio.client import connect
    from websockets.typing import Subprotocol

    text = '[2,"1","MeterValues",{"connectorId":1,"transactionId":7,"meterValue":[]}]'
    found = []
    protocols = [Subprotocol("ocpp1.6")]
    async with connect(f"{url}/FLOOR", subprotocols=protocols, compression=None) as line:
        for _ in range(count):
            began_s = time.perf_counter()
            await line.send(text)
            await line.recv()
            found.append(time.perf_counter() - began_s)
    return found
