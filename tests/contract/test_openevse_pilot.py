"""What every pilot has to do, and what needs no car of a contactor, by an OpenEVSE board."""

from pathlib import Path

import pytest
from openevse_stand import OpenEvseStand
from test_power_path_contract import (  # noqa: F401 - they run here too
    test_pilot_tells_each_step_of_a_visit,
    test_pilot_tells_nothing_twice,
    test_pilot_tells_what_is_there_at_the_start,
    test_pulling_the_plug_while_the_ev_asks_is_one_event,
    test_renewing_does_not_close,
)


@pytest.fixture
def stand(tmp_path: Path) -> OpenEvseStand:
    return OpenEvseStand(tmp_path)
