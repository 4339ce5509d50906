"""The diagnostics file: a tar.gz that is equal for equal contents.

Theory of operation: documents are JSON, one file each; ``transcript.txt`` holds the lines of the
period, the newest 16 MiB at most; ``manifest.json`` comes last and names size and SHA-256 of all,
the period and what was left out. tar wants sizes first, so the lines go through a file beside the
result. No header tells a time or a user.
"""

import gzip
import hashlib
import io
import json
import platform
import sqlite3
import tarfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from importlib.metadata import distributions
from pathlib import Path
from typing import BinaryIO, Final

from drivers.transfer.archive import Document
from drivers.transfer.redaction import redacted
from drivers.transfer.transcript_lines import Period, PeriodLines

MOST_TRANSCRIPT_BYTES: Final = 16 * 1024 * 1024
_BLOCK_BYTES: Final = 64 * 1024
_COMPRESSION: Final = 6


def pack(
    file: Path,
    documents: Mapping[str, Document],
    transcript: Callable[[], Sequence[BinaryIO]],
    period: Period,
    check: Callable[[], None],
    most_bytes: int = MOST_TRANSCRIPT_BYTES,
) -> None:
    """Write ``file``. ``check`` is called often and may raise. Raises OSError.

    ``transcript`` opens files, which are closed here; one that cannot leaves the lines out.
    """
    lines_file = file.with_name("lines")
    with ExitStack() as stack:
        stack.callback(lines_file.unlink, missing_ok=True)
        lines = stack.enter_context(lines_file.open("w+b"))
        about = _write_lines(lines, stack, transcript, period, check, most_bytes)
        raw = stack.enter_context(file.open("wb"))
        zipped = stack.enter_context(
            gzip.GzipFile("", "wb", compresslevel=_COMPRESSION, fileobj=raw, mtime=0)
        )
        bundle = stack.enter_context(tarfile.open(fileobj=zipped, mode="w"))
        members = _Members(bundle, check)
        for name, document in sorted(documents.items()):
            members.add_document(name, document)
        members.add("transcript.txt", lines)
        bounds = {"start_utc_s": period.start_utc_s, "stop_utc_s": period.stop_utc_s}
        known = dict(members.hashes)
        members.add_document("manifest", {"files": known, "period": bounds, "transcript": about})


def _write_lines(
    out: BinaryIO,
    stack: ExitStack,
    transcript: Callable[[], Sequence[BinaryIO]],
    period: Period,
    check: Callable[[], None],
    most_bytes: int,
) -> Document:
    try:
        files = [stack.enter_context(file) for file in transcript()]
    except OSError as error:
        return {"unreadable": type(error).__name__}
    found = PeriodLines(files, period, check)
    found.write(out, most_bytes)
    return {"unplaced_lines": found.unplaced, "older_bytes_left_out": found.cut_bytes}


class _Members:
    """Files put into a bundle; ``hashes`` says what they are."""

    def __init__(self, bundle: tarfile.TarFile, check: Callable[[], None]) -> None:
        self._bundle = bundle
        self._check = check
        self.hashes: dict[str, Document] = {}

    def add_document(self, name: str, document: Document) -> None:
        """As ``NAME.json``, without secrets."""
        text = json.dumps(redacted(document), indent=1, sort_keys=True, default=str)
        self.add(f"{name}.json", io.BytesIO(f"{text}\n".encode()))

    def add(self, name: str, content: BinaryIO) -> None:
        """The whole of ``content``, from its beginning."""
        found = hashlib.sha256()
        size = content.seek(0, io.SEEK_END)
        content.seek(0)
        header = tarfile.TarInfo(name)
        header.size, header.mode = size, 0o644
        self._bundle.addfile(header, _Watched(content, found.update, self._check))
        self.hashes[name] = {"bytes": size, "sha256": found.hexdigest()}


class _Watched(io.RawIOBase):
    """A file whose blocks are seen while tarfile reads them."""

    def __init__(
        self, content: BinaryIO, see: Callable[[bytes], None], check: Callable[[], None]
    ) -> None:
        self._content = content
        self._see = see
        self._check = check

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes."""
        self._check()
        data = self._content.read(min(size, _BLOCK_BYTES) if size >= 0 else _BLOCK_BYTES)
        self._see(data)
        return data


def versions() -> Document:
    """Python, its libraries, this program among them, and the kernel."""
    host = platform.uname()
    return {
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "libraries": {item.name: item.version for item in distributions()},
        "kernel": " ".join((*host[:1], *host[2:5])),
    }


def chart_hashes(texts: Mapping[str, str]) -> Document:
    """SHA-256 of every chart's text."""
    return {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()}
