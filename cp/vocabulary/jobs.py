"""Jobs that outlive a power cut: a firmware update and an upload of diagnostics."""

from cp.vocabulary.lean import dataclass
from cp.vocabulary.words import FirmwareStatus


@dataclass(frozen=True, slots=True)
class UpdateJob:
    """One UpdateFirmware, from the request to its last status (``S 5.19``).

    ``stage``       the state of the chart ``firmware`` to return to after a power cut.
    ``status``      what was told last; Idle before Downloading.
    ``tries_left``  further downloads after one that failed; ``retry_interval_s`` between them.
    ``installs``    how often the installation has begun.
    ``from_slot``   the slot that ran when the new one, ``to_slot``, was made the next to start.
    """

    stage: str
    location: str
    retrieve_utc_s: float
    tries_left: int
    retry_interval_s: int
    status: FirmwareStatus = FirmwareStatus.IDLE
    installs: int = 0
    from_slot: str = ""
    to_slot: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class UploadJob:
    """One GetDiagnostics, from the request to its last status (``S 5.9``).

    ``file_name``    was promised in the answer and stays the same for every try.
    ``start_utc_s``  and ``stop_utc_s``: the period that was asked for, None: no bound.
    """

    location: str
    file_name: str
    start_utc_s: float | None
    stop_utc_s: float | None
    tries_left: int
    retry_interval_s: int
