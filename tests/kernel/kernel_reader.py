"""A card reader that is a keyboard of the kernel."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from reader_stands import KeyboardStand

from cp.vocabulary.events import CardPresented, ErrorCleared, ErrorRaised
from cp.vocabulary.words import ChargePointErrorCode
from drivers.reader.keyboard import KeyboardReader, KeyboardReaderConfig

FAILED = ErrorRaised(0, ChargePointErrorCode.READER_FAILURE)
BACK = ErrorCleared(0, ChargePointErrorCode.READER_FAILURE)


def test_200_cards_one_after_the_other(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    async def play() -> None:
        waits = []
        async with KeyboardStand(tmp_path) as stand:
            await stand.reader.start(stand.events.append)
            cards = [f"{number * 7919:010X}" for number in range(200)]
            for number, card in enumerate(cards, 1):
                begun_s = time.monotonic()
                stand.send_card(card)
                await stand.until(lambda count=number: len(stand.events) >= count)
                waits.append(time.monotonic() - begun_s)
            assert stand.events == [CardPresented(card) for card in cards]
            assert stand.reader.ignored == 0
        record_property("card typed to told, p99", f"{sorted(waits)[197] * 1e3:.0f} ms")

    asyncio.run(play())


def test_keys_that_the_kernel_had_to_drop_make_no_card(tmp_path: Path) -> None:
    """Its buffer holds half of these while nobody reads."""

    async def play() -> None:
        async with KeyboardStand(tmp_path) as stand:
            await stand.reader.start(stand.events.append)
            for card in ("DEADBEEF", "04A2B3C4D5E680", "0BADCAFE"):
                stand.send_card(card)  # the loop hangs meanwhile
            await asyncio.sleep(0.6)
            assert stand.events == []
            assert stand.reader.ignored > 0
            stand.send_card("01020304")
            await stand.told(CardPresented("01020304"))

    asyncio.run(play())


def test_a_card_that_is_torn_apart_by_unplugging_is_none(tmp_path: Path) -> None:
    async def play() -> None:
        async with KeyboardStand(tmp_path) as stand:
            await stand.reader.start(stand.events.append)
            stand.press(*"DEAD")
            await asyncio.sleep(0.05)
            stand.plug_out()
            await stand.told(FAILED)
            stand.plug_in()
            await stand.told(BACK)
            stand.send_card("01020304")
            await stand.told(CardPresented("01020304"))

    asyncio.run(play())


def test_a_reader_that_somebody_else_has_grabbed_is_waited_for(tmp_path: Path) -> None:
    from evdev import InputDevice

    async def play() -> None:
        async with KeyboardStand(tmp_path) as stand:
            other = InputDevice(str(stand.device))
            other.grab()
            reader = KeyboardReader(KeyboardReaderConfig(str(stand.device)))
            assert (await reader.probe()).saw == f"{stand.device} is in use"
            await stand.reader.start(stand.events.append)
            await stand.told(FAILED)
            other.close()
            await stand.told(BACK)

    asyncio.run(play())
