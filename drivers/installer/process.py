"""Commands of the system, run without a shell, with a time limit and bounded output.

Theory of operation: a command is a list of arguments and gets an environment of four lines, so
that nothing of ours, and no secret of the service manager, reaches it. It is the leader of a
process group of its own: what does not end in time ends with all its children.
"""

import asyncio
import contextlib
import os
import re
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from typing import Final

from cp.vocabulary.lean import dataclass
from drivers.installer.backend import InstallError, Tell

ENVIRONMENT: Final = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LANG": "C",
    "LC_ALL": "C",
    "HOME": "/",
}

_MOST_OUTPUT: Final = 64 * 1024
_MOST_WORDS: Final = 200
_GRACE_S: Final = 3.0
_PERCENT: Final = re.compile(rb"(?<![\d.])(100|\d{1,2})(?:\.\d+)?\s?%")
_OVERLAP: Final = 12


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that ended by itself; of long texts only the end."""

    name: str
    code: int
    output: str
    errors: str

    def succeeded(self) -> "Ended":
        """Itself. Raises InstallError, with the last thing that the command said."""
        if self.code == 0:
            return self
        raise InstallError(f"{self.name} ended with {self.code}: {self._last_words()}")

    def _last_words(self) -> str:
        lines = [line.strip() for line in (*self.output.splitlines(), *self.errors.splitlines())]
        said = [line for line in lines if line] or ["without a word"]
        # RAUC names the cause before its last line.
        causes = [line for line in said if line.startswith("LastError: ")]
        text = (causes or said)[-1].removeprefix("LastError: ")
        return "".join(letter if letter.isprintable() else "?" for letter in text)[:_MOST_WORDS]


async def run_command(
    words: Sequence[str], *, within_s: float, tell: Tell = lambda _percent: None
) -> Ended:
    """Run this command to its end; ``tell`` takes each percentage that it prints.

    Raises InstallError when it cannot be started or does not end in time.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *words,
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=PIPE,
            env=ENVIRONMENT,
            cwd="/",
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise InstallError(f"{words[0]} cannot be started ({why})") from error
    assert process.stdout is not None and process.stderr is not None
    try:
        async with asyncio.timeout(within_s):
            output, errors, code = await asyncio.gather(
                _read(process.stdout, tell), _read(process.stderr, tell), process.wait()
            )
    except BaseException as error:
        await _end(process)
        if isinstance(error, TimeoutError):
            raise InstallError(f"{words[0]} did not end within {within_s:g} s") from None
        raise
    return Ended(words[0], code, output, errors)


async def _read(stream: asyncio.StreamReader, tell: Tell) -> str:
    kept, told = b"", -1
    while chunk := await stream.read(4096):
        found = _PERCENT.findall(kept[-_OVERLAP:] + chunk)
        if found and int(found[-1]) != told:
            told = int(found[-1])
            tell(told)
        kept = (kept + chunk)[-_MOST_OUTPUT:]
    return kept.decode(errors="replace")


async def _end(process: Process) -> None:
    """Nothing of it runs on: its whole group is asked to end, then killed."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GRACE_S):
                await process.wait()
