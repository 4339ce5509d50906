"""Errors, typed by whose fault they are. Each names the place and tells the mend.

The base class is never raised. ``__main__`` prints the text of an error and never a traceback for
a mistake of a person.
"""

from dataclasses import dataclass


class StatechargeError(Exception):
    """Base of all errors of this project; not raised itself."""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One mistake of a chart author or installer: where, what, and the mend."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.message}"


class ChartError(StatechargeError):
    """The charts or the routes cannot be run; the chart author mends them."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = findings


class SettingsError(StatechargeError):
    """The station file, the profile or the command line is wrong; the installer mends it."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = findings


class PeerError(StatechargeError):
    """The central system broke the protocol."""


class HardwareError(StatechargeError):
    """A device cannot be opened or does not do what it was told."""


class StorageError(StatechargeError):
    """The journal cannot be read or written."""


class StorageFullError(StorageError):
    """The journal's file system has no room; new transactions are refused until it has."""


class MachineFault(StatechargeError):
    """A fault of our own: a step raised. The turn is dropped and the process ends with code 70."""

    def __init__(self, machine: str, event: str, cause: BaseException) -> None:
        super().__init__(f"{machine} failed on {event}: {type(cause).__name__}: {cause}")
        self.machine = machine
        self.event = event
        self.cause = cause
