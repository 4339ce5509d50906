"""Pure rules of the control pilot: what a settled look means, and the events between two meanings.

Theory of operation: ``stand`` says what is told of an EV (connected, asking, errors), ``steps`` the
events that lead from what was told to that. An EV asks only while a square wave is on the pilot and
its diode was seen. E, F and a pilot that cannot be read end the asking, not the visit: only A is
the unplug, so a bad contact does not end a transaction.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cp.vocabulary.events import (
    ErrorCleared,
    ErrorRaised,
    EvAsked,
    Event,
    EvPaused,
    Plugged,
    Unplugged,
)
from cp.vocabulary.words import ChargePointErrorCode as Code
from drivers.pilot.levels import PilotState

OUTLET: Final = 1

SHORTED: Final = ErrorRaised(OUTLET, Code.EV_COMMUNICATION_ERROR, "PilotShorted")
NEGATIVE: Final = ErrorRaised(OUTLET, Code.EV_COMMUNICATION_ERROR, "PilotNegative")
NO_DIODE: Final = ErrorRaised(OUTLET, Code.EV_COMMUNICATION_ERROR, "PilotDiode")
VENTILATION: Final = ErrorRaised(OUTLET, Code.EV_COMMUNICATION_ERROR, "Ventilation")
UNREADABLE: Final = ErrorRaised(OUTLET, Code.INTERNAL_ERROR, "PilotInput")
NO_PWM: Final = ErrorRaised(OUTLET, Code.INTERNAL_ERROR, "PilotPwm")


@dataclass(frozen=True, slots=True)
class Sight:
    """What has settled.

    ``state``        None: it cannot be read.
    ``is_ready``     C or D has settled, and the last looks do not deny it; this ends before a new
                     ``state`` has settled.
    ``is_offering``  a square wave is on the pilot.
    ``has_diode``    None: not known yet, or not to be seen with this hardware.
    ``is_driven``    the pilot does what it is told.
    """

    state: PilotState | None
    is_ready: bool = False
    is_offering: bool = False
    has_diode: bool | None = None
    is_driven: bool = True


@dataclass(frozen=True, slots=True)
class Rules:
    """What this hardware has: a view of the negative half, a ventilated place."""

    is_diode_seen: bool = False
    has_ventilation: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """What was told."""

    is_plugged: bool = False
    is_asking: bool = False
    errors: frozenset[ErrorRaised] = frozenset()


def stand(sight: Sight, before: Standing, rules: Rules) -> Standing:
    """What is to be told of ``sight``."""
    errors = set() if sight.is_driven else {NO_PWM}
    match sight.state:
        case None:
            return Standing(before.is_plugged, False, frozenset(errors | {UNREADABLE}))
        case PilotState.E:
            return Standing(before.is_plugged, False, frozenset(errors | {SHORTED}))
        case PilotState.F:
            return Standing(before.is_plugged, False, frozenset(errors | {NEGATIVE}))
        case PilotState.A:
            return Standing(False, False, frozenset(errors))
        case PilotState.D if not rules.has_ventilation:
            errors.add(VENTILATION)
    wants = sight.state is PilotState.C or (sight.state is PilotState.D and rules.has_ventilation)
    is_diode_good = sight.has_diode is True or not rules.is_diode_seen
    may_ask = sight.is_ready and sight.is_offering and is_diode_good
    if sight.is_offering and rules.is_diode_seen and sight.has_diode is False:
        errors.add(NO_DIODE)
    return Standing(True, wants and may_ask, frozenset(errors))


def steps(before: Standing, after: Standing) -> Iterator[Event]:
    """Each step from one to the other: what ends energy first, what allows it last."""
    if before.is_plugged and not after.is_plugged:
        yield Unplugged(OUTLET)
    elif before.is_asking and not after.is_asking:
        yield EvPaused(OUTLET)
    yield from sorted(after.errors - before.errors, key=repr)
    for error in sorted(before.errors - after.errors, key=repr):
        yield ErrorCleared(error.connector_id, error.error_code, error.vendor_error_code)
    if after.is_plugged and not before.is_plugged:
        yield Plugged(OUTLET)
    if after.is_asking and not before.is_asking:
        yield EvAsked(OUTLET)
