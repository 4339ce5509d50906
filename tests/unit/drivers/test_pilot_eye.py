"""What the eye of the pilot has settled on, look by look, on a clock of its own."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from drivers.pilot.eye import Eye
from drivers.pilot.levels import PilotState
from drivers.pilot.pwm import Pwm, PwmConfig
from drivers.pilot.source import Look

A, B, C, D, E, F = PilotState
STABLE_S = 0.04
LEAVE_S = 0.004


@dataclass(slots=True)
class Sequence:
    """``source.Source`` that sees what it is told to."""

    state: PilotState = A
    is_diode_seen: bool = field(default=False, init=False)
    volts: str = field(default="", init=False)

    def look(self) -> Look:
        return Look(self.state)

    def close(self) -> None:
        pass


class Stand:
    """An eye on a folder instead of the kernel's PWM; ``see`` looks every millisecond."""

    def __init__(self, folder: Path) -> None:
        self._source = Sequence()
        self._eye = Eye(Pwm(PwmConfig(str(folder))), self._source, STABLE_S, LEAVE_S)
        self._now_s = 0.0

    def see(self, state: PilotState, ms: int) -> tuple[PilotState | None, bool]:
        self._source.state = state
        for _ in range(ms + 1):
            self._eye.look(100.0, self._now_s)
            self._now_s += 0.001
        sight = self._eye.sight()
        return sight.state, sight.is_ready

    @property
    def is_sure(self) -> bool:
        return self._eye.is_sure


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    made = Stand(tmp_path)
    made.see(C, 41)
    return made


def test_readiness_takes_as_long_as_a_state(tmp_path: Path) -> None:
    stand = Stand(tmp_path)
    assert stand.see(B, 41) == (B, False)
    assert stand.see(C, 39) == (B, False)
    assert stand.see(C, 2) == (C, True)


@pytest.mark.parametrize("state", [B, E, F])
def test_readiness_ends_long_before_the_state(stand: Stand, state: PilotState) -> None:
    assert stand.see(state, 3) == (C, True)
    assert stand.see(state, 1) == (C, False)
    assert stand.see(state, 33) == (C, False)
    assert stand.see(state, 3) == (state, False)


def test_a_plug_that_is_pulled_while_the_ev_asks_ends_both_at_once(stand: Stand) -> None:
    assert stand.see(A, 3) == (C, True)
    assert stand.see(A, 1) == (A, False)


def test_a_plug_that_is_pulled_later_has_time(stand: Stand) -> None:
    assert stand.see(B, 41) == (B, False)
    assert stand.see(A, 38) == (B, False)
    assert stand.see(A, 2) == (A, False)


def test_after_a_bad_contact_readiness_takes_its_time_again(stand: Stand) -> None:
    assert stand.see(E, 5) == (C, False)
    assert stand.see(C, 38) == (C, False)
    assert stand.see(C, 2) == (C, True)


def test_a_glitch_and_a_state_that_asks_too_are_nothing(stand: Stand) -> None:
    for state in (A, C, E, C):
        assert stand.see(state, 2) == (C, True)
    assert stand.see(D, 20) == (C, True)


def test_it_looks_again_soon_until_it_is_sure(stand: Stand) -> None:
    assert stand.is_sure
    stand.see(A, 0)
    assert not stand.is_sure
    stand.see(A, 41)
    assert stand.is_sure
    stand.see(C, 10)
    assert not stand.is_sure
