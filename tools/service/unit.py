"""The files of the service, filled from the station file: pure text.

Theory of operation: a device is allowed by its class (``char-ttyUSB``), not by its name: a name
means what is plugged in when the service starts, and nothing that is plugged in later.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath
from string import Template
from typing import Final

from cp.settings import Settings
from cp.vocabulary.lean import dataclass

NAME: Final = "statecharge"
_TEMPLATE: Final = Path(__file__).parent / "statecharge.service"
_STATE: Final = PurePath("/var/lib")
_SYSFS: Final = "/sys/devices"

_USB: Final = ("char-ttyUSB rw", "char-ttyACM rw")
_CLASSES: Final[Mapping[str, tuple[str, ...]]] = {
    "/dev/ttyUSB": _USB[:1],
    "/dev/ttyACM": _USB[1:],
    "/dev/ttyAMA": ("char-ttyAMA rw",),
    "/dev/ttyS": ("char-ttyS rw",),
    "/dev/serial": _USB,
    "/dev/input": ("char-input r",),
    "/dev/": (*_USB, "char-ttyAMA rw", "char-ttyS rw"),
}
"""What the name of a device begins with, and what has to be allowed for it; the first counts."""

SUBSYSTEMS: Final = ("gpio", "tty", "input", "pwm")
"""What the rules of udev are about."""

_UDEV: Final = """\
# Written by "statecharge install": groups that may use the devices of a station.
SUBSYSTEM=="gpio", KERNEL=="gpiochip*", GROUP="gpio", MODE="0660"
SUBSYSTEM=="tty", KERNEL=="ttyUSB*|ttyACM*|ttyAMA*", GROUP="dialout", MODE="0660"
SUBSYSTEM=="input", KERNEL=="event*", GROUP="input", MODE="0660"
SUBSYSTEM=="pwm", RUN+="/bin/chgrp -R gpio /sys%p", RUN+="/bin/chmod -R g=u /sys%p"
"""

_POLKIT: Final = """\
// Written by "statecharge install": a hard reset restarts the board.
polkit.addRule(function(action, subject) {
    if (subject.user == "$user" && action.id.indexOf("org.freedesktop.login1.reboot") == 0) {
        return polkit.Result.YES;
    }
});
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a service runs: absolute paths, as the service sees them.

    ``program`` the command ``statecharge``, with arguments of its own if it needs some.
    """

    program: str
    station: str
    user: str


def files_of(settings: Settings, place: Place) -> Mapping[str, str | None]:
    """Path to content, for systemd, udev and polkit; None: there is no such file."""
    user, storage = place.user, settings.storage_dir
    is_board = settings.drivers["restarter"] == "board"
    return {
        f"/etc/systemd/system/{NAME}.service": unit(settings, place),
        f"/etc/sysusers.d/{NAME}.conf": _sysusers(user, storage),
        f"/etc/tmpfiles.d/{NAME}.conf": f"d {storage} 0700 {user} {user} -\n",
        f"/etc/udev/rules.d/60-{NAME}.rules": _UDEV,
        f"/etc/polkit-1/rules.d/60-{NAME}.rules": (
            Template(_POLKIT).substitute(user=user) if is_board else None
        ),
    }


def unit(settings: Settings, place: Place) -> str:
    """The unit of this station."""
    storage = PurePath(settings.storage_dir)
    state = f"ReadWritePaths={storage}"
    if storage.is_relative_to(_STATE) and storage != _STATE:
        state = f"StateDirectory={storage.relative_to(_STATE)}\nStateDirectoryMode=0700"
    devices = [f"DeviceAllow={name}" for name in sorted(set(_allowed(settings)))]
    devices += [f"ReadWritePaths=-{path}" for path in _sysfs(settings)]
    return Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        program=place.program,
        station=place.station,
        user=place.user,
        storage=storage,
        state=state,
        devices="\n".join(devices),
    )


def _allowed(settings: Settings) -> Iterator[str]:
    kinds = set(settings.drivers.values())
    if kinds & {"gpio", "pulses"} or "comparators" in settings.tables.table("pilot"):
        yield "char-gpiochip rw"
    for name in settings.tables.tables:
        device = settings.tables.table(name).get("device")
        if isinstance(device, str):
            yield from next(
                (classes for begin, classes in _CLASSES.items() if device.startswith(begin)), ()
            )


def _sysfs(settings: Settings) -> Iterator[str]:
    """The folder in which the PWM is exported and driven; where it is not there yet, all of them:
    who may write is said by udev."""
    pwm = settings.tables.table("pilot").get("pwm")
    if settings.drivers["pilot"] != "pilot" or not isinstance(pwm, Mapping):
        return
    pattern = str(pwm.get("chip", "/sys/class/pwm/pwmchip0"))
    found = sorted(Path("/").glob(pattern.lstrip("/")))
    yield str(found[0].resolve().parent) if found else _SYSFS


def _sysusers(user: str, storage: str) -> str:
    groups = ("gpio", "dialout", "input")
    lines = [f"g {group} - -" for group in groups]
    lines.append(f'u {user} - "Charging station" {storage}')
    lines += [f"m {user} {group}" for group in groups]
    return "\n".join(lines) + "\n"
