"""The command ``statecharge``: words in, exit code out.

Theory of operation: each command's module is imported when its command was given, so that the
station does not pay for the tools. A mistake of a person is one sentence for each finding and
exit code 2; a fault of our own is exit code 70 and the hash of its traceback, for the text of an
error may hold what must not be shown.
"""

import gc
import sys
from typing import Final

from cp.command_line import CsmsArguments, DemoArguments, RunArguments, ToolArguments, parse
from cp.vocabulary.errors import ChartError, HardwareError, SettingsError, StorageError

EXIT_MISTAKE: Final = 2
EXIT_FAULT: Final = 70


def main() -> int:
    """Run the command of ``sys.argv``; the exit code of the process."""
    try:
        return _run(sys.argv[1:])
    except (SettingsError, ChartError) as error:
        _say(str(error))
    except (StorageError, HardwareError) as error:
        _say(f"statecharge: {error}")
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
            from cp import wiring

            return wiring.run(arguments)
        case CsmsArguments(host, port, script_file):
            from tools.net import csms

            return csms.run(host, port, script_file)
        case DemoArguments():
            from tools.net.demo import run

            return run()
        case ToolArguments(module, words_of_tool):
            from importlib import import_module

            return int(import_module(module).main(words_of_tool))


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
