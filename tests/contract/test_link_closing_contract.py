"""What every link has to do when it closes, and with pings."""

import asyncio
import time

from link_stand import MakeLink, idle, serving, started
from websockets.asyncio.server import ServerConnection

from cp.vocabulary.events import LinkClosed, LinkFailed, LinkOpened


def test_closing_says_goodbye(make: MakeLink) -> None:
    codes: list[int | None] = []

    async def play() -> None:
        async def note(connection: ServerConnection) -> None:
            await connection.wait_closed()
            codes.append(connection.close_code)

        async with serving(note) as url, started(make, url) as stand:
            stand.link.open()
            await stand.next(LinkOpened)
            stand.link.close()
            stand.link.close()
            await stand.next(LinkClosed)
            stand.link.send("late")
            stand.link.open()
            await stand.next(LinkOpened)

    asyncio.run(play())
    assert codes[0] == 1000


def test_closing_an_attempt_ends_it(make: MakeLink) -> None:
    async def play() -> None:
        async def mute(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await asyncio.sleep(2)
            finally:
                writer.close()

        server = await asyncio.start_server(mute, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with started(make, f"ws://127.0.0.1:{port}/CP001") as stand:
            stand.link.open()
            stand.link.close()
            await stand.next(LinkFailed)
            stand.link.open()
            await asyncio.sleep(0.02)
            stand.link.close()
            await stand.next(LinkFailed)
        server.close()

    asyncio.run(play())


def test_opening_while_the_last_connection_still_closes(make: MakeLink) -> None:
    async def play() -> None:
        async def slow(connection: ServerConnection) -> None:
            connection.transport.pause_reading()
            await asyncio.sleep(0.1)
            connection.transport.resume_reading()
            await connection.wait_closed()

        async with serving(slow) as url, started(make, url) as stand:
            stand.link.open()
            await stand.next(LinkOpened)
            stand.link.close()
            stand.link.open()
            await stand.next(LinkClosed)
            await stand.next(LinkOpened)
            assert stand.events == []

    asyncio.run(play())


def test_closing_what_is_closed_posts_nothing(make: MakeLink) -> None:
    async def play() -> None:
        async with started(make, "ws://127.0.0.1:1/CP001") as stand:
            stand.link.close()
            await asyncio.sleep(0.01)
            assert stand.events == []

    asyncio.run(play())


def test_a_server_that_goes_away(make: MakeLink) -> None:
    async def play() -> None:
        async def leave(connection: ServerConnection) -> None:
            await connection.close(1001, "maintenance")

        async def crash(connection: ServerConnection) -> None:
            connection.transport.abort()

        for handler, word in ((leave, "maintenance"), (crash, "no close frame")):
            async with serving(handler) as url, started(make, url) as stand:
                stand.link.open()
                await stand.next(LinkOpened)
                assert word in await stand.why(LinkClosed)
                assert stand.events == []

    asyncio.run(play())


def test_stopping_closes_and_leaves_nothing_running(make: MakeLink) -> None:
    async def play() -> None:
        async with serving(idle) as url:
            async with started(make, url) as stand:
                stand.link.open()
                await stand.next(LinkOpened)
            await stand.next(LinkClosed)
            others = [task for task in asyncio.all_tasks() if "_Session" in repr(task)]
            assert others == []

    asyncio.run(play())


def pings(connection: ServerConnection, answered: bool) -> list[float]:
    """Note each ping; unless ``answered``, take the answer back out of the server."""
    times: list[float] = []
    receive = connection.protocol.recv_frame

    def note(frame: object) -> None:
        if getattr(frame, "opcode", None) == 9:
            times.append(time.monotonic())
            if not answered:
                return
        receive(frame)  # type: ignore[arg-type]

    connection.protocol.recv_frame = note  # type: ignore[method-assign]
    return times


def test_no_pong_closes(make: MakeLink) -> None:
    async def play() -> None:
        async def mute(connection: ServerConnection) -> None:
            pings(connection, answered=False)
            await connection.wait_closed()

        async with serving(mute) as url, started(make, url) as stand:
            stand.link.set_ping(0.05)  # type: ignore[arg-type]
            stand.link.open()
            await stand.next(LinkOpened)
            assert "no pong" in await stand.why(LinkClosed)

    asyncio.run(play())


def test_pings_come_every_interval_and_can_be_changed(make: MakeLink) -> None:
    async def play() -> None:
        noted: list[list[float]] = []

        async def note(connection: ServerConnection) -> None:
            noted.append(pings(connection, answered=True))
            await connection.wait_closed()

        async with serving(note) as url, started(make, url) as stand:
            stand.link.open()
            await stand.next(LinkOpened)
            await asyncio.sleep(0.08)
            assert noted == [[]], "no interval, no ping"
            stand.link.set_ping(0.03)  # type: ignore[arg-type]
            await stand.until(lambda: len(noted[0]) >= 3)
            stand.link.set_ping(0)
            count = len(noted[0])
            await asyncio.sleep(0.1)
            assert len(noted[0]) <= count + 1
            assert stand.events == []

    asyncio.run(play())


def test_pings_of_the_server_are_answered(make: MakeLink) -> None:
    async def play() -> None:
        latencies: list[float] = []

        async def ping(connection: ServerConnection) -> None:
            latencies.append(await (await connection.ping()))
            await connection.wait_closed()

        async with serving(ping) as url, started(make, url) as stand:
            stand.link.open()
            await stand.next(LinkOpened)
            await stand.until(lambda: bool(latencies))

    asyncio.run(play())
