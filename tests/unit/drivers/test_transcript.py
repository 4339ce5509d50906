"""Transcripts: lazy, bounded, never in the way."""

import time
from pathlib import Path

from drivers.transcript import FileTranscript, NullTranscript


def until_exists(file: Path) -> None:
    deadline_s = time.monotonic() + 2.0
    while not file.exists() or not file.stat().st_size:
        assert time.monotonic() < deadline_s
        time.sleep(0.005)


def test_lines_wait_until_the_transcript_is_closed(tmp_path: Path) -> None:
    transcript = FileTranscript(tmp_path)
    transcript.write(["one", "two"])
    time.sleep(0.05)
    assert not list(tmp_path.iterdir())
    transcript.close()
    assert (tmp_path / "transcript.txt").read_text() == "one\ntwo\n"


def test_much_is_written_early(tmp_path: Path) -> None:
    transcript = FileTranscript(tmp_path)
    transcript.write(["first"])
    transcript.write(["x" * 70_000])
    until_exists(tmp_path / "transcript.txt")
    transcript.close()
    assert transcript.dropped == 0


def test_little_is_written_after_a_while(tmp_path: Path) -> None:
    transcript = FileTranscript(tmp_path, flush_s=0.05)
    transcript.write(["one"])
    until_exists(tmp_path / "transcript.txt")
    transcript.close()


def test_continues_the_file_of_the_last_run(tmp_path: Path) -> None:
    for word in ("one", "two"):
        transcript = FileTranscript(tmp_path)
        transcript.write([word])
        transcript.close()
    assert (tmp_path / "transcript.txt").read_text() == "one\ntwo\n"


def test_the_ring_is_bounded_and_keeps_the_newest(tmp_path: Path) -> None:
    for number in range(20):
        transcript = FileTranscript(tmp_path, files=3, file_bytes=100)
        transcript.write([f"{number:040}"])
        transcript.close()
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == ["transcript.1.txt", "transcript.2.txt", "transcript.txt"]
    assert all(path.stat().st_size <= 100 for path in tmp_path.iterdir())
    kept = "".join((tmp_path / name).read_text() for name in (files[1], files[0], files[2]))
    assert [int(line) for line in kept.split()] == [14, 15, 16, 17, 18, 19]


def test_a_broken_disk_costs_lines_and_raises_nothing(tmp_path: Path) -> None:
    transcript = FileTranscript(tmp_path / "missing")
    transcript.write(["one", "two"])
    transcript.close()
    assert transcript.dropped == 2


def test_a_slow_disk_does_not_fill_the_memory(tmp_path: Path) -> None:
    transcript = FileTranscript(tmp_path)
    transcript.write(["x" * 2_000_000])
    transcript.close()
    assert transcript.dropped == 1


def test_null_transcript(tmp_path: Path) -> None:
    transcript = NullTranscript()
    transcript.write(["one"])
    transcript.close()
