"""Ports: what the world looks like to the daemon. Drivers implement them, the bench among them.

Commands never block and never raise for a broken device: a driver posts ``ErrorRaised`` instead.
``start`` delivers the present levels as events (``Plugged`` if an EV is there, ...) and returns
when they are posted; it raises ``HardwareError`` when the device cannot be opened.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from cp.vocabulary.events import Event
from cp.vocabulary.lean import dataclass
from cp.vocabulary.records import Put, Row
from cp.vocabulary.words import ChargePointStatus

Post = Callable[[Event], None]
"""Hands an event to the daemon; called from the loop's own thread."""


class Driver(Protocol):
    """Life of every driver."""

    async def start(self, post: Post) -> None:
        """Open the device and post its present levels."""

    async def stop(self) -> None:
        """Leave the device in its safe state and close it."""


class Contactor(Driver, Protocol):
    """The power path. Posts ``FeedbackClosed`` and ``FeedbackOpened``."""

    def open(self) -> None:
        """Drop the contactor now."""

    def close(self) -> None:
        """Pull the contactor; it drops by itself when the hold is not renewed in time."""

    def renew(self) -> None:
        """Renew the hold; does nothing while the last command is open."""


class Pilot(Driver, Protocol):
    """The control pilot. Posts ``Plugged``, ``Unplugged``, ``EvAsked``, ``EvPaused``."""

    def offer(self, current_a: int) -> None:
        """PWM for this current in ampere."""

    def withdraw(self) -> None:
        """No PWM."""


class Meter(Driver, Protocol):
    """The energy meter. Posts ``RegisterLimitReached`` and meter errors."""

    def register_wh(self) -> int | None:
        """The last plausible reading in Wh, None while there is none."""

    def power_w(self) -> int | None:
        """The last reading of the active power in W, None while there is none."""

    def watch(self, limit_wh: int | None) -> None:
        """Post ``RegisterLimitReached`` once the register is at the limit; None: stop."""


class CardReader(Driver, Protocol):
    """Posts ``CardPresented`` and ``ErrorRaised(0, ReaderFailure)``."""


class Lamp(Driver, Protocol):
    """What the person in front of the station sees."""

    def show_status(self, status: ChargePointStatus) -> None:
        """One pattern for each status."""

    def show_refusal(self) -> None:
        """A short signal: refused."""


class Link(Driver, Protocol):
    """The WebSocket. Posts ``LinkOpened``, ``LinkFailed``, ``LinkClosed``, ``FrameReceived``."""

    def open(self) -> None:
        """Start one attempt; its outcome is posted."""

    def close(self) -> None:
        """Close; ``LinkClosed`` is posted when it is closed."""

    def send(self, text: str) -> None:
        """Send one text frame; dropped when the link is not open."""

    def set_ping(self, interval_s: int) -> None:
        """Ping every so many seconds, 0 none."""


class Restarter(Protocol):
    """Restarts the process or the board."""

    def restart(self, is_hard: bool) -> None:
        """Raises ``HardwareError`` when it cannot."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a transfer is, in bytes; ``total`` is None while it is not known."""

    is_download: bool
    done: int
    total: int | None


class Transfer(Driver, Protocol):
    """Brings files in and out, one download and one upload at a time, never in the loop's way.

    Posts ``DownloadFinished`` or ``DownloadFailed``, ``UploadFinished`` or ``UploadFailed``, once
    for each start, and nothing once it was stopped.
    """

    def download(self, number: int, location: str) -> None:
        """One try; goes on where an earlier one of the same location was stopped."""

    def stop_download(self) -> None:
        """Not one byte more; what came stays."""

    def drop_image(self) -> None:
        """Remove the image and what there is of one."""

    def upload(
        self,
        number: int,
        location: str,
        file_name: str,
        start_utc_s: float | None,
        stop_utc_s: float | None,
    ) -> None:
        """One try: make the file of this period and bring it to ``location``."""

    def stop_upload(self) -> None:
        """Not one byte more."""

    def progress(self) -> Progress | None:
        """The transfer that is under way, for the panel."""


class Installer(Driver, Protocol):
    """Two slots, one of which runs. Posts ``SlotRead`` at the start; ``InstallFinished`` or
    ``InstallFailed`` once for each ``install``, and nothing once it was stopped."""

    def install(self, number: int) -> None:
        """Check the downloaded image and write it whole to the slot that does not run.

        The slot that runs is the next to start before the first byte is written; while it is on
        trial the image is refused, for the other slot is the way back.
        """

    def stop_install(self) -> None:
        """Give the installation up; the slot that runs is untouched."""

    def activate(self, number: int, slot: str) -> None:
        """The next start is from this slot, on trial; posts ``InstallFailed`` if it cannot be."""

    def mark_good(self, slot: str) -> None:
        """All starts are from this slot."""

    def revert(self, slot: str) -> None:
        """The next start is from this slot, which ran before."""


class Storage(Protocol):
    """Durable rows. All methods are called from one worker thread, never from the loop."""

    def open(self) -> None:
        """Create or open the file; moves a damaged one aside and says so in ``notes``."""

    def load(self) -> Sequence[Put]:
        """All rows but those of kind ``call``, in order of kind and key."""

    def load_calls(self, after_key: str, limit: int) -> Sequence[Put]:
        """Rows of kind ``call`` with a key above ``after_key``, in order, at most ``limit``."""

    def counts(self) -> Mapping[str, int]:
        """How many rows there are of each kind."""

    def commit(self, rows: Sequence[Row]) -> None:
        """One transaction, on disk when it returns. Raises ``StorageFullError``,
        ``StorageError``."""

    def close(self) -> None:
        """Close the file."""

    def notes(self) -> Sequence[str]:
        """What a person should know of the last ``open``: a damaged file and where it went."""


class Transcript(Protocol):
    """Takes the canonical lines; lazy, bounded, never in the way."""

    def write(self, lines: Sequence[str]) -> None:
        """Keep these lines."""

    def close(self) -> None:
        """Write out what is kept."""


@dataclass(frozen=True, slots=True)
class DriverSet:
    """The drivers of one station with one outlet."""

    link: Link
    contactor: Contactor
    pilot: Pilot
    meter: Meter
    card_reader: CardReader
    lamp: Lamp
    restarter: Restarter
    transfer: Transfer
    installer: Installer
    storage: Storage
    transcript: Transcript
