"""Events: facts that happened, in the past tense. The name in charts is the class in snake case.

An event with ``connector_id`` goes to the machines of that connector only; 1 is the outlet, 0 the
main controller. An event with ``call_id`` is a CALL of the central system and gets one answer.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from cp.vocabulary.event import Event as Event
from cp.vocabulary.events_jobs import (
    DiagnosticsBroken as DiagnosticsBroken,
    DiagnosticsTriggered as DiagnosticsTriggered,
    DownloadFailed as DownloadFailed,
    DownloadFinished as DownloadFinished,
    FirmwareBroken as FirmwareBroken,
    FirmwareTriggered as FirmwareTriggered,
    InstallFailed as InstallFailed,
    InstallFinished as InstallFinished,
    ProgressMade as ProgressMade,
    ProgressTold as ProgressTold,
    RestartOrdered as RestartOrdered,
    SlotRead as SlotRead,
    UploadFailed as UploadFailed,
    UploadFinished as UploadFinished,
)
from cp.vocabulary.events_outside import (
    AvailabilityRequested as AvailabilityRequested,
    CallAnswered as CallAnswered,
    CallCreated as CallCreated,
    CallRefused as CallRefused,
    CallsLoaded as CallsLoaded,
    CardPresented as CardPresented,
    CloseSent as CloseSent,
    DeadlinePassed as DeadlinePassed,
    DiagnosticsRequested as DiagnosticsRequested,
    ErrorCleared as ErrorCleared,
    ErrorRaised as ErrorRaised,
    EvAsked as EvAsked,
    EvPaused as EvPaused,
    FeedbackClosed as FeedbackClosed,
    FeedbackOpened as FeedbackOpened,
    FrameReceived as FrameReceived,
    HeadDiscarded as HeadDiscarded,
    HeadFailed as HeadFailed,
    HeadSettled as HeadSettled,
    InputsRead as InputsRead,
    JournalReplayed as JournalReplayed,
    KeyChanged as KeyChanged,
    LinkClosed as LinkClosed,
    LinkFailed as LinkFailed,
    LinkLost as LinkLost,
    LinkOpened as LinkOpened,
    LinkRestored as LinkRestored,
    MessageRequested as MessageRequested,
    OutboxChanged as OutboxChanged,
    Plugged as Plugged,
    RegisterLimitReached as RegisterLimitReached,
    RemoteStartRequested as RemoteStartRequested,
    RemoteStopRequested as RemoteStopRequested,
    ResetRequested as ResetRequested,
    RestartFailed as RestartFailed,
    StorageFilled as StorageFilled,
    Unplugged as Unplugged,
    UpdateRequested as UpdateRequested,
)
from cp.vocabulary.events_told import (
    AuthorizeUnanswered as AuthorizeUnanswered,
    AvailabilityOrdered as AvailabilityOrdered,
    BeginOrdered as BeginOrdered,
    BootAccepted as BootAccepted,
    BootHeld as BootHeld,
    BootRejected as BootRejected,
    BootUnanswered as BootUnanswered,
    ClockTold as ClockTold,
    EnergyDenied as EnergyDenied,
    EnergyStarted as EnergyStarted,
    ErrorChanged as ErrorChanged,
    FaultCleared as FaultCleared,
    FaultRaised as FaultRaised,
    GroupLearned as GroupLearned,
    IdTagAccepted as IdTagAccepted,
    IdTagRefused as IdTagRefused,
    LeftService as LeftService,
    MeterTriggered as MeterTriggered,
    OfferOrdered as OfferOrdered,
    RemoteStartAsked as RemoteStartAsked,
    RemoteStopAccepted as RemoteStopAccepted,
    ResetOrdered as ResetOrdered,
    ReturnedToService as ReturnedToService,
    StartAsked as StartAsked,
    StartAuthorized as StartAuthorized,
    StartConfirmed as StartConfirmed,
    StartDiscarded as StartDiscarded,
    StartRefused as StartRefused,
    StatusChanged as StatusChanged,
    StatusDelivered as StatusDelivered,
    StatusTriggered as StatusTriggered,
    StopAsked as StopAsked,
    StopAuthorized as StopAuthorized,
    StopOrdered as StopOrdered,
    StopSettled as StopSettled,
    TakenOutOfService as TakenOutOfService,
    TransactionClosed as TransactionClosed,
    TransactionDeauthorized as TransactionDeauthorized,
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
    name for name, kind in EVENTS.items() if "call_id" in kind.__match_args__
)
"""Events that are CALLs of the central system."""

UNROUTED: Final[frozenset[str]] = frozenset({"deadline_passed", "frame_received"})
"""Events that no chart names: the dialogue takes frames apart, timers fire by their own names."""
