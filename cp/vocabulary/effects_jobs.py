"""Effects of firmware updates and diagnostics, for the ports Transfer and Installer."""

from cp.vocabulary.effects import Outward, Safe
from cp.vocabulary.lean import dataclass


@dataclass(frozen=True, slots=True)
class StopDownload(Safe):
    """Nothing more is downloaded (AQ-4); what came stays, to be resumed. Cancels every
    ``StartDownload`` that still waits."""


@dataclass(frozen=True, slots=True)
class StopInstall(Safe):
    """The installation is given up."""


@dataclass(frozen=True, slots=True)
class StopUpload(Safe):
    """Nothing more is uploaded. Cancels every ``StartUpload`` that still waits."""


@dataclass(frozen=True, slots=True)
class StartDownload(Outward):
    """Fetch the image, or the rest of it; ends in an event with the same ``number``."""

    number: int
    location: str


@dataclass(frozen=True, slots=True)
class DropImage(Safe):
    """Remove the downloaded image and what there is of one.

    Before the end of the update is on disk: after a power cut between the two an image would stay
    that nobody knows of, and every end of an update can be reached without its image.
    """


@dataclass(frozen=True, slots=True)
class StartInstall(Outward):
    """Check the image and write it to the slot that does not run."""

    number: int


@dataclass(frozen=True, slots=True)
class ActivateSlot(Outward):
    """The next start is from ``slot``, on trial."""

    number: int
    slot: str


@dataclass(frozen=True, slots=True)
class MarkSlotGood(Outward):
    """``slot`` has proved itself: all starts are from it."""

    slot: str


@dataclass(frozen=True, slots=True)
class RevertSlot(Outward):
    """The next start is from ``slot`` again, which ran before."""

    slot: str


@dataclass(frozen=True, slots=True)
class StartUpload(Outward):
    """Make the diagnostics file of the period and bring it to ``location``; ends in an event with
    the same ``number``."""

    number: int
    location: str
    file_name: str
    start_utc_s: float | None
    stop_utc_s: float | None
