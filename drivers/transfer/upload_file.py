"""The file that is uploaded: each read looks whether the try still counts, and counts bytes."""

import io
from pathlib import Path

from drivers.transfer.one_try import Try


class UploadFile(io.FileIO):
    """A file for httpx and ftplib, which both read it in blocks of 64 KiB or less."""

    def __init__(self, file: Path, one_try: Try) -> None:
        super().__init__(file, "rb")
        self._try = one_try
        one_try.done, one_try.total = 0, file.stat().st_size

    def read(self, size: int | None = -1, /) -> bytes:
        """The next bytes. Raises TryFailed when the try was cut."""
        self._try.check()
        data = super().read(size) or b""
        self._try.count(len(data))
        return data
