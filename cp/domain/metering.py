"""Metering plan: monotone register, samples for transactionData and their thinning."""

from typing import Final

from cp.vocabulary.metering import Sample

OTHER_METER_WH: Final = 1000
"""A register that stands so much lower, while nothing charges, is one of another meter: a count
that was not saved, or read in the middle of a change, is off by less."""


def risen(register_wh: int | None, last_wh: int) -> int:
    """The register in Wh, never below the last value used (``S 7.31``: values rise)."""
    return last_wh if register_wh is None else max(register_wh, last_wh)


def resumed(register_wh: int | None, last_wh: int) -> int:
    """The register in Wh outside a transaction: risen, unless the meter was exchanged."""
    if register_wh is not None and last_wh - register_wh > OTHER_METER_WH:
        return register_wh
    return risen(register_wh, last_wh)


def surplus(indices: tuple[int, ...], limit: int) -> tuple[int, ...]:
    """Numbers of the samples to drop so that at most ``limit`` are kept, spread evenly (``E 9.1``).

    Samples are numbered from 0 without gaps as they are taken. Kept are the multiples of the
    smallest power of two that leaves no more than ``limit``: what was kept stays evenly spaced.
    """
    stride = 1
    while indices and indices[-1] // stride >= limit:
        stride *= 2
    return tuple(index for index in indices if index % stride)


def transaction_data(
    begin: Sample, between: tuple[Sample, ...], end: Sample, limit: int
) -> tuple[Sample, ...]:
    """Elements of transactionData: Begin, samples in order of time, End; at most ``limit``."""
    kept = between
    while len(kept) + 2 > limit:
        kept = kept[::2] if len(kept) > 1 else ()
    return (begin, *kept, end)
