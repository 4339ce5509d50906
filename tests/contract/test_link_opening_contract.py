"""What every link has to do when it opens."""

import asyncio
import contextlib
import logging
from functools import partial
from http import HTTPStatus

import pytest
from link_stand import MakeLink, free_port, idle, port_of, serving, started
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from cp.vocabulary.events import LinkClosed, LinkFailed, LinkOpened
from drivers.websocket_link import WebsocketLink


def test_what_is_offered_in_the_handshake(make: MakeLink) -> None:
    requests: list[Request] = []

    def look(_connection: ServerConnection, request: Request) -> None:
        requests.append(request)

    async def play() -> None:
        async with serving(idle, process_request=look) as url, started(make, url) as stand:
            stand.link.open()
            await stand.next(LinkOpened)

    asyncio.run(play())
    headers = requests[0].headers
    assert requests[0].path == "/ocpp/CP001"
    assert headers["Sec-WebSocket-Protocol"] == "ocpp1.6"
    assert "Sec-WebSocket-Extensions" not in headers
    assert headers["User-Agent"] == "Statecharge"
    assert headers["Sec-WebSocket-Version"] == "13"


def test_a_server_that_chooses_no_subprotocol_is_left_at_once(make: MakeLink) -> None:
    async def play() -> None:
        closed = asyncio.Event()

        async def note(connection: ServerConnection) -> None:
            await connection.wait_closed()
            closed.set()

        async with serving(note, subprotocols=None) as url, started(make, url) as stand:
            stand.link.open()
            assert "ocpp1.6" in await stand.why(LinkFailed)
            await asyncio.wait_for(closed.wait(), 2.0)
            assert stand.events == []

    asyncio.run(play())


def test_a_server_that_chooses_another_subprotocol(make: MakeLink) -> None:
    async def play() -> None:
        serving_other = serve(
            idle,
            "127.0.0.1",
            0,
            subprotocols=[Subprotocol("ocpp2.0.1")],
            select_subprotocol=lambda _connection, _offered: Subprotocol("ocpp2.0.1"),
        )
        async with serving_other as server:
            url = f"ws://127.0.0.1:{port_of(server)}/CP001"
            async with started(make, url) as stand:
                stand.link.open()
                assert "subprotocol" in await stand.why(LinkFailed)
                assert stand.events == []

    asyncio.run(play())


def test_a_port_where_nobody_listens(make: MakeLink) -> None:
    async def play() -> None:
        async with started(make, f"ws://127.0.0.1:{free_port()}/CP001") as stand:
            stand.link.open()
            assert "nothing listens at this host and port" in await stand.why(LinkFailed)
            stand.link.open()
            await stand.next(LinkFailed)
            assert stand.events == []

    asyncio.run(play())


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (HTTPStatus.BAD_REQUEST, "refused the handshake (HTTP 400)"),
        (HTTPStatus.UNAUTHORIZED, "asks for credentials (HTTP 401)"),
        (HTTPStatus.FORBIDDEN, "forbids this station to connect (HTTP 403)"),
        (HTTPStatus.NOT_FOUND, "does not know this station (HTTP 404)"),
        (HTTPStatus.SERVICE_UNAVAILABLE, "cannot serve stations at present (HTTP 503)"),
        (HTTPStatus.OK, "refused the handshake (HTTP 200)"),
    ],
)
def test_an_http_refusal_in_words(make: MakeLink, status: HTTPStatus, words: str) -> None:
    async def play() -> None:
        def refuse(connection: ServerConnection, _request: Request) -> Response:
            return connection.respond(status, "no")

        async with serving(idle, process_request=refuse) as url, started(make, url) as stand:
            stand.link.open()
            assert words in await stand.why(LinkFailed)

    asyncio.run(play())


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", "no WebSocket server"),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n", "no WebSocket server"),
        (b"", "cut the connection during the handshake"),
    ],
)
def test_what_is_no_websocket_server(make: MakeLink, answer: bytes, words: str) -> None:
    async def play() -> None:
        async def respond(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.closing(writer):
                await reader.readuntil(b"\r\n\r\n")
                writer.write(answer)

        server = await asyncio.start_server(respond, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, started(make, f"ws://127.0.0.1:{port}/CP001") as stand:
            stand.link.open()
            assert words in await stand.why(LinkFailed)

    asyncio.run(play())


def test_a_server_that_does_not_answer_the_handshake() -> None:
    async def play() -> None:
        async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.closing(writer):
                await reader.read()

        server = await asyncio.start_server(mute, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        for scheme in ("ws", "wss"):
            make = partial(WebsocketLink, open_timeout_s=0.1)
            async with started(make, f"{scheme}://127.0.0.1:{port}/CP001") as stand:
                stand.link.open()
                assert "did not answer in time" in await stand.why(LinkFailed)
        server.close()

    asyncio.run(play())


def test_a_redirect_is_not_followed(make: MakeLink) -> None:
    visited: list[str] = []

    async def play() -> None:
        async def note(connection: ServerConnection) -> None:
            visited.append("elsewhere")

        async with serving(note) as elsewhere:

            def redirect(connection: ServerConnection, _request: Request) -> Response:
                response = connection.respond(HTTPStatus.FOUND, "there")
                response.headers["Location"] = elsewhere
                return response

            async with (
                serving(idle, process_request=redirect) as url,
                started(make, url) as stand,
            ):
                stand.link.open()
                why = await stand.why(LinkFailed)
                assert "(HTTP 302), which is not followed" in why

    asyncio.run(play())
    assert visited == []


def test_opening_twice_is_one_attempt(make: MakeLink) -> None:
    visits: list[int] = []

    async def play() -> None:
        async def note(connection: ServerConnection) -> None:
            visits.append(1)
            await connection.wait_closed()

        async with serving(note) as url, started(make, url) as stand:
            stand.link.open()
            stand.link.open()
            await stand.next(LinkOpened)
            stand.link.open()
            await asyncio.sleep(0.03)
            assert stand.events == []

    asyncio.run(play())
    assert visits == [1]


def test_credentials_are_in_no_text(make: MakeLink, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    async def failed(url: str) -> str:
        async with started(make, url) as stand:
            stand.link.open()
            return await stand.why(LinkFailed)

    async def play() -> None:
        async def echo_secret(connection: ServerConnection) -> None:
            await connection.close(4000, "who is CP001:s3cr?t and s3cr%3Ft")

        port = free_port()
        for host in (f"127.0.0.1:{port}", "127.0.0.1:s3cr%3Ft", "[nonsense", f"127.0.0.1:{port}#x"):
            why = await failed(f"ws://CP001:s3cr%3Ft@{host}/CP001")
            assert why and "s3cr" not in why
        assert "s3cr" not in await failed("ws://CP001:s3cr/t@127.0.0.1/CP001")
        assert "s3cr" not in await failed(f"http://CP001:s3cr%3Ft@127.0.0.1:{port}/CP001")
        async with serving(echo_secret) as url:
            url = url.replace("ws://", "ws://CP001:s3cr%3Ft@")
            async with started(make, url) as stand:
                stand.link.open()
                await stand.next(LinkOpened)
                why = await stand.why(LinkClosed)
                assert "4000" in why and "s3cr" not in why

    asyncio.run(play())
    ours = [record for record in caplog.records if "server" not in record.name]
    assert not any("s3cr" in r.getMessage() or "Authorization" in r.getMessage() for r in ours)
