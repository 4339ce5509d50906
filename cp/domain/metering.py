"""Metering plan: monotone register, samples for transactionData and their thinning."""

from cp.vocabulary.metering import Sample


def risen(register_wh: int | None, last_wh: int) -> int:
    """The register in Wh, never below the last value used (``S 7.31``: values rise)."""
    return last_wh if register_wh is None else max(register_wh, last_wh)


def surplus(indices: tuple[int, ...], limit: int) -> tuple[int, ...]:
    """Indices to drop so that at most ``limit`` samples are kept, spread evenly (``E 9.1``).

    The samples between the first and the last are thinned by dropping every second one; first and
    last stay. ``limit`` counts elements of transactionData and is at least 3.
    """
    if len(indices) <= limit:
        return ()
    return indices[1:-1:2]


def transaction_data(
    begin: Sample, between: tuple[Sample, ...], end: Sample, limit: int
) -> tuple[Sample, ...]:
    """Elements of transactionData: Begin, samples in order of time, End; at most ``limit``."""
    kept = between
    while len(kept) + 2 > limit:
        kept = kept[::2] if len(kept) > 1 else ()
    return (begin, *kept, end)
