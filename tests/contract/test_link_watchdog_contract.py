"""What every link has to do when the line goes dead without a word."""

import asyncio
import time

import pytest
from link_stand import MakeLink, Proxy, echo, serving, started

from cp.vocabulary.events import FrameReceived, LinkClosed, LinkOpened

PING_S = 0.15


def test_a_half_open_line_is_found_within_two_intervals(make: MakeLink) -> None:
    async def play() -> None:
        async with serving(echo) as url:
            proxy = Proxy(url)
            async with proxy.running() as through, started(make, through) as stand:
                stand.link.set_ping(PING_S)  # type: ignore[arg-type]
                stand.link.open()
                await stand.next(LinkOpened)
                await asyncio.sleep(2.5 * PING_S)
                assert stand.events == [], "a line that is alive is left alone"
                proxy.freeze()
                frozen_s = time.monotonic()
                assert "no pong" in await stand.why(LinkClosed)
                assert time.monotonic() - frozen_s < 2 * PING_S + 0.1

    asyncio.run(play())


def test_a_half_open_line_that_is_written_to(make: MakeLink) -> None:
    """What is sent fills the buffers, and the ping waits behind it."""

    async def play() -> None:
        async with serving(echo) as url:
            proxy = Proxy(url)
            async with proxy.running() as through, started(make, through) as stand:
                stand.link.open()
                await stand.next(LinkOpened)
                proxy.freeze()
                for _ in range(100):
                    stand.link.send("x" * 200_000)
                stand.link.set_ping(PING_S)  # type: ignore[arg-type]
                assert "no pong" in await stand.why(LinkClosed)

    asyncio.run(play())


def test_without_pings_a_silent_line_is_left_alone(make: MakeLink) -> None:
    async def play() -> None:
        async with serving(echo) as url:
            proxy = Proxy(url)
            async with proxy.running() as through, started(make, through) as stand:
                stand.link.set_ping(0)
                stand.link.open()
                await stand.next(LinkOpened)
                proxy.freeze()
                stand.link.send("late")
                await asyncio.sleep(3 * PING_S)
                assert stand.events == []
                proxy.thaw()
                assert await stand.next(FrameReceived) == FrameReceived("late")

    asyncio.run(play())


def test_closing_a_half_open_line_needs_no_goodbye(
    make: MakeLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drivers.websocket_link._CLOSE_TIMEOUT_S", 0.1)

    async def play() -> None:
        async with serving(echo) as url:
            proxy = Proxy(url)
            async with proxy.running() as through, started(make, through) as stand:
                stand.link.open()
                await stand.next(LinkOpened)
                proxy.freeze()
                stand.link.close()
                assert await stand.why(LinkClosed) == "closed by the station"

    asyncio.run(play())


def test_the_same_interval_again_does_not_put_the_ping_off(make: MakeLink) -> None:
    """The chart tells it at each change of any key."""

    async def play() -> None:
        async with serving(echo) as url:
            proxy = Proxy(url)
            async with proxy.running() as through, started(make, through) as stand:
                stand.link.set_ping(PING_S)  # type: ignore[arg-type]
                stand.link.open()
                await stand.next(LinkOpened)
                proxy.freeze()
                for _ in range(20):
                    stand.link.set_ping(PING_S)  # type: ignore[arg-type]
                    await asyncio.sleep(PING_S / 5)
                assert stand.events != [], "pings were put off"
                assert "no pong" in await stand.why(LinkClosed)

    asyncio.run(play())
