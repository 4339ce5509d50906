"""Waiting times before a reconnect."""

FIRST_S = 2.0


def back_off_s(attempt: int, max_s: float, chance: float) -> float:
    """Seconds before attempt ``attempt`` (1, 2, ...): 2 s doubled up to ``max_s``, times a random
    factor 0.5..1.5 (``J 5.4``: stations must not come back all at once)."""
    return min(FIRST_S * 2.0 ** min(attempt - 1, 30), max_s) * (0.5 + chance)
