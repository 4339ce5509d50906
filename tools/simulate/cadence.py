"""When a transaction was sampled, as the central system has it: at every interval, and only then.

Theory of operation: judged where nothing else moves the times: no clock jumps, answers that tell
the time come at once, nobody writes the keys, and nothing was thinned out or given up.
"""

import math
from collections.abc import Iterator
from typing import Final

from cp.ocppj.formats import utc_s_of
from cp.vocabulary.words import ReadingContext
from tools.net.csms_books import Transaction
from tools.net.csms_words import Payload
from tools.simulate.central import Central
from tools.simulate.draw import Draw
from tools.simulate.station import Site

_DELAYED: Final = frozenset({"slow network", "stall", "central slow", "central late"})
"""Trouble in which a server's time is old when it arrives."""
_NEAR_S: Final = 1.0


def is_steady(site: Site, central: Central, draw: Draw) -> bool:
    """Whether times and numbers of samples can be foretold."""
    is_written = "ChangeConfiguration" in draw.requests
    is_punctual = central.is_timed and not _DELAYED & set(draw.trouble)
    return is_punctual and not is_written and not site.disk.was_full


def cadence(site: Site, booked: Transaction) -> Iterator[str]:
    """What is wrong with the samples of one transaction (``S 3.16.2``, ``S 4.7``)."""
    keys = site.factory
    begun_s, ended_s = utc_s_of(booked.started) or 0.0, utc_s_of(str(booked.stopped)) or 0.0
    periodic_s = keys.number("MeterValueSampleInterval")
    if periodic_s:
        times = _times(booked.meter_values, ReadingContext.SAMPLE_PERIODIC)
        foreseen = [
            begun_s + periodic_s * number
            for number in range(1, 1 + int((ended_s - begun_s) // periodic_s))
        ]
        yield from _compared("periodic", times, foreseen, (begun_s, ended_s + _NEAR_S))
    aligned_s = keys.number("ClockAlignedDataInterval")
    if aligned_s:
        times = _times(booked.meter_values, ReadingContext.SAMPLE_CLOCK)
        numbers = range(math.ceil(begun_s / aligned_s), 1 + int(ended_s // aligned_s))
        foreseen = [aligned_s * number for number in numbers]
        yield from _compared("aligned", times, foreseen, (begun_s, ended_s))
    is_wanted = bool(keys.items("StopTxnSampledData") or keys.items("StopTxnAlignedData"))
    if bool(booked.transaction_data) is not is_wanted:
        yield f"transactionData has {len(booked.transaction_data)} readings"


def _times(readings: list[Payload], context: ReadingContext) -> list[float]:
    return [
        utc_s_of(str(reading["timestamp"])) or 0.0
        for reading in readings
        if _context(reading) == context
    ]


def _context(reading: Payload) -> str:
    sampled = reading["sampledValue"]
    assert isinstance(sampled, list)
    return str(sampled[0]["context"])


def _compared(
    name: str, times: list[float], foreseen: list[float], span_s: tuple[float, float]
) -> Iterator[str]:
    """Each of the one near one of the other; at both ends of the transaction either will do."""
    begun_s, ended_s = span_s
    for one, other, words in ((times, foreseen, "more"), (foreseen, times, "fewer")):
        for time_s in one:
            is_inside = begun_s + _NEAR_S < time_s < ended_s - 2 * _NEAR_S
            if is_inside and not any(abs(time_s - near_s) < _NEAR_S for near_s in other):
                yield f"{words} {name} samples than foreseen: {len(times)} of {len(foreseen)}"
                return
    if len(times) > len(foreseen) + 1:
        yield f"{len(times)} {name} samples, foreseen {len(foreseen)}"
