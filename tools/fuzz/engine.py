"""One target under atheris, in a process of its own: ``PLACE WORDS-OF-LIBFUZZER...``.

Theory of operation: everything the target imports is instrumented, so that inputs which reach new
branches are kept and changed further. The engine ends the process itself.
"""

import sys
from collections.abc import Sequence
from importlib import import_module

from tools.fuzz.target import Target


def main(words: Sequence[str]) -> None:
    """Does not return."""
    atheris = import_module("atheris")
    place, *rest = words
    with atheris.instrument_imports(include=["cp", "drivers", "pymodbus", place.split(":")[0]]):
        run = Target(place, 0).load()
        run(b"")  # what is imported late is imported now
    atheris.Setup(["fuzz", *rest], run)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
