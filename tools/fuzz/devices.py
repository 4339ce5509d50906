"""Targets at the wires of devices: card readers, meters, an OpenEVSE board."""

import re
import struct
from typing import Final

from tools.fuzz.target import Try, need

_TAG: Final = re.compile(r"(?:[0-9A-F]{2}){4,10}")


def cards() -> Try:
    """Bytes of a serial reader: the first chooses the format, then pieces end at each zero."""
    from drivers.reader.frames import FORMATS, FrameParser
    from drivers.reader.numbers import tag_of_bytes

    forms = tuple(FORMATS.values())

    def run(data: bytes) -> None:
        if not data:
            return
        parser = FrameParser(forms[data[0] % len(forms)])
        for number, piece in enumerate(data[1:].split(b"\0")):
            for card in parser.feed(piece, number * 0.3):
                tag = tag_of_bytes(card, bool(data[0] & 0x80))
                need(tag is None or _TAG.fullmatch(tag) is not None, f"no id tag: {tag}")
        need(0 <= parser.ignored <= len(data), "at most one mistake for each byte")

    return run


def keys() -> Try:
    """Keys of a keyboard reader: one byte a key; its high bit is a pause before."""
    from drivers.reader.keys import CHARACTERS, ENTER, SHIFT, TypedNumber
    from drivers.reader.numbers import tag_of_decimal, tag_of_hex

    names = (*sorted(CHARACTERS), *sorted(ENTER), *sorted(SHIFT), "KEY_Q", "")

    def run(data: bytes) -> None:
        typed, at_s = TypedNumber(), 0.0
        for byte in data:
            at_s += 0.6 if byte & 0x80 else 0.01
            text = typed.press(names[(byte & 0x7F) % len(names)], at_s)
            for read in (tag_of_hex, tag_of_decimal):
                tag = None if text is None else read(text, False)
                need(tag is None or _TAG.fullmatch(tag) is not None, f"no id tag: {tag}")

    return run


def modbus() -> Try:
    """Bytes of a Modbus line: the first chooses RTU or TCP."""
    from pymodbus.pdu import DecodePDU

    from drivers.meter.wire import _CalmRtu, _CalmSocket

    framers = (_CalmRtu(DecodePDU(False)), _CalmSocket(DecodePDU(False)))

    def run(data: bytes) -> None:
        framer = framers[data[0] & 1] if data else framers[0]
        used, _ = framer.handleFrame(data[1:], 0, 0)
        need(0 <= used <= max(0, len(data) - 1), "no more is used than came")

    return run


def registers() -> Try:
    """Registers of a meter: the first byte chooses the map, then answers one after the other."""
    from drivers.meter.modbus import ModbusMeterConfig
    from drivers.meter.plausible import Judge, Limits, Reading
    from drivers.meter.register_map import load_map, names
    from drivers.meter.wire import Wire

    maps = [load_map(name) for name in names()]
    wires = [
        Wire(ModbusMeterConfig(map=name, host="127.0.0.1"), load_map(name)) for name in names()
    ]
    limits = Limits(7360.0, 80.0, 300.0)

    def run(data: bytes) -> None:
        if not data:
            return
        chosen = data[0] % len(maps)
        wanted, wire = maps[chosen], wires[chosen]
        count = sum(min(read.counts) for read in wanted.reads)
        whole = data[1:] + bytes(-(len(data) - 1) % (2 * count))
        judge, believed = Judge(limits), -1
        for place in range(0, len(whole), 2 * count):
            words = list(struct.unpack_from(f">{count}H", whole, place))
            answers = []
            for read in wanted.reads:
                answers.append((read, [words.pop(0) for _ in range(min(read.counts))]))
            quantities = (wanted.voltage, wanted.power, wanted.energy)
            reading = Reading(*(wire._value(answers, item) for item in quantities))
            if judge.trouble(reading, float(place)) is None:
                need(round(reading.energy_wh) >= believed, "a register that falls is believed")
                believed = round(reading.energy_wh)

    return run


def rapi() -> Try:
    """Bytes of an OpenEVSE board, in pieces that end at each zero."""
    from drivers.openevse.frames import FrameParser

    def run(data: bytes) -> None:
        parser = FrameParser()
        for piece in data.split(b"\0"):
            for message in parser.feed(piece):
                need(all(word.isascii() for word in message.words), "words are ASCII")

    return run
