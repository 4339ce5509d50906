"""TLS and credentials of the WebSocket link, against real servers and certificates."""

import asyncio
import base64
import contextlib
import logging
import ssl
from collections.abc import AsyncIterator, Callable
from http import HTTPStatus
from pathlib import Path

import pytest
from link_certificates import Certificates, make_certificates
from link_stand import LinkStand, free_port, idle, serving, started
from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from cp.vocabulary.errors import SettingsError
from cp.vocabulary.events import LinkClosed, LinkFailed, LinkOpened
from cp.vocabulary.ports import Link
from drivers.websocket_link import WebsocketLink


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@contextlib.asynccontextmanager
async def opened(
    url: str, ca_file: str | None = None, password_file: str | None = None
) -> AsyncIterator[LinkStand]:
    def make(url: str) -> Link:
        return WebsocketLink(url, ca_file=ca_file, password_file=password_file)

    async with started(make, url) as stand:
        stand.link.open()
        yield stand


async def refusal(tls: ssl.SSLContext, ca_file: str | None, host: str = "127.0.0.1") -> str:
    """Why a link that trusts ``ca_file`` does not come about with this server."""
    reached: list[int] = []

    async def note(connection: ServerConnection) -> None:
        reached.append(1)

    async with (
        serving(note, tls=tls) as url,
        opened(url.replace("127.0.0.1", host), ca_file) as stand,
    ):
        why = await stand.why(LinkFailed)
        assert stand.events == []
    assert reached == []
    return why


# ---- TLS -----------------------------------------------------------------------------------------


def test_a_private_ca(certificates: Certificates) -> None:
    async def play() -> None:
        async with serving(idle, tls=certificates.server()) as url:
            for address in (url, url.replace("127.0.0.1", "localhost")):
                async with opened(address, certificates.ca_file) as stand:
                    await stand.next(LinkOpened)

    asyncio.run(play())


