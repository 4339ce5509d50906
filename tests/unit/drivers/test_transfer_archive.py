"""The diagnostics file: what is in it, what is never in it, and how large it may be."""

import hashlib
import io
import json
import tarfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest

from cp.vocabulary.instants import Stamp
from drivers.transcript import FileTranscript, anchor_line, read_anchor
from drivers.transfer.archive import DiagnosticsArchive, DiagnosticsSources
from drivers.transfer.packing import pack
from drivers.transfer.redaction import redacted, redacted_line
from drivers.transfer.transcript_lines import Period, PeriodLines

NOON_S = 1_767_268_800.0
SECRET = "hunter2"
FILES = {
    "charts.json",
    "configuration.json",
    "journal.json",
    "manifest.json",
    "snapshot.json",
    "station.json",
    "transcript.txt",
    "versions.json",
}


def sources(folder: Path) -> DiagnosticsSources:
    transcript = FileTranscript(folder)
    transcript.write(["1.000 booted", f"2.000 get location=http://me:{SECRET}@h/a?sig={SECRET}"])
    transcript.close()
    return DiagnosticsSources(
        snapshot=lambda: {"facts": {"is_online": True}, "machines": {"link.0": ["online"]}},
        configuration=lambda: {"HeartbeatInterval": "60", "AuthorizationKey": SECRET},
        transcript=transcript.open_files,
        journal=lambda: {"rows": {"call": 3}, "transaction": {"id_tag": SECRET, "meter_start": 7}},
        charts=lambda: {"link": "[states]", "routes": ""},
        station=lambda: {"profile": "generic", "keys": {"HeartbeatInterval": "900"}},
    )


def unpacked(file: Path) -> dict[str, bytes]:
    with tarfile.open(file) as bundle:
        found = {}
        for member in bundle.getmembers():
            content = bundle.extractfile(member)
            assert content is not None
            found[member.name] = content.read()
            assert (member.uid, member.gid, member.mtime, member.uname) == (0, 0, 0, "")
            assert member.mode == 0o644
        return found


def made(
    given: DiagnosticsSources, file: Path, start: float | None = None, stop: float | None = None
) -> dict[str, bytes]:
    DiagnosticsArchive(given).begin(start, stop)(file, lambda: None)
    return unpacked(file)


def test_what_is_in_it(tmp_path: Path) -> None:
    found = made(sources(tmp_path), tmp_path / "a.tar.gz", NOON_S)
    assert set(found) == FILES
    documents = {name: json.loads(text) for name, text in found.items() if name.endswith(".json")}
    assert documents["snapshot.json"]["machines"] == {"link.0": ["online"]}
    assert documents["configuration.json"]["HeartbeatInterval"] == "60"
    assert documents["journal.json"]["rows"] == {"call": 3}
    assert documents["station.json"]["keys"] == {"HeartbeatInterval": "900"}
    assert documents["charts.json"]["routes"] == hashlib.sha256(b"").hexdigest()
    assert set(documents["versions.json"]) == {"python", "sqlite", "libraries", "kernel"}
    assert documents["versions.json"]["libraries"]["statecharge"]
    manifest = documents["manifest.json"]
    assert manifest["period"] == {"start_utc_s": NOON_S, "stop_utc_s": None}
    assert manifest["transcript"] == {"older_bytes_left_out": 0, "unplaced_lines": 2}
    assert manifest["files"] == {
        name: {"bytes": len(text), "sha256": hashlib.sha256(text).hexdigest()}
        for name, text in found.items()
        if name != "manifest.json"
    }
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.tar.gz", "transcript.txt"]


def test_secrets_are_not_in_it(tmp_path: Path) -> None:
    found = made(sources(tmp_path), tmp_path / "a.tar.gz")
    assert SECRET.encode() not in b"".join(found.values())
    assert b"location=http://***@h/a?***" in found["transcript.txt"]
    assert b'"meter_start": 7' in found["journal.json"]


