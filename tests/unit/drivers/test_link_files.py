"""Files of the link: what is accepted, and each finding with its mend."""

import os
import stat
from base64 import b64encode
from pathlib import Path

import pytest

from cp.vocabulary.errors import SettingsError
from drivers.link_files import LinkFiles, password_file_fault, read_password, tls_context


def facts(mode: int, kind: int = stat.S_IFREG, user_id: int = 7) -> os.stat_result:
    return os.stat_result((kind | mode, 0, 0, 1, user_id, 0, 0, 0, 0, 0))


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o200])
def test_a_private_file_of_the_user(mode: int) -> None:
    assert password_file_fault(facts(mode), 7) == ""


@pytest.mark.parametrize("mode", [0o640, 0o620, 0o610, 0o604, 0o602, 0o601, 0o700, 0o4600])
def test_a_file_that_is_not_private(mode: int) -> None:
    assert password_file_fault(facts(mode), 7).startswith(f"is not private (mode {mode:04o})")


def test_the_file_of_another_user() -> None:
    assert "belongs to user 7" in password_file_fault(facts(0o600), 0)


@pytest.mark.parametrize("kind", [stat.S_IFDIR, stat.S_IFIFO, stat.S_IFSOCK, stat.S_IFCHR])
def test_what_is_no_regular_file(kind: int) -> None:
    assert "no regular file" in password_file_fault(facts(0o600, kind), 7)


@pytest.mark.parametrize(
    ("content", "password"),
    [
        (b"one", b"one"),
        (b"one\n", b"one"),
        (b"one\r\n", b"one"),
        (b" one \n\n", b" one \n"),
        (b"\x00\n\xff", b"\x00\n\xff"),
        (b"x" * 256, b"x" * 256),
    ],
)
def test_a_password_is_bytes_without_the_line_end(
    tmp_path: Path, content: bytes, password: bytes
) -> None:
    file = tmp_path / "password"
    file.write_bytes(content)
    file.chmod(0o600)
    assert read_password(str(file)) == password


@pytest.mark.parametrize(
    ("content", "words"), [(b"", "is empty"), (b"\n", "is empty"), (b"x" * 257, "is longer than")]
)
def test_a_file_without_a_password(tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "password"
    file.write_bytes(content)
    file.chmod(0o600)
    with pytest.raises(SettingsError, match=f"{file}: {words}"):
        read_password(str(file))


def test_what_cannot_be_read(tmp_path: Path) -> None:
    missing = str(tmp_path / "missing")
    with pytest.raises(SettingsError, match=r"missing: cannot be read \(No such file"):
        read_password(missing)
    with pytest.raises(SettingsError, match=r"missing: cannot be read \(No such file"):
        tls_context(missing)
    with pytest.raises(SettingsError, match="no regular file"):
        read_password(str(tmp_path))
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(SettingsError, match="no regular file"):
        read_password(str(tmp_path / "pipe"))


def test_a_ca_file_without_certificates(tmp_path: Path) -> None:
    for content in (b"", b"\x30\x82", b"-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----"):
        (tmp_path / "ca.pem").write_bytes(content)
        with pytest.raises(SettingsError, match=r"ca\.pem: holds no certificate"):
            tls_context(str(tmp_path / "ca.pem"))


def test_credentials_are_shown_by_no_repr(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_bytes(b"s3cret")
    file.chmod(0o600)
    files = LinkFiles("ws://h/ocpp/RDAM%20123", password_file=str(file))
    access = files.read()
    token = b64encode(b"RDAM 123:s3cret").decode()
    assert access.headers == {"Authorization": f"Basic {token}"}
    assert access.tls is None
    assert access.secrets == {token, "s3cret"}
    assert "s3cret" not in repr((files, access)) and token not in repr((files, access))


def test_nothing_is_read_where_nothing_is_wanted() -> None:
    assert not LinkFiles("ws://h/CP001").is_needed
    assert LinkFiles("WSS://h/CP001").is_needed
    assert LinkFiles("ws://h/CP001", password_file="x").is_needed
    assert LinkFiles("ws://h/CP001").mistakes() == ()
    assert len(LinkFiles("ws://h/CP001", password_file="missing").mistakes()) == 1


def test_both_files_are_looked_at_though_the_first_is_wrong() -> None:
    findings = LinkFiles("wss://h/CP001", "no-ca.pem", "no-password").mistakes()
    assert [finding.file for finding in findings] == ["no-ca.pem", "no-password"]
