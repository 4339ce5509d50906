"""What a kernel is built from, as plain rules: its key, its options, what a machine lacks.

Theory of operation: a kernel is as good as another one of the same key, the version of the source
and a digest of the options. Kconfig drops an option without a word when something that it needs is
missing; so all options are looked up in what it wrote.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

TOOLS: Final = ("gcc", "make", "flex", "bison", "bc", "xz", "dpkg-deb", "apt-get", "apt-cache")
"""Programs without which nothing is built."""

NEEDED_BYTES: Final = 3 * 1024**3
"""The unpacked source and what the compiler makes of it; a few megabytes of it are kept."""


class KernelError(Exception):
    """There is no such kernel here; the text says why and how to mend it."""


@dataclass(frozen=True, slots=True)
class Source:
    """Debian's package of a kernel's source."""

    package: str
    version: str


def source_of(shown: str) -> Source:
    """The newest source package, from what ``apt-cache show linux-source`` says.

    Raises KernelError.
    """
    found = re.search(r"^Depends:.*?(linux-source-[\d.]+) \(= ([^)\s]+)\)", shown, re.MULTILINE)
    if found is None:
        raise KernelError(
            "no Debian package linux-source is known: this needs Debian, and 'apt-get update'"
        )
    return Source(*found.groups())


def key_of(source: Source, fragment: str) -> str:
    """The name of this kernel among others, fit for a folder."""
    version = re.sub(r"[^\w.+-]", "_", source.version)
    return f"{version}{suffix_of(fragment)}"


def suffix_of(fragment: str) -> str:
    """The end of the keys of all kernels with these options."""
    digest = sha256("\n".join(_lines(fragment)).encode())
    return f"-{digest.hexdigest()[:12]}"


def missing_options(fragment: str, config: str) -> tuple[str, ...]:
    """What the fragment asks for and ``.config`` does not have."""
    there = set(_lines(config))
    return tuple(line for line in _lines(fragment) if line not in there)


def reason_not_to_build(tools: Iterable[str], free_bytes: int) -> str:
    """Why it cannot be built, and the mend; empty when it can. ``tools``: those that are there."""
    lacking = [tool for tool in TOOLS if tool not in set(tools)]
    if lacking:
        packages = " ".join({"xz": "xz-utils", "dpkg-deb": "dpkg"}.get(t, t) for t in lacking)
        return f"no {', '.join(lacking)}: apt-get install {packages}"
    if free_bytes < NEEDED_BYTES:
        need, have = NEEDED_BYTES // 1024**2, free_bytes // 1024**2
        return f"{need} MB of disk are needed, {have} MB are free: make room in the cache folder"
    return ""


def _lines(text: str) -> list[str]:
    """Without comments and empty lines, in alphabetical order."""
    return sorted(line for line in text.splitlines() if line and not line.startswith("#"))
