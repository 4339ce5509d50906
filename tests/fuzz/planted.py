"""A target with a bug that needs guidance: four bytes, each compared by a branch of its own."""

from collections.abc import Callable


def bug() -> Callable[[bytes], None]:
    def run(data: bytes) -> None:
        is_long = len(data) > 3
        if is_long and data[0] == 0x4F and data[1] == 0x43 and data[2] == 0x50 and data[3] == 0x50:
            raise ValueError("planted")

    return run
