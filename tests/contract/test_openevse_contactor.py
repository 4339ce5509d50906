"""What every contactor has to do, by an OpenEVSE board whose car asks for what is offered."""

from pathlib import Path

import pytest
from openevse_stand import AskedStand
from test_power_path_contract import (  # noqa: F401 - they run here too
    test_a_welded_contact_is_told_at_the_start,
    test_contactor_closes_and_opens,
    test_contactor_drops_while_the_event_loop_hangs,
    test_contactor_holds_while_it_is_renewed_and_drops_when_not,
    test_stopping_opens,
)


@pytest.fixture
def stand(tmp_path: Path) -> AskedStand:
    return AskedStand(tmp_path)
