"""What every link has to do with frames."""

import asyncio
import contextlib

from link_stand import MakeLink, echo, serving, started
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from cp.vocabulary.events import FrameReceived, LinkClosed, LinkOpened


def test_frames_go_and_come_in_order(make: MakeLink) -> None:
    async def play() -> None:
        async with serving(echo) as url, started(make, url) as stand:
            stand.link.open()
            await stand.next(LinkOpened)
            texts = [f'[2,"{number}","Heartbeat",{{}}]' for number in range(50)]
            for text in texts:
                stand.link.send(text)
            await stand.until(lambda: len(stand.events) == 50)
            assert stand.events == [FrameReceived(text) for text in texts]
            stand.events.clear()

    asyncio.run(play())


def test_frames_sent_while_nothing_is_open_are_dropped(make: MakeLink) -> None:
    async def play() -> None:
        async with serving(echo) as url, started(make, url) as stand:
            stand.link.send("early")
            stand.link.open()
            stand.link.send("too early")
            await stand.next(LinkOpened)
            stand.link.send("in time")
            assert await stand.next(FrameReceived) == FrameReceived("in time")

    asyncio.run(play())


def test_binary_frames_are_ignored(make: MakeLink) -> None:
    async def play() -> None:
        async def both(connection: ServerConnection) -> None:
            await connection.send(b'[2,"1","ClearCache",{}]')
            await connection.send("text")
            await connection.wait_closed()

        async with serving(both) as url, started(make, url) as stand:
            stand.link.open()
            await stand.next(LinkOpened)
            assert await stand.next(FrameReceived) == FrameReceived("text")

    asyncio.run(play())


def test_a_large_frame_harms_nothing_and_a_huge_one_only_the_connection(make: MakeLink) -> None:
    """``ocppj.md`` 1: at least 64 KiB; what is too long for a CALL the dialogue refuses."""

    async def play() -> None:
        async def send_large(connection: ServerConnection) -> None:
            with contextlib.suppress(ConnectionClosed):
                await connection.send("x" * 65536)
                await connection.send("x" * 200_000)
                await connection.send("x" * 2_000_000)
            await connection.wait_closed()

        async with serving(send_large) as url, started(make, url) as stand:
            for _ in range(2):
                stand.link.open()
                await stand.next(LinkOpened)
                assert await stand.next(FrameReceived) == FrameReceived("x" * 65536)
                assert await stand.next(FrameReceived) == FrameReceived("x" * 200_000)
                assert "1009" in await stand.why(LinkClosed)

    asyncio.run(play())


def test_a_server_that_reads_nothing_costs_the_connection_not_the_memory(make: MakeLink) -> None:
    async def play() -> None:
        is_over = asyncio.Event()

        async def deaf(connection: ServerConnection) -> None:
            connection.transport.pause_reading()
            await is_over.wait()
            connection.transport.abort()

        async with serving(deaf) as url, started(make, url) as stand:
            stand.link.open()
            await stand.next(LinkOpened)
            for _ in range(1100):
                stand.link.send("x" * 10_000)
            assert "does not read" in await stand.why(LinkClosed)
            is_over.set()

    asyncio.run(play())
