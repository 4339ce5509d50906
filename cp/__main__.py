"""The command ``statecharge``: words in, exit code out.

Theory of operation: each command's module is imported when its command was given, so that the
station does not pay for the tools. A mistake of a person is one sentence for each finding and
exit code 2, of a device or the disk exit code 74: the same start may succeed later. A fault of our
own is exit code 70 and the hash of its traceback, for the text of an error may hold what must not
be shown.
"""

import gc
import os
import sys
from typing import Final

from cp.command_line import CsmsArguments, DemoArguments, RunArguments, ToolArguments, parse
from cp.later import put_off
from cp.vocabulary.errors import ChartError, HardwareError, SettingsError, StorageError

EXIT_CLOSED: Final = 1
EXIT_MISTAKE: Final = 2
EXIT_FAULT: Final = 70
EXIT_DEVICE: Final = 74


def main() -> int:
    """Run the command of ``sys.argv``; the exit code of the process."""
    try:
        try:
            return _run(sys.argv[1:])
        finally:
            _flush()
    except BrokenPipeError:
        # Who read our output wants no more of it; the flush at the end of Python must not fail.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_CLOSED
    except (SettingsError, ChartError) as error:
        _say(str(error))
    except (StorageError, HardwareError) as error:
        _say(f"statecharge: {error}")
        return EXIT_DEVICE
    except KeyboardInterrupt:
        return 0
    except Exception as error:
        from cp.controller import traceback_digest

        digest = traceback_digest(error)
        _say(f"statecharge: fault of our own: {type(error).__name__}, traceback {digest}")
        return EXIT_FAULT
    return EXIT_MISTAKE


def _run(words: list[str]) -> int:
    match parse(words):
        case RunArguments(is_check=True) as arguments:
            from cp import checking

            return checking.check(arguments)
        case RunArguments() as arguments:
            gc.disable()  # nothing of a start is garbage; wiring enables it again
            put_off()
            from cp import wiring

            return wiring.run(arguments)
        case CsmsArguments(host, port, script_file, files_dir):
            from tools.net import csms

            return csms.run(host, port, script_file, files_dir)
        case DemoArguments():
            from tools.net.demo import run

            return run()
        case ToolArguments(module, words_of_tool):
            from importlib import import_module

            return int(import_module(module).main(words_of_tool))


def _flush() -> None:
    if sys.stdout:
        sys.stdout.flush()


def _say(text: str) -> None:
    if "JOURNAL_STREAM" in os.environ:
        from drivers.service import for_journal, has_journal

        text = for_journal(text) if has_journal() else text
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
