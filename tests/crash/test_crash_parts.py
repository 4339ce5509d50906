"""The parts of the crash proof: lines of strace, what a disk may hold, what a start must find."""

from pathlib import Path
from random import Random

import pytest

from cp.domain.outbox import SEQ_PER_BOOT
from tools.crash.disk import Disk, FileAct
from tools.crash.oracle import Oracle, scratch
from tools.crash.told import SURE_AFTER, Told, Wire
from tools.crash.trace import (
    Act,
    Created,
    Heard,
    Reader,
    Removed,
    Renamed,
    Resized,
    Said,
    Synced,
    TraceError,
    Written,
)

ROOT = Path("/data")


def hexed(data: bytes) -> str:
    return '"' + "".join(f"\\x{byte:02x}" for byte in data) + '"'


def acts(*lines: str) -> list[Act]:
    return list(Reader(ROOT).acts(lines))


OPEN = f"7 openat(AT_FDCWD, {hexed(b'/data/a')}, O_RDWR|O_CREAT, 0644) = 3"


def test_files_are_followed_by_their_names() -> None:
    found = acts(
        OPEN,
        f"7 write(3, {hexed(b'one')}, 3) = 3",
        f"7 write(3, {hexed(b'two')}, 3) = 3",
        f"7 pwrite64(3, {hexed(b'X')}, 1, 0) = 1",
        f"7 rename({hexed(b'/data/a')}, {hexed(b'/data/b')}) = 0",
        "7 fdatasync(3) = 0",
        "7 ftruncate(3, 2) = 0",
        f"7 unlink({hexed(b'/data/b')}) = 0",
        f"7 openat(AT_FDCWD, {hexed(b'/data')}, O_RDONLY|O_DIRECTORY) = 4",
        "7 fsync(4) = 0",
    )
    assert found == [
        Created("a"),
        Written("a", 0, b"one"),
        Written("a", 3, b"two"),
        Written("a", 0, b"X"),
        Renamed("a", "b"),
        Synced("b"),
        Resized("b", 2),
        Removed("b"),
        Synced(""),
    ]


def test_what_is_said_counts_from_its_entry_and_a_sync_from_its_return() -> None:
    found = acts(
        OPEN,
        f"8 sendto(5, {hexed(b'GET / HTTP/1.1')}, 14, 0, NULL, 0) = 14",
        "7 fdatasync(3 <unfinished ...>",
        f"8 sendto(5, {hexed(b'frame')}, 5, 0, NULL, 0 <unfinished ...>",
        "7 <... fdatasync resumed>) = 0",
        "8 <... sendto resumed>) = 5",
        f"8 recvfrom(5, {hexed(b'answer')}, 99, 0, NULL, NULL) = 6",
    )
    assert found[1:] == [
        Said(2, b"GET / HTTP/1.1"),
        Said(2, b"frame"),
        Synced("a"),
        Heard(2, b"answer"),
    ]


def test_what_failed_and_files_elsewhere_do_not_count() -> None:
    other = f"7 openat(AT_FDCWD, {hexed(b'/other/a')}, O_RDWR|O_CREAT, 0644) = 4"
    failed = f"7 unlink({hexed(b'/data/a')}) = -1 ENOENT (No such file or directory)"
    assert acts(other, failed, f"7 write(4, {hexed(b'x')}, 1) = 1", "7 fsync(4) = 0") == []


@pytest.mark.parametrize(
    "line",
    [
        f"7 writev(3, [{{iov_base={hexed(b'x')}, iov_len=1}}], 1) = 1",
        "7 dup(3) = 9",
        f"7 write(3, {hexed(b'abc')}..., 900) = 900",
        f"7 rename({hexed(b'/data/a')}, {hexed(b'/other/a')}) = 0",
    ],
)
def test_a_call_that_cannot_be_followed_ends_the_proof(line: str) -> None:
    with pytest.raises(TraceError):
        acts(OPEN, line)


# ---- the disk --------------------------------------------------------------------------------


def images(*done: FileAct, has_sync: bool = True) -> set[tuple[tuple[str, bytes], ...]]:
    disk = Disk(has_sync)
    for act in done:
        disk.do(act)
    return {tuple(sorted(image.items())) for image in disk.images(Random(1), 60)}


def test_a_name_needs_its_folder_synced_and_bytes_their_file() -> None:
    made = (Created("a"), Written("a", 0, b"x"))
    assert images(*made) == {(), (("a", b""),), (("a", b"x"),)}
    assert images(*made, Synced("a")) == {(), (("a", b"x"),)}
    assert images(*made, Synced("a"), Synced("")) == {(("a", b"x"),)}
    assert images(*made, Synced("a"), Synced(""), has_sync=False) == images(*made)


def test_a_rename_may_come_before_the_bytes() -> None:
    old = (Created("a"), Written("a", 0, b"old"), Synced("a"), Synced(""))
    new = (Created("b"), Written("b", 0, b"new"), Renamed("b", "a"))
    assert (("a", b""),) in images(*old, *new)
    assert (("a", b""),) not in images(*old, *new[:2], Synced("b"), new[2])
    assert (("a", b"old"),) in images(*old, *new)


