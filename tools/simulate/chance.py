"""Chance: one stream of numbers for each actor of a world, and for everything that asks the system.

Theory of operation: streams are seeded by text, so that an actor that draws more does not shift the
numbers of the others. ``seeded_entropy`` replaces the sources that libraries use on their own.
"""

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock


class Chance(random.Random):
    """Draws; no logarithm, so that every machine draws the same."""

    def span_s(self, mean_s: float) -> float:
        """A time around ``mean_s``: from a tenth of it to nearly twice."""
        return mean_s * (0.1 + 1.8 * self.random())

    def is_so(self, probability: float) -> bool:
        """True as often as ``probability`` says."""
        return self.random() < probability


def stream(seed: int, name: str) -> Chance:
    """The numbers of one actor of this world."""
    return Chance(f"{seed}/{name}")


@contextmanager
def seeded_entropy(seed: int) -> Iterator[None]:
    """Keys, masks and ids of libraries are drawn from the seed too."""
    chance, kept = stream(seed, "entropy"), random.getstate()
    random.seed(f"{seed}/global")
    try:
        with (
            mock.patch.object(os, "urandom", chance.randbytes),
            mock.patch.object(random, "_urandom", chance.randbytes),
        ):
            yield
    finally:
        random.setstate(kept)
