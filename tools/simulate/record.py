"""The record of one world: transcript, digest, findings and counts.

Theory of operation: every line goes into the digest at once. Lines of the station are those of its
own transcript, with the same anchors, so that ``statecharge replay`` reads them; the world has
lines of its own, with the simulated time as the central system writes it.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from hashlib import blake2b

from cp.vocabulary.instants import Stamp
from drivers.transcript import anchor_line
from tools.net.csms_books import iso_time
from tools.scenario_house import NOON_S

_MOVED_S = 1.0


class Record:
    """``counts`` of what happened, by kind; ``findings``: what must not have."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.world: list[str] = []
        self.findings: list[str] = []
        self.counts: Counter[str] = Counter()
        self._digest = blake2b(digest_size=8)

    def write(self, lines: Sequence[str]) -> None:
        """Lines of the station."""
        self.lines += lines
        self._digest.update("\n".join(lines).encode())

    def tell(self, now_s: float, what: str) -> None:
        """Something that the world did."""
        line = f"{iso_time(NOON_S + now_s)} {what}"
        self.world.append(line)
        self._digest.update(line.encode())

    def find(self, now_s: float, what: str) -> None:
        """Something that must not be; only the first of its words counts."""
        if what not in self.findings:
            self.findings.append(what)
            self.tell(now_s, f"FINDING {what}")

    @property
    def digest(self) -> str:
        """Of everything written until now."""
        return self._digest.hexdigest()


class LifeTranscript:
    """``ports.Transcript`` of one life; ``read_clock`` gives what its seconds mean."""

    def __init__(self, record: Record, read_clock: Callable[[], Stamp]) -> None:
        self._record = record
        self._read_clock = read_clock
        self._anchor: Stamp | None = None

    def write(self, lines: Sequence[str]) -> None:
        """Keep these lines, below an anchor that places them."""
        now, last = self._read_clock(), self._anchor
        if last is None or last.boot != now.boot or _has_moved(now, last):
            self._anchor = now
            self._record.write((anchor_line(now),))
        self._record.write(lines)

    def close(self) -> None:
        """Everything is written."""


def _has_moved(now: Stamp, anchor: Stamp) -> bool:
    if now.utc_s is None or anchor.utc_s is None:
        return now.utc_s is not anchor.utc_s
    moved_s = (now.utc_s - anchor.utc_s) - (now.monotonic_s - anchor.monotonic_s)
    return abs(moved_s) > _MOVED_S