def test_writes_are_torn_at_sectors() -> None:
    page = b"A" * 1024
    found = images(Created("a"), Synced(""), Written("a", 0, page))
    assert (("a", bytes(512) + b"A" * 512),) in found
    assert (("a", b"A" * 512),) in found
    assert all(len(content) in (0, 512, 1024) for image in found for _, content in image)


def test_a_file_is_cut_or_not() -> None:
    found = images(Created("a"), Written("a", 0, b"abc"), Synced("a"), Synced(""), Resized("a", 1))
    assert found == {(("a", b"abc"),), (("a", b"a"),)}


# ---- what was told, and what a start finds ---------------------------------------------------


def masked(text: str) -> bytes:
    data = text.encode()
    return bytes([0x81, 0x80 | len(data), 0, 0, 0, 0]) + data


def test_frames_come_in_any_pieces() -> None:
    found: list[str] = []
    wire = Wire(True, found.append)
    stream = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" + masked("[1]") + bytes([0x89, 0x80, 0, 0, 0, 0])
    for byte in stream + masked("[2]"):
        wire.feed(bytes([byte]))
    assert found == ["[1]", "[2]"]


def said(told: Told, text: str) -> None:
    if not told.sent and not told.granted:
        told.see(Said(2, b"GET / HTTP/1.1\r\n\r\n"))
    told.see(Said(2, masked(text)))


START = SEQ_PER_BOOT + 1


def test_what_was_sent_or_granted_and_is_not_there_is_found(tmp_path: Path) -> None:
    oracle = Oracle(scratch(tmp_path / "storage"))
    told = Told()
    assert oracle.findings({}, told) == []
    said(told, f'[2,"{START}","StartTransaction",{{"idTag":"A"}}]')
    assert [item.partition(":")[0] for item in oracle.findings({}, told)] == ["lost", "lost"]
    told = Told(
        granted={"key HeartbeatInterval": "7", "update": "x", "availability 1": "operative"}
    )
    assert len(oracle.findings({}, told)) == 2
    told.asked["x"] = ("key HeartbeatInterval", "8")
    assert len(oracle.findings({}, told)) == 1
    assert oracle.findings({}, Told(is_relay_closed=True)) == [
        "relay: it was closed, and no transaction is known"
    ]
    told = Told()
    told.see(Said(1, b"relay closed\n"))
    told.died()
    assert oracle.findings({}, told) == []


def test_a_damaged_file_is_found(tmp_path: Path) -> None:
    oracle = Oracle(scratch(tmp_path / "storage"))
    (finding,) = oracle.findings({"journal.db": b"nonsense" * 1000}, Told())
    assert finding.startswith("noted: journal.db was damaged")
    assert oracle.findings({}, Told()) == []


def test_a_message_is_over_some_syncs_after_its_answer() -> None:
    told = Told()
    said(told, f'[2,"{START}","StartTransaction",{{"idTag":"A"}}]')
    told.see(Heard(2, b"HTTP/1.1 101 x\r\n\r\n\x81" + bytes([21]) + f'[3,"{START}",{{}}]'.encode()))
    assert START not in told.answered or not told.is_over(START)
    told.answered[START] = told.syncs
    for _ in range(SURE_AFTER):
        assert not told.is_over(START)
        told.see(Synced("journal.db-wal"))
    assert told.is_over(START)


def test_an_end_that_a_power_cut_may_have_undone_counts_from_the_next_answer() -> None:
    told, answer = Told(sure_after=1), f'[3,"{START}",{{"transactionId":7}}]'
    told.say(f'[2,"{START}","StartTransaction",{{"idTag":"A"}}]')
    told.hear(answer)
    told.died()
    told.see(Synced("journal.db-wal"))
    assert START in told.answered and not told.is_over(START)
    told.hear(answer.replace("7", "8"))
    told.see(Synced("journal.db-wal"))
    assert told.is_over(START) and told.answers == {START: 8}
    told.died()
    told.hear(answer)
    assert told.is_over(START) and told.answers == {START: 8}


def test_an_order_of_another_boot_is_not_under_way_for_ever() -> None:
    told = Told()
    for message_id, seconds in (("a", 7), ("b", 8)):
        key = f'{{"key":"HeartbeatInterval","value":"{seconds}"}}'
        told.hear(f'[2,"{message_id}","ChangeConfiguration",{key}]')
    told.say('[3,"b",{"status":"Rejected"}]')
    assert set(told.asked) == {"a"} and not told.granted
    told.hear('[2,"c","ChangeConfiguration",{"key":"HeartbeatInterval","value":"9"}]')
    told.say('[3,"c",{"status":"Accepted"}]')
    assert not told.asked and told.granted == {"key HeartbeatInterval": "9"}
