"""One running test kernel, and what it says while it runs.

Theory of operation: the kernel is a process whose root is this machine's own file system,
read-only. A folder, the exchange, is mounted writable in it; what its tests report arrives there
line by line and is read while they run. The guest's console is the process's output, kept in a
file of the exchange. The kernel ends when the guest powers off or reboots.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tools.kernel import guest

_MEMORY: Final = "768M"
_LOOKED_EVERY_S: Final = 0.02
_CONSOLE_LINES: Final = 40


class Machine:
    """A kernel that was started; used as a context, it is killed at the end."""

    def __init__(
        self,
        kernel: Path,
        exchange: Path,
        boot: str,
        program: Sequence[str],
        disk: Path | None = None,
    ) -> None:
        """``boot`` is how ``tools.kernel.guest`` begins, ``program`` what it runs then; ``disk`` an
        image that the guest has as ``guest.DISK``."""
        (exchange / guest.PROGRAM).write_text("\n".join(program))
        self._exchange = exchange
        self._console = exchange / "console"
        kernel_words = [
            f"mem={_MEMORY}",
            "root=/dev/root rootfstype=hostfs rootflags=/ ro",
            "con=null con0=null,fd:1 quiet panic=1",
            "" if disk is None else f"ubd0={disk}",
            f"init={sys.executable} -- {guest.__file__} {boot} {exchange}",
        ]
        with self._console.open("wb") as console:
            self.process = subprocess.Popen(
                [str(kernel), *" ".join(kernel_words).split()],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
                cwd=exchange,
                env={**os.environ, "HOME": str(exchange)},
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # Its helpers too, of which one stays behind even when it has powered off.
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def lines(self, name: str, timeout_s: float) -> Iterator[str]:
        """Lines that the guest writes to a file of the exchange, until the kernel ends.

        Raises TimeoutError when it runs for longer than ``timeout_s``.
        """
        deadline_s = time.monotonic() + timeout_s
        file, rest = self._exchange / name, ""
        file.touch()
        with file.open() as stream:
            while True:
                has_ended = self.process.poll() is not None
                text = stream.read()
                *whole, rest = (rest + text).split("\n")
                yield from whole
                if has_ended:
                    return
                if time.monotonic() > deadline_s:
                    raise TimeoutError(f"the kernel still runs after {timeout_s:.0f} s")
                if not text:
                    time.sleep(_LOOKED_EVERY_S)

    def console(self) -> str:
        """The end of what the kernel and its first process said."""
        text = self._console.read_text(errors="replace").replace("\r", "")
        return "\n".join(text.splitlines()[-_CONSOLE_LINES:])
