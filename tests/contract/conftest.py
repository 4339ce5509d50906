"""The implementations that the contract suites run against.

A suite asks for ``stand`` or ``make`` and runs against every implementation named here.
"""

from pathlib import Path

import pytest
from link_stand import MakeLink
from outlet_stand import BenchStand

from cp.vocabulary.ports import Link
from drivers.bench.faulty import BenchLink
from drivers.bench.rig import Rig
from drivers.websocket_link import WebsocketLink


@pytest.fixture(params=["bench"])
def stand(request: pytest.FixtureRequest, tmp_path: Path) -> BenchStand:
    return {"bench": BenchStand}[request.param](tmp_path)


@pytest.fixture(params=["websocket", "bench"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> MakeLink:
    def bench(url: str) -> Link:
        return BenchLink(Rig(tmp_path, plug=None, time_scale=1.0), WebsocketLink(url))

    return {"websocket": WebsocketLink, "bench": bench}[request.param]
