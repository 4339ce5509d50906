"""Pure rules: what an answer to ``$GS`` says, and which order is to be given next.

Theory of operation: states and flags are those of ``J1772EvseController.h``. The board debounces
its states A, B and C; asleep or in a fault it only has its flag for a connected EV; disabled (the
pilot is at -12 V) or locked after its start it does not even look.
"""

from collections.abc import Sequence
from typing import Final

from cp.vocabulary.events import ErrorRaised
from cp.vocabulary.lean import dataclass
from cp.vocabulary.words import ChargePointErrorCode as Code
from drivers.device_faults import DeviceError
from drivers.pilot.steps import Standing

OUTLET: Final = 1

UNKNOWN, A, B, C = 0x00, 0x01, 0x02, 0x03
_FIRST_FAULT, _LAST_FAULT = 0x04, 0x1F
STUCK_RELAY: Final = 0x08
SLEEPING, DISABLED = 0xFE, 0xFF

_HARD_FAULT: Final = 0x0002
_AUTH_LOCKED: Final = 0x0008
_RELAY_ON: Final = 0x0040
_EV_CONNECTED: Final = 0x0100
_BOOT_LOCKED: Final = 0x4000

OLD_FIRMWARE: Final = "update the firmware of the board: RAPI 5 or later is needed"

LOST: Final = ErrorRaised(OUTLET, Code.INTERNAL_ERROR, "OpenEvseLine")
HIDDEN_FAULT: Final = ErrorRaised(OUTLET, Code.INTERNAL_ERROR, "OpenEvseHardFault")
FAULTS: Final = {
    0x04: ErrorRaised(OUTLET, Code.EV_COMMUNICATION_ERROR, "Ventilation"),
    0x05: ErrorRaised(OUTLET, Code.EV_COMMUNICATION_ERROR, "PilotDiode"),
    0x06: ErrorRaised(OUTLET, Code.GROUND_FAILURE, "GroundFaultTripped"),
    0x07: ErrorRaised(OUTLET, Code.GROUND_FAILURE, "NoGround"),
    0x08: ErrorRaised(OUTLET, Code.POWER_SWITCH_FAILURE, "RelayStuck"),
    0x09: ErrorRaised(OUTLET, Code.INTERNAL_ERROR, "GroundFaultSelfTest"),
    0x0A: ErrorRaised(OUTLET, Code.HIGH_TEMPERATURE, "OpenEvseTemperature"),
    0x0B: ErrorRaised(OUTLET, Code.OVER_CURRENT_FAILURE, "OpenEvseCurrent"),
    0x0E: ErrorRaised(OUTLET, Code.POWER_SWITCH_FAILURE, "RelayNotClosed"),
    0x0F: ErrorRaised(OUTLET, Code.EV_COMMUNICATION_ERROR, "ProximityShorted"),
    0x10: ErrorRaised(OUTLET, Code.EV_COMMUNICATION_ERROR, "ProximityMissing"),
    0x11: ErrorRaised(OUTLET, Code.INTERNAL_ERROR, "OpenEvseEeprom"),
}
"""By state. A board in any of them has its relay off, but for one that is stuck."""


@dataclass(frozen=True, slots=True)
class Sight:
    """One look at the board; ``is_plugged`` None: it cannot say."""

    state: int
    is_plugged: bool | None
    is_relay_on: bool
    is_locked_at_boot: bool = False
    is_locked_by_rapi: bool = False
    has_hard_fault: bool = False

    @property
    def is_fault(self) -> bool:
        """The board has stopped charging by itself and watches for the end of its fault."""
        return _FIRST_FAULT <= self.state <= _LAST_FAULT

    @property
    def is_welded(self) -> bool:
        """There is voltage behind a relay that is off."""
        return self.state == STUCK_RELAY

    @property
    def is_debounced(self) -> bool:
        """The board has looked at the plug for a while."""
        return self.state in (A, B, C)


def sight_of(words: Sequence[str]) -> Sight:
    """What an answer to ``$GS`` says: state, elapsed time, pilot, flags. Raises DeviceError."""
    if len(words) < 4:
        raise DeviceError("the board tells too little of its state", OLD_FIRMWARE)
    try:
        state, flags = int(words[0], 16), int(words[3], 16)
    except ValueError as error:
        raise DeviceError("the state of the board is no number", OLD_FIRMWARE) from error
    is_plugged: bool | None = bool(flags & _EV_CONNECTED)
    if state in (A, B, C):
        is_plugged = state != A
    elif state in (UNKNOWN, DISABLED) or flags & _BOOT_LOCKED:
        is_plugged = None  # it does not look at the pilot
    return Sight(
        state,
        is_plugged,
        is_relay_on=bool(flags & _RELAY_ON),
        is_locked_at_boot=bool(flags & _BOOT_LOCKED),
        is_locked_by_rapi=bool(flags & _AUTH_LOCKED),
        has_hard_fault=bool(flags & _HARD_FAULT),
    )


def next_order(sight: Sight, wanted_a: int | None, set_a: int | None) -> str | None:
    """The command that brings the board one step nearer to what is wanted; None: it is there.

    ``wanted_a``: the current to offer, None: sleep. ``set_a``: the current that was set last.
    """
    if sight.is_fault and not sight.is_relay_on:
        return None  # asleep it would not watch for the end of the fault, nor tell of it
    if wanted_a is None and sight.is_relay_on:
        return "FD"
    if wanted_a is None and sight.state != SLEEPING:
        return "FS"
    if wanted_a is None:
        return "SB" if sight.is_locked_at_boot else None
    if wanted_a != set_a:
        return f"SC {wanted_a} V"  # V: not to the EEPROM, which wears out
    if sight.state in (SLEEPING, DISABLED):
        return "FE"
    return "S4 0" if sight.is_locked_by_rapi else None


def stand(sight: Sight | None, before: Standing, *, is_offering: bool) -> Standing:
    """What is to be told of the EV and of errors; ``sight`` None: the board does not answer."""
    if sight is None:
        return Standing(before.is_plugged, False, frozenset({LOST}))
    is_plugged = before.is_plugged if sight.is_plugged is None else sight.is_plugged
    errors = set()
    if sight.is_fault:
        unknown = ErrorRaised(OUTLET, Code.INTERNAL_ERROR, f"OpenEvseState{sight.state:02X}")
        errors.add(FAULTS.get(sight.state, unknown))
    elif sight.has_hard_fault:
        errors.add(HIDDEN_FAULT)
    return Standing(is_plugged, is_offering and sight.state == C, frozenset(errors))
