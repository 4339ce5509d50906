import sys

import pytest

from cp.vocabulary.errors import HardwareError
from drivers.restarter import REBOOT, BoardRestarter, ProcessRestarter


def test_soft_and_hard_ask_for_a_restart() -> None:
    codes: list[int] = []
    restarter = ProcessRestarter(codes.append)
    restarter.restart(is_hard=False)
    restarter.restart(is_hard=True)
    assert codes == [75, 75]


def test_only_a_hard_reset_restarts_the_board() -> None:
    codes: list[int] = []
    fails = (sys.executable, "-c", "import sys; sys.exit('Access denied')")
    BoardRestarter(codes.append, fails).restart(is_hard=False)
    assert codes == [75]
    with pytest.raises(HardwareError, match=r"does not restart the board \(Access denied\): may"):
        BoardRestarter(codes.append, fails).restart(is_hard=True)
    with pytest.raises(HardwareError, match=r"no-such-program cannot restart the board \(No such"):
        BoardRestarter(codes.append, ("no-such-program",)).restart(is_hard=True)
    assert codes == [75], "the process goes on, and the charts try again"
    BoardRestarter(codes.append, (sys.executable, "-c", "")).restart(is_hard=True)
    assert codes == [75, 75]


def test_the_command_is_no_shell() -> None:
    assert REBOOT == ("systemctl", "reboot")
