"""Images: a good one is installed, everything else is refused in its own words, untouched."""

import errno
import os
import stat
import zlib
from pathlib import Path

import pytest
from image_bed import entry, install, manifest, packed, sealed, source, started_with, tree, written

from cp.vocabulary.events_jobs import InstallFailed, InstallFinished
from drivers.installer import disk
from drivers.installer.backend import InstallError
from drivers.installer.image import MAGIC
from drivers.installer.signature import make_key, read_private_key
from drivers.installer.unpack import check_slot, verify
from tools.firmware_pack import pack

ONE = entry("lib/x.py", b"content")


def test_a_good_image_becomes_the_other_slot(tmp_path: Path) -> None:
    image = packed(tmp_path, "1.2.0")
    (tmp_path / "source-1.2.0" / "lib" / "tool").chmod(0o755)
    (tmp_path / "again").mkdir()
    pack(tmp_path / "source-1.2.0", tmp_path / "again" / "i", None, None)
    folder = tmp_path / "slots of cp"
    event = install(folder, tmp_path / "again" / "i")
    assert event == InstallFinished(7, "a", "b", "1.2.0")
    slot = folder / "slots" / "b"
    assert check_slot(slot).version == "1.2.0"
    assert (slot / "lib" / "product" / "words.py").read_bytes() == b"WORD = 'new'\n" * 40
    assert stat.S_IMODE((slot / "lib" / "tool").stat().st_mode) & 0o111
    assert not stat.S_IMODE((slot / "VERSION").stat().st_mode) & 0o111
    assert [path.name for path in folder.iterdir()] == ["slots"]  # nothing else is left or chosen
    assert image.read_bytes() != (tmp_path / "again" / "i").read_bytes()  # the mode is in it


@pytest.mark.parametrize(
    ("manifest_", "payload", "words"),
    [
        (manifest(entry("/etc/passwd", b"")), b"", "the path /etc/passwd is absolute"),
        (manifest(entry("lib/../../x", b"")), b"", "leads out of the slot"),
        (manifest(entry("etc/x", b"")), b"", "does not lie below charts/ or lib/"),
        (manifest(entry("lib/./x", b"")), b"", "does not lie below"),
        (manifest(entry("lib//x", b"")), b"", "does not lie below"),
        (manifest(entry("lib", b"")), b"", "does not lie below"),
        (manifest(entry("lib/x\x00y", b"")), b"", "characters that a path may not have"),
        (manifest(entry("lib\\..\\x", b"")), b"", "characters that a path may not have"),
        (manifest(entry("lib/" + "x" * 300, b"")), b"", "longer than 255 bytes"),
        (manifest(entry("lib/x", b"") | {"path": 7}), b"", "characters that a path may not have"),
        (manifest(entry("lib/x", b"", link="/etc")), b"", "has to have exactly the keys"),
        (manifest(entry("lib/x", b"", mode="120777")), b"", "has to have exactly the keys"),
        (manifest(entry("lib/x", b""), entry("lib/x", b"")), b"", "lib/x is there twice"),
        (manifest(entry("lib/x", b""), entry("lib/x/y", b"")), b"", "lib/x is there twice"),
        (manifest(entry("lib/x", b"", size=-1)), b"", "size of lib/x is no number"),
        (manifest(entry("lib/x", b"", size=True)), b"x", "size of lib/x is no number"),
        (manifest(entry("lib/x", b"", size=2**40)), b"", "unpacks to 1099511627776 bytes, more"),
        (manifest(entry("lib/x", b"", sha256="0")), b"", "sha256 of lib/x is none"),
        (manifest(entry("lib/x", b"", executable=1)), b"", "executable of lib/x"),
        (manifest(ONE, version="1 2"), b"content", "the version has to be"),
        (manifest(ONE, version="x" * 51), b"content", "the version has to be"),
        (manifest(ONE, format=2), b"content", "has format 2, not 1"),
        (manifest(ONE, other=1), b"content", "exactly the keys files, format, version"),
        (manifest(), b"", "has to name 1 to 20000 files"),
        (manifest(ONE, files=3), b"", "has to name 1 to 20000 files"),
        ([], b"", "exactly the keys"),
        (b"[" * 100_000, b"", "no JSON text of ours"),
        (b'{"format": 1, "format": 1}', b"", "no JSON text of ours"),
        (b"\xff", b"", "no JSON text of ours"),
        (manifest(ONE), b"contenT", "lib/x.py is not what the manifest says: its sha256 is wrong"),
        (manifest(ONE), b"conten", "ends within lib/x.py: its size is wrong"),
        (manifest(ONE), b"content!", "holds more than its manifest says"),
        (manifest(ONE), b"content" + bytes(50_000_000), "holds more than its manifest says"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_image_is_refused(
    tmp_path: Path, manifest_: object, payload: bytes, words: str
) -> None:
    folder = tmp_path / "cp"
    install(folder, packed(tmp_path, "1"))
    before = tree(folder)
    event = install(folder, written(tmp_path, manifest_, payload))
    assert isinstance(event, InstallFailed)
    assert words in event.why
    assert tree(folder) == before


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "none of this form"),
        (b"PK\x03\x04", "none of this form"),
        (started_with(b""), "header that is none"),
        (started_with(b"12\n{}"), "header that is none"),
        (started_with(b"012 -\n{}"), "header that is none"),
        (started_with(b"999999999 -\n{}"), "header that is none"),
        (started_with(b"8000 -\n{}"), "manifest that does not end"),
        (started_with(b"2 " + b"A" * 128 + b"\n{}"), "header that is none"),
    ],
)
def test_a_wrong_header_is_refused(tmp_path: Path, body: bytes, words: str) -> None:
    with pytest.raises(InstallError, match=words):
        verify(sealed(tmp_path, body))


