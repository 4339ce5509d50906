"""A module that is put off: not loaded by an import, whole when it is used."""

import subprocess
import sys

import pytest

PROGRAM = """
import importlib, sys
from cp.later import put_off
{before}
put_off()
import importlib.metadata
import urllib.request
import websockets.asyncio.client
print(int("zipfile" in sys.modules), int("http.client" in sys.modules))
{use}
print(int("zipfile" in sys.modules), int("http.client" in sys.modules))
"""


def lines_of(before: str, use: str) -> list[str]:
    program = PROGRAM.format(before=before, use=use)
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ran.stderr == ""
    return ran.stdout.split()


@pytest.mark.parametrize(
    ("use", "loaded"),
    [
        ("assert importlib.metadata.version('websockets')", ["1", "0"]),
        ("from importlib.metadata import version; assert version('websockets')", ["1", "0"]),
        ("from importlib import metadata; assert metadata.version('websockets')", ["1", "0"]),
        ("import importlib.metadata._text; assert importlib.metadata.distributions", ["1", "0"]),
        ("assert urllib.request.getproxies", ["0", "1"]),
    ],
)
def test_one_is_loaded_when_it_is_used(use: str, loaded: list[str]) -> None:
    assert lines_of("", use) == ["0", "0", *loaded]


def test_what_is_there_stays() -> None:
    before, use = "import importlib.metadata as real", "assert importlib.metadata is real"
    assert lines_of(before, use) == ["1", "0", "1", "0"]
