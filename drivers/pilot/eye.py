"""The hardware of the control pilot: driven, looked at, tried again.

Theory of operation: used by one thread. What has settled is a ``Sight``. The square wave and what
reads it fail and come back each for itself. After a change of the wave the diode is seen anew.
"""

from contextlib import suppress
from typing import Final

from drivers.device_faults import DeviceError, FaultLog
from drivers.pilot.levels import NO_OFFER_PERCENT, PilotState, Settling
from drivers.pilot.pwm import Pwm
from drivers.pilot.source import Source
from drivers.pilot.steps import Sight
from drivers.trouble import Trouble

_SHORTEST_BACK_OFF_S: Final = 1.0
_LONGEST_BACK_OFF_S: Final = 8.0


class Eye:
    """Wave and source of one pilot."""

    def __init__(self, wave: Pwm, source: Source, stable_s: float, leave_s: float) -> None:
        """A state counts when all looks have seen it for ``stable_s``; what ends energy, when they
        have for ``leave_s``."""
        self._wave = wave
        self._source = source
        self._stable_s = stable_s
        self._leave_s = leave_s
        self._driving = _Retried()
        self._reading = _Retried()
        self._driven_percent: float | None = None
        self._state: Settling[PilotState] = Settling()
        self._ready: Settling[bool] = Settling()
        self._diode: Settling[bool] = Settling()
        self._log = FaultLog()

    def look(self, percent: float, now_s: float) -> None:
        """Drive the pilot and read it once."""
        self._drive(percent, now_s)
        seen, has_diode = self._read(now_s)
        # Else a pulled plug would be a pause first, with a status of its own (status.md 5).
        is_pulled = seen is PilotState.A and self._ready.value is True
        wait_s = self._leave_s if is_pulled else self._stable_s
        self._state = self._state.see(seen, now_s, wait_s)
        is_ready = seen in (PilotState.C, PilotState.D)
        wait_s = self._stable_s if is_ready else self._leave_s
        self._ready = self._ready.see(is_ready, now_s, wait_s)
        self._diode = self._diode.see(has_diode, now_s, self._stable_s)
        self._log.tell(
            {
                name: part.trouble
                for name, part in (("pilot PWM", self._driving), ("pilot input", self._reading))
                if part.trouble is not None
            }
        )

    @property
    def is_sure(self) -> bool:
        """Whether the last look saw what has settled."""
        return self._state.is_settled and self._ready.is_settled

    def sight(self) -> Sight:
        """What has settled."""
        return Sight(
            self._state.value,
            is_ready=self._ready.value is True,
            is_offering=self._driven_percent not in (None, NO_OFFER_PERCENT),
            has_diode=self._diode.value,
            is_driven=self._driving.trouble is None,
        )

    def close(self, percent: float) -> None:
        """Leave this duty behind."""
        with suppress(DeviceError):
            self._wave.drive(percent)
        self._source.close()

    def _drive(self, percent: float, now_s: float) -> None:
        if percent == self._driven_percent or not self._driving.is_due(now_s):
            return
        # What the negative half showed before says nothing of the new wave.
        self._driven_percent, self._diode = None, Settling()
        try:
            self._wave.drive(percent)
        except DeviceError as error:
            self._driving.fail(error.trouble, now_s)
        else:
            self._driving.succeed()
            self._driven_percent = percent

    def _read(self, now_s: float) -> tuple[PilotState | None, bool | None]:
        if not self._reading.is_due(now_s):
            return None, None
        try:
            look = self._source.look()
        except DeviceError as error:
            self._source.close()
            self._reading.fail(error.trouble, now_s)
            return None, None
        self._reading.succeed()
        return look.state, look.has_diode


class _Retried:
    """One device with its back-off; ``trouble`` is why it is not used."""

    def __init__(self) -> None:
        self.trouble: Trouble | None = None
        self._wait_s = 0.0
        self._due_at_s = 0.0

    def is_due(self, now_s: float) -> bool:
        return now_s >= self._due_at_s

    def fail(self, trouble: Trouble, now_s: float) -> None:
        """The first failure is tried again at once: it may have been a glitch."""
        self.trouble = trouble
        self._due_at_s = now_s + self._wait_s
        self._wait_s = min(max(2 * self._wait_s, _SHORTEST_BACK_OFF_S), _LONGEST_BACK_OFF_S)

    def succeed(self) -> None:
        self.trouble, self._wait_s, self._due_at_s = None, 0.0, 0.0
