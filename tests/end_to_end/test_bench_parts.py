"""The parts of ``make bench``: a small backlog is delivered whole, and counters count."""

import asyncio
import os
from pathlib import Path

import pytest

from tools.net.bench_backlog import Backlog, drained
from tools.net.bench_process import processor_s, resident_mib, written_bytes
from tools.net.bench_server import BenchServer

MESSAGES = 200


def test_a_backlog_is_delivered_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    delivered: list[int] = []
    answer = BenchServer._answer

    def noted(self: BenchServer, action: str) -> dict[str, object]:
        delivered.append(action == "MeterValues")
        return answer(self, action)

    monkeypatch.setattr(BenchServer, "_answer", noted)

    async def run() -> tuple[Backlog, int]:
        server = BenchServer()
        url = await server.start()
        try:
            return await drained(server, tmp_path / "backlog", url, MESSAGES), server.call_bytes
        finally:
            await server.stop()

    done, received = asyncio.run(run())
    assert sum(delivered) == MESSAGES
    assert received > MESSAGES * 200
    assert done.rate > 0
    assert 0 < done.first_s < 1
    assert done.answers_s


def test_counters_of_a_process(tmp_path: Path) -> None:
    pid = os.getpid()
    before, busy_s = written_bytes(pid), processor_s(pid)
    with (tmp_path / "file").open("wb") as file:
        file.write(os.urandom(2**20))
        file.flush()
        os.fsync(file.fileno())
    assert 2**20 <= written_bytes(pid) - before < 2**21
    assert processor_s(pid) > busy_s
    assert 10 < resident_mib(pid) < 1000
    with pytest.raises(OSError, match="No such file"):
        written_bytes(2**22 + 1)
