"""An image: one file that holds a new version, and how it is checked.

Theory of operation: the form is made to be checked as a stream and to leave nothing to interpret.

    statecharge-image 1                      the form
    MANIFEST-BYTES SIGNATURE                 a number, 128 hexadecimal digits or "-"
    {"format": 1, ...}                       the manifest, see ``manifest``
    ...                                      one zlib stream: the files, in the manifest's order
    sha256 DIGEST                            of every byte before this last line

The last line tells damage on the way from a wrong image. The signature is Ed25519 over the first
line and the manifest, and the manifest has the digest of every file: nothing but a header of known
size is interpreted before the signature is checked. Not more is ever inflated than the manifest
says, and that is limited.
"""

import hashlib
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from cp.vocabulary.lean import dataclass
from drivers.installer.backend import InstallError
from drivers.installer.config import MOST_BYTES
from drivers.installer.manifest import File, Manifest, read_manifest

MAGIC: Final = b"statecharge-image 1\n"
CHUNK: Final = 64 * 1024
_MOST_MANIFEST: Final = 8 * 1024 * 1024
_HEADER: Final = re.compile(rb"([1-9][0-9]{0,8}) (-|[0-9a-f]{128})\n")
_MOST_HEADER: Final = 160
_TRAILER: Final = re.compile(rb"sha256 ([0-9a-f]{64})\n")
TRAILER_BYTES: Final = 72


@dataclass(frozen=True, slots=True)
class Image:
    """An undamaged image; the files, ``payload`` from and up to these bytes, are not checked.

    ``signature``  empty: it is not signed.
    ``signed``     what the signature has to be of.
    """

    file: Path
    manifest: Manifest
    text: bytes
    signature: bytes
    payload: tuple[int, int]

    @property
    def signed(self) -> bytes:
        """The bytes that are signed."""
        return signed_bytes(self.text)


def signed_bytes(manifest_text: bytes) -> bytes:
    """What is signed of an image with this manifest."""
    return MAGIC + manifest_text


def header(manifest_text: bytes, signature: bytes) -> bytes:
    """All that stands before the files."""
    line = b"%d %s\n" % (len(manifest_text), signature.hex().encode() or b"-")
    return MAGIC + line + manifest_text


def trailer(sha256: str) -> bytes:
    """The last line, for this digest in hexadecimal."""
    return b"sha256 %s\n" % sha256.encode()


def read_image(file: Path, most_bytes: int = MOST_BYTES) -> Image:
    """The image in this file, without its files. Raises InstallError, OSError."""
    with file.open("rb") as stream:
        size = stream.seek(0, 2)
        if size > most_bytes:
            raise InstallError(f"the image has {size} bytes, more than {most_bytes}")
        _check_damage(stream, size)
        stream.seek(len(MAGIC))
        line = stream.read(_MOST_HEADER)
        match = _HEADER.match(line)
        if match is None or int(match[1]) > _MOST_MANIFEST:
            raise InstallError("the image has a header that is none")
        start = len(MAGIC) + match.end()
        stream.seek(start)
        end = start + int(match[1])
        if end > size - TRAILER_BYTES:
            raise InstallError("the image has a manifest that does not end")
        text = stream.read(int(match[1]))
    signature = b"" if match[2] == b"-" else bytes.fromhex(match[2].decode())
    manifest = read_manifest(text)
    if manifest.size > most_bytes:
        raise InstallError(f"the image unpacks to {manifest.size} bytes, more than {most_bytes}")
    return Image(file, manifest, text, signature, (end, size - TRAILER_BYTES))


def each_file(image: Image) -> Iterator[tuple[File, Iterator[bytes]]]:
    """Every file with its bytes, which have to be read before the next one is asked for.

    Raises InstallError as soon as something is not as the manifest says, at the latest when all
    was read; OSError.
    """
    with image.file.open("rb") as stream:
        stream.seek(image.payload[0])
        source = _Inflated(stream, image.payload[1] - image.payload[0])
        for file in image.manifest.files:
            yield file, _checked(source, file)
        if source.read(1) or not source.is_at_end:
            raise InstallError("the image holds more than its manifest says")


def _check_damage(stream: BinaryIO, size: int) -> None:
    stream.seek(0)
    if stream.read(len(MAGIC)) != MAGIC:
        raise InstallError("the image is none of this form (statecharge-image 1)")
    stream.seek(max(0, size - TRAILER_BYTES))
    last = _TRAILER.fullmatch(stream.read())
    if last is None:
        raise InstallError("the image is cut short: its last line is missing")
    stream.seek(0)
    digest = hashlib.sha256()
    left = size - TRAILER_BYTES
    while left and (chunk := stream.read(min(CHUNK, left))):
        digest.update(chunk)
        left -= len(chunk)
    if digest.hexdigest().encode() != last[1]:
        raise InstallError("the image is damaged: its checksum is wrong")


def _checked(source: "_Inflated", file: File) -> Iterator[bytes]:
    digest, left = hashlib.sha256(), file.size
    while left:
        chunk = source.read(min(CHUNK, left))
        if not chunk:
            raise InstallError(f"the image ends within {file.path}: its size is wrong")
        digest.update(chunk)
        left -= len(chunk)
        yield chunk
    if digest.hexdigest() != file.sha256:
        raise InstallError(f"{file.path} is not what the manifest says: its sha256 is wrong")


class _Inflated:
    """A zlib stream of so many bytes, inflated as far as it is asked for."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self._stream = stream
        self._left = size
        self._zlib = zlib.decompressobj()

    def read(self, most: int) -> bytes:
        """At most so many bytes, none at the end. Raises InstallError."""
        while not self._zlib.eof:
            packed = self._zlib.unconsumed_tail or self._stream.read(min(CHUNK, self._left))
            if not self._zlib.unconsumed_tail:
                self._left -= len(packed)
            try:
                plain = self._zlib.decompress(packed, most)
            except zlib.error:
                raise InstallError("the files of the image are no zlib stream") from None
            if plain or not packed:
                return plain
        return b""

    @property
    def is_at_end(self) -> bool:
        """Whether the stream ended, and where it had to."""
        return self._zlib.eof and not self._left and not self._zlib.unused_data
