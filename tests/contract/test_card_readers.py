"""What card readers do to their drivers: noise, unplugging, cards that stay, keys that are lost."""

import asyncio
import os
import random
from pathlib import Path

import pytest
from reader_stands import SerialStand, StxStand, line_frame, stx_frame

from cp.vocabulary.errors import SettingsError
from cp.vocabulary.events import CardPresented, ErrorCleared, ErrorRaised, Event
from cp.vocabulary.words import ChargePointErrorCode
from drivers.reader.keyboard import KeyboardReader, KeyboardReaderConfig
from drivers.reader.serial_line import SerialReader, SerialReaderConfig

READER_FAILED = ErrorRaised(0, ChargePointErrorCode.READER_FAILURE)
READER_BACK = ErrorCleared(0, ChargePointErrorCode.READER_FAILURE)


# ---- serial --------------------------------------------------------------------------------------


def test_2000_cards_among_noise_and_broken_frames(tmp_path: Path) -> None:
    """Each card is told, none is invented."""
    chance = random.Random(3)

    async def play() -> None:
        async with StxStand(tmp_path) as stand:
            await stand.reader.start(stand.events.append)
            sent = []
            for _ in range(2000):
                card = chance.randbytes(5).hex().upper()
                frame = stx_frame(card)
                if chance.random() < 0.15:
                    at = chance.randrange(1, len(frame) - 3)  # a digit
                    flipped = bytes([frame[at] ^ 1 << chance.randrange(4)])
                    stand.send(frame[:at] + flipped + frame[at + 1 :])
                stand.send(bytes(chance.randrange(32, 256) for _ in range(chance.randrange(4))))
                stand.send_card(card)
                sent.append(CardPresented(card))
                # No more than the buffer of a pty holds: it would block the one who reads it too.
                await stand.until(lambda: len(stand.events) >= len(sent) - 50)
            await stand.until(lambda: len(stand.events) >= len(sent))
            assert stand.events == sent
            assert stand.reader.ignored > 200

    asyncio.run(play())


def test_a_card_that_stays_is_one_presentation(tmp_path: Path) -> None:
    async def play() -> None:
        async with SerialStand(tmp_path, "stx", repeat_s=0.1) as stand:
            await stand.reader.start(stand.events.append)
            for _ in range(10):
                stand.send_card("DEADBEEF")
                await asyncio.sleep(0.02)
            stand.send_card("0BADCAFE")
            await stand.told(CardPresented("DEADBEEF"), CardPresented("0BADCAFE"))
            await asyncio.sleep(0.1)
            stand.send_card("0BADCAFE")
            await stand.told(CardPresented("0BADCAFE"))

    asyncio.run(play())


def test_the_order_of_bytes_can_be_turned_around(tmp_path: Path) -> None:
    async def play() -> None:
        async with StxStand(tmp_path) as stand:
            config = SerialReaderConfig(str(stand.device), is_reversed=True)
            stand.reader = SerialReader(config)
            await stand.reader.start(stand.events.append)
            stand.send_card("01020304")
            await stand.told(CardPresented("04030201"))

    asyncio.run(play())


def test_half_a_card_before_unplugging_is_forgotten(tmp_path: Path) -> None:
    async def play() -> None:
        async with SerialStand(tmp_path, "line") as stand:
            await stand.reader.start(stand.events.append)
            stand.send(b"DEAD")
            await asyncio.sleep(0.02)
            stand.plug_out()
            await stand.told(READER_FAILED)
            stand.plug_in()
            await stand.told(READER_BACK)
            stand.send(line_frame("01020304"))
            await stand.told(CardPresented("01020304"))

    asyncio.run(play())


def test_cards_stay_out_of_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def play() -> None:
        async with StxStand(tmp_path) as stand:
            await stand.reader.start(stand.events.append)
            stand.send_card("DEADBEEF")
            stand.send(b"\x02DEADBEEF00\x03")
            await stand.told(CardPresented("DEADBEEF"))
            stand.plug_out()
            await stand.told(READER_FAILED)

    asyncio.run(play())
    assert "DEAD" not in caplog.text.upper()
    assert "was unplugged" in caplog.text


