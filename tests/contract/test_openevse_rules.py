"""What an OpenEVSE board says, and what it is told next: the pure rules."""

import pytest

from drivers.device_faults import DeviceError
from drivers.openevse.sight import Sight, next_order, sight_of

ASLEEP = Sight(0xFE, is_plugged=True, is_relay_on=False)


@pytest.mark.parametrize(
    ("state", "flags", "is_plugged"),
    [
        ("01", "0100", False),  # debounced states win over the flag
        ("02", "0000", True),
        ("03", "0140", True),
        ("fe", "0100", True),
        ("fe", "0000", False),
        ("06", "0100", True),
        ("ff", "0100", None),  # at -12 V it does not look
        ("00", "0100", None),
        ("fe", "4000", None),  # nor before its boot lock is released
    ],
)
def test_what_the_board_says_of_the_plug(state: str, flags: str, is_plugged: bool | None) -> None:
    assert sight_of((state, "0", state, flags)).is_plugged is is_plugged


@pytest.mark.parametrize("words", [(), ("3", "0"), ("03", "0", "03", "none")])
def test_a_state_that_cannot_be_read_names_the_firmware(words: tuple[str, ...]) -> None:
    with pytest.raises(DeviceError, match="RAPI 5"):
        sight_of(words)


@pytest.mark.parametrize(
    ("sight", "wanted_a", "set_a", "order"),
    [
        (Sight(0x03, True, True), None, 16, "FD"),
        (Sight(0xFE, True, True), None, 16, "FD"),
        (Sight(0xFF, True, False), None, None, "FS"),
        (Sight(0x00, None, False), None, None, "FS"),
        (ASLEEP, None, None, None),
        (Sight(0xFE, None, False, is_locked_at_boot=True), None, None, "SB"),
        (ASLEEP, 16, None, "SC 16 V"),
        (ASLEEP, 16, 16, "FE"),
        (Sight(0xFF, None, False), 16, 16, "FE"),
        (Sight(0x02, True, False), 16, 16, None),
        (Sight(0x02, True, False), 16, 32, "SC 16 V"),
        (Sight(0x02, True, False, is_locked_by_rapi=True), 16, 16, "S4 0"),
        (Sight(0x06, True, False), None, 16, None),
        (Sight(0x06, True, False), 16, None, None),
        (Sight(0x0A, True, True), None, 16, "FD"),
    ],
)
def test_the_next_order(
    sight: Sight, wanted_a: int | None, set_a: int | None, order: str | None
) -> None:
    assert next_order(sight, wanted_a, set_a) == order
