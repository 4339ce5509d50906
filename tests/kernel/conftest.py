"""Tests in a kernel of our own, with devices of its own: see ``tools.kernel.pytest_plugin``.

The boards and stands are those of the contract suites, which run in that kernel too.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "contract"))

from gpio_boards import SimBoard

from tools.kernel import guest
from tools.kernel.build import ready_kernel


@pytest.fixture
def chip() -> Iterator[SimBoard]:
    """A chip of 12 lines."""
    board = SimBoard()
    yield board
    board.close()


@pytest.fixture
def kernel() -> Path:
    """For tests that start one of their own."""
    return ready_kernel()


@pytest.fixture(scope="session")
def disk() -> Path:
    """A folder on a disk with ext4."""
    if not guest.DISK.exists():
        pytest.skip("no mkfs.ext4 on this machine: apt-get install e2fsprogs")
    folder = guest.SCRATCH / "disk"
    folder.mkdir()
    guest.mount(str(guest.DISK), str(folder), "ext4")
    return folder
