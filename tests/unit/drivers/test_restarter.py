from drivers.restarter import ProcessRestarter


def test_soft_and_hard_ask_for_a_restart() -> None:
    codes: list[int] = []
    restarter = ProcessRestarter(codes.append)
    restarter.restart(is_hard=False)
    restarter.restart(is_hard=True)
    assert codes == [75, 75]
