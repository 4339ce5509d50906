"""The diagnostics file: where its contents come from.

Theory of operation: what only the loop's thread may read is read when an upload is ordered; the
rest, and all the work, is left to the thread of the try. A source that fails becomes a document
that says so: half of the truth is better than none. The content is the same for the same sources;
secrets are taken out by ``packing``, whatever the sources hand over.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, Protocol

from cp.vocabulary.lean import dataclass

Document = Mapping[str, object]
"""JSON values by name."""

Build = Callable[[Path, Callable[[], None]], None]
"""Write the file there, in a worker's thread; the second is called often and raises to give up.
Raises OSError."""


class Archive(Protocol):
    """Makes the diagnostics file."""

    def begin(self, start_utc_s: float | None, stop_utc_s: float | None) -> Build:
        """Read what is to be read in the loop's thread; None: the period has no bound. Raises
        nothing."""


@dataclass(frozen=True, slots=True)
class DiagnosticsSources:
    """Read in the loop's thread, at once:

    ``snapshot``       active states, facts, counters, queue length (``Daemon.snapshot``).
    ``configuration``  values of the configuration keys by name.

    Read in the worker's thread, where they may block:

    ``transcript``     opened files of transcript, oldest first (``FileTranscript.open_files``).
    ``journal``        rows of the journal by kind, the open transaction without its id tag.
    ``charts``         text of every chart by name, and of the routes.
    ``station``        ``profile`` and ``keys``: the values that a new device of it has.
    """

    snapshot: Callable[[], Document]
    configuration: Callable[[], Document]
    transcript: Callable[[], Sequence[BinaryIO]]
    journal: Callable[[], Document]
    charts: Callable[[], Mapping[str, str]]
    station: Callable[[], Document]


class DiagnosticsArchive:
    """``Archive`` of the contents that ``packing`` describes."""

    def __init__(self, sources: DiagnosticsSources) -> None:
        self._sources = sources

    def begin(self, start_utc_s: float | None, stop_utc_s: float | None) -> Build:
        """Read snapshot and configuration; the rest is read by what is returned."""
        sources = self._sources
        snapshot = read_source(sources.snapshot)
        configuration = read_source(sources.configuration)

        def build(file: Path, check: Callable[[], None]) -> None:
            from drivers.transfer.packing import chart_hashes, pack, versions
            from drivers.transfer.transcript_lines import Period

            documents = {
                "snapshot": snapshot,
                "configuration": configuration,
                "journal": read_source(sources.journal),
                "charts": read_source(lambda: chart_hashes(sources.charts())),
                "station": read_source(sources.station),
                "versions": read_source(versions),
            }
            period = Period(start_utc_s, stop_utc_s)
            pack(file, documents, sources.transcript, period, check)

        return build


def read_source(read: Callable[[], Document]) -> Document:
    """The document, or one that says that there is none."""
    try:
        return read()
    except Exception as error:
        return {"unreadable": type(error).__name__}
