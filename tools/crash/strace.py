"""Starts a program under strace in place of this process: ``FILE WORDS-OF-PYTHON...``.

Theory of operation: the tracer is a detached grandchild (``-D``), so signals and the exit code are
those of the program itself. Each start gets a file of its own: ``FILE.1``, ``FILE.2``, ...
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

CALLS: Final = (
    "open,openat,creat,close,dup,dup2,dup3,write,pwrite64,writev,pwritev,pwritev2,lseek,truncate,"
    "ftruncate,fallocate,fsync,fdatasync,sync_file_range,unlink,unlinkat,rename,renameat,renameat2,"
    "link,linkat,sendto,sendmsg,recvfrom,recvmsg"
)
"""Everything that changes a file, or that the world can see."""

_LONGEST: Final = 1 << 17
"""Bytes shown of one call; only the ballast writes more at once."""


def missing() -> str:
    """Why nothing can be traced here; empty: it can."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    words = ["strace", "-D", "-f", "-o", os.devnull, "true"]
    tried = subprocess.run(words, capture_output=True, check=False, timeout=20)
    return "" if tried.returncode == 0 else "strace may not trace here (ptrace is forbidden)"


def traces(file: Path) -> list[Path]:
    """The files of all starts, in order."""
    numbers = range(1, 1000)
    found = (file.with_name(f"{file.name}.{number}") for number in numbers)
    return [path for path in found if path.exists()]


def main(words: Sequence[str]) -> None:
    """Become the program; returns only by raising OSError."""
    file = Path(words[0])
    out = file.with_name(f"{file.name}.{len(traces(file)) + 1}")
    shown = ["-xx", "-s", str(_LONGEST), "-e", f"trace={CALLS}", "-e", "signal=none"]
    tracer = ["strace", "-D", "-f", "--seccomp-bpf", *shown, "-o", str(out)]
    os.execvp("strace", [*tracer, sys.executable, *words[1:]])


if __name__ == "__main__":
    main(sys.argv[1:])
