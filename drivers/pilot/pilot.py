"""The control pilot as a port: offers current, and tells what the EV does.

Theory of operation: one thread owns the square wave and what reads the pilot (``eye``). Every 5 ms
it looks, and more often until what it sees has settled; a command wakes it at once. Only a change
of what has settled goes to the event loop, which makes events of it (``steps``). Energy ends soon,
everything else has to be sure: with 5 and 4 ms it is told 9 ms after the EV stopped asking or was
pulled out (the standard leaves 100 ms until the contactor has opened). A device that fails is
``InternalError`` and tried again; one that hangs is noticed by the loop: without a view of the
pilot nobody asks for energy. E, F, a missing diode and an EV that wants ventilation are
``EVCommunicationError``.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, TypeVar

from cp.vocabulary.errors import HardwareError
from cp.vocabulary.ports import Post
from cp.vocabulary.vital import Vital
from drivers.device_faults import DeviceError
from drivers.gpio.line import OpenChips, system_chips
from drivers.pilot.adc import AdcConfig, AdcSource
from drivers.pilot.comparators import ComparatorsConfig, ComparatorSource
from drivers.pilot.eye import Eye
from drivers.pilot.levels import NO_OFFER_PERCENT, STATE_F_PERCENT, PilotState, duty_percent
from drivers.pilot.pwm import Pwm, PwmConfig
from drivers.pilot.source import Source
from drivers.pilot.steps import Rules, Sight, Standing, stand, steps
from drivers.probe import Probe

T = TypeVar("T")

_LOG: Final = logging.getLogger("statecharge.drivers")
_LOOKED_AGAIN_S: Final = 0.002
_FIRST_SIGHT_S: Final = 1.0
_HUNG_AFTER_S: Final = 1.0
_WATCHED_EVERY_S: Final = 0.5
_STOPPED_WITHIN_S: Final = 2.0
_DEAD_AFTER_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class PilotConfig:
    """The control pilot; one of ``adc`` and ``comparators`` reads it.

    ``pwm``               what drives it.
    ``adc``               an analog input.
    ``comparators``       GPIO lines.
    ``sample_ms``         time between two looks.
    ``stable_ms``         a state counts when all looks have seen it for so long.
    ``leave_ms``          the same for what ends energy: no look sees an EV that asks, or none sees
                          an EV at all.
    ``has_ventilation``   the place is ventilated: state D is as good as C.
    ``is_f_when_stopped`` leave -12 V behind (not available), not +12 V (nothing offered). Some EVs
                          have to be plugged in again after that, also when the station restarts.
    """

    pwm: PwmConfig
    adc: AdcConfig | None = None
    comparators: ComparatorsConfig | None = None
    sample_ms: int = 5
    stable_ms: int = 40
    leave_ms: int = 4
    has_ventilation: bool = False
    is_f_when_stopped: bool = False

    def mistakes(self) -> tuple[str, ...]:
        """What an installer has to mend."""
        found = []
        if (self.adc is None) == (self.comparators is None):
            found.append("the pilot is read by adc or by comparators: give one of them")
        if not 5 <= self.sample_ms <= 50:
            found.append(f"sample_ms is from 5 to 50, not {self.sample_ms}")
        if not 0 <= self.stable_ms <= 80:
            found.append(f"stable_ms is from 0 to 80, not {self.stable_ms}")
        if not 0 <= self.leave_ms <= self.stable_ms:
            found.append(f"leave_ms is from 0 to stable_ms, not {self.leave_ms}")
        for part in (self.adc, self.comparators):
            found += part.mistakes() if part is not None else ()
        return tuple(found)

    def source(self, open_chips: OpenChips) -> Source:
        """What reads the pilot. Raises HardwareError when the configuration names nothing."""
        if self.adc is not None:
            return AdcSource(self.adc)
        if self.comparators is not None:
            return ComparatorSource(self.comparators, open_chips)
        raise HardwareError("nothing reads the control pilot: give adc or comparators")


class ControlPilot:
    """``ports.Pilot``."""

    def __init__(self, config: PilotConfig, open_chips: OpenChips = system_chips) -> None:
        """Raises HardwareError when the configuration names nothing that reads the pilot."""
        self._config = config
        self._open_chips = open_chips
        source = config.source(open_chips)
        self._sample_s = config.sample_ms / 1000
        self._rules = Rules(source.is_diode_seen, config.has_ventilation)
        eye = Eye(Pwm(config.pwm), source, config.stable_ms / 1000, config.leave_ms / 1000)
        self._thread = threading.Thread(target=self._run, args=(eye,), name="pilot", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._post: Post | None = None
        self._is_seen = asyncio.Event()
        self._wake = threading.Event()
        self._is_stopping = self._is_hung = False
        self._asked_percent = NO_OFFER_PERCENT
        self._looked_at_s = 0.0
        self._standing = Standing()

    async def start(self, post: Post) -> None:
        """Take the hardware, offer nothing, and post what is there.

        Raises HardwareError when gpiod is needed and not installed; hardware that does not answer
        is an error of the outlet and tried again.
        """
        if self._config.comparators is not None:
            self._open_chips()
        self._loop = asyncio.get_running_loop()
        self._post = post
        self._looked_at_s = time.monotonic()
        self._thread.start()
        self._watch()
        await self._is_seen.wait()

    async def stop(self) -> None:
        """Offer nothing, tell nobody any more."""
        self._post = None
        if self._timer is not None:
            self._timer.cancel()
        self.withdraw()
        self._is_stopping = True
        self._wake.set()
        if self._thread.is_alive():
            await asyncio.to_thread(self._thread.join, _STOPPED_WITHIN_S)

    def offer(self, current_a: int) -> None:
        """A square wave for this current; raises ValueError outside 6 to 80 A."""
        self._asked_percent = duty_percent(current_a)
        self._wake.set()

    def withdraw(self) -> None:
        """A steady +12 V."""
        self._asked_percent = NO_OFFER_PERCENT
        self._wake.set()

    def vital(self) -> Vital:
        """The thread: while it hangs there is an error; when it never comes back, a new start."""
        return Vital(
            "the thread of the control pilot",
            _DEAD_AFTER_S,
            lambda: self._looked_at_s if self._thread.is_alive() else None,
        )

    async def probe(self) -> Probe:
        """Read the pilot once; nothing is driven. For a station that is not running."""
        config = self._config
        what = "control pilot by ADC" if config.adc is not None else "control pilot by comparators"
        try:
            wave = Pwm(config.pwm).look()
            source = config.source(self._open_chips)
            try:
                look = await asyncio.to_thread(source.look)
            finally:
                source.close()
        except DeviceError as error:
            return Probe(what, False, error.trouble.saw, error.trouble.mend)
        except HardwareError as error:
            return Probe(what, False, str(error), "install it")
        saw = " ".join(filter(None, (f"state {look.state}", source.volts))) + f", {wave}"
        if look.state in (PilotState.E, PilotState.F):
            return Probe(what, False, saw, "check the cable, and the settings of what reads it")
        return Probe(what, True, saw)

    # ---- the thread ------------------------------------------------------------------------------

    def _run(self, eye: Eye) -> None:
        """The only place that touches the hardware."""
        try:
            told: Sight | None = None
            wait_until_s = time.monotonic() + _FIRST_SIGHT_S
            while not self._is_stopping:
                self._wake.clear()
                now_s = self._looked_at_s = time.monotonic()
                eye.look(self._asked_percent, now_s)
                sight = eye.sight()
                is_worth_telling = sight.state is not None or now_s >= wait_until_s
                if is_worth_telling and (sight != told or self._is_hung):
                    told, wait_until_s = sight, now_s
                    self._call(self._notice, sight)
                self._wake.wait(self._sample_s if eye.is_sure else _LOOKED_AGAIN_S)
            eye.close(STATE_F_PERCENT if self._config.is_f_when_stopped else NO_OFFER_PERCENT)
        except Exception as error:
            # A fault of our own: the daemon ends the process, with the contactor open.
            self._call(self._fail, error)

    def _call(self, act: Callable[[T], None], argument: T) -> None:
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop may have ended
                self._loop.call_soon_threadsafe(act, argument)

    # ---- the event loop --------------------------------------------------------------------------

    def _notice(self, sight: Sight) -> None:
        """Post what has changed."""
        self._is_hung = False
        self._stand(sight)
        self._is_seen.set()

    def _stand(self, sight: Sight) -> None:
        before, self._standing = self._standing, stand(sight, self._standing, self._rules)
        for event in steps(before, self._standing):
            if self._post is not None:
                self._post(event)

    def _watch(self) -> None:
        """A driver of the kernel may hang in a look; then nobody asks for energy any more."""
        if self._loop is None or self._post is None:
            return
        if time.monotonic() - self._looked_at_s > _HUNG_AFTER_S and not self._is_hung:
            self._is_hung = True
            _LOG.warning("pilot input: a look has not come back: check the bus of the device")
            self._stand(Sight(None))
            self._is_seen.set()
        self._timer = self._loop.call_later(_WATCHED_EVERY_S, self._watch)

    def _fail(self, error: Exception) -> None:
        raise error