def test_bytes_behind_the_files_are_refused(tmp_path: Path) -> None:
    good = written(tmp_path, manifest(ONE), b"content")
    assert verify(good).manifest.size == 7
    with pytest.raises(InstallError, match="more than its manifest says"):
        verify(written(tmp_path, manifest(ONE), b"content", behind=b"x"))
    text = good.read_bytes()[len(MAGIC) :].partition(b"\n")[2]
    end = text.index(b"}]}") + 3
    head = started_with(b"%d -\n" % end) + text[:end]
    with pytest.raises(InstallError, match="no zlib stream"):
        verify(sealed(tmp_path, head + b"no zlib at all"))
    with pytest.raises(InstallError, match="more than its manifest says"):
        verify(sealed(tmp_path, head + zlib.compress(b"content")[:-1]))  # its own check is cut


def test_flipped_bits_and_every_cut_are_refused(tmp_path: Path) -> None:
    image = packed(tmp_path, "1", {"lib/x.py": b"content"})
    content = image.read_bytes()
    for place in range(0, len(content) * 8, 3):  # each byte, each bit of one
        flipped = bytearray(content)
        flipped[place // 8] ^= 1 << place % 8
        image.write_bytes(flipped)
        with pytest.raises(InstallError):
            verify(image)
    for length in range(len(content)):
        image.write_bytes(content[:length])
        with pytest.raises(InstallError, match=r"none of this form|cut short"):
            verify(image)
    image.write_bytes(content)
    verify(image)


def test_a_large_image_is_refused(tmp_path: Path) -> None:
    image = packed(tmp_path, "1")
    event = install(tmp_path / "cp", image, most_bytes=100)
    assert isinstance(event, InstallFailed) and "more than 100" in event.why
    assert not (tmp_path / "cp").exists()


def test_signatures(tmp_path: Path) -> None:
    key, other = tmp_path / "key", tmp_path / "other"
    public = tmp_path / "key.pub"
    public.write_bytes(make_key(key))
    make_key(other)
    folder = source(tmp_path / "source", "1")
    results = {}
    for name, file in (("right", key), ("other", other), ("none", None)):
        image = tmp_path / f"{name}.image"
        pack(folder, image, None, None if file is None else read_private_key(file))
        results[name] = install(tmp_path / f"{name}-cp", image, public_key_file=public)
    assert results["right"] == InstallFinished(7, "a", "b", "1")
    assert results["other"] == InstallFailed(
        7, "the image is not signed with the key of this station"
    )
    assert not (tmp_path / "other-cp" / "slots").exists()
    assert results["none"] == InstallFailed(
        7, "the image is not signed, and this station wants a signature"
    )


def test_a_signature_is_of_this_manifest(tmp_path: Path) -> None:
    """The signature of one image does not make another one good."""
    key, public = tmp_path / "key", tmp_path / "key.pub"
    public.write_bytes(make_key(key))
    pack(source(tmp_path / "s", "1"), tmp_path / "i", None, read_private_key(key))
    pack(source(tmp_path / "s", "2"), tmp_path / "j", None, None)
    first, second = ((tmp_path / name).read_bytes().split(b"\n", 2) for name in "ij")
    taken = b"\n".join((second[0], second[1][:-1] + first[1].split()[1], second[2][:-72]))
    with pytest.raises(InstallError, match="not signed with the key"):
        verify(sealed(tmp_path, taken), public)
    assert verify(sealed(tmp_path, taken)).manifest.version == "2"


def test_a_key_that_cannot_be_used_fails_the_installation(tmp_path: Path) -> None:
    bad = tmp_path / "bad.pub"
    bad.write_text("no key")
    for file, words in ((bad, "holds no public key"), (tmp_path / "no", "cannot be read")):
        event = install(tmp_path / "cp", packed(tmp_path, "1"), public_key_file=file)
        assert isinstance(event, InstallFailed) and words in event.why


@pytest.mark.parametrize("call", ["write_file", "sync_folder"])
@pytest.mark.parametrize("good_calls", range(4))
def test_a_disk_that_fails_leaves_the_slot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, good_calls: int
) -> None:
    folder = tmp_path / "cp"
    install(folder, packed(tmp_path, "1"))
    image, before = packed(tmp_path, "2"), tree(folder)
    real, calls = getattr(disk, call), iter(range(100))

    def fails(*words: object, **named: object) -> None:
        if next(calls) >= good_calls:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(*words, **named)

    with monkeypatch.context() as patch:
        patch.setattr(disk, call, fails)
        event = install(folder, image)
    assert event == InstallFailed(7, "the disk: No space left on device")
    assert tree(folder) == before
    assert install(folder, image) == InstallFinished(7, "a", "b", "2")


def test_a_rename_that_fails_puts_the_slot_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "cp"
    install(folder, packed(tmp_path, "1"))
    image, before, real = packed(tmp_path, "2"), tree(folder), Path.rename

    def fails(path: Path, target: Path) -> Path:
        if path.name == "b.new":
            raise OSError(errno.EIO, "Input/output error")
        return real(path, target)

    monkeypatch.setattr(Path, "rename", fails)
    assert isinstance(install(folder, image), InstallFailed)
    assert tree(folder) == before


def test_without_room_nothing_is_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image = packed(tmp_path, "1")
    full = os.statvfs_result((4096, 4096, 100, 10, 10, 0, 0, 0, 0, 255))
    monkeypatch.setattr(os, "statvfs", lambda _folder: full)
    event = install(tmp_path / "cp", image)
    assert isinstance(event, InstallFailed)
    assert event.why.startswith("there is no room: ") and event.why.endswith(" 40960 free")
