"""A small central system for trying out and testing stations: ``statecharge csms``.

It accepts every station (the last part of the URL's path is its identity), shows every message on
one line, and takes commands at its prompt or from a script, one per line:

  RemoteStart TAG [CONNECTOR]          RemoteStop [TRANSACTION]     the open one if none is named
  Reset Hard|Soft                      TriggerMessage MESSAGE [CONNECTOR]
  ChangeAvailability CONNECTOR TYPE    UnlockConnector CONNECTOR
  ChangeConfiguration KEY VALUE        GetConfiguration [KEY]
  UpdateFirmware URL [TIME]            GetDiagnostics [URL]         with --files the name of a
                                       file will do for URL, and uploads need none
  DataTransfer VENDOR [ID [DATA]]      ClearCache                   and every other action
  ACTION field=value ...               every field of OCPP 1.6 by its name
  ... -> WORD [field=value] [within=S] the answer must be this: a status, an error code, ok where
                                       an answer has no status, nothing for silence
  call ACTION '{JSON}' [-> ...]        any payload, unchecked
  raw TEXT                             any frame

  expect ACTION [field=value ...] [within=30]   the station must send this, behind the message
                                       that was expected last; Connected and Disconnected too;
                                       field=a|b: either; a field is found at any depth
  also ACTION ...                      the same, before or after what the last expect found
  never ACTION ... [within=30]         it must not come, so long
  wait SECONDS

  on ACTION [field=value ...] answer [STATUS] [field=value ...] [times=N] [after=SECONDS]
  on ACTION ... answer '{JSON}'        this payload, unchecked
  on ACTION ... error CODE | silence | close    not booked | answer lost | and connection closed
  on ACTION normal                     as usual again
  tag ID STATUS [parent=GROUP]         what the server thinks of an id tag
  close                                close the connection
  refuse SECONDS                       the same, and refuse new ones for so long (0: no more)

  station ID                           whom commands and expectations are about; without it the
                                       station that connected last, and messages of any
  books                                stations, transactions, breaches of the protocol
  help, quit                           # starts a comment

Example: a station that has to register twice, and one refused card.

  on BootNotification answer Pending interval=5 times=1
  expect BootNotification
  expect BootNotification within=10
  tag BAD Invalid
  expect StatusNotification connectorId=1 status=Available
  RemoteStart BAD 1 -> Accepted
  expect Authorize idTag=BAD
  never StartTransaction within=5

A script that fails ends with exit code 1 and one line that names its line.
"""

import asyncio
import os
import signal
import sys
import threading
from pathlib import Path

from cp.vocabulary.errors import Finding, SettingsError
from tools.net.csms_commands import Command
from tools.net.csms_files import FileServer
from tools.net.csms_language import parse_line, parse_script
from tools.net.csms_play import CommandFailure, Player, Quit
from tools.net.csms_server import CentralSystem
from tools.net.csms_show import message_line
from tools.net.csms_words import WordError

__all__ = ["CentralSystem", "run"]

Script = tuple[tuple[int, Command], ...]


def run(host: str, port: int, script_file: str | None, files_dir: str | None = None) -> int:
    """Serve until ``quit``, a signal, or the end of the script; returns the exit code.

    ``files_dir`` is served by HTTP on the next port. Raises SettingsError: the script cannot be
    read or understood, a port is taken, the folder is none.
    """
    script = None if script_file is None else _read_script(script_file)
    files = None if files_dir is None else _file_server(files_dir, host, port + 1 if port else 0)
    return asyncio.run(_serve(CentralSystem(host, port), files, script, script_file or ""))


def _file_server(folder: str, host: str, port: int) -> FileServer:
    if not Path(folder).is_dir():
        raise _mistake(f"{folder} is no folder that could be served: make it, or change --files")
    try:
        return FileServer(Path(folder), host, port)
    except (OSError, OverflowError) as error:
        why = error.strerror if isinstance(error, OSError) else "there is no such port"
        raise _mistake(
            f"cannot serve files on {host}:{port}: {why}; choose another --port"
        ) from None


def _mistake(message: str) -> SettingsError:
    return SettingsError((Finding("statecharge csms", 0, message),))


def _read_script(file: str) -> Script:
    try:
        text = Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError((Finding(file, 0, f"the script cannot be read: {error}"),)) from None
    return parse_script(text, file)


async def _serve(
    central: CentralSystem, files: FileServer | None, script: Script | None, file: str
) -> int:
    central.on_message.append(lambda message: _show(message_line(message)))
    try:
        await central.start()
    except OSError as error:
        raise _mistake(
            f"cannot listen on {central.url}: {error.strerror}; choose another --port"
        ) from None
    _show(f"listening on {central.url}")
    if files is not None:
        files.on_request.append(lambda request: _show(f"{central.time()[11:23]} --> {request}"))
        files.start()
        _show(f"files of {files.folder} at {files.url}")
    player = Player(central, _show, __doc__ or "", None if files is None else files.url)
    work = asyncio.create_task(_prompt(player) if script is None else player.play(script, file))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, work.cancel)
    try:
        await work
    except asyncio.CancelledError:
        return 0
    except CommandFailure as failure:
        _show(str(failure))
        return 1
    finally:
        await central.stop()
        if files is not None:
            files.stop()
    return 0


async def _prompt(player: Player) -> None:
    """Carry out what is typed; without a terminal the end of the input ends nothing."""
    lines = _typed_lines()
    while (line := await lines.get()) is not None:
        try:
            command = parse_line(line)
            if command is not None:
                await player.do(command)
        except Quit:
            return
        except (WordError, CommandFailure) as error:
            _show(str(error))
    if not os.isatty(0):
        await asyncio.Event().wait()


def _typed_lines() -> asyncio.Queue[str | None]:
    """Lines of the standard input, None at its end.

    Read by a thread, since not every input can be polled, and past ``sys.stdin``, whose lock
    would be held at the end of the process.
    """
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str | None] = asyncio.Queue()

    def read() -> None:
        rest = b""
        while data := os.read(0, 4096):
            *whole, rest = (rest + data).split(b"\n")
            for line in whole:
                loop.call_soon_threadsafe(lines.put_nowait, line.decode(errors="replace"))
        loop.call_soon_threadsafe(lines.put_nowait, None)

    threading.Thread(target=read, name="prompt", daemon=True).start()
    return lines


def _show(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
