"""Lines of transcripts by the time of day at which they were written.

Theory of operation: a line begins with seconds of the monotonic clock, which say nothing by
themselves. ``FileTranscript`` therefore writes anchors between them, at every start and whenever
the OCPP clock becomes known or moves: boot number, monotonic seconds, UTC. Lines behind an anchor
are placed by it; those of a boot whose clock became known late, by its first anchor that knows it.
A line that cannot be placed may belong to the period, so it is kept and counted, never guessed
away. The files are read twice rather than held in memory, and the worker steps aside often: the
loop must not wait for it.
"""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO, Final

from cp.vocabulary.lean import dataclass
from drivers.transcript import read_anchor
from drivers.transfer.redaction import redacted_line

_STEP_ASIDE_LINES: Final = 512
_STEP_ASIDE_S: Final = 0.0005
_SECONDS: Final = re.compile(rb"\d+\.\d+(?= )")

Offsets = dict[int, float]
"""For each boot that learned the time: UTC seconds at 0 of its monotonic clock."""


@dataclass(frozen=True, slots=True)
class Period:
    """Seconds since 1970, both included; None: no bound."""

    start_utc_s: float | None = None
    stop_utc_s: float | None = None

    def __contains__(self, utc_s: float) -> bool:
        begun = self.start_utc_s is None or self.start_utc_s <= utc_s
        return begun and (self.stop_utc_s is None or utc_s <= self.stop_utc_s)


class PeriodLines:
    """The lines of a period, without secrets; ``check`` is called often and may raise.

    ``unplaced`` and ``cut_bytes`` are known once ``write`` is done: lines of unknown time, and
    bytes of older lines that were left out.
    """

    def __init__(
        self, files: Sequence[BinaryIO], period: Period, check: Callable[[], None]
    ) -> None:
        self._files = files
        self._period = period
        self._check = check
        self.unplaced = 0
        self.cut_bytes = 0

    def write(self, out: BinaryIO, most_bytes: int) -> None:
        """The newest lines, at most so many bytes and the anchor that places the first of them."""
        known = self._known_offsets()
        surplus = sum(len(line) for line in self._lines(known)) - most_bytes
        self.unplaced = 0
        anchor = b""
        for line in self._lines(known):
            if self.cut_bytes < surplus:
                self.cut_bytes += len(line)
                anchor = line if read_anchor(line) else anchor
                continue
            out.write(anchor)
            out.write(line)
            anchor = b""

    def _known_offsets(self) -> Offsets:
        found: Offsets = {}
        for line in self._all_lines():
            anchor = read_anchor(line)
            if anchor is not None and anchor.utc_s is not None:
                found.setdefault(anchor.boot, anchor.utc_s - anchor.monotonic_s)
        return found

    def _lines(self, known: Offsets) -> Iterator[bytes]:
        offset_s: float | None = None
        is_in = True
        for line in self._all_lines():
            if (anchor := read_anchor(line)) is not None:
                offset_s = known.get(anchor.boot)
                if anchor.utc_s is not None:
                    offset_s = anchor.utc_s - anchor.monotonic_s
                is_in = True
            elif seconds := _SECONDS.match(line):  # else the rest of a line that was torn
                is_in = offset_s is None or offset_s + float(seconds[0]) in self._period
                self.unplaced += offset_s is None
            if is_in:
                yield redacted_line(line)

    def _all_lines(self) -> Iterator[bytes]:
        count = 0
        for file in self._files:
            file.seek(0)
            for line in file:
                count += 1
                if count % _STEP_ASIDE_LINES == 0:
                    self._check()
                    time.sleep(_STEP_ASIDE_S)
                yield line
