"""Events of firmware updates and diagnostics: what transfer and installer report, what is told.

``number`` names the try that an outcome belongs to: one that was stopped meanwhile does not count.
"""

from cp.vocabulary.event import Event
from cp.vocabulary.lean import dataclass
from cp.vocabulary.requests import Request

# ---- transfer and installer ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DownloadFinished(Event):
    """The whole image is on disk, under its final name."""

    number: int


@dataclass(frozen=True, slots=True)
class DownloadFailed(Event):
    """This try failed; ``why`` without credentials. ``is_final``: another try cannot do better."""

    number: int
    why: str = ""
    is_final: bool = False


@dataclass(frozen=True, slots=True)
class UploadFinished(Event):
    """The file is at its location."""

    number: int


@dataclass(frozen=True, slots=True)
class UploadFailed(Event):
    """This try failed; ``why`` without credentials. ``is_final``: another try cannot do better."""

    number: int
    why: str = ""
    is_final: bool = False


@dataclass(frozen=True, slots=True)
class SlotRead(Event):
    """At the start: the slot that runs; empty when the installer cannot tell. ``is_on_trial``: it
    has not been called good."""

    slot: str
    is_on_trial: bool = False


@dataclass(frozen=True, slots=True)
class InstallFinished(Event):
    """The image is good and written whole to ``to_slot``; ``from_slot`` runs as before."""

    number: int
    from_slot: str
    to_slot: str
    version: str


@dataclass(frozen=True, slots=True)
class InstallFailed(Event):
    """The image is refused or could not be written, or its slot could not be made the next."""

    number: int
    why: str = ""


@dataclass(frozen=True, slots=True)
class FirmwareBroken(Event):
    """A step of ``firmware`` raised: the job ends, the station goes on (DESIGN)."""


@dataclass(frozen=True, slots=True)
class DiagnosticsBroken(Event):
    """A step of ``diagnostics`` raised: the job ends, the station goes on (DESIGN)."""


# ---- between the charts --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FirmwareTriggered(Event):
    """TriggerMessage asked for a FirmwareStatusNotification."""


@dataclass(frozen=True, slots=True)
class DiagnosticsTriggered(Event):
    """TriggerMessage asked for a DiagnosticsStatusNotification."""


@dataclass(frozen=True, slots=True)
class ProgressMade(Event):
    """A firmware or diagnostics status for the central system, to be told once and in order."""

    notice: Request


@dataclass(frozen=True, slots=True)
class ProgressTold(Event):
    """Told by ``delivery``: the notice under way was answered, refused or not answered in time."""


@dataclass(frozen=True, slots=True)
class RestartOrdered(Event):
    """Told by ``firmware``: another slot is to be started."""