def test_the_cas_of_the_system(certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> None:
    async def play() -> None:
        async with serving(idle, tls=certificates.server()) as url, opened(url) as stand:
            assert "comes from nobody that the station trusts" in await stand.why(LinkFailed)
            monkeypatch.setenv("SSL_CERT_FILE", certificates.ca_file)
            stand.link.open()
            await stand.next(LinkOpened)

    asyncio.run(play())


def test_servers_that_are_not_trusted(certificates: Certificates) -> None:
    ca_file = certificates.ca_file

    async def play() -> None:
        trusted = certificates.server
        assert "another address" in await refusal(trusted("alien"), ca_file)
        assert "another host name" in await refusal(trusted("alien"), ca_file, "localhost")
        assert "has expired" in await refusal(trusted("old"), ca_file)
        assert "check [csms] ca_file" in await refusal(trusted("self"), ca_file)
        own = str(certificates.folder / "self.pem")
        assert "check [csms] ca_file" in await refusal(trusted("good"), own)

    asyncio.run(play())


def test_tls_older_than_1_2_is_refused(certificates: Certificates) -> None:
    async def play() -> None:
        assert "TLS 1.2" in await refusal(certificates.old_server(), certificates.ca_file)

    asyncio.run(play())


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"\x15\x03\x03\x00\x02\x02\x46", "no TLS 1.2 or newer"),  # alert: protocol version
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "does not speak TLS at this port"),
        (b"\x15\x03\x03\x00\x02\x02\x28", "TLS handshake with the central system failed"),
        (b"", "cut the connection"),
    ],
)
def test_a_server_that_speaks_no_such_tls(answer: bytes, words: str) -> None:
    async def play() -> None:
        async def respond(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.closing(writer):
                await reader.read(1)
                writer.write(answer)

        server = await asyncio.start_server(respond, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, opened(f"wss://127.0.0.1:{port}/CP001") as stand:
            assert words in await stand.why(LinkFailed)

    asyncio.run(play())


def test_ws_to_a_server_that_wants_wss(certificates: Certificates) -> None:
    async def play() -> None:
        async with (
            serving(idle, tls=certificates.server()) as url,
            opened(url.replace("wss:", "ws:")) as stand,
        ):
            assert "ws:// or wss://" in await stand.why(LinkFailed)

    asyncio.run(play())


def test_the_ca_file_can_be_exchanged(certificates: Certificates, tmp_path: Path) -> None:
    ca_file = tmp_path / "ca.pem"
    ca_file.write_bytes((certificates.folder / "self.pem").read_bytes())

    async def play() -> None:
        secure = serving(idle, tls=certificates.server())
        async with secure as url, opened(url, str(ca_file)) as stand:
            await stand.why(LinkFailed)
            ca_file.write_bytes(Path(certificates.ca_file).read_bytes())
            stand.link.open()
            await stand.next(LinkOpened)

    asyncio.run(play())


def test_cutting_a_secure_connection(certificates: Certificates) -> None:
    async def play() -> None:
        secure = serving(idle, tls=certificates.server())
        async with secure as url, opened(url, certificates.ca_file) as stand:
            await stand.next(LinkOpened)
            assert isinstance(stand.link, WebsocketLink)
            stand.link.drop("the network is down")
            assert await stand.why(LinkClosed) == "the network is down"

    asyncio.run(play())


# ---- credentials ---------------------------------------------------------------------------------


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    file = tmp_path / "password"
    file.write_bytes(b"s3cr:\xff?t\n")
    file.chmod(0o600)
    return file


def gate(expected: Callable[[], bytes]) -> Callable[[ServerConnection, Request], Response | None]:
    """What a server does that wants to see ``user:password``."""

    def check(connection: ServerConnection, request: Request) -> Response | None:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if kind == "Basic" and base64.b64decode(token) == expected():
            return None
        return connection.respond(HTTPStatus.UNAUTHORIZED, "who are you?")

    return check


def test_the_password_is_sent_and_can_be_exchanged(
    password_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """``ocppj.md`` 4: the bytes of the password, the identity as the user."""
    caplog.set_level(logging.DEBUG)
    credentials = b"RDAM 123:s3cr:\xff?t"

    async def play() -> None:
        nonlocal credentials

        async def tell(connection: ServerConnection) -> None:
            assert connection.request is not None
            header = connection.request.headers["Authorization"]
            await connection.close(4000, f"{header} n3w-one")

        async with serving(tell, process_request=gate(lambda: credentials)) as url:
            url = url.replace("CP001", "RDAM%20123")
            async with opened(url, password_file=str(password_file)) as stand:
                await stand.next(LinkOpened)
                await stand.why(LinkClosed)
                credentials = b"RDAM 123:n3w-one"
                stand.link.open()
                assert "password_file" in await stand.why(LinkFailed)
                password_file.write_bytes(b"n3w-one\r\n")
                stand.link.open()
                await stand.next(LinkOpened)
                why = await stand.why(LinkClosed)
                assert "4000" in why and "n3w" not in why
                assert base64.b64encode(credentials).decode() not in why

    asyncio.run(play())
    ours = [record.getMessage() for record in caplog.records if "server" not in record.name]
    assert not any("n3w" in text or "Authorization" in text for text in ours)


def test_credentials_are_asked_for() -> None:
    async def play() -> None:
        asking = serving(idle, process_request=gate(lambda: b"CP001:x"))
        async with asking as url, opened(url) as stand:
            assert "set [csms] password_file" in await stand.why(LinkFailed)

    asyncio.run(play())


def test_a_password_file_that_is_no_good_is_found_at_the_start(password_file: Path) -> None:
    password_file.chmod(0o640)

    async def play() -> None:
        with pytest.raises(SettingsError, match=r"not private \(mode 0640\)"):
            async with opened(f"ws://127.0.0.1:{free_port()}/CP001", None, str(password_file)):
                pass

    asyncio.run(play())


def test_a_password_file_that_others_can_read_by_now_is_not_used(password_file: Path) -> None:
    async def play() -> None:
        async with serving(idle) as url, opened(url, None, str(password_file)) as stand:
            await stand.next(LinkOpened)
            stand.link.close()
            await stand.next(LinkClosed)
            password_file.chmod(0o604)
            stand.link.open()
            why = await stand.why(LinkFailed)
            assert "chmod 600" in why and "s3cr" not in why

    asyncio.run(play())
