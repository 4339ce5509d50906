"""Events: facts that happened, in the past tense. The name in charts is the class in snake case.

An event with ``connector_id`` goes to the machines of that connector only; 1 is the outlet, 0 the
main controller. An event with ``call_id`` is a CALL of the central system and gets one answer.
"""

import re
from collections.abc import Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import Final

from cp.vocabulary.event import Event as Event
from cp.vocabulary.events_outside import (
    AvailabilityRequested as AvailabilityRequested,
)
from cp.vocabulary.events_outside import (
    CallAnswered as CallAnswered,
)
from cp.vocabulary.events_outside import (
    CallCreated as CallCreated,
)
from cp.vocabulary.events_outside import (
    CallRefused as CallRefused,
)
from cp.vocabulary.events_outside import (
    CallsLoaded as CallsLoaded,
)
from cp.vocabulary.events_outside import (
    CardPresented as CardPresented,
)
from cp.vocabulary.events_outside import (
    DeadlinePassed as DeadlinePassed,
)
from cp.vocabulary.events_outside import (
    DiagnosticsRequested as DiagnosticsRequested,
)
from cp.vocabulary.events_outside import (
    ErrorCleared as ErrorCleared,
)
from cp.vocabulary.events_outside import (
    ErrorRaised as ErrorRaised,
)
from cp.vocabulary.events_outside import (
    EvAsked as EvAsked,
)
from cp.vocabulary.events_outside import (
    EvPaused as EvPaused,
)
from cp.vocabulary.events_outside import (
    FeedbackClosed as FeedbackClosed,
)
from cp.vocabulary.events_outside import (
    FeedbackOpened as FeedbackOpened,
)
from cp.vocabulary.events_outside import (
    FrameReceived as FrameReceived,
)
from cp.vocabulary.events_outside import (
    HeadDiscarded as HeadDiscarded,
)
from cp.vocabulary.events_outside import (
    HeadFailed as HeadFailed,
)
from cp.vocabulary.events_outside import (
    HeadSettled as HeadSettled,
)
from cp.vocabulary.events_outside import (
    InputsRead as InputsRead,
)
from cp.vocabulary.events_outside import (
    JournalReplayed as JournalReplayed,
)
from cp.vocabulary.events_outside import (
    KeyChanged as KeyChanged,
)
from cp.vocabulary.events_outside import (
    LinkClosed as LinkClosed,
)
from cp.vocabulary.events_outside import (
    LinkFailed as LinkFailed,
)
from cp.vocabulary.events_outside import (
    LinkLost as LinkLost,
)
from cp.vocabulary.events_outside import (
    LinkOpened as LinkOpened,
)
from cp.vocabulary.events_outside import (
    LinkRestored as LinkRestored,
)
from cp.vocabulary.events_outside import (
    MessageRequested as MessageRequested,
)
from cp.vocabulary.events_outside import (
    OutboxChanged as OutboxChanged,
)
from cp.vocabulary.events_outside import (
    Plugged as Plugged,
)
from cp.vocabulary.events_outside import (
    RegisterLimitReached as RegisterLimitReached,
)
from cp.vocabulary.events_outside import (
    RemoteStartRequested as RemoteStartRequested,
)
from cp.vocabulary.events_outside import (
    RemoteStopRequested as RemoteStopRequested,
)
from cp.vocabulary.events_outside import (
    ResetRequested as ResetRequested,
)
from cp.vocabulary.events_outside import (
    Unplugged as Unplugged,
)
from cp.vocabulary.events_outside import (
    UpdateRequested as UpdateRequested,
)
from cp.vocabulary.events_told import (
    AuthorizeUnanswered as AuthorizeUnanswered,
)
from cp.vocabulary.events_told import (
    AvailabilityOrdered as AvailabilityOrdered,
)
from cp.vocabulary.events_told import (
    BeginOrdered as BeginOrdered,
)
from cp.vocabulary.events_told import (
    BootAccepted as BootAccepted,
)
from cp.vocabulary.events_told import (
    BootHeld as BootHeld,
)
from cp.vocabulary.events_told import (
    BootRejected as BootRejected,
)
from cp.vocabulary.events_told import (
    BootUnanswered as BootUnanswered,
)
from cp.vocabulary.events_told import (
    ClockTold as ClockTold,
)
from cp.vocabulary.events_told import (
    EnergyDenied as EnergyDenied,
)
from cp.vocabulary.events_told import (
    EnergyStarted as EnergyStarted,
)
from cp.vocabulary.events_told import (
    ErrorChanged as ErrorChanged,
)
from cp.vocabulary.events_told import (
    FaultCleared as FaultCleared,
)
from cp.vocabulary.events_told import (
    FaultRaised as FaultRaised,
)
from cp.vocabulary.events_told import (
    GroupLearned as GroupLearned,
)
from cp.vocabulary.events_told import (
    IdTagAccepted as IdTagAccepted,
)
from cp.vocabulary.events_told import (
    IdTagRefused as IdTagRefused,
)
from cp.vocabulary.events_told import (
    LeftService as LeftService,
)
from cp.vocabulary.events_told import (
    MeterTriggered as MeterTriggered,
)
from cp.vocabulary.events_told import (
    OfferOrdered as OfferOrdered,
)
from cp.vocabulary.events_told import (
    RemoteStartAsked as RemoteStartAsked,
)
from cp.vocabulary.events_told import (
    RemoteStopAccepted as RemoteStopAccepted,
)
from cp.vocabulary.events_told import (
    ResetOrdered as ResetOrdered,
)
from cp.vocabulary.events_told import (
    ReturnedToService as ReturnedToService,
)
from cp.vocabulary.events_told import (
    StartAsked as StartAsked,
)
from cp.vocabulary.events_told import (
    StartAuthorized as StartAuthorized,
)
from cp.vocabulary.events_told import (
    StartConfirmed as StartConfirmed,
)
from cp.vocabulary.events_told import (
    StartDiscarded as StartDiscarded,
)
from cp.vocabulary.events_told import (
    StartRefused as StartRefused,
)
from cp.vocabulary.events_told import (
    StatusChanged as StatusChanged,
)
from cp.vocabulary.events_told import (
    StatusDelivered as StatusDelivered,
)
from cp.vocabulary.events_told import (
    StatusTriggered as StatusTriggered,
)
from cp.vocabulary.events_told import (
    StopAsked as StopAsked,
)
from cp.vocabulary.events_told import (
    StopAuthorized as StopAuthorized,
)
from cp.vocabulary.events_told import (
    StopOrdered as StopOrdered,
)
from cp.vocabulary.events_told import (
    StopSettled as StopSettled,
)
from cp.vocabulary.events_told import (
    TakenOutOfService as TakenOutOfService,
)
from cp.vocabulary.events_told import (
    TransactionClosed as TransactionClosed,
)
from cp.vocabulary.events_told import (
    TransactionDeauthorized as TransactionDeauthorized,
)
from cp.vocabulary.events_told import (
    WithdrawOrdered as WithdrawOrdered,
)


def name_of(event: type[Event] | Event) -> str:
    """The event's name in charts, routes and transcripts: ``RemoteStartAsked`` is
    ``remote_start_asked``."""
    kind = event if isinstance(event, type) else type(event)
    return _NAMES[kind]


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


_NAMES: Final[Mapping[type[Event], str]] = MappingProxyType(
    {kind: _snake(kind.__name__) for kind in Event.__subclasses__()}
)

EVENTS: Final[Mapping[str, type[Event]]] = MappingProxyType(
    {name: kind for kind, name in _NAMES.items()}
)
"""Every event by its name in charts."""

CALL_EVENTS: Final[frozenset[str]] = frozenset(
    name for name, kind in EVENTS.items() if "call_id" in {item.name for item in fields(kind)}
)
"""Events that are CALLs of the central system."""

UNROUTED: Final[frozenset[str]] = frozenset({"deadline_passed", "frame_received"})
"""Events that no chart names: the dialogue takes frames apart, timers fire by their own names."""
