"""``statecharge install``: sets this machine, or an image below a folder, up to run a station.

    statecharge install [--root DIR] [--user NAME] [--station FILE] [--dry-run]

Theory of operation: every file is compared and written only when it differs, so a second run says
"unchanged" all the way; the station file is never overwritten. On this machine users, folders and
rules take effect at once; below another root they do when it first starts. Nothing is started.
"""

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from cp.profiles import texts as profile_texts
from cp.settings import Settings, read_settings
from cp.vocabulary.errors import Finding, SettingsError
from cp.vocabulary.lean import dataclass, replace
from tools.service.unit import NAME, SUBSYSTEMS, Place, files_of

SAMPLE: Final = Path(__file__).parent / "board.toml"
_STATION: Final = f"/etc/{NAME}/station.toml"
_USER: Final = re.compile(r"[a-z_][a-z0-9_-]{0,30}")
_PLACE: Final = f"/opt/{NAME}"
_EXTRAS: Final = "gpio,modbus,transfer"
_HIDDEN: Final = ("/home", "/root", "/run/user", "/tmp", "/var/tmp")
"""What the service does not see (ProtectHome, PrivateTmp)."""
_WITHIN_S: Final = 60.0

Run = Callable[[Sequence[str]], bool]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Arguments:
    """What the words ask for; ``station`` as the service sees it."""

    root: Path
    user: str
    station: str
    is_dry: bool


def main(words: Sequence[str]) -> int:
    """Install; exit code 1 when a command of the system failed. Raises SettingsError."""
    return install(_parse(words), print, _run)


def install(arguments: Arguments, say: Say, run: Run) -> int:
    """Write what differs, let it take effect, tell the next step."""
    is_here = arguments.root == Path("/")
    if is_here and not arguments.is_dry and os.geteuid() != 0:
        raise _mistake("--root", "only root may set this machine up: sudo statecharge install")
    place = Place(program_of(arguments.root), arguments.station, arguments.user)
    station = _in(arguments.root, arguments.station)
    is_new = not station.exists()
    text = (SAMPLE if is_new else station).read_text(encoding="utf-8")
    settings = settings_of(text, arguments.station)
    _check_nameable(settings.storage_dir, "[storage] dir")
    if is_new:
        _put(arguments, arguments.station, text, say)
    else:
        say(f"kept       {station}")
    for path, content in files_of(settings, place).items():
        _put(arguments, path, content, say)
    code = 0
    if is_here:
        for command in _commands():
            is_done = arguments.is_dry or run(command)
            done = "would run" if arguments.is_dry else "ran" if is_done else "failed"
            say(f"{done:<10} {' '.join(command)}")
            code |= not is_done
    for line in _next_steps(arguments, is_new=is_new):
        say(line)
    return code


def settings_of(text: str, file: str) -> Settings:
    """The settings of a station file that is ``file`` to the service. Raises SettingsError."""
    settings = read_settings(text, file, profile_texts())
    return replace(settings, storage_dir=str(Path(file).parent / settings.storage_dir))


def program_of(root: Path = Path("/")) -> str:
    """The command ``statecharge`` of this Python, as the service sees it. Raises SettingsError when
    the service would not see it."""
    python = Path(sys.executable)
    script = python.parent / NAME
    program, rest = (script, "") if script.exists() else (python, " -m cp")
    if program.is_relative_to(root):
        program = Path("/") / program.relative_to(root)
    if any(program.is_relative_to(folder) for folder in _HIDDEN):
        message = (
            f"the service cannot see it: python3 -m venv {_PLACE} && {_PLACE}/bin/pip install"
            f" -c requirements.lock '.[{_EXTRAS}]', then {_PLACE}/bin/{NAME} install"
        )
        raise _mistake(str(program), message)
    return f"{program}{rest}"


def _put(arguments: Arguments, path: str, content: str | None, say: Say) -> None:
    file = _in(arguments.root, path)
    present = file.read_text(encoding="utf-8") if file.exists() else None
    if content == present:
        if content is not None:
            say(f"unchanged  {file}")
        return
    if arguments.is_dry:
        say(f"would {'remove' if content is None else 'write'} {file}")
    elif content is None:
        file.unlink()
        say(f"removed    {file}")
    else:
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_name(f"{file.name}.new")
        fresh.write_text(content, encoding="utf-8")
        fresh.chmod(0o644)
        fresh.replace(file)
        say(f"wrote      {file}")


def _commands() -> tuple[tuple[str, ...], ...]:
    """What makes the files take effect on this machine."""
    return (
        ("systemd-sysusers", f"/etc/sysusers.d/{NAME}.conf"),
        ("systemd-tmpfiles", "--create", f"/etc/tmpfiles.d/{NAME}.conf"),
        ("udevadm", "control", "--reload"),
        ("udevadm", "trigger", *(f"--subsystem-match={name}" for name in SUBSYSTEMS)),
        ("systemctl", "daemon-reload"),
    )


def _next_steps(arguments: Arguments, *, is_new: bool) -> list[str]:
    if arguments.is_dry:
        return ["nothing was changed"]
    station, root = arguments.station, arguments.root
    enable = f"systemctl enable --now {NAME}"
    if root != Path("/"):
        enable = f"systemctl --root={root} enable {NAME}"
    steps = []
    if is_new:
        steps.append(f"write identity, address and devices of the station into {station}")
        steps.append("run this command again, since the service may use those devices alone")
    steps.append(f"sudo -u {arguments.user} {program_of(root)} doctor {station}")
    steps.append(enable)
    return ["next:", *(f"  {number}. {step}" for number, step in enumerate(steps, 1))]


def _run(command: Sequence[str]) -> bool:
    try:
        done = subprocess.run(command, timeout=_WITHIN_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        why = error.strerror if isinstance(error, OSError) else "it did not end"
        sys.stderr.write(f"{command[0]} failed ({why})\n")
        return False
    return done.returncode == 0


def _in(root: Path, path: str) -> Path:
    return root / path.lstrip("/")


def _mistake(place: str, message: str) -> SettingsError:
    return SettingsError((Finding(place, 0, message),))


def _check_nameable(path: str, place: str) -> None:
    if any(character.isspace() or character in "%\"'\\$" for character in path):
        raise _mistake(place, f"a unit cannot name {path}: no blanks, quotes, % or $")


def _parse(words: Sequence[str]) -> Arguments:
    parser = argparse.ArgumentParser(
        prog="statecharge install",
        description="Set this machine, or an image, up to run a station as a service of systemd.",
    )
    parser.add_argument(
        "--root", type=Path, default=Path("/"), help="an image's root (%(default)s)"
    )
    parser.add_argument("--user", default=NAME, help="whom the station runs as (%(default)s)")
    parser.add_argument("--station", default=_STATION, help="the station file (%(default)s)")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
    values = parser.parse_args(words)
    if not _USER.fullmatch(values.user) or values.user == "root":
        raise _mistake("--user", f"{values.user!r} is no name for the user of a service")
    station = str(Path(values.station).absolute())
    _check_nameable(station, "--station")
    return Arguments(values.root.absolute(), values.user, station, values.dry_run)
