"""Effects: what is to be done, verb and object. A step returns them; nothing happens in a step.

Safe effects are performed at once and first, whatever storage does. Records of a turn are one
transaction. Outward effects keep their order and wait until the records of their turn and of all
earlier turns are on disk. Told effects never leave the controller.
"""

from collections.abc import Mapping

from cp.vocabulary.events import Event
from cp.vocabulary.lean import dataclass
from cp.vocabulary.records import Entry
from cp.vocabulary.requests import QueuedCall
from cp.vocabulary.words import CallErrorCode, ChargePointStatus


@dataclass(frozen=True, slots=True)
class Effect:
    """Base of all effects."""


class Safe(Effect):
    """Performed at once and first."""

    __slots__ = ()


class Outward(Effect):
    """Performed in order, after the records of its turn and all earlier turns are durable."""

    __slots__ = ()


class Told(Effect):
    """Consumed by the controller within the turn."""

    __slots__ = ()


# ---- safe ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OpenContactor(Safe):
    """Cancels every ``CloseContactor`` of this outlet that still waits."""

    connector_id: int


@dataclass(frozen=True, slots=True)
class WithdrawCurrent(Safe):
    """Control pilot: no PWM, nothing is offered. Cancels every waiting ``OfferCurrent``."""

    connector_id: int


@dataclass(frozen=True, slots=True)
class ShowStatus(Safe):
    """The lamp of the outlet."""

    connector_id: int
    status: ChargePointStatus


@dataclass(frozen=True, slots=True)
class ShowRefusal(Safe):
    """Local feedback: this card may not start or stop."""


@dataclass(frozen=True, slots=True)
class ThinCalls(Safe):
    """No room: every second stored MeterValues behind ``after_seq`` goes (D-15)."""

    after_seq: int


# ---- durable -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Record(Effect):
    """One durable fact."""

    entry: Entry


# ---- outward -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OfferCurrent(Outward):
    """Control pilot: PWM that offers the station's current."""

    connector_id: int


@dataclass(frozen=True, slots=True)
class CloseContactor(Outward):
    """Energy may flow after this; held only as long as the daemon renews the hold."""

    connector_id: int


@dataclass(frozen=True, slots=True)
class WatchRegister(Outward):
    """Tell ``register_limit_reached`` when the register is at ``limit_wh``; None: stop watching."""

    connector_id: int
    limit_wh: int | None


@dataclass(frozen=True, slots=True)
class OpenLink(Outward):
    """Try to open the WebSocket."""


@dataclass(frozen=True, slots=True)
class CloseLink(Outward):
    """Close the WebSocket."""


@dataclass(frozen=True, slots=True)
class SendFrame(Outward):
    """One text frame."""

    text: str


@dataclass(frozen=True, slots=True)
class SendCall(SendFrame):
    """The frame of a CALL of ours."""


@dataclass(frozen=True, slots=True)
class SetPing(Outward):
    """WebSocket ping every ``interval_s`` seconds; 0: none (``ORS-11``)."""

    interval_s: int


@dataclass(frozen=True, slots=True)
class LoadCalls(Outward):
    """Read up to ``limit`` transaction messages after ``after_seq`` from storage."""

    after_seq: int
    limit: int


@dataclass(frozen=True, slots=True)
class Restart(Outward):
    """Restart the application (soft) or everything (hard)."""

    is_hard: bool


@dataclass(frozen=True, slots=True)
class EndProcess(Outward):
    """The process ends with this exit code: 70 after a fault of our own."""

    exit_code: int


# ---- told ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tell(Told):
    """An event for other machines, routed after the machines of the present event."""

    event: Event


@dataclass(frozen=True, slots=True)
class Know(Told):
    """The owner of a fact writes it."""

    fact: str
    value: object


@dataclass(frozen=True, slots=True)
class ExplainStatus(Told):
    """``info`` of the StatusNotification that the status change of this step causes (D-05)."""

    info: str


@dataclass(frozen=True, slots=True)
class Transmit(Told):
    """``delivery`` sends this CALL now; ``transaction_id`` fills its place if it has one."""

    call: QueuedCall
    transaction_id: int | None


@dataclass(frozen=True, slots=True)
class AbandonCall(Safe):
    """``delivery`` waits no longer for the answer of the CALL under way. A frame of it that still
    waits for its records does not leave: the next CALL may be the same one (``J 4.1.1``)."""


@dataclass(frozen=True, slots=True)
class Reply(Told):
    """The answer to a CALL of the central system; ``payload`` as OCPP JSON."""

    call_id: str
    payload: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ReplyError(Told):
    """CALLERROR to a CALL of the central system."""

    call_id: str
    error_code: CallErrorCode
    description: str


@dataclass(frozen=True, slots=True)
class SwitchAnswering(Told):
    """Drawn silence: while off, CALLs of the server are not even decoded (``T 001``)."""

    is_on: bool


@dataclass(frozen=True, slots=True)
class SetClock(Told):
    """The OCPP clock now shows ``utc_s``, seconds since 1970; timers do not jump."""

    utc_s: float


@dataclass(frozen=True, slots=True)
class SetKey(Told):
    """A configuration key takes this value (the server's boot interval, D-03)."""

    name: str
    value: str
