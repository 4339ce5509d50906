"""Inputs without guidance: the committed ones, and seeded changes of them.

Theory of operation: a byte is flipped, set, taken out or put in; a piece is repeated, moved, or
comes from another input. The same seed makes the same inputs.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from random import Random

from tools.fuzz.target import CORPUS, TARGETS


def corpus(name: str, folder: Path = CORPUS) -> list[bytes]:
    """The committed inputs of a target."""
    return [path.read_bytes() for path in sorted((folder / name).iterdir())]


def varied(seeds: Sequence[bytes], seed: int) -> Iterator[bytes]:
    """Changed inputs, without end."""
    random = Random(seed)
    while True:
        data = bytearray(random.choice(seeds))
        for _ in range(random.choice((1, 1, 2, 4, 8))):
            _change(data, seeds, random)
        yield bytes(data)


def run(name: str, count: int, seed: int = 1, folder: Path = CORPUS) -> None:
    """The committed inputs and so many changed ones. Raises what is wrong, the input with it."""
    one = TARGETS[name].load()
    seeds = corpus(name, folder)
    for data in (*seeds, *islice(varied(seeds, seed), count)):
        try:
            one(data)
        except Exception as error:
            error.add_note(f"target {name}, input {data!r}")
            raise


def _change(data: bytearray, seeds: Sequence[bytes], random: Random) -> None:
    place = random.randrange(len(data) + 1)
    match random.randrange(6):
        case 0 if place < len(data):
            data[place] ^= 1 << random.randrange(8)
        case 1 if place < len(data):
            data[place] = random.randrange(256)
        case 2:
            del data[place : place + random.choice((1, 1, 2, 4, 16))]
        case 3:
            data[place:place] = bytes([random.randrange(256)]) * random.choice((1, 1, 2, 40))
        case 4:
            other = random.choice(seeds)
            first = random.randrange(len(other) + 1)
            data[place:place] = other[first : first + random.randrange(1, 24)]
        case _:
            end = min(len(data), place + random.randrange(1, 24))
            data[place:place] = data[place:end]
