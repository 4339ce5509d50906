"""The contactor on GPIO lines, and what drops it: emergency stop, residual current device, silence.

Theory of operation: the coil line is active while the hold is renewed (``drivers.hold``). Emergency
stop and residual current device drop the coil line here, before anybody is told, and keep it
inactive while they last or cannot be read; the charts open the contactor too. What is seen is
posted in this order: errors that appeared, the feedback contact, errors that are gone; so a
contact that falls because of an error is no surprise. For the same reason the feedback settles
later than its causes.

A line that is busy, missing or gone is an error of the outlet: ``PowerSwitchFailure`` for the coil
and the heartbeat, without which the power path does not do what it is told, ``InternalError`` for
the inputs. Both prevent charging; the vendor error code says which line. The words are in the log.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from cp.vocabulary.errors import HardwareError
from cp.vocabulary.events import (
    ErrorCleared,
    ErrorRaised,
    FeedbackClosed,
    FeedbackOpened,
)
from cp.vocabulary.ports import Post
from cp.vocabulary.words import ChargePointErrorCode as Code
from drivers.device_faults import FaultLog
from drivers.gpio.inputs import Inputs
from drivers.gpio.line import Chips, Line, OpenChips, system_chips
from drivers.gpio.output import Output
from drivers.hold import HOLD_S, Hold
from drivers.probe import Probe
from drivers.trouble import Trouble, words_of

OUTLET: Final = 1


@dataclass(frozen=True, slots=True)
class GpioContactorConfig:
    """Lines of the power path.

    ``coil``           active pulls the contactor; has to be inactive when nobody drives it.
    ``feedback``       auxiliary contact, active while the contactor is closed.
    ``emergency_stop`` active while the button is pressed. Wire a contact that opens when pressed,
                       so that a broken wire reads as pressed.
    ``rcd``            active while the residual current device has tripped; wired likewise.
    ``heartbeat``      toggles while the program is well: for a monostable that feeds the relay.
    ``heartbeat_ms``   time between two toggles.
    ``hold_s``         seconds without a renewal after which the contactor drops; at least 1, for
                       it is renewed twice a second.
    ``settle_ms``      the feedback counts so much later than emergency stop and RCD.
    ``reread_ms``      levels are read anew at least so often, and lost lines are tried again.
    """

    coil: Line
    feedback: Line
    emergency_stop: Line | None = None
    rcd: Line | None = None
    heartbeat: Line | None = None
    heartbeat_ms: int = 100
    hold_s: float = HOLD_S
    settle_ms: int = 10
    reread_ms: int = 1000

    def mistakes(self) -> tuple[str, ...]:
        """What an installer has to mend."""
        found = []
        if not 1.0 <= self.hold_s <= 10.0:
            found.append(f"hold_s is from 1 to 10, not {self.hold_s}")
        if not 10 <= self.heartbeat_ms <= 1000:
            found.append(f"heartbeat_ms is from 10 to 1000, not {self.heartbeat_ms}")
        if not 0 <= self.settle_ms <= 500:
            found.append(f"settle_ms is from 0 to 500, not {self.settle_ms}")
        if not 100 <= self.reread_ms <= 10_000:
            found.append(f"reread_ms is from 100 to 10000, not {self.reread_ms}")
        return tuple(found)

    def inputs(self) -> dict[str, Line]:
        """By name, those that drop the contactor first."""
        causes = {"emergency_stop": self.emergency_stop, "rcd": self.rcd}
        lines = {name: line for name, line in causes.items() if line is not None}
        slowest_ms = max((line.debounce_ms for line in lines.values()), default=0)
        feedback_ms = max(self.feedback.debounce_ms, slowest_ms + self.settle_ms)
        return lines | {"feedback": replace(self.feedback, debounce_ms=feedback_ms)}

    def outputs(self) -> dict[str, Line]:
        """By name."""
        lines = {"coil": self.coil, "heartbeat": self.heartbeat}
        return {name: line for name, line in lines.items() if line is not None}


_ACTIVE: Final = {
    "emergency_stop": ErrorRaised(OUTLET, Code.OTHER_ERROR, "EmergencyStop"),
    "rcd": ErrorRaised(OUTLET, Code.GROUND_FAILURE),
}
_LOST: Final = {
    "coil": ErrorRaised(OUTLET, Code.POWER_SWITCH_FAILURE, "CoilLine"),
    "heartbeat": ErrorRaised(OUTLET, Code.POWER_SWITCH_FAILURE, "HeartbeatLine"),
    "emergency_stop": ErrorRaised(OUTLET, Code.INTERNAL_ERROR, "EmergencyStopLine"),
    "rcd": ErrorRaised(OUTLET, Code.INTERNAL_ERROR, "RcdLine"),
    "feedback": ErrorRaised(OUTLET, Code.INTERNAL_ERROR, "FeedbackLine"),
}


class GpioContactor:
    """``ports.Contactor``."""

    def __init__(self, config: GpioContactorConfig, open_chips: OpenChips = system_chips) -> None:
        self._config = config
        self._open_chips = open_chips
        self._chips: Chips | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._post: Post | None = None
        self._hold = Hold(self._expire, config.hold_s)
        self._inputs = Inputs(config.inputs(), self._look)
        self._outputs = {name: Output(line) for name, line in config.outputs().items()}
        self._coil = self._outputs["coil"]
        self._causes = tuple(name for name in config.inputs() if name != "feedback")
        self._drops = 0
        self._is_starved = self._is_beat_high = self._is_told_closed = False
        self._told_errors: frozenset[ErrorRaised] = frozenset()
        self._log = FaultLog()

    async def start(self, post: Post) -> None:
        """Take the lines, coil inactive, and post a contact that is closed and errors.

        Raises HardwareError when gpiod is not installed; a line that cannot be had is an error of
        the outlet and tried again.
        """
        self._chips = self._open_chips()
        self._loop = asyncio.get_running_loop()
        self._post = post
        self._hold.start()
        for output in self._outputs.values():
            output.open(self._chips)
        self._reread()
        if "heartbeat" in self._outputs:
            self._beat()

    async def stop(self) -> None:
        """Drop, and give all lines back."""
        self._post = None
        for timer in self._timers.values():
            timer.cancel()
        self._hold.stop()
        self._drop()
        self._inputs.close()
        for output in self._outputs.values():
            output.close()
        self._chips = None

    def open(self) -> None:
        """Drop the contactor now."""
        self._is_starved = False
        self._hold.release()
        self._drop()
        self._look_soon()

    def close(self) -> None:
        """Pull the contactor until the hold is not renewed in time, or something drops it."""
        self._is_starved = False
        if self._is_kept_open():
            return
        drops = self._drops
        self._hold.pull()
        self._coil.write(True)
        # The hold may have expired in its own thread before the line was driven.
        if self._drops != drops:
            self._coil.write(False)
        self._look_soon()

    def renew(self) -> None:
        """Renew the hold."""
        self._hold.renew()

    async def probe(self) -> Probe:
        """Take each line once; the coil line stays inactive. For a station that is not running."""
        what = f"contactor at {self._config.coil}"
        try:
            chips = self._open_chips()
        except HardwareError as error:
            return Probe(what, False, str(error), "install it")
        inputs = Inputs(self._config.inputs(), lambda: None)
        outputs = {name: Output(line) for name, line in self._config.outputs().items()}
        for output in outputs.values():
            output.open(chips)
        inputs.look(chips, 0.0)
        troubles = _troubles(inputs, outputs)
        levels = {name: inputs.level(name) for name in self._config.inputs()}
        inputs.close()
        for output in outputs.values():
            output.close()
        return _probe(what, troubles, levels)

    # ---- what drops the contactor ----------------------------------------------------------------

    def _drop(self) -> None:
        # Counted before it is done: see ``close``.
        self._drops += 1
        self._coil.write(False)

    def _expire(self) -> None:
        """The hold was not renewed; called in the hold's thread."""
        self._is_starved = True
        self._drop()
        self._look_soon()

    def _is_kept_open(self) -> bool:
        """What cannot be read counts as pressed or tripped; a coil that was lost stays open."""
        is_lost = self._coil.trouble is not None
        return is_lost or any(self._inputs.level(name) is not False for name in self._causes)

    def _beat(self) -> None:
        """A toggle is a promise that the loop runs, all lines work and nobody forgot the hold."""
        if self._loop is None or self._post is None:
            return
        if not self._is_starved and not _troubles(self._inputs, self._outputs):
            self._is_beat_high = not self._is_beat_high
            self._outputs["heartbeat"].write(self._is_beat_high)
        self._timers["beat"] = self._loop.call_later(self._config.heartbeat_ms / 1000, self._beat)

    # ---- what is seen ----------------------------------------------------------------------------

    def _look_soon(self) -> None:
        """Look in the next round of the loop, for a command posts nothing; any thread."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop may have ended under the hold's thread
                self._loop.call_soon_threadsafe(self._look)

    def _reread(self) -> None:
        if self._loop is None or self._post is None:
            return
        for output in self._outputs.values():
            output.refresh()
        self._look()
        wait_s = self._config.reread_ms / 1000
        self._timers["reread"] = self._loop.call_later(wait_s, self._reread)

    def _look(self) -> None:
        if self._chips is None or self._post is None:
            return
        self._inputs.look(self._chips, self._config.reread_ms / 1000)
        if self._is_kept_open():
            self._hold.release()
            self._drop()
        troubles = _troubles(self._inputs, self._outputs)
        self._log.tell(troubles)
        errors = frozenset(
            {_LOST[name] for name in troubles}
            | {error for name, error in _ACTIVE.items() if self._inputs.level(name)}
        )
        for error in sorted(errors - self._told_errors, key=repr):
            self._post(error)
        self._tell_feedback(self._post)
        for error in sorted(self._told_errors - errors, key=repr):
            self._post(ErrorCleared(error.connector_id, error.error_code, error.vendor_error_code))
        self._told_errors = errors

    def _tell_feedback(self, post: Post) -> None:
        is_closed = self._inputs.level("feedback")
        if is_closed is not None and is_closed != self._is_told_closed:
            self._is_told_closed = is_closed
            post(FeedbackClosed(OUTLET) if is_closed else FeedbackOpened(OUTLET))


def _troubles(inputs: Inputs, outputs: Mapping[str, Output]) -> dict[str, Trouble]:
    lost = {name: output.trouble for name, output in outputs.items() if output.trouble is not None}
    return lost | inputs.troubles()


def _probe(what: str, troubles: Mapping[str, Trouble], levels: Mapping[str, bool | None]) -> Probe:
    if troubles:
        return Probe(what, False, *words_of(troubles.values()))
    saw = ", ".join(f"{name} {'active' if level else 'inactive'}" for name, level in levels.items())
    if levels["feedback"]:
        return Probe(what, False, saw, "the contact is welded, or active_low of feedback is wrong")
    if any(levels.values()):
        return Probe(what, False, saw, "release it or turn it on again, or active_low is wrong")
    return Probe(what, True, saw)