def test_equal_sources_make_equal_files(tmp_path: Path) -> None:
    given = sources(tmp_path)
    for name in ("a", "b"):
        made(given, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert (tmp_path / "a").read_bytes()[3:8] == bytes(5)  # gzip: no name, no time


def test_sources_that_fail_do_not_cost_the_rest(tmp_path: Path) -> None:
    def fail() -> dict[str, object]:
        raise ValueError(SECRET)

    def fail_files() -> list[BinaryIO]:
        raise PermissionError(13, "no")

    given = DiagnosticsSources(fail, fail, fail_files, fail, lambda: {}, fail)
    found = made(given, tmp_path / "a.tar.gz")
    assert set(found) == FILES
    assert json.loads(found["snapshot.json"]) == {"unreadable": "ValueError"}
    assert json.loads(found["journal.json"]) == {"unreadable": "ValueError"}
    assert json.loads(found["manifest.json"])["transcript"] == {"unreadable": "PermissionError"}
    assert found["transcript.txt"] == b""


def test_the_loop_reads_its_sources_at_once_and_the_worker_the_others(tmp_path: Path) -> None:
    read: list[str] = []

    def source(name: str) -> Callable[[], dict[str, object]]:
        return lambda: {name: len(read) if read.append(name) is None else 0}

    given = DiagnosticsSources(
        source("snapshot"), source("configuration"), list, source("journal"), dict, dict
    )
    build = DiagnosticsArchive(given).begin(None, None)
    assert read == ["snapshot", "configuration"]
    build(tmp_path / "a", lambda: None)
    assert read == ["snapshot", "configuration", "journal"]


def test_it_can_be_given_up_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    class GivenUpError(Exception):
        pass

    calls = 0

    def check() -> None:
        nonlocal calls
        calls += 1
        if calls > 30:
            raise GivenUpError

    content = io.BytesIO(b"1.000 line\n" * 10_000)
    with pytest.raises(GivenUpError):
        pack(tmp_path / "a", {}, lambda: [content], Period(), check)
    assert not (tmp_path / "lines").exists()
    assert content.closed


# ---- the period ----------------------------------------------------------------------------------


def lines_of(texts: list[list[str]], period: Period, most_bytes: int = 10**9) -> PeriodLines:
    files = [io.BytesIO("".join(f"{line}\n" for line in text).encode()) for text in texts]
    found = PeriodLines(files, period, lambda: None)
    out = io.BytesIO()
    found.write(out, most_bytes)
    found.text = out.getvalue().decode().splitlines()  # type: ignore[attr-defined]
    return found


def kept(texts: list[list[str]], period: Period, most_bytes: int = 10**9) -> list[str]:
    """The lines without anchors."""
    found = lines_of(texts, period, most_bytes).text  # type: ignore[attr-defined]
    return [line for line in found if not line.startswith("#")]


def test_lines_are_placed_by_the_anchor_before_them() -> None:
    first = [anchor_line(Stamp(1, 10.0, NOON_S)), "10.000 a", "11.000 b", "  torn", "12.000 c"]
    second = [anchor_line(Stamp(2, 5.0, NOON_S + 100)), "5.000 d", "6.000 e"]
    assert kept([first, second], Period(NOON_S + 1, NOON_S + 100)) == [
        "11.000 b",
        "  torn",
        "12.000 c",
        "5.000 d",
    ]
    assert kept([first, second], Period(NOON_S + 200, None)) == []
    assert kept([first, second], Period(None, NOON_S)) == ["10.000 a"]
    assert len(kept([first, second], Period())) == 6


def test_a_clock_that_becomes_known_late_places_the_lines_before_it() -> None:
    early = [anchor_line(Stamp(1, 1.0, None)), "1.000 a", "2.000 b"]
    late = [anchor_line(Stamp(1, 3.0, NOON_S + 3)), "3.000 c"]
    other = [anchor_line(Stamp(2, 1.0, None)), "1.000 d"]
    texts = [early, late, other]
    assert kept(texts, Period(NOON_S + 2, None)) == ["2.000 b", "3.000 c", "1.000 d"]
    assert lines_of(texts, Period(NOON_S + 2, None)).unplaced == 1


def test_a_clock_that_moved_counts_from_there_on() -> None:
    text = [
        anchor_line(Stamp(1, 1.0, NOON_S)),
        "1.000 a",
        anchor_line(Stamp(1, 2.0, NOON_S + 3600)),
        "2.000 b",
    ]
    assert kept([text], Period(NOON_S + 3000, None)) == ["2.000 b"]
    assert kept([text], Period(None, NOON_S + 3000)) == ["1.000 a"]


def test_lines_that_cannot_be_placed_are_kept_and_counted() -> None:
    text = ["1.000 a", "2.000 b", anchor_line(Stamp(1, 3.0, NOON_S)), "3.000 c"]
    found = lines_of([text], Period(NOON_S + 10, None))
    assert found.unplaced == 2
    assert kept([text], Period(NOON_S + 10, None)) == ["1.000 a", "2.000 b"]


def test_the_newest_lines_win_and_keep_their_anchor() -> None:
    anchor = anchor_line(Stamp(1, 1.0, NOON_S))
    text = [anchor, *(f"{number}.000 line" for number in range(1000, 2000))]
    found = lines_of([text], Period(), most_bytes=100 * 14)
    assert found.text == [anchor, *text[-100:]]  # type: ignore[attr-defined]
    assert found.cut_bytes == sum(len(line) + 1 for line in text) - 100 * 14


def test_a_long_transcript_takes_little_memory(tmp_path: Path) -> None:
    line = "1000.000 connector.1 plugged: available -> preparing [plugged]"
    (tmp_path / "t").write_text(f"{line}\n" * 20_000)

    def build() -> None:
        pack(
            tmp_path / "a", {}, lambda: [(tmp_path / "t").open("rb")], Period(), lambda: None, 10**5
        )

    build()
    tracemalloc.start()
    build()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**20
    assert 10**5 - 100 < len(unpacked(tmp_path / "a")["transcript.txt"]) <= 10**5


# ---- anchors -------------------------------------------------------------------------------------


def test_anchors_are_read_back() -> None:
    for stamp in (Stamp(7, 12.345, NOON_S + 0.5), Stamp(1, 0.0, None)):
        assert read_anchor(f"{anchor_line(stamp)}\n".encode()) == stamp
    assert anchor_line(Stamp(7, 12.345, NOON_S)) == "# boot 7: 12.345 is 2026-01-01T12:00:00.000Z"
    assert read_anchor(b"12.345 booted\n") is None
    assert read_anchor(b"# boot 1: 1.0 is 2026-99-99Z\n") is None


def test_a_transcript_writes_anchors_when_the_clock_says_something_new(tmp_path: Path) -> None:
    clock = [Stamp(3, 1.0, None)]
    transcript = FileTranscript(tmp_path)
    transcript.set_clock(lambda: clock[0])
    for stamp, line in (
        (Stamp(3, 1.0, None), "a"),
        (Stamp(3, 2.0, None), "b"),
        (Stamp(3, 3.0, NOON_S), "c"),
        (Stamp(3, 4.0, NOON_S + 1.4), "d"),
        (Stamp(3, 5.0, NOON_S + 900), "e"),
    ):
        clock[0] = stamp
        transcript.write([line])
    transcript.close()
    written = (tmp_path / "transcript.txt").read_text().splitlines()
    assert written == [
        "# boot 3: 1.000 is no known time",
        "a",
        "b",
        "# boot 3: 3.000 is 2026-01-01T12:00:00.000Z",
        "c",
        "d",
        "# boot 3: 5.000 is 2026-01-01T12:15:00.000Z",
        "e",
    ]


def test_every_file_begins_with_an_anchor(tmp_path: Path) -> None:
    transcript = FileTranscript(tmp_path, files=3, file_bytes=200)
    transcript.set_clock(lambda: Stamp(1, 1.0, NOON_S))
    for number in range(8):
        transcript.write([f"{number:060}"])
        for file in transcript.open_files():  # written out now
            file.close()
    transcript.close()
    files = list(tmp_path.iterdir())
    assert len(files) == 3
    assert all(read_anchor(file.read_bytes().splitlines()[0]) for file in files)


def test_lost_lines_do_not_cost_an_anchor(tmp_path: Path) -> None:
    transcript = FileTranscript(tmp_path)
    transcript.set_clock(lambda: Stamp(1, 1.0, NOON_S))
    transcript.write(["x" * 2_000_000])
    transcript.write(["a"])
    transcript.close()
    first, second = (tmp_path / "transcript.txt").read_text().splitlines()
    assert first.startswith("# boot 1: ")
    assert second == "a"


def test_open_files_hold_all_that_was_written_oldest_first(tmp_path: Path) -> None:
    transcript = FileTranscript(tmp_path, files=3, file_bytes=100)
    for number in range(4):
        transcript.write([f"{number:040}"])
        for file in transcript.open_files():
            file.close()
    opened = transcript.open_files()
    transcript.write([f"{4:040}"])
    transcript.close()  # names move on under what is open
    text = b"".join(file.read() for file in opened).decode()
    for file in opened:
        file.close()
    assert [int(line) for line in text.split()][:4] == [0, 1, 2, 3]


# ---- secrets -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"a http://h/p b", b"a http://h/p b"),
        (b"get http://me:pw@h/p", b"get http://***@h/p"),
        (b'["ftp://me:p@ss@h/p"]', b'["ftp://***@h/p"]'),
        (b'{"a":"https://h/p?X-Sig=1&b=2","c":1}', b'{"a":"https://h/p?***","c":1}'),
        (b"http://h/a@b", b"http://***@b"),
        (b"mail me@h", b"mail me@h"),
    ],
)
def test_addresses_are_redacted(line: bytes, expected: bytes) -> None:
    assert redacted_line(line) == expected


def test_secret_names_are_redacted() -> None:
    given = {
        "AuthorizationKey": "a",
        "password_file": "b",
        "keys": [{"key": "AuthorizationKey", "value": "c"}, {"key": "X", "value": "d"}],
        "idTag": "e",
        "parent_id_tag": "f",
        "HeartbeatInterval": 60,
        "nested": {"url": "http://u:p@h/"},
    }
    assert redacted(given) == {
        "AuthorizationKey": "***",
        "password_file": "***",
        "keys": [{"key": "AuthorizationKey", "value": "***"}, {"key": "X", "value": "d"}],
        "idTag": "***",
        "parent_id_tag": "***",
        "HeartbeatInterval": 60,
        "nested": {"url": "http://***@h/"},
    }
