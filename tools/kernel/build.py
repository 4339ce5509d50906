"""Builds the test kernel, once: ``python -m tools.kernel.build`` prints where it is.

Theory of operation: everything happens in a folder beside the cache that is renamed when the kernel
is complete and removed in any case; so an interrupted build leaves nothing, and two at a time do
not meet. ``ARCH=um`` stands in every call of make, for a single one without it turns the tree into
one for x86. It takes about six minutes of one processor, with low priority.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tools.kernel.recipe import (
    TOOLS,
    KernelError,
    Source,
    key_of,
    missing_options,
    reason_not_to_build,
    source_of,
    suffix_of,
)

FRAGMENT: Final = Path(__file__).with_name("uml.config")
_STEP_S: Final = 3600


def main() -> int:
    """Build it, or say why not; exit code 0, or 1."""
    try:
        kernel = ready_kernel()
    except KernelError as error:
        print(f"no test kernel: {error}", file=sys.stderr)
        return 1
    print(kernel)
    return 0


def ready_kernel() -> Path:
    """The kernel, from the cache or built now. Raises KernelError."""
    fragment = FRAGMENT.read_text()
    cache = cache_folder()
    try:
        source = _known_source()
    except KernelError:
        # Without package lists an older kernel of the same options will do.
        if found := sorted(cache.glob(f"*{suffix_of(fragment)}/linux")):
            return found[-1]
        raise
    kernel = cache / key_of(source, fragment) / "linux"
    if not kernel.exists():
        _build(source, fragment, kernel)
    return kernel


def cache_folder() -> Path:
    """Where kernels are kept: ``$XDG_CACHE_HOME/statecharge/kernel``."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if base else Path.home() / ".cache") / "statecharge" / "kernel"


def _known_source() -> Source:
    if shutil.which("apt-cache") is None:
        return source_of("")
    return source_of(_output("apt-cache", "show", "--no-all-versions", "linux-source"))


def _build(source: Source, fragment: str, kernel: Path) -> None:
    cache = kernel.parent.parent
    cache.mkdir(parents=True, exist_ok=True)
    there = [tool for tool in TOOLS if shutil.which(tool)]
    if reason := reason_not_to_build(there, shutil.disk_usage(cache).free):
        raise KernelError(reason)
    with _scratch(cache) as scratch:
        _say(f"kernel {source.version}: fetching")
        tree = _unpacked(source, scratch)
        _say(", configuring")
        _configure(tree, scratch, fragment)
        _say(", compiling")
        _compile(tree)
        fresh = scratch / "fresh"
        fresh.mkdir()
        _run(scratch, "strip", "-o", str(fresh / "linux"), str(tree / "linux"))
        if not kernel.exists():
            fresh.rename(kernel.parent)
        _say(", done")


@contextmanager
def _scratch(cache: Path) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="building-", dir=cache))
    try:
        yield folder
    finally:
        _say("\n")
        shutil.rmtree(folder, ignore_errors=True)


def _unpacked(source: Source, scratch: Path) -> Path:
    """Fetch the package, which apt checks against its signed lists, and unpack it twice."""
    _run(scratch, "apt-get", "download", "-qq", f"{source.package}={source.version}")
    packages = sorted(scratch.glob("*.deb"))
    _say(", unpacking")
    _run(scratch, "dpkg-deb", "-x", str(packages[0]), "package")
    archive = scratch / "package" / "usr" / "src" / f"{source.package}.tar.xz"
    tree = scratch / "tree"
    tree.mkdir()
    _run(scratch, "tar", "-xf", str(archive), "-C", str(tree), "--strip-components=1")
    shutil.rmtree(scratch / "package")
    return tree


def _configure(tree: Path, scratch: Path, fragment: str) -> None:
    asked = scratch / "fragment"
    asked.write_text(fragment)
    _run(tree, "make", "ARCH=um", f"KCONFIG_ALLCONFIG={asked}", "allnoconfig")
    if missing := missing_options(fragment, (tree / ".config").read_text()):
        raise KernelError(f"this source does not know, or refuses: {', '.join(missing)}")


def _compile(tree: Path) -> None:
    """On all processors, with low priority; a point for every hundred files."""
    log = tree / "build.log"
    words = ["nice", "-n", "10", "make", "ARCH=um", f"-j{os.cpu_count() or 1}", "linux"]
    with (
        log.open("w") as errors,
        subprocess.Popen(
            words,
            cwd=tree,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as make,
    ):
        assert make.stdout is not None
        for number, _line in enumerate(make.stdout, 1):
            if number % 100 == 0:
                _say(".")
    if make.returncode:
        raise KernelError(f"the compiler failed: {_last_words(log.read_text())}")


def _run(folder: Path, *words: str) -> None:
    """A step that has to succeed. Raises KernelError."""
    try:
        done = subprocess.run(
            words, cwd=folder, capture_output=True, text=True, timeout=_STEP_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise KernelError(f"{words[0]} did not run: {error}") from error
    if done.returncode:
        raise KernelError(f"{' '.join(words[:2])} failed: {_last_words(done.stderr)}")


def _output(*words: str) -> str:
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout


def _last_words(text: str) -> str:
    """The end of a program's complaint, on one line."""
    return re.sub(r"\s+", " ", text.strip())[-300:]


def _say(text: str) -> None:
    print(text, end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
