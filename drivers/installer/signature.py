"""Ed25519 signatures of images: keys in files, made, read and used.

Theory of operation: keys are PEM files, PKCS#8 the private one. ``cryptography`` (extra
``signature``) is imported when a key is used, not before.
"""

import os
import stat
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cp.vocabulary.errors import Finding, SettingsError
from drivers.installer.backend import InstallError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )

_MOST_KEY_BYTES: Final = 4096


def check_signature(key: "Ed25519PublicKey", signed: bytes, signature: bytes) -> None:
    """Raises InstallError unless this key's owner signed these bytes."""
    from cryptography.exceptions import InvalidSignature

    if not signature:
        raise InstallError("the image is not signed, and this station wants a signature")
    try:
        key.verify(signature, signed)
    except InvalidSignature:
        raise InstallError("the image is not signed with the key of this station") from None


def read_public_key(file: Path) -> "Ed25519PublicKey":
    """Raises SettingsError with one finding."""
    content = _content(file)
    _need_cryptography(file)
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ed25519

    try:
        key = serialization.load_pem_public_key(content)
    except Exception:  # the library's own kinds differ with what is wrong in the text
        raise _mistake(file, "holds no public key: statecharge firmware key makes one") from None
    if not isinstance(key, ed25519.Ed25519PublicKey):
        raise _mistake(file, "holds a public key that is not Ed25519")
    return key


def read_private_key(file: Path) -> "Ed25519PrivateKey":
    """Raises SettingsError with one finding: a key that others can read is one of them."""
    content = _content(file, is_private=True)
    _need_cryptography(file)
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ed25519

    try:
        key = serialization.load_pem_private_key(content, password=None)
    except Exception:  # as above; a text of the library could quote the key
        raise _mistake(file, "holds no private key: statecharge firmware key makes one") from None
    if not isinstance(key, ed25519.Ed25519PrivateKey):
        raise _mistake(file, "holds a private key that is not Ed25519")
    return key


def make_key(file: Path) -> bytes:
    """Write a new private key, for its owner alone; the PEM text of the public one.

    Raises SettingsError when there is such a file already, or it cannot be written.
    """
    _need_cryptography(file)
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ed25519

    key = ed25519.Ed25519PrivateKey.generate()
    text = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    write_new(file, text, 0o600)
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def write_new(file: Path, content: bytes, mode: int) -> None:
    """A new file with this mode. Raises SettingsError when there is one, or it cannot be."""
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
    except FileExistsError:
        raise _mistake(file, "exists already: choose another name") from None
    except OSError as error:
        raise _mistake(file, f"cannot be written ({error.strerror})") from None


def _need_cryptography(file: Path) -> None:
    if find_spec("cryptography") is None:
        message = "needs the package cryptography: pip install 'statecharge[signature]'"
        raise _mistake(file, message)


def _content(file: Path, *, is_private: bool = False) -> bytes:
    """What is checked is the very file that is read."""
    try:
        with file.open("rb") as stream:
            fault = _privacy_fault(os.fstat(stream.fileno())) if is_private else ""
            content = stream.read(_MOST_KEY_BYTES)
    except OSError as error:
        raise _mistake(file, f"cannot be read ({error.strerror})") from None
    if fault:
        raise _mistake(file, fault)
    return content


def _privacy_fault(facts: os.stat_result) -> str:
    if facts.st_uid != os.geteuid():
        return f"belongs to user {facts.st_uid}: a private key has to be your own"
    mode = stat.S_IMODE(facts.st_mode)
    if mode & 0o077:
        return f"can be read by others (mode {mode:04o}): make a new key and keep it at mode 0600"
    return ""


def _mistake(file: Path, message: str) -> SettingsError:
    return SettingsError((Finding(str(file), 0, message),))