def test_probe_opens_the_device_or_tells_why_not(tmp_path: Path) -> None:
    async def play() -> None:
        async with StxStand(tmp_path) as stand:
            assert (await stand.reader.probe()).is_ok
            stand.plug_out()
            probe = await stand.reader.probe()
            assert (probe.is_ok, probe.saw) == (False, f"{stand.device} is not there")
            stand.device.write_text("no serial line")
            assert "is no serial line" in (await stand.reader.probe()).saw
            stand.device.unlink()

    asyncio.run(play())


def test_a_mistake_is_told_before_anything_is_opened() -> None:
    with pytest.raises(SettingsError, match="format"):
        SerialReader(SerialReaderConfig("/dev/ttyS0", format="xon"))
    with pytest.raises(SettingsError, match="baud"):
        SerialReader(SerialReaderConfig("/dev/ttyS0", baud=1234))
    with pytest.raises(SettingsError, match="notation"):
        KeyboardReader(KeyboardReaderConfig("/dev/input/event0", notation="octal"))


# ---- keyboard ------------------------------------------------------------------------------------


class TypedDevice:
    """``evdev.InputDevice`` over a pipe, for what uinput cannot do: lose events."""

    def __init__(self, folder: Path) -> None:
        self.fd, self.write_end = os.pipe()
        self.events: list[object] = []
        self.is_grabbed = False
        self.path = folder / "event0"

    def grab(self) -> None:
        self.is_grabbed = True

    def close(self) -> None:
        os.close(self.fd)

    def read(self) -> list[object]:
        os.read(self.fd, 4096)
        events, self.events = self.events, []
        if not events:
            raise OSError(19, "No such device")
        return events


def test_lost_keys_spoil_the_card_that_is_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    evdev = pytest.importorskip("evdev")
    codes = evdev.ecodes
    device = TypedDevice(tmp_path)
    monkeypatch.setattr(evdev, "InputDevice", lambda _path, readonly: device)

    def type_keys(*names: str) -> None:
        for name in names:
            if name == "LOST":
                pressed = [(codes.EV_SYN, codes.SYN_DROPPED, 0)]
            else:
                code = getattr(codes, f"KEY_{name}")
                pressed = [(codes.EV_KEY, code, 1), (codes.EV_KEY, code, 0)]
            for kind, code, value in pressed:
                device.events.append(evdev.events.InputEvent(1, 0, kind, code, value))
        os.write(device.write_end, b"k")

    async def play() -> None:
        events: list[Event] = []
        config = KeyboardReaderConfig("/dev/input/event0", repeat_s=0.0, retry_s=60.0)
        reader = KeyboardReader(config)
        await reader.start(events.append)
        assert device.is_grabbed
        type_keys(*"DEAD", "LOST", *"BEEF", "ENTER")
        type_keys("LEFTSHIFT", *"DEAD", "KP0", "KP1", "KP2", "KP3", "KPENTER", "ENTER")
        type_keys(*"DEADBEEZ", "ENTER")
        type_keys(*"DEADBEE", "ENTER")
        await asyncio.sleep(0.02)
        assert events == [CardPresented("DEAD0123")]
        assert reader.ignored == 3
        os.write(device.write_end, b"gone")
        await asyncio.sleep(0.02)
        assert events[1:] == [READER_FAILED]
        await reader.stop()
        os.close(device.write_end)

    asyncio.run(play())


def test_a_keyboard_that_is_not_there_is_awaited() -> None:
    pytest.importorskip("evdev")

    async def play() -> None:
        events: list[Event] = []
        reader = KeyboardReader(KeyboardReaderConfig("/dev/input/no-such-reader"))
        await reader.start(events.append)
        assert events == [READER_FAILED]
        assert (await reader.probe()).saw == "/dev/input/no-such-reader is not there"
        await reader.stop()

    asyncio.run(play())
