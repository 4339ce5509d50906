"""What is real on every station, with the bench and without it."""

from cp.vocabulary.lean import dataclass
from cp.vocabulary.ports import Installer, Transfer
from drivers.transcript import FileTranscript, NullTranscript
from drivers.websocket_link import WebsocketLink


@dataclass(frozen=True, slots=True)
class RealParts:
    """Link, files and slots: what the bench does not simulate."""

    link: WebsocketLink
    transfer: Transfer
    installer: Installer
    transcript: FileTranscript | NullTranscript
