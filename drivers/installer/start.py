"""The first thing that a process does: choose the slot, and run its own packages if it has some.

Theory of operation: packages of a slot go before the installed ones by ``PYTHONPATH``, so the same
command is executed once more in the same process. The installed package always comes first: it
counts the start before a line of the new version has run. The second run finds a variable that
says which slot was chosen, and puts the environment back as it was, so that a restart in place
begins with the installed package again.
"""

import json
import os
import sys
from collections.abc import Callable, Mapping, MutableMapping
from pathlib import Path
from typing import Final

from cp.vocabulary.errors import Finding, SettingsError
from drivers.installer.slots import Selected, find_slot, select_slot

_CHOSEN: Final = "STATECHARGE_SLOT"
# A folder named cp below the working directory must not go before the slot.
_PATHS: Final = ("PYTHONPATH", "PYTHONSAFEPATH")

Execute = Callable[[str, list[str], Mapping[str, str]], object]


def start_from_slot(
    folder: Path,
    environ: MutableMapping[str, str] = os.environ,
    execute: Execute = os.execve,
) -> Selected:
    """The slot that runs; does not return when the same command has to run from its packages.

    ``folder`` is the installer's. Raises SettingsError when Python does not heed ``PYTHONPATH``.
    """
    folder = folder.absolute()
    chosen = environ.pop(_CHOSEN, None)
    if chosen is None:
        selected = select_slot(folder)
        if selected.lib is not None:
            command = [sys.executable, *sys.orig_argv[1:]]
            execute(sys.executable, command, _environment(environ, selected.slot, selected.lib))
        return selected
    slot, *saved = json.loads(chosen)
    for name, value in zip(_PATHS, saved, strict=True):
        environ.pop(name, None)
        if value is not None:
            environ[name] = value
    selected = find_slot(folder, slot)
    if selected.lib is not None and str(selected.lib) not in sys.path:
        message = "is not heeded: start Python without -E and -I, else no update can run"
        raise SettingsError((Finding("PYTHONPATH", 0, message),))
    return selected


def _environment(environ: Mapping[str, str], slot: str, lib: Path) -> dict[str, str]:
    saved = [environ.get(name) for name in _PATHS]
    paths = os.pathsep.join(filter(None, (str(lib), saved[0])))
    changed = dict(zip(_PATHS, (paths, "1"), strict=True))
    return {**environ, **changed, _CHOSEN: json.dumps([slot, *saved])}
