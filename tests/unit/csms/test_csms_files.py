"""The central system's file server: what it gives, what it takes, what it keeps to itself."""

import http.client
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tools.net import csms_files
from tools.net.csms_files import UPLOADS, FileServer

CONTENT = bytes(range(256)) * 300
FORM = (
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.gz"\r\n'
    b"Content-Type: application/gzip\r\n\r\n" + CONTENT + b"\r\n--x--\r\n"
)
FORM_TYPE = {"Content-Type": "multipart/form-data; boundary=x"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[FileServer]:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "new.image").write_bytes(CONTENT)
    (tmp_path / "secret").write_bytes(b"secret")
    server = FileServer(folder)
    server.start()
    yield server
    server.stop()


def ask(
    server: FileServer, method: str, path: str, body: bytes | None = None, **headers: str
) -> tuple[int, bytes, http.client.HTTPMessage]:
    line = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=5)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    line.request(method, path, body, named)
    answer = line.getresponse()
    found = answer.status, answer.read(), answer.headers
    line.close()
    return found


def test_a_file_is_served_whole_or_from_an_offset(server: FileServer) -> None:
    status, body, headers = ask(server, "GET", "/new.image")
    assert (status, body) == (200, CONTENT)
    tag = headers["ETag"]
    status, body, headers = ask(server, "GET", "/new.image", Range="bytes=1000-", If_Range=tag)
    assert (status, body) == (206, CONTENT[1000:])
    assert headers["Content-Range"] == f"bytes 1000-{len(CONTENT) - 1}/{len(CONTENT)}"
    status, body, _ = ask(server, "GET", "/new.image", Range="bytes=1000-", If_Range='"other"')
    assert (status, body) == (200, CONTENT)
    assert ask(server, "GET", "/new.image", Range="bytes=999999-")[0] == 416
    assert [str(item) for item in server.requests[:2]] == [
        "GET /new.image: 200 OK",
        "GET /new.image from 1000: 206 Partial Content",
    ]


@pytest.mark.parametrize(
    "path", ["/", "/none", "/uploads", "/../secret", "/%2e%2e/secret", "/..%2fsecret", "//secret"]
)
def test_nothing_else_can_be_read(server: FileServer, path: str) -> None:
    assert ask(server, "GET", path)[:2] == (404, b"")


def test_uploads_get_their_own_folder(server: FileServer) -> None:
    assert ask(server, "PUT", f"/{UPLOADS}/d.tar.gz", CONTENT)[0] == 201
    assert ask(server, "POST", f"/{UPLOADS}/", FORM, **FORM_TYPE)[0] == 201
    for name in ("d.tar.gz", "a.gz"):
        assert (server.folder / UPLOADS / name).read_bytes() == CONTENT
        assert ask(server, "GET", f"/{UPLOADS}/{name}")[1] == CONTENT
    assert sorted(path.name for path in (server.folder / UPLOADS).iterdir()) == ["a.gz", "d.tar.gz"]


@pytest.mark.parametrize("path", ["/uploads/", "/uploads/.hidden", "/..%2fnew.image", "/a%00"])
def test_a_name_that_is_none_is_refused(server: FileServer, path: str) -> None:
    assert ask(server, "PUT", path, b"x")[0] == 400
    assert not (server.folder / UPLOADS).exists()


def test_an_upload_is_bounded(server: FileServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csms_files, "MOST_BYTES", 1000)
    assert ask(server, "PUT", "/large", bytes(1001))[0] == 413
    assert ask(server, "PUT", "/fits", bytes(1000))[0] == 201
    assert ask(server, "PUT", "/fits", None, Transfer_Encoding="chunked")[0] == 411
    assert [path.name for path in (server.folder / UPLOADS).iterdir()] == ["fits"]


def test_a_refusal_is_for_everybody(server: FileServer) -> None:
    server.refusal = HTTPStatus.INTERNAL_SERVER_ERROR
    assert ask(server, "GET", "/new.image")[:2] == (500, b"")
    assert ask(server, "PUT", "/a", b"x")[0] == 500
    server.refusal = None
    assert ask(server, "GET", "/new.image")[0] == 200


def test_a_taken_port_is_told() -> None:
    first = FileServer(Path())
    first.start()
    with pytest.raises(OSError, match="Address already in use"):
        FileServer(Path(), port=urlsplit(first.url).port or 0)
    first.stop()
