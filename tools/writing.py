"""Files that a person asked for."""

from pathlib import Path

from cp.vocabulary.errors import Finding, SettingsError


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 with the folders that are not there yet. Raises SettingsError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        finding = Finding(str(path), 0, f"cannot be written: {error.strerror}")
        raise SettingsError((finding,)) from None
