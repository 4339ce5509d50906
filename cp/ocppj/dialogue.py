"""The OCPP-J exchange: one CALL of ours under way, and what a received frame means.

Theory of operation: a ``Dialogue`` is a value; every function takes one and returns the next, with
a frame to send or an outcome to route. Waiting, retries and order are drawn in the charts. While
answering is switched off, CALLs of the central system are dropped before they are decoded
(``T 001``); answers to our own CALLs always pass (``J 4.1.1``). What only a received frame needs is
imported when the first one arrives, after BootNotification has left.
"""

import re
from typing import TYPE_CHECKING, Final

from cp.ocppj.outbound import encode_call, encode_error
from cp.ocppj.violations import Violation
from cp.vocabulary.events import CallAnswered, CallRefused
from cp.vocabulary.instants import Now
from cp.vocabulary.lean import dataclass, replace
from cp.vocabulary.requests import QueuedCall
from cp.vocabulary.words import Action, CallErrorCode

if TYPE_CHECKING:
    from cp.ocppj.decoder import ErrorFrame, ResultFrame


@dataclass(frozen=True, slots=True)
class Pending:
    """Our CALL that waits for its answer."""

    message_id: str
    action: Action


@dataclass(frozen=True, slots=True)
class Counters:
    """Since the start of the process.

    ``frames_refused``  frames that were malformed or no OCPP-J message.
    ``answers_late``    answers to the CALL that was given up last.
    ``answers_unknown`` answers to a message id that is not under way.
    ``calls_inbound``   CALLs of the central system that were decoded.
    ``errors_sent``     CALLERRORs of ours.
    """

    frames_refused: int = 0
    answers_late: int = 0
    answers_unknown: int = 0
    calls_inbound: int = 0
    errors_sent: int = 0


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Everything that the exchange remembers."""

    pending: Pending | None = None
    abandoned_id: str = ""
    is_answering: bool = True
    counters: Counters = Counters()


@dataclass(frozen=True, slots=True)
class Inbound:
    """A CALL of the central system; ``cp.ocppj.inbound.read_call`` says what it means."""

    call_id: str
    action: str
    payload: object


@dataclass(frozen=True, slots=True)
class Answered:
    """The CALL under way was answered."""

    event: CallAnswered


@dataclass(frozen=True, slots=True)
class Refused:
    """The CALL under way failed."""

    event: CallRefused


@dataclass(frozen=True, slots=True)
class SendText:
    """A CALLERROR to send at once."""

    text: str


@dataclass(frozen=True, slots=True)
class Nothing:
    """Nothing happens; ``reason`` for the log, without a word of the peer."""

    reason: str


Outcome = Inbound | Answered | Refused | SendText | Nothing

_CALL_START: Final = re.compile(r"[ \t\r\n]*\[[ \t\r\n]*2\b", re.ASCII)


def receive(dialogue: Dialogue, text: str) -> tuple[Dialogue, Outcome]:
    """What a received text frame means. Never raises for what the peer sends."""
    from cp.ocppj.decoder import CallFrame, ErrorFrame, Ignored, Malformed, ResultFrame, decode

    if not dialogue.is_answering and _CALL_START.match(text):
        return dialogue, Nothing("not answering")
    frame = decode(text)
    match frame:
        case CallFrame():
            outcome = Inbound(frame.id, frame.action, frame.payload)
            return _counted(dialogue, "calls_inbound"), outcome
        case Malformed():
            dialogue = _counted(dialogue, "frames_refused")
            return refuse(dialogue, frame.id, frame.error_code, frame.description)
        case Ignored():
            return _counted(dialogue, "frames_refused"), Nothing(frame.reason)
        case ResultFrame() | ErrorFrame():
            return _settled(dialogue, frame)


def transmit(
    dialogue: Dialogue, call: QueuedCall, transaction_id: int | None, now: Now
) -> tuple[Dialogue, str]:
    """The frame of a CALL of ours, which is under way from now on.

    Raises RuntimeError while another one is (``J 4.1.1``): a fault of our own.
    """
    if dialogue.pending is not None:
        raise RuntimeError(f"{call.request.action}: {dialogue.pending.action} is still under way")
    pending = Pending(call.message_id, call.request.action)
    text = encode_call(call, transaction_id, now)
    return replace(dialogue, pending=pending), text


def abandon(dialogue: Dialogue) -> Dialogue:
    """Wait no longer for the CALL under way; nothing to do if there is none."""
    if dialogue.pending is None:
        return dialogue
    return replace(dialogue, pending=None, abandoned_id=dialogue.pending.message_id)


def switch(dialogue: Dialogue, is_on: bool) -> Dialogue:
    """Answer CALLs of the central system, or drop them unread (``T 001``)."""
    return replace(dialogue, is_answering=is_on)


def refuse(
    dialogue: Dialogue, call_id: str, error_code: CallErrorCode, description: str
) -> tuple[Dialogue, SendText]:
    """The CALLERROR frame of a refusal, counted."""
    text = encode_error(call_id, error_code, description)
    return _counted(dialogue, "errors_sent"), SendText(text)


def _counted(dialogue: Dialogue, counter: str) -> Dialogue:
    old = dialogue.counters
    counters = replace(old, **{counter: getattr(old, counter) + 1})
    return replace(dialogue, counters=counters)


def _settled(dialogue: Dialogue, frame: "ResultFrame | ErrorFrame") -> tuple[Dialogue, Outcome]:
    pending = dialogue.pending
    if pending is None or pending.message_id != frame.id:
        if frame.id == dialogue.abandoned_id:
            return _counted(dialogue, "answers_late"), Nothing("answer too late")
        return _counted(dialogue, "answers_unknown"), Nothing("answer to no CALL of ours")
    return replace(dialogue, pending=None), _answer_of(pending, frame)


def _answer_of(pending: Pending, frame: "ResultFrame | ErrorFrame") -> Answered | Refused:
    from cp.ocppj.decoder import ErrorFrame

    if isinstance(frame, ErrorFrame):
        return Refused(CallRefused(frame.id, frame.error_code, frame.description))
    from cp.ocppj.answers import read_answer

    try:
        return Answered(CallAnswered(frame.id, read_answer(pending.action, frame.payload)))
    except Violation as violation:
        # To us the CALL has failed, whichever rule the answer breaks (``JE 4.2.3``).
        code = CallErrorCode.FORMATION_VIOLATION
        return Refused(CallRefused(frame.id, code, str(violation)))
