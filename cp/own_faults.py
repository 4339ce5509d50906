"""Faults of our own: what tells one from another, and which of them end a job only (DESIGN)."""

import traceback
from collections.abc import Mapping
from hashlib import sha256
from types import MappingProxyType
from typing import Final

from cp.vocabulary.errors import MachineFault
from cp.vocabulary.events import DiagnosticsBroken, Event, FirmwareBroken

JOBS: Final[Mapping[str, Event]] = MappingProxyType(
    {"firmware.0": FirmwareBroken(), "diagnostics.0": DiagnosticsBroken()}
)
"""Machines whose fault ends their job and not the process, and the event that ends it."""


def words_of(fault: MachineFault) -> str:
    """For the log, without the text of the error: that may hold an id tag."""
    error = f"{type(fault.cause).__name__}, traceback {traceback_digest(fault.cause)}"
    return f"fault of our own: {fault.machine} on {fault.event}: {error}"


def traceback_digest(cause: BaseException) -> str:
    """What tells one fault of our own from another, without the data that led to it."""
    lines = traceback.format_exception(cause)
    return sha256("".join(lines).encode()).hexdigest()[:16]
