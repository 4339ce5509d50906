"""Plain lines: what the station does, one line for each change, where no panel is drawn.

Theory of operation: the canonical lines of the transcript pass through here on their way. They are
masked already, and of each only the fields named below are told: no id tag, no address. A line
that says of its subject what the last one said is left out, so that attempts to connect in vain,
heartbeats and meter values tell nothing. A thread writes: who does not read what we write may keep
it waiting, never the station.
"""

import json
import os
import re
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from queue import Full, Queue
from typing import Final

from cp.vocabulary.lean import replace
from cp.vocabulary.ports import DriverSet, Transcript

_FIELD: Final = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|[^ ()]+)')
_STATUS: Final = "StatusNotification"
_NO_ERROR: Final = "NoError"
_MOST_WAITING: Final = 1000
_WRITTEN_WITHIN_S: Final = 1.0

_LINKS: Final[Mapping[str, str]] = {
    "link_opened": "link: open",
    "link_failed": "link: cannot be opened",
    "link_closed": "link: closed",
}
_BOOTS: Final[Mapping[str, str]] = {
    "boot_accepted": "accepted",
    "boot_held": "pending",
    "boot_rejected": "rejected",
    "boot_unanswered": "not answered",
}
_WHYS: Final[Mapping[str, str]] = {
    "reset_requested": "asked for by the central system",
    "restart_ordered": "into other firmware",
}


def told_plainly(drivers: DriverSet, handle: int, *, is_dated: bool) -> DriverSet:
    """These drivers, with lines written to a file descriptor; ``is_dated``: with the time."""
    writer = _Writer(handle, is_dated=is_dated)
    return replace(drivers, transcript=PlainLines(drivers.transcript, writer))


class PlainLines:
    """``ports.Transcript`` that tells what changes, and hands every line on."""

    def __init__(self, transcript: Transcript, writer: "_Writer") -> None:
        self._transcript = transcript
        self._writer = writer
        self._tell = writer.tell
        self._told: dict[str, str] = {}
        self._found: dict[str, str] = {}
        self._why = "ordered"

    def write(self, lines: Sequence[str]) -> None:
        """Take these lines."""
        self._transcript.write(lines)
        for line in lines:
            self._look(line.partition(" ")[2].lstrip())

    def close(self) -> None:
        """Write out what is kept."""
        self._transcript.close()
        self._writer.close()

    def _look(self, text: str) -> None:
        word, _, rest = text.partition(" ")
        match word:
            case "link_opened" | "link_failed" | "link_closed":
                why = _fields(rest).get("why")
                self._say("link", f"{_LINKS[word]}, {why}" if why else _LINKS[word])
            case "charge_point.0":
                self._look_at_step(rest.partition(":")[0])
            case "show_status":
                fields = _fields(rest)
                connector = fields["connector_id"]
                self._say(f"status {connector}", f"{_place(connector)}: {fields['status']}")
            case "error_raised" | "error_cleared":
                self._look_at_error(_fields(rest), is_raised=word == "error_raised")
            case "->" if rest.startswith("[2,") and _STATUS in rest:
                self._look_at_call_sent(rest)
            case "record" if rest.startswith("call_kept "):
                self._look_at_call_kept(_fields(rest))
            case _:
                self._look_at_life(word, rest)

    def _look_at_life(self, word: str, rest: str) -> None:
        match word:
            case "journal_replayed":
                self._tell(f"start {_fields(rest)['boot']}")
            case "restart":
                self._tell(f"restart, {self._why}")
            case "end_process":
                self._tell(f"ends with exit code {_fields(rest)['exit_code']}")

    def _look_at_step(self, event: str) -> None:
        if event in _BOOTS:
            self._say("registration", f"registration: {_BOOTS[event]}")
        elif event in _WHYS:
            self._why = _WHYS[event]

    def _look_at_error(self, fields: Mapping[str, str], *, is_raised: bool) -> None:
        place = _place(fields["connector_id"])
        error = _error(fields["error_code"], fields.get("vendor_error_code"))
        if is_raised:
            self._say(f"{place} {error}", f"{place}: error {error}")
        elif self._told.pop(f"{place} {error}", None):
            self._tell(f"{place}: {error} is gone")

    def _look_at_call_sent(self, text: str) -> None:
        """Errors that a chart found are seen first in what the central system is told."""
        frame = json.loads(text)
        if frame[2] != _STATUS:
            return
        place, code = _place(str(frame[3]["connectorId"])), frame[3]["errorCode"]
        error = _error(code, frame[3].get("vendorErrorCode"))
        if (found := self._found.get(place, error)) != error:
            del self._found[place]
            self._told.pop(f"{place} {found}", None)
        if code != _NO_ERROR and f"{place} {error}" not in self._told:
            self._found[place] = error
            self._say(f"{place} {error}", f"{place}: error {error}")

    def _look_at_call_kept(self, fields: Mapping[str, str]) -> None:
        uid = fields.get("uid")
        if fields["request"] == "start_transaction":
            at = f"on connector {fields['connector_id']} at {fields['meter_start_wh']} Wh"
            self._say("transaction", f"transaction {uid}: begun {at}")
        elif fields["request"] == "stop_transaction":
            end = f"ended at {fields['meter_stop_wh']} Wh, {fields['reason']}"
            self._say("transaction", f"transaction {uid}: {end}")

    def _say(self, subject: str, text: str) -> None:
        if self._told.get(subject) != text:
            self._told[subject] = text
            self._tell(text)


class _Writer:
    """Writes lines in a thread of its own; those that nobody takes are dropped."""

    def __init__(self, handle: int, *, is_dated: bool) -> None:
        self._handle = handle
        self._is_dated = is_dated
        self._lines: Queue[str | None] = Queue(_MOST_WAITING)
        self._thread = threading.Thread(target=self._run, name="plain lines", daemon=True)

    def tell(self, line: str) -> None:
        """Write this line soon."""
        if self._thread.ident is None:
            self._thread.start()
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ ", time.gmtime()) if self._is_dated else ""
        with suppress(Full):
            self._lines.put_nowait(f"{stamp}{line}\n")

    def close(self) -> None:
        """Write what waits, if somebody takes it."""
        if self._thread.ident is not None:
            with suppress(Full):
                self._lines.put_nowait(None)
            self._thread.join(_WRITTEN_WITHIN_S)

    def _run(self) -> None:
        while (line := self._lines.get()) is not None:
            with suppress(OSError):  # whoever looked on is gone
                os.write(self._handle, line.encode(errors="replace"))


def _fields(text: str) -> dict[str, str]:
    """The ``name=value`` of a canonical line, at any depth; the first of a name counts."""
    found: dict[str, str] = {}
    for name, value in _FIELD.findall(text):
        found.setdefault(name, value.strip('"'))
    return found


def _error(code: str, vendor: str | None) -> str:
    return f"{code} ({vendor})" if vendor else code


def _place(connector: str) -> str:
    return "station" if connector == "0" else f"connector {connector}"
